using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tests.Issuers;
using IssuerGateway.Tests.Tls;
using static IssuerGateway.Tests.Publishing.PublisherFixture;

namespace IssuerGateway.Tests.Publishing;

/// <summary>The last good documents in a Secret that replicas share: least rights, merged, and never in the way.</summary>
public sealed class SecretStateTests : IAsyncLifetime
{
    private const string One = "https://10.0.0.1:6443";
    private const string Three = "https://10.0.0.3:6443";

    private static readonly IssuerIdentifier issuer = Build.Identifier();
    private static readonly string name = $"gw-documents-{StateFile.KeyOf(issuer)}";
    private static readonly string path = $"/api/v1/namespaces/gateway/secrets/{name}";

    private readonly JumpingTime time = new();
    private StandInObjects cluster = null!;

    public async ValueTask InitializeAsync()
    {
        cluster = await StandInObjects.StartAsync();
        cluster.PutEmpty(name);
        cluster.Reject = request => request.StartsWith("POST ", StringComparison.Ordinal) ? 403 : null;
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task A_new_pod_serves_what_an_earlier_one_stored()
    {
        using PublisherFixture before = await ReplicaAsync();
        await RefreshAsync(before, Sends(One, "a"), Sends(Three, "a", "k"));
        await StoreAsync(before);

        time.Advance(TimeSpan.FromHours(1));
        using PublisherFixture after = await ReplicaAsync();

        Assert.Equal(before.Body(DocumentKind.KeySet), after.Body(DocumentKind.KeySet));
        Assert.Equal(before.Body(DocumentKind.Discovery), after.Body(DocumentKind.Discovery));
        Assert.Empty(after.Publisher.State.Findings);

        // The server that has the second key is down, and its key stays; its age continues.
        await RefreshAsync(after, Sends(One, "a"), Bad(server: Three));
        Assert.Equal("a k", Kids(after));
        Assert.Equal(time.GetUtcNow().AddHours(-1), after.Publisher.State.History!.Entries["k"].FirstSeen);
        Assert.DoesNotContain(cluster.Requests, request => request.StartsWith("POST", StringComparison.Ordinal) || request.StartsWith("DELETE", StringComparison.Ordinal) || request.Contains('?'));
    }

    [Fact]
    public async Task Is_written_when_bytes_change_and_else_every_ten_minutes()
    {
        using PublisherFixture gateway = await ReplicaAsync();
        using SharedStateService service = Service(gateway);
        await RefreshAsync(gateway, Sends(One, "a"));
        await service.WriteDueAsync(gateway.Publisher, CancellationToken.None);
        Assert.Equal(1, Writes());

        for (int i = 0; i < 18; i++)
        {
            time.Advance(TimeSpan.FromSeconds(30));
            await RefreshAsync(gateway, Sends(One, "a"));
            await service.WriteDueAsync(gateway.Publisher, CancellationToken.None);
        }

        Assert.Equal(1, Writes());
        await RefreshAsync(gateway, Sends(One, "a", "b"));
        await service.WriteDueAsync(gateway.Publisher, CancellationToken.None);
        Assert.Equal(2, Writes());

        time.Advance(TimeSpan.FromMinutes(13));
        await RefreshAsync(gateway, Sends(One, "a", "b"));
        await service.WriteDueAsync(gateway.Publisher, CancellationToken.None);
        Assert.Equal(3, Writes());
    }

    [Fact]
    public async Task Two_replicas_that_see_different_servers_lose_nothing_of_each_other()
    {
        using PublisherFixture first = await ReplicaAsync();
        using PublisherFixture second = await ReplicaAsync();
        await RefreshAsync(first, Sends(One, "a"), Sends(Three, "a", "k"));
        time.Advance(TimeSpan.FromMinutes(1));
        await RefreshAsync(second, Sends(One, "a", "b"), Bad(server: Three));

        // Both read the same version; the one that is late reads and merges again.
        int reads = 0;
        SemaphoreSlim both = new(0);
        cluster.BeforeBody = async () =>
        {
            if (Interlocked.Increment(ref reads) <= 2)
            {
                if (reads == 2)
                {
                    both.Release(2);
                }

                await both.WaitAsync(TimeSpan.FromSeconds(20));
            }
        };
        await Task.WhenAll(StoreAsync(first), StoreAsync(second));

        using PublisherFixture third = await ReplicaAsync();
        Assert.Equal(["a", "b", "k"], Kids(third).Split(' ').Order());
        Assert.Equal(time.GetUtcNow().AddMinutes(-1), third.Publisher.State.History!.Entries["a"].FirstSeen);

        // One of the three was a conflict.
        Assert.Equal(3, Writes());

        // The age that the other replica knows is taken over.
        await StoreAsync(second);
        await RefreshAsync(second, Sends(One, "a", "b"), Bad(server: Three));
        Assert.Equal(time.GetUtcNow().AddMinutes(-1), second.Publisher.State.History!.Entries["a"].FirstSeen);
    }

    [Fact]
    public async Task A_key_that_left_by_evidence_does_not_come_back_from_the_Secret()
    {
        using PublisherFixture gateway = await ReplicaAsync();
        await RefreshAsync(gateway, Sends(One, "a", "b"), Sends(Three, "a", "b"));
        await StoreAsync(gateway);
        foreach (int seconds in (int[])[30, 90])
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            await RefreshAsync(gateway, Sends(One, "a"), Sends(Three, "a"));
        }

        Assert.Equal("a", Kids(gateway));
        await StoreAsync(gateway);

        using PublisherFixture after = await ReplicaAsync();
        Assert.Equal("a", Kids(after));
    }

