using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Demo;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Tests.Tls;

namespace IssuerGateway.EndToEnd.Acme;

/// <summary>Two gateway processes that share Secrets and a Lease; the second stands where the CA validates.</summary>
public sealed class ReplicaTests : IAsyncLifetime
{
    private readonly AcmeSite site = new();
    private readonly IReadOnlyList<int> otherPorts = FreePorts.Take(3);
    private StandInObjects cluster = null!;

    public async ValueTask InitializeAsync()
    {
        TestCa ca = new();
        (string chain, string key) = ca.Issue("localhost");
        using X509Certificate2 leaf = X509Certificate2.CreateFromPem(chain, key);
        X509Certificate2Collection all = [];
        all.ImportFromPem(chain);
        cluster = await StandInObjects.StartAsync(https: (X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null), all));
        cluster.PutAsTheChart("issuer-gateway", AcmeSite.Host);
        await File.WriteAllTextAsync(site.PathOf("cluster-ca.pem"), ca.Root.ExportCertificatePem());
        string token = System.Security.Cryptography.RandomNumberGenerator.GetHexString(48);
        IssuerGateway.EndToEnd.Secrets.SecretsOfTheRun.Register("the bearer token of a kubeconfig", token);
        await File.WriteAllTextAsync(site.PathOf("kubeconfig"), $"""
            apiVersion: v1
            kind: Config
            current-context: only
            contexts:
            - name: only
              context:
                cluster: only
                user: only
            clusters:
            - name: only
              cluster:
                server: https://localhost:{cluster.Ports[0]}
                certificate-authority: cluster-ca.pem
            users:
            - name: only
              user:
                token: {token}
            """);
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        site.Dispose();
    }

    [Theory]
    [InlineData("http-01")]
    [InlineData("tls-alpn-01")]
    public async Task One_orders_and_the_other_responds_to_the_challenge_and_both_serve(string challenge)
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        await using GatewayRun leader = ServeElsewhere(ca, challenge);
        await LeadsAsync(leader, ca);
        await using GatewayRun validated = Serve(ca, challenge);

        IReadOnlyList<X509Certificate2> chain = await site.CertificateAsync(validated, ca);

        await AcmeSite.UntilAsync(async () => await AcmeSite.HandshakeAsync(otherPorts[1], AcmeSite.Host) is not null, leader, ca);
        Assert.Equal(chain[0].Thumbprint, (await AcmeSite.HandshakeAsync(otherPorts[1], AcmeSite.Host))![0].Thumbprint);
        Assert.Equal(1, ca.Issued);
        Assert.DoesNotContain("Ordering a certificate", validated.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_death_of_the_leader_in_the_middle_of_an_order_hands_over()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        GatewayRun leader = ServeElsewhere(ca, "http-01");
        await LeadsAsync(leader, ca);
        await using GatewayRun heir = Serve(ca, "http-01");
        await AcmeSite.UntilAsync(() => Task.FromResult(ca.Orders > 0), leader, ca);
        leader.Kill();
        await leader.DisposeAsync();

        await site.CertificateAsync(heir, ca);

        Assert.Equal(1, ca.Issued);
        Assert.InRange(ca.Orders, 1, 2);
    }

    [Fact]
    public async Task Responses_of_the_API_server_that_come_in_pieces_hold_up_nobody()
    {
        // Long enough for the head to be read alone.
        cluster.BeforeBody = () => Task.Delay(TimeSpan.FromMilliseconds(100));
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        await using GatewayRun gateway = Serve(ca, "tls-alpn-01");

        await site.CertificateAsync(gateway, ca);

        Assert.Equal(1, ca.Issued);
    }

    // C3: the follower once stayed dark for up to 60 days.
    [Theory]
    [InlineData(120)]
    [InlineData(3600)]
    public async Task The_leader_repairs_a_damaged_Secret_and_a_follower_that_starts_serves_it(int validity)
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated with { Validity = validity });
        await using GatewayRun leader = Serve(ca, "http-01");
        string first = (await site.CertificateAsync(leader, ca))[0].Thumbprint;
        await AcmeSite.UntilAsync(() => Task.FromResult(StoredChain().Length > 100), leader, ca);
        CertificateSecret()["data"]!["tls.crt"] = Convert.ToBase64String("garbage"u8);

        await using GatewayRun follower = ServeElsewhere(ca, "http-01");

        // With two minutes it may renew itself before it looks at the store, so what both serve is compared, not which one it is.
        await AcmeSite.UntilAsync(async () => await AcmeSite.HandshakeAsync(otherPorts[1], AcmeSite.Host) is { } chain && chain[0].Thumbprint == (await site.HandshakeAsync())![0].Thumbprint, follower, ca);
        await AcmeSite.UntilAsync(() => Task.FromResult(StoredChain().Length > 100), leader, ca);
        if (validity > 120)
        {
            Assert.Equal(first, (await site.HandshakeAsync())![0].Thumbprint);
            Assert.Contains(leader.Output.Split('\n'), line => line.Contains("was damaged", StringComparison.Ordinal) && line.Contains("the one in force, valid until", StringComparison.Ordinal));
        }
    }

    // C4: what could not be stored was never stored again.
    [Fact]
    public async Task What_an_operator_renewed_during_an_outage_of_the_API_server_is_stored_when_it_is_back()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated with { Validity = 120 });
        await using GatewayRun gateway = Serve(ca, "http-01");
        string first = (await site.CertificateAsync(gateway, ca))[0].Thumbprint;
        await AcmeSite.UntilAsync(() => Task.FromResult(StoredChain().Length > 100), gateway, ca);
        string before = StoredChain();
        cluster.Reject = request => request.Contains($"/secrets/issuer-gateway-tls-{AcmeSite.Host}", StringComparison.Ordinal) ? 503 : null;

        (int exitCode, string error) = await site.RenewAsync();
        Assert.True(exitCode == 0, error);
        Assert.NotEqual(first, (await site.HandshakeAsync())![0].Thumbprint);
        Assert.Equal(before, StoredChain());

        cluster.Reject = _ => null;
        await AcmeSite.UntilAsync(() => Task.FromResult(StoredChain() != before), gateway, ca);
        Assert.InRange(ca.Issued, 2, 4);
    }

    // The leader stops leading, and each look at the store takes 5 s: certificates of two minutes once expired meanwhile.
    [Fact]
    public async Task An_API_server_that_hangs_for_longer_than_a_certificate_lasts_lets_none_expire()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated with { Validity = 120 });
        await using GatewayRun gateway = Serve(ca, "http-01");
        await site.CertificateAsync(gateway, ca);
        await AcmeSite.UntilAsync(() => Task.FromResult(StoredChain().Length > 100), gateway, ca);
        TaskCompletionSource back = new();
        cluster.BeforeResponse = _ => back.Task;
        long began = System.Diagnostics.Stopwatch.GetTimestamp();
        while (System.Diagnostics.Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(150))
        {
            X509Certificate2 served = (await site.HandshakeAsync())![0];
            Assert.True(TimeProvider.System.GetUtcNow() < served.NotAfter.ToUniversalTime(), $"served until {served.NotAfter:u}\n{gateway.Output}");
            await Task.Delay(500);
        }

        // What was ordered meanwhile is stored when the server is back.
        string stored = StoredChain();
        cluster.BeforeResponse = _ => Task.CompletedTask;
        back.SetResult();
        await AcmeSite.UntilAsync(() => Task.FromResult(StoredChain() != stored), gateway, ca);
        Assert.InRange(ca.Issued, 2, 5);
    }

    private System.Text.Json.Nodes.JsonNode CertificateSecret() => cluster.Objects[$"/api/v1/namespaces/gateway/secrets/issuer-gateway-tls-{AcmeSite.Host}"];

    private string StoredChain() => (string?)CertificateSecret()["data"]?["tls.crt"] ?? "";

    private GatewayRun Serve(Pebble ca, string challenge) => site.Serve(ca, Shared(challenge));

    private GatewayRun ServeElsewhere(Pebble ca, string challenge) => site.Serve(
        ca, [.. Shared(challenge), $"Edge:HttpPort={otherPorts[0]}", $"Edge:HttpsPort={otherPorts[1]}", $"Operations:Port={otherPorts[2]}"]);

    private string[] Shared(string challenge) =>
    [
        "Tls:Acme:Store=Secrets", "Tls:Kubernetes:Namespace=gateway", $"Tls:Kubernetes:KubeconfigFile={site.PathOf("kubeconfig")}", $"Tls:Acme:Challenges={challenge}",
    ];

    private static Task LeadsAsync(GatewayRun gateway, Pebble ca) =>
        AcmeSite.UntilAsync(() => Task.FromResult(gateway.Output.Contains("orders certificates now", StringComparison.Ordinal)), gateway, ca);
}
