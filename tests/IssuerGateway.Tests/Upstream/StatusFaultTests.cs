using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;
using WireMock.Settings;

namespace IssuerGateway.Tests.Upstream;

/// <summary>Statuses of a whole HTTP server (WireMock.Net over TLS), the ones that no API server was recorded with included.</summary>
public sealed class StatusFaultTests : IAsyncDisposable
{
    private readonly SourceFixture fixture = new();
    private readonly WireMockServer server;

    public StatusFaultTests()
    {
        // By a file: WireMock.Net writes an instance into its log, which fails on an EC key.
        using X509Certificate2 certificate = fixture.Ca.Server("127.0.0.1", "localhost");
        string file = fixture.TrustFile + ".pfx";
        File.WriteAllBytes(file, certificate.ExportPkcs12(Pkcs12ExportPbeParameters.Pbes2Aes256Sha256, "test"));
        server = WireMockServer.Start(new WireMockServerSettings
        {
            UseSSL = true,
            CertificateSettings = new WireMockCertificateSettings { X509CertificateFilePath = file, X509CertificatePassword = "test" },
        });
    }

    public ValueTask DisposeAsync()
    {
        server.Stop();
        server.Dispose();
        return fixture.DisposeAsync();
    }

    [Theory]
    [InlineData(201, "unexpected-status")]
    [InlineData(204, "unexpected-status")]
    [InlineData(206, "unexpected-status")]
    [InlineData(301, "redirect")]
    [InlineData(304, "redirect")]
    [InlineData(308, "redirect")]
    [InlineData(400, "unexpected-status")]
    [InlineData(401, "unauthorized")]
    [InlineData(403, "forbidden")]
    [InlineData(404, "not-found")]
    [InlineData(406, "not-acceptable")]
    [InlineData(429, "too-many-requests")]
    [InlineData(500, "server-error")]
    [InlineData(503, "server-error")]
    [InlineData(504, "server-error")]
    public async Task Only_200_counts(int status, string code)
    {
        Serve("/.well-known/openid-configuration", 200, "application/json");
        Serve("/openid/v1/jwks", status, "application/jwk-set+json");
        Uri address = new($"https://127.0.0.1:{server.Port}");
        await using IDocumentSource source = fixture.Source(address);

        UpstreamResponse response = Assert.Single(await source.FetchAsync(CancellationToken.None));

        Assert.Null(response.Documents);
        Assert.Equal((code, $"{ServerAddress.Show(address)}/openid/v1/jwks: responded with {status}, expected 200"), (response.Fault!.Code, response.Fault.Message));
        Assert.DoesNotContain("leak", response.Fault.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/jwk-set+json")]
    [InlineData("Application/JWK-Set+JSON; charset=utf-8")]
    public async Task Any_type_of_JSON_is_taken(string type)
    {
        Serve("/.well-known/openid-configuration", 200, type);
        Serve("/openid/v1/jwks", 200, type);
        await using IDocumentSource source = fixture.Source(new Uri($"https://127.0.0.1:{server.Port}"));

        Assert.Equal("{\"leak\":1}"u8.ToArray(), Assert.Single(await source.FetchAsync(CancellationToken.None)).Documents?.KeySet.ToArray());
    }

    private void Serve(string path, int status, string type) => server
        .Given(Request.Create().WithPath(path).UsingGet())
        .RespondWith(Response.Create().WithStatusCode(status).WithHeader("Content-Type", type).WithBody(status is 204 or 304 ? "" : "{\"leak\":1}"));
}