    [Theory]
    [InlineData("issuer.json", "bm9uc2Vuc2U=")]
    [InlineData("issuer.json", "")]
    [InlineData("keys.json", "e30=")]
    [InlineData("provenance.json", "bnVsbA==")]
    [InlineData("foreign", "bm9uc2Vuc2U=")]
    public async Task A_damaged_or_edited_part_hurts_nothing_and_is_replaced(string part, string content)
    {
        using PublisherFixture before = await ReplicaAsync();
        await RefreshAsync(before, Sends(One, "a"));
        await StoreAsync(before);
        cluster.Objects[path]["data"]![part] = content;

        using PublisherFixture after = await ReplicaAsync();
        Assert.Equal(part == "issuer.json" ? null : before.Body(DocumentKind.KeySet), after.Body(DocumentKind.KeySet));
        Assert.Equal(part == "foreign" || content.Length == 0 ? [] : ["state-unreadable"], after.Publisher.State.Findings.Select(finding => finding.Rule));

        await RefreshAsync(after, Sends(One, "a"));
        await StoreAsync(after);
        await RefreshAsync(after, Sends(One, "a"));
        Assert.Empty(after.Publisher.State.Findings);
        Assert.Equal(part != "foreign" && content.Length > 0, after.Log.Lines.Any(line => line.StartsWith("Warning: state of issuer", StringComparison.Ordinal) && line.Contains("It was damaged or edited, and has been replaced.", StringComparison.Ordinal)));
        Assert.True(part != "foreign" || (string?)cluster.Objects[path]["data"]![part] == content);
        using PublisherFixture last = await ReplicaAsync();
        Assert.Equal("a", Kids(last));
    }

    [Fact]
    public async Task Another_key_put_in_by_hand_is_not_published()
    {
        using PublisherFixture before = await ReplicaAsync();
        await RefreshAsync(before, Sends(One, "a"));
        await StoreAsync(before);
        string stored = Encoding.UTF8.GetString(Convert.FromBase64String((string)cluster.Objects[path]["data"]!["issuer.json"]!));
        string forged = stored.Replace(Convert.ToBase64String(Build.Utf8($"{{\"keys\":[{Build.Rsa("a")}]}}")), Convert.ToBase64String(Build.Utf8($"{{\"keys\":[{Build.Rsa("mallory")}]}}")), StringComparison.Ordinal);
        Assert.NotEqual(stored, forged);
        cluster.Objects[path]["data"]!["issuer.json"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(forged));

        using PublisherFixture after = await ReplicaAsync();

        Assert.Null(after.Body(DocumentKind.KeySet));
    }

