using IssuerGateway.Tls.Serving;
using IssuerGateway.Tls.Sources;

namespace IssuerGateway.Tests.Tls.Sources;

public sealed class SecretCertificatesServiceTests : IAsyncLifetime
{
    private const string Path = "/api/v1/namespaces/gateway/secrets/gateway-tls";
    private const string Slot = "Secret gateway/gateway-tls";
    private readonly TestCa ca = new();
    private StandInObjects cluster = null!;

    public async ValueTask InitializeAsync() => cluster = await StandInObjects.StartAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task Serves_a_Secret_of_cert_manager_from_the_start_and_takes_over_its_renewal()
    {
        (string chain, string key) = ca.Issue("a.example.test");
        cluster.Put("gateway-tls", chain, key);
        await using TlsFixture server = await StartAsync();
        Assert.Equal(["", "CN=Test Intermediate"], (await server.HandshakeAsync("a.example.test")).Select(certificate => certificate.Subject));
        string before = server.Certificates.In(Slot)!.Thumbprint;

        (chain, key) = ca.Issue("a.example.test");
        cluster.Put("gateway-tls", chain, key);
        server.Service<ReloadRequest>().Make();

        await Eventually.TrueAsync(() => server.Certificates.In(Slot)!.Thumbprint != before);
    }

    [Theory]
    [InlineData("broken", "a CERTIFICATE block that cannot be read")]
    [InlineData("of another time", "get Secret gateway/gateway-tls: a time that is not of RFC 3339")]
    [InlineData("without metadata", "get Secret gateway/gateway-tls: an object without metadata")]
    [InlineData("without content", "no PRIVATE KEY block")]
    [InlineData("deleted", "get Secret gateway/gateway-tls: responded with 404")]
    [InlineData("forbidden", "get Secret gateway/gateway-tls: responded with 403: secrets \"gateway-tls\" is forbidden: User \"system:serviceaccount:apps:poor\" cannot get resource \"secrets\" in API group \"\" in the namespace \"apps\"; allow it by a Role of the namespace")]
    public async Task Keeps_what_it_serves_when_the_Secret_is(string fault, string said)
    {
        (string chain, string key) = ca.Issue("a.example.test");
        cluster.Put("gateway-tls", chain, key);
        await using TlsFixture server = await StartAsync();
        ServingCertificate before = server.Certificates.In(Slot)!;

        switch (fault)
        {
            case "broken":
                cluster.Put("gateway-tls", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", key);
                break;
            case "of another time":
                cluster.Objects[Path]["metadata"]!["creationTimestamp"] = "yesterday";
                break;
            case "without metadata":
                cluster.Objects[Path].AsObject().Remove("metadata");
                break;
            case "without content":
                cluster.Objects[Path]["data"]!["tls.key"] = null;
                break;
            case "deleted":
                cluster.Delete("gateway-tls");
                break;
            default:
                cluster.Reject = _ => 403;
                break;
        }

        await server.Service<SecretCertificatesService>().PollAsync(CancellationToken.None);
        await server.Service<SecretCertificatesService>().PollAsync(CancellationToken.None);

        Assert.Same(before, server.Certificates.In(Slot));
        Assert.Equal([$"Warning: The certificate of {Slot} cannot be {(fault is "broken" or "without content" ? "served" : "read")}: {said}; the one valid until {before.NotAfter:u} stays in force"],
            server.Log.Lines.Where(line => line.StartsWith("Warning", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Starts_without_the_API_server_and_heals()
    {
        cluster.Reject = _ => 500;
        (string chain, string key) = ca.Issue("a.example.test");
        cluster.Put("gateway-tls", chain, key);
        await using TlsFixture server = await StartAsync();
        Assert.Null(server.Certificates.In(Slot));

        cluster.Reject = _ => null;
        server.Service<ReloadRequest>().Make();

        await Eventually.TrueAsync(() => server.Certificates.In(Slot) is not null);
    }

    private Task<TlsFixture> StartAsync() => TlsFixture.StartAsync(
        TlsFixture.Settings(("Mode", "Secrets"), ("Secrets:Names", "gateway-tls"), ("Kubernetes:Namespace", "gateway"), ("Secrets:Interval", "1h")), ["a.example.test"], access: cluster.Access());
}
