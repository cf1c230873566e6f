using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Cli;
using IssuerGateway.Tests.Checking;
using IssuerGateway.Tests.Tls;
using IssuerGateway.Tls;
using IssuerGateway.Tls.Serving;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace IssuerGateway.Tests.Cli;

public sealed class ChosenRootsTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();
    private readonly ServingCertificates certificates = new(["oidc.example.com"], new TlsMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry())), new Logger<ServingCertificates>(new CapturedLog().Factory));

    public void Dispose() => File.Delete(file);

    [Fact]
    public void Are_the_self_signed_certificate_itself()
    {
        using X509Certificate2 own = TestAuthority.SelfSigned("oidc.example.com");
        certificates.Put("Tls:SelfSigned", ServingCertificate.Parse(Encoding.ASCII.GetBytes(own.ExportCertificatePem()), Encoding.ASCII.GetBytes(own.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()), out _)!);
        TlsSettings settings = TlsFixture.Settings(("Mode", "SelfSigned"));

        Assert.Equal(own.Thumbprint, Assert.Single(ChosenRoots.Of(settings, certificates, "oidc.example.com")!.Roots!).Thumbprint);
        Assert.Null(ChosenRoots.Of(settings, certificates, "other.example.com"));
    }

    [Fact]
    public void Are_those_of_a_private_CA_as_long_as_its_file_is_there()
    {
        using TestAuthority authority = new();
        File.WriteAllText(file, authority.Root.ExportCertificatePem());
        TlsSettings settings = TlsFixture.Settings(("Mode", "Acme"), ("Acme:AcceptTerms", "true"), ("Acme:StoreDirectory", "/state"), ("Acme:Directory", "https://ca.corp.example/directory"), ("Acme:CaFile", file));

        Assert.Equal(authority.Root.Thumbprint, Assert.Single(ChosenRoots.Of(settings, certificates, "oidc.example.com")!.Roots!).Thumbprint);
        File.Delete(file);
        Assert.Null(ChosenRoots.Of(settings, certificates, "oidc.example.com"));
    }

    [Fact]
    public void Are_all_of_a_file_that_was_joined_without_line_breaks()
    {
        using TestAuthority first = new();
        using TestAuthority second = new();
        File.WriteAllText(file, first.Root.ExportCertificatePem() + second.Root.ExportCertificatePem(), Encoding.Unicode);
        TlsSettings settings = TlsFixture.Settings(("Mode", "Acme"), ("Acme:AcceptTerms", "true"), ("Acme:StoreDirectory", "/state"), ("Acme:Directory", "https://ca.corp.example/directory"), ("Acme:CaFile", file));

        Assert.Equal([first.Root.Thumbprint, second.Root.Thumbprint], ChosenRoots.Of(settings, certificates, "oidc.example.com")!.Roots!.Select(root => root.Thumbprint));
    }

    /// <summary>Let's Encrypt's staging environment has public HTTPS and certificates that nobody trusts.</summary>
    [Theory]
    [InlineData("https://acme-staging-v02.api.letsencrypt.org/directory", true)]
    [InlineData("https://acme-v02.api.letsencrypt.org/directory", false)]
    public void Are_the_own_certificate_of_a_directory_that_was_chosen(string directory, bool isChosen)
    {
        using X509Certificate2 own = TestAuthority.SelfSigned("oidc.example.com");
        certificates.Put("Tls:Acme", ServingCertificate.Parse(Encoding.ASCII.GetBytes(own.ExportCertificatePem()), Encoding.ASCII.GetBytes(own.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()), out _)!);
        TlsSettings settings = TlsFixture.Settings(("Mode", "Acme"), ("Acme:AcceptTerms", "true"), ("Acme:StoreDirectory", "/state"), ("Acme:Directory", directory));

        Assert.Equal(isChosen ? own.Thumbprint : null, ChosenRoots.Of(settings, certificates, "oidc.example.com")?.PinnedLeaf?.Thumbprint);
    }

    [Fact]
    public void Are_none_for_a_public_CA() =>
        Assert.Null(ChosenRoots.Of(TlsFixture.Settings(("Mode", "Acme"), ("Acme:AcceptTerms", "true"), ("Acme:StoreDirectory", "/state")), certificates, "oidc.example.com"));
}