    [Fact]
    public async Task A_newer_version_is_left_alone()
    {
        string newer = Convert.ToBase64String("""{"Version":3}"""u8);
        cluster.Objects[path]["data"] = new JsonObject { ["issuer.json"] = newer };

        using PublisherFixture gateway = await ReplicaAsync();
        await RefreshAsync(gateway, Sends(One, "a"));
        await StoreAsync(gateway);
        await RefreshAsync(gateway, Sends(One, "a"));

        Finding finding = Assert.Single(gateway.Publisher.State.Findings);
        Assert.Equal(("state-newer", $"state of issuer \"{Build.Url}\": Secret gateway/{name} has version 3, and this gateway writes version 1; it is neither read nor written"), (finding.Rule, finding.Message));
        Assert.Equal(0, Writes());
        Assert.Equal(newer, (string?)cluster.Objects[path]["data"]!["issuer.json"]);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(422)]
    [InlineData(500)]
    public async Task What_the_API_server_rejects_is_one_stable_warning_and_stops_nothing(int status)
    {
        cluster.Reject = request => request.StartsWith(status is 409 or 422 ? "PUT " : "GET ", StringComparison.Ordinal) ? status : null;
        using PublisherFixture gateway = await ReplicaAsync();
        await RefreshAsync(gateway, Sends(One, "a"));
        await StoreAsync(gateway);
        await RefreshAsync(gateway, Sends(One, "a"));
        Finding finding = Assert.Single(gateway.Publisher.State.Findings);
        Assert.Equal((Severity.Warning, "state-secret"), (finding.Severity, finding.Rule));
        Assert.Contains($"Secret gateway/{name}: responded with {status}", finding.Message, StringComparison.Ordinal);
        Assert.Equal("a", Kids(gateway));

        cluster.Reject = _ => null;
        await StoreAsync(gateway);
        await RefreshAsync(gateway, Sends(One, "a"));
        Assert.Empty(gateway.Publisher.State.Findings);
    }

    [Fact]
    public async Task Stays_below_one_mebibyte_with_the_largest_documents()
    {
        cluster.Objects[path]["data"] = new JsonObject { ["foreign"] = Convert.ToBase64String(new byte[100_000]) };
        using PublisherFixture gateway = await ReplicaAsync();
        string[] large = [.. Enumerable.Range(0, 100).Select(i => Build.Rsa($"{i:000}{new string('k', 150)}").Replace("\"use\":", $"\"x5c\":[\"{new string('A', 1500)}\"],\"use\":", StringComparison.Ordinal))];
        string discovery = Encoding.UTF8.GetString(Discovery).Replace("}", $",\"claims_supported\":[\"{new string('c', 250_000)}\"]}}", StringComparison.Ordinal);
        await RefreshAsync(gateway, new UpstreamResponse(One, new DocumentPair(Build.Utf8(discovery), Build.Utf8($"{{\"keys\":[{string.Join(",", large)}]}}"), null), null));
        await StoreAsync(gateway);

        int size = cluster.Objects[path]["data"]!.AsObject().Sum(part => Convert.FromBase64String((string)part.Value!).Length);
        Assert.InRange(size, 500_000, 1024 * 1024);
        using PublisherFixture after = await ReplicaAsync();
        Assert.Equal(gateway.Body(DocumentKind.KeySet), after.Body(DocumentKind.KeySet));
    }

    /// <summary>What a real API server sent (tests/fixtures/kubernetes-1.36/objects), whole.</summary>
    [Theory]
    [InlineData("GET", "secret-get-401", "responded with 401")]
    [InlineData("GET", "secret-get-403", "responded with 403: secrets \"ig-tls\" is forbidden: User ")]
    [InlineData("GET", "secret-get-404", "responded with 404")]
    [InlineData("PUT", "secret-put-409-conflict", "responded with 409: Operation cannot be fulfilled on secrets \"ig-tls\": the object has been modified")]
    [InlineData("PUT", "secret-put-422-type-immutable", "responded with 422: Secret \"ig-tls\" is invalid: type: Invalid value: ")]
    [InlineData("PUT", "secret-put-422-label", "responded with 422: Secret \"")]
    [InlineData("PUT", "secret-create-422-too-large", "responded with 422: Secret \"big\" is invalid: data: Too long: may not be more than 1048576 bytes")]
    [InlineData("PUT", "secret-create-400-bad-json", "responded with 400")]
    public async Task What_a_real_API_server_rejects_with_is_one_warning_and_stops_nothing(string method, string recording, string reason)
    {
        cluster.Replay = request => request == $"{method} {path}" ? recording : null;
        using PublisherFixture gateway = await ReplicaAsync();
        await RefreshAsync(gateway, Sends(One, "a"));
        await StoreAsync(gateway);
        await RefreshAsync(gateway, Sends(One, "a"));
        Finding finding = Assert.Single(gateway.Publisher.State.Findings);
        Assert.Equal((Severity.Warning, "state-secret"), (finding.Severity, finding.Rule));
        Assert.Contains($"Secret gateway/{name}: {reason}", finding.Message, StringComparison.Ordinal);
        Assert.Equal("a", Kids(gateway));

        cluster.Replay = _ => null;
        await StoreAsync(gateway);
        await RefreshAsync(gateway, Sends(One, "a"));
        Assert.Empty(gateway.Publisher.State.Findings);
        using PublisherFixture after = await ReplicaAsync();
        Assert.Equal("a", Kids(after));
    }

