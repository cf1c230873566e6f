using System.Text.Json.Nodes;
using IssuerGateway.Kubernetes;
using IssuerGateway.Tls.Issuance;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tests.Tls.Issuance;

public sealed class SecretAcmeStoreTests : IAsyncLifetime
{
    private const string StatePath = "/api/v1/namespaces/gateway/secrets/gw-acme";
    private StandInObjects cluster = null!;

    public async ValueTask InitializeAsync() => cluster = await StandInObjects.StartAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task Keeps_state_and_certificates_in_Secrets_of_the_right_types_and_reads_them_again()
    {
        SecretAcmeStore store = New();
        (string chain, string key) = new TestCa().Issue("a.example.test");
        Assert.Null(await store.SaveAsync(State(1), CancellationToken.None));
        Assert.Null(await store.WriteCertificateAsync("a.example.test", chain, key, CancellationToken.None));

        SecretAcmeStore other = New();
        Assert.Equal(1, (await other.LoadAsync(CancellationToken.None)).State!.Host("a.example.test").Failures);
        CertificateCandidate? offer = await other.ReadCertificateAsync("a.example.test", CancellationToken.None);
        Assert.Equal(["a.example.test"], offer!.Parse(out _)!.Names);
        Assert.Null(await other.ReadCertificateAsync("b.example.test", CancellationToken.None));
        Assert.Equal(
            ["POST " + StatePath[..^8], "GET /api/v1/namespaces/gateway/secrets/gw-tls-a.example.test", "POST " + StatePath[..^8]],
            cluster.Requests.Take(3).ToArray());
    }

    [Fact]
    public async Task Fills_the_empty_Secrets_of_the_chart_without_the_right_to_create()
    {
        cluster.PutEmpty("gw-acme");
        cluster.PutEmpty("gw-tls-a.example.test");
        cluster.Refuse = request => request.StartsWith("POST ", StringComparison.Ordinal) ? 403 : null;
        SecretAcmeStore store = New();
        (string chain, string key) = new TestCa().Issue("a.example.test");

        Assert.Same(AcmeState.Empty, (await store.LoadAsync(CancellationToken.None)).State);
        Assert.Null(await store.ReadCertificateAsync("a.example.test", CancellationToken.None));
        Assert.Null(await store.SaveAsync(State(1), CancellationToken.None));
        Assert.Null(await store.WriteCertificateAsync("a.example.test", chain, key, CancellationToken.None));

        Assert.Equal(["a.example.test"], (await New().ReadCertificateAsync("a.example.test", CancellationToken.None))!.Parse(out _)!.Names);
        Assert.Equal(1, (await New().LoadAsync(CancellationToken.None)).State!.Host("a.example.test").Failures);
        Assert.DoesNotContain(cluster.Requests, request => request.StartsWith("POST ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keeps_what_is_broken_beside_what_replaces_it()
    {
        SecretAcmeStore store = New();
        (string chain, string key) = new TestCa().Issue("a.example.test");
        await store.WriteCertificateAsync("a.example.test", chain, "half a key", CancellationToken.None);

        Assert.Null(await store.WriteCertificateAsync("a.example.test", chain, key, CancellationToken.None));

        JsonNode data = cluster.Objects[StatePath.Replace("gw-acme", "gw-tls-a.example.test", StringComparison.Ordinal)]["data"]!;
        Assert.Equal("half a key", System.Text.Encoding.ASCII.GetString(Convert.FromBase64String((string)data["tls.key.broken"]!)));
        Assert.NotNull((await New().ReadCertificateAsync("a.example.test", CancellationToken.None))!.Parse(out _));

        // And gone with the next good one.
        Assert.Null(await store.WriteCertificateAsync("a.example.test", chain, key, CancellationToken.None));
        Assert.Null(cluster.Objects[StatePath.Replace("gw-acme", "gw-tls-a.example.test", StringComparison.Ordinal)]["data"]!["tls.key.broken"]);
    }

    [Fact]
    public async Task A_leader_that_was_replaced_cannot_undo_what_its_successor_wrote()
    {
        SecretAcmeStore old = New(), successor = New();
        await old.SaveAsync(State(1), CancellationToken.None);
        await successor.LoadAsync(CancellationToken.None);
        Assert.Null(await successor.SaveAsync(State(2), CancellationToken.None));

        Assert.Equal("replace Secret gateway/gw-acme: answered 409", await old.SaveAsync(State(3), CancellationToken.None));

        Assert.Equal(2, (await New().LoadAsync(CancellationToken.None)).State!.Host("a.example.test").Failures);
    }

    [Fact]
    public async Task A_label_that_somebody_sets_does_not_stop_the_leader()
    {
        SecretAcmeStore store = New();
        await store.SaveAsync(State(1), CancellationToken.None);
        JsonNode metadata = cluster.Objects[StatePath]["metadata"]!;
        metadata["labels"]!["team"] = "edge";
        metadata["resourceVersion"] = "999";

        Assert.Null(await store.SaveAsync(State(2), CancellationToken.None));

        Assert.Equal("edge", (string?)cluster.Objects[StatePath]["metadata"]!["labels"]!["team"]);
    }

    [Fact]
    public async Task A_Secret_that_somebody_deletes_is_made_again_at_the_latest_with_the_next_write()
    {
        SecretAcmeStore store = New();
        await store.SaveAsync(State(1), CancellationToken.None);
        cluster.Delete("gw-acme");

        await store.SaveAsync(State(2), CancellationToken.None);
        Assert.Null(await store.SaveAsync(State(3), CancellationToken.None));

        Assert.Equal(3, (await New().LoadAsync(CancellationToken.None)).State!.Host("a.example.test").Failures);
    }

    [Theory]
    [InlineData(403, "get Secret gateway/gw-acme: answered 403; allow it by a Role of the namespace")]
    [InlineData(500, "get Secret gateway/gw-acme: answered 500")]
    public async Task Takes_no_state_for_empty_when_it_could_not_be_read(int status, string fault)
    {
        cluster.Refuse = _ => status;

        Assert.Equal(StoredState.Failed(fault), await New().LoadAsync(CancellationToken.None));
    }

    private SecretAcmeStore New() => new(new ClusterObjects(new ClusterConnection(cluster.Access()), "gateway"), "gw");

    private static AcmeState State(int failures) => AcmeState.Empty with { Hosts = AcmeState.Empty.Hosts.SetItem("a.example.test", new HostState { Failures = failures }) };
}
