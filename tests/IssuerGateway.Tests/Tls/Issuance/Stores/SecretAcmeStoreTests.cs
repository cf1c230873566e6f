using System.Text.Json.Nodes;
using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Tls.Issuance.Stores;

namespace IssuerGateway.Tests.Tls.Issuance.Stores;

public sealed class SecretAcmeStoreTests : IAsyncLifetime
{
    private const string StatePath = "/api/v1/namespaces/gateway/secrets/gw-acme";
    private const string CertificatePath = "/api/v1/namespaces/gateway/secrets/gw-tls-a.example.test";
    private StandInObjects cluster = null!;

    public async ValueTask InitializeAsync()
    {
        cluster = await StandInObjects.StartAsync();
        cluster.PutAsTheChart("gw", "a.example.test");
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task Fills_the_empty_Secrets_of_the_chart_without_the_right_to_create()
    {
        cluster.Reject = request => request.StartsWith("POST ", StringComparison.Ordinal) ? 403 : null;
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
    }

    [Fact]
    public async Task A_leader_that_was_replaced_cannot_undo_what_its_successor_wrote()
    {
        SecretAcmeStore old = New(), successor = New();
        await old.SaveAsync(State(1), CancellationToken.None);
        await successor.LoadAsync(CancellationToken.None);
        Assert.Null(await successor.SaveAsync(State(2), CancellationToken.None));

        Assert.Equal("replace Secret gateway/gw-acme: responded with 409: Operation cannot be fulfilled on secrets \"gw-acme\": the object has been modified; please apply your changes to the latest version and try again", await old.SaveAsync(State(3), CancellationToken.None));

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
    public async Task Names_the_command_for_a_Secret_that_is_missing_creates_none_and_writes_it_once_it_exists()
    {
        const string fault = "Secret gateway/gw-acme does not exist. Create it: helm upgrade, or kubectl --namespace gateway create secret generic gw-acme";
        SecretAcmeStore store = New();
        await store.SaveAsync(State(1), CancellationToken.None);
        cluster.Delete("gw-acme");

        Assert.Equal(fault, await store.SaveAsync(State(2), CancellationToken.None));
        Assert.Equal(fault, await store.SaveAsync(State(3), CancellationToken.None));
        Assert.Equal(StoredState.Failed(fault), await New().LoadAsync(CancellationToken.None));
        Assert.DoesNotContain(cluster.Requests, request => request.StartsWith("POST ", StringComparison.Ordinal));

        cluster.PutEmpty("gw-acme");
        Assert.Null(await store.SaveAsync(State(4), CancellationToken.None));
        Assert.Equal(4, (await New().LoadAsync(CancellationToken.None)).State!.Host("a.example.test").Failures);
    }

    [Theory]
    [InlineData("Opaque", "password", "Secret gateway/gw-tls-a.example.test holds data of somebody else (password); it is left as it is. ")]
    [InlineData("kubernetes.io/tls", "ca.crt", "Secret gateway/gw-tls-a.example.test holds data of somebody else (ca.crt); it is left as it is. ")]
    [InlineData("kubernetes.io/basic-auth", "tls.crt", "Secret gateway/gw-tls-a.example.test is of type kubernetes.io/basic-auth, not of type Opaque or kubernetes.io/tls; it is left as it is. ")]
    public async Task Leaves_a_Secret_alone_that_is_not_its_own(string type, string part, string fault)
    {
        JsonNode secret = cluster.Objects[CertificatePath];
        (secret["type"], secret["data"]) = (type, new JsonObject { [part] = "c2VjcmV0" });
        string before = secret.ToJsonString();
        (string chain, string key) = new TestCa().Issue("a.example.test");

        Assert.StartsWith(fault, await New().WriteCertificateAsync("a.example.test", chain, key, CancellationToken.None), StringComparison.Ordinal);

        Assert.StartsWith(fault, (await New().ReadCertificateAsync("a.example.test", CancellationToken.None))!.Fault, StringComparison.Ordinal);
        Assert.Equal(before, cluster.Objects[CertificatePath].ToJsonString());
    }

    [Theory]
    [InlineData("issuer-gateway.dev/store", "acme")]
    [InlineData("app.kubernetes.io/managed-by", "issuer-gateway")]
    public async Task Keeps_the_type_and_what_others_added_to_a_Secret_of_its_own(string label, string value)
    {
        JsonNode secret = cluster.Objects[CertificatePath];
        (secret["type"], secret["data"], secret["metadata"]!["labels"]) = ("kubernetes.io/tls", new JsonObject { ["ca.crt"] = "QQ==", ["tls.crt"] = "", ["tls.key"] = "" }, new JsonObject { [label] = value });
        (string chain, string key) = new TestCa().Issue("a.example.test");

        Assert.Null(await New().WriteCertificateAsync("a.example.test", chain, key, CancellationToken.None));

        Assert.Equal("kubernetes.io/tls", (string?)cluster.Objects[CertificatePath]["type"]);
        Assert.Equal("QQ==", (string?)cluster.Objects[CertificatePath]["data"]!["ca.crt"]);
    }

    [Fact]
    public async Task Gives_the_reason_of_the_API_server_for_an_immutable_Secret()
    {
        (string chain, string key) = new TestCa().Issue("a.example.test");
        await New().WriteCertificateAsync("a.example.test", chain, key, CancellationToken.None);
        cluster.Objects[CertificatePath]["immutable"] = true;
        (string next, string nextKey) = new TestCa().Issue("a.example.test");

        Assert.Equal("replace Secret gateway/gw-tls-a.example.test: responded with 422: Secret \"gw-tls-a.example.test\" is invalid: data: Forbidden: field is immutable when `immutable` is set",
            await New().WriteCertificateAsync("a.example.test", next, nextKey, CancellationToken.None));
    }

    [Fact]
    public async Task Leaves_the_state_of_a_newer_version_alone()
    {
        string newer = Convert.ToBase64String("{\"version\":2,\"accounts\":[]}"u8);
        cluster.Objects[StatePath]["data"] = new JsonObject { ["acme.json"] = newer };
        SecretAcmeStore store = New();

        StoredState stored = await store.LoadAsync(CancellationToken.None);

        Assert.True(stored.IsOfNewerVersion);
        Assert.StartsWith("Secret gateway/gw-acme was written by a newer issuer-gateway (state version 2, this one reads 1)", stored.Fault, StringComparison.Ordinal);
        Assert.Equal(stored.Fault, await store.SaveAsync(State(1), CancellationToken.None));
        Assert.Equal(newer, (string?)cluster.Objects[StatePath]["data"]!["acme.json"]);
    }

    [Theory]
    [InlineData(403, "get Secret gateway/gw-acme: responded with 403: secrets \"gw-acme\" is forbidden: User \"system:serviceaccount:apps:poor\" cannot get resource \"secrets\" in API group \"\" in the namespace \"apps\"; allow it by a Role of the namespace")]
    [InlineData(500, "get Secret gateway/gw-acme: responded with 500")]
    public async Task Takes_no_state_for_empty_when_it_could_not_be_read(int status, string fault)
    {
        cluster.Reject = _ => status;

        Assert.Equal(StoredState.Failed(fault), await New().LoadAsync(CancellationToken.None));
    }

    private SecretAcmeStore New() => new(new ClusterObjects(new ClusterConnection(cluster.Access()), "gateway"), "gw");

    private static AcmeState State(int failures) => AcmeState.Empty with { Hosts = AcmeState.Empty.Hosts.SetItem("a.example.test", new HostState { Failures = failures }) };
}