    /// <summary>A Secret as a real API server stores it, of somebody else: read whole, none of it is published, and all of it is written back.</summary>
    [Fact]
    public async Task A_Secret_of_a_real_API_server_keeps_what_is_not_ours()
    {
        JsonObject recorded = JsonNode.Parse(Recorded.Body("objects/secret-get-200"))!.AsObject();
        cluster.Replay = request => request == $"GET {path}" ? "secret-get-200" : request.StartsWith("PUT ", StringComparison.Ordinal) ? "secret-put-200" : null;
        JsonNode? written = null;
        cluster.OnBody = body => written = body;

        using PublisherFixture gateway = await ReplicaAsync();
        Assert.Empty(gateway.Publisher.State.Findings);
        Assert.Null(gateway.Body(DocumentKind.KeySet));
        await RefreshAsync(gateway, Sends(One, "a"));
        await StoreAsync(gateway);
        await RefreshAsync(gateway, Sends(One, "a"));

        Assert.Empty(gateway.Publisher.State.Findings);
        Assert.Equal((string?)recorded["metadata"]!["resourceVersion"], (string?)written!["metadata"]!["resourceVersion"]);
        Assert.Equal((string?)recorded["type"], (string?)written["type"]);
        Assert.All(recorded["data"]!.AsObject(), part => Assert.Equal((string?)part.Value, (string?)written["data"]![part.Key]));
        Assert.Equal(["issuer.json", "keys.json", "provenance.json"], written["data"]!.AsObject().Select(part => part.Key).Except(recorded["data"]!.AsObject().Select(part => part.Key)).Order());
    }

    private static byte[] Discovery => Build.Utf8("""{"issuer":"https://issuer.example.test","jwks_uri":"x","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}""");

    private int Writes() => cluster.Requests.Count(request => request.StartsWith("PUT ", StringComparison.Ordinal));

    private SecretStateStore Store() => new(new ClusterObjects(new ClusterConnection(cluster.Access()), "gateway"), "gw-documents");

    private async Task<PublisherFixture> ReplicaAsync()
    {
        PublisherFixture replica = new(time: time, secrets: Store());
        await replica.Publisher.LoadLastKnownGoodAsync();
        return replica;
    }

    private SharedStateService Service(PublisherFixture replica) =>
        new([replica.Publisher], Store(), PublisherFixture.Settings, time, replica.Log.For<SharedStateService>());

    private async Task StoreAsync(PublisherFixture replica)
    {
        using SharedStateService service = Service(replica);
        await service.WriteDueAsync(replica.Publisher, CancellationToken.None);
    }

    private static Task RefreshAsync(PublisherFixture replica, params UpstreamResponse[] responses) => replica.RefreshAsync(responses);

    private static UpstreamResponse Sends(string server, params string[] kids) =>
        new(server, new DocumentPair(Discovery, Build.Utf8($"{{\"keys\":[{string.Join(",", kids.Select(kid => Build.Rsa(kid)))}]}}"), TimeSpan.FromHours(1)), null);

    private static string Kids(PublisherFixture gateway) => string.Join(' ', gateway.Publisher.State.Keys!.Keys.Select(key => key.KeyId));
}
