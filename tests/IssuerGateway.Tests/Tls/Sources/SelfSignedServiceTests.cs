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
