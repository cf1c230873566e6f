using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Tests.Tls.Serving;
using IssuerGateway.Tls;

namespace IssuerGateway.Tests.Tls.Sources;

public sealed class SelfSignedServiceTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("a.example.test")]
    [InlineData("localhost")]
    [InlineData("")]
    public async Task Serves_one_certificate_for_every_host_and_this_machine_and_exports_it_without_the_key(string serverName)
    {
        string file = directory.File("trust.pem");
        TlsSettings settings = TlsFixture.Settings(("Mode", "SelfSigned"), ("SelfSigned:ExportFile", file));

        await using TlsFixture server = await TlsFixture.StartAsync(settings, ["a.example.test"]);

        X509Certificate2 sent = Assert.Single(await server.HandshakeAsync(serverName));
        Assert.Equal(["a.example.test", "localhost"], TlsListenerTests.NamesOf(sent));
        using X509Certificate2 exported = X509Certificate2.CreateFromPem(File.ReadAllText(file));
        Assert.Equal(sent.Thumbprint, exported.Thumbprint);
        Assert.DoesNotContain("PRIVATE", File.ReadAllText(file), StringComparison.Ordinal);
    }

    // C45: an address is an iPAddress (RFC 5280 §4.2.1.6), which clients compare with nothing else.
    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("[2001:db8::7]", "2001:db8::7")]
    [InlineData("2001:DB8:0:0::7", "2001:db8::7")]
    public async Task Names_an_issuer_on_an_address_by_its_address(string host, string address)
    {
        string file = directory.File("trust.pem");
        await using TlsFixture server = await TlsFixture.StartAsync(TlsFixture.Settings(("Mode", "SelfSigned"), ("SelfSigned:ExportFile", file)), [host]);

        X509Certificate2 sent = Assert.Single(await server.HandshakeAsync(""));

        X509SubjectAlternativeNameExtension names = sent.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["localhost"], names.EnumerateDnsNames());
        Assert.Equal([address, "127.0.0.1", "::1"], names.EnumerateIPAddresses().Select(each => each.ToString()));
        Assert.True(sent.MatchesHostname(address));
        string output = await server.OpenSslAsync("Q\n", "-CAfile", file, "-verify_ip", address, "-verify_return_error");
        Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_trusted_by_a_client_that_trusts_the_export()
    {
        string file = directory.File("trust.pem");
        TlsSettings settings = TlsFixture.Settings(("Mode", "SelfSigned"), ("SelfSigned:ExportFile", file));
        await using TlsFixture server = await TlsFixture.StartAsync(settings, ["a.example.test"]);

        string output = await server.OpenSslAsync("Q\n", "-CAfile", file, "-servername", "a.example.test", "-verify_hostname", "a.example.test", "-verify_return_error");

        Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
    }
}
