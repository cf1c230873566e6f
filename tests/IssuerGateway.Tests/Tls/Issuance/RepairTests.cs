using System.Text.Json.Nodes;
using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Tests.Acme;
using IssuerGateway.Tls.Issuance.Stores;

namespace IssuerGateway.Tests.Tls.Issuance;

/// <summary>What was ordered is stored until it is stored, and what others damage in the store is repaired.</summary>
public sealed class RepairTests : IAsyncLifetime
{
    private const string CertificatePath = $"/api/v1/namespaces/gateway/secrets/gw-tls-{AcmeFixture.Host}";
    private const string StatePath = "/api/v1/namespaces/gateway/secrets/gw-acme";

    private readonly TemporaryDirectory directory = new();
    private readonly SkippingTime time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private StandInObjects cluster = null!;
    private StandInCa ca = null!;

    public async ValueTask InitializeAsync()
    {
        ca = await StandInCa.StartAsync(directory.File("ca.pem"), time);
        cluster = await StandInObjects.StartAsync();
        cluster.PutAsTheChart("gw", AcmeFixture.Host);
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        await ca.DisposeAsync();
        directory.Dispose();
    }

    public static TheoryData<string, string> Damages => new()
    {
        { "garbage", "was damaged" },
        { "other host", "was replaced by another one" },
        { "expired", "was replaced by another one" },
        { "emptied", "was missing" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task The_leader_writes_again_at_its_next_look_what_somebody_damaged_and_a_follower_that_starts_serves_it(string damage, string said)
    {
        using AcmeFixture leader = await IssuedAsync();
        JsonNode data = cluster.Objects[CertificatePath]["data"]!;
        (string chain, string key) = new TestCa().Issue([damage == "expired" ? AcmeFixture.Host : "other.example.test"], time.GetUtcNow().AddDays(-20), time.GetUtcNow().AddDays(damage == "expired" ? -1 : 20));
        (data["tls.crt"], data["tls.key"]) = damage switch
        {
            "garbage" => (Encode("garbage"), (string)data["tls.key"]!),
            "emptied" => ("", ""),
            _ => (Encode(chain), Encode(key)),
        };

        using AcmeFixture follower = await New().LoadAsync();
        Assert.NotEqual(leader.Served!.Thumbprint, follower.Served?.Thumbprint);
        await leader.Renewal.StepAsync(false, CancellationToken.None);
        await follower.LoadAsync();

        Assert.Equal(leader.Served.Thumbprint, follower.Served!.Thumbprint);
        Assert.Single(ca.Orders);
        Assert.Contains(leader.Log.Lines, line => line.StartsWith($"Warning: The stored certificate of {AcmeFixture.Host} {said}; the one in force", StringComparison.Ordinal));
    }

    // C3: the gateway may not create Secrets. It names the command, and writes as soon as somebody has followed it.
    [Fact]
    public async Task A_deleted_Secret_is_filled_once_it_exists_again()
    {
        using AcmeFixture leader = await IssuedAsync();
        cluster.Delete($"gw-tls-{AcmeFixture.Host}");

        await leader.Renewal.StepAsync(false, CancellationToken.None);
        Assert.Contains(leader.Log.Lines, line => line.Contains($"kubectl --namespace gateway create secret generic gw-tls-{AcmeFixture.Host}", StringComparison.Ordinal));
        Assert.NotNull(leader.Served);

        cluster.PutEmpty($"gw-tls-{AcmeFixture.Host}");
        time.Advance(TimeSpan.FromMinutes(6));
        await leader.Renewal.StepAsync(false, CancellationToken.None);
        using AcmeFixture follower = await New().LoadAsync();
        Assert.Equal(leader.Served.Thumbprint, follower.Served!.Thumbprint);
        Assert.Single(ca.Orders);
    }

    // C4
    [Theory]
    [InlineData(403)]
    [InlineData(409)]
    [InlineData(422)]
    [InlineData(500)]
    public async Task What_could_not_be_stored_is_served_and_stored_later_also_by_a_replica_that_leads_no_more(int status)
    {
        using AcmeFixture leader = await IssuedAsync();
        using AcmeFixture other = await New().LoadAsync();
        cluster.Reject = request => request == $"PUT {CertificatePath}" ? status : null;
        await leader.Renewal.StepAsync(true, CancellationToken.None);
        string newest = leader.Served!.Thumbprint;
        Assert.NotEqual(newest, other.Served!.Thumbprint);
        Assert.True(leader.Renewal.IsUnstored);
        Assert.Contains("issuer_gateway_acme_certificate_unstored{host=\"a.example.test\"} 1", await TlsFixture.MetricsAsync(leader.Registry, "issuer_gateway_acme_certificate_unstored"));

        cluster.Reject = _ => null;
        time.Advance(TimeSpan.FromMinutes(6));
        await leader.Renewal.StoreOwnAsync(CancellationToken.None);
        await other.LoadAsync();

        Assert.Equal(newest, other.Served.Thumbprint);
        Assert.Equal(2, ca.Orders.Count);
        Assert.False(leader.Renewal.IsUnstored);
    }

    [Fact]
    public async Task What_could_not_be_stored_before_the_process_ended_is_fetched_again_without_a_new_order()
    {
        string newest;
        using (AcmeFixture leader = await IssuedAsync())
        {
            cluster.Reject = request => request == $"PUT {CertificatePath}" ? 403 : null;
            await leader.Renewal.StepAsync(true, CancellationToken.None);
            newest = ca.Issued.Last().Chain!;
        }

        cluster.Reject = _ => null;
        using AcmeFixture next = await New().LoadAsync();
        await next.Renewal.StepAsync(false, CancellationToken.None);

        Assert.StartsWith(next.Served!.Chain[0].ExportCertificatePem(), newest, StringComparison.Ordinal);
        Assert.Equal(2, ca.Orders.Count);
        await next.Renewal.StepAsync(false, CancellationToken.None);
        Assert.Null(next.State.Order);
    }

    // C5
    [Fact]
    public async Task The_issued_certificate_is_served_although_nothing_can_be_read()
    {
        using AcmeFixture leader = await IssuedAsync();
        string before = leader.Served!.Thumbprint;
        cluster.Reject = request => request == $"GET {CertificatePath}" ? 500 : null;

        await leader.Renewal.StepAsync(true, CancellationToken.None);

        Assert.NotEqual(before, leader.Served.Thumbprint);
    }

    // C8
    [Fact]
    public async Task A_Secret_of_somebody_else_is_left_alone_and_the_certificate_served_all_the_same()
    {
        cluster.Objects[CertificatePath]["data"] = new JsonObject { ["password"] = Encode("secret") };
        string before = cluster.Objects[CertificatePath].ToJsonString();
        using AcmeFixture leader = New();

        await leader.Renewal.StepAsync(false, CancellationToken.None);

        Assert.NotNull(leader.Served);
        Assert.Equal(before, cluster.Objects[CertificatePath].ToJsonString());
        Assert.Contains(leader.Log.Lines, line => line.Contains("holds data of somebody else (password); it is left as it is", StringComparison.Ordinal) && line.Contains("It is served, valid until", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_state_that_somebody_removed_is_written_again()
    {
        using AcmeFixture leader = await IssuedAsync();
        cluster.Objects[StatePath]["data"] = new JsonObject();

        Assert.Null(await leader.Context.State.RepairAsync(CancellationToken.None));

        Assert.Single((await New().LoadAsync()).State.Issued);
    }

    // C13
    [Fact]
    public async Task A_command_does_not_outlive_the_leadership()
    {
        using AcmeFixture gateway = await IssuedAsync();
        Assert.Equal("a.example.test: this replica does not lead", (await gateway.Renewal.RenewNowAsync()).Message);

        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        Assert.Single(ca.Orders);
    }

    // C11
    [Fact]
    public async Task A_challenge_of_a_host_that_left_the_configuration_gets_no_response_and_its_order_is_dropped()
    {
        using AcmeFixture gateway = await IssuedAsync();
        PendingOrder(gateway, "gone.example.test");
        Assert.False(gateway.Responses.ExpectsTlsAlpn);

        await gateway.Context.State.DropLeftoversAsync(CancellationToken.None);

        Assert.Null(gateway.Context.State.Current.Host("gone.example.test").Order);
        PendingOrder(gateway, AcmeFixture.Host);
        Assert.True(gateway.Responses.ExpectsTlsAlpn);
    }

    // C6
    [Fact]
    public async Task A_pause_that_a_wrong_clock_stored_ends()
    {
        using AcmeFixture gateway = New();
        await gateway.LoadAsync();
        await gateway.StateCache.ChangeHostAsync(AcmeFixture.Host, _ => new HostState
        {
            Directory = ca.Directory.OriginalString, Failures = 1, NotBefore = time.GetUtcNow().AddYears(5), Issued = [time.GetUtcNow().AddYears(5)],
        }, CancellationToken.None);

        for (int i = 0; i < 10 && gateway.Served is null; i++)
        {
            time.Advance(await gateway.Renewal.StepAsync(false, CancellationToken.None));
        }

        Assert.NotNull(gateway.Served);
    }

    private static void PendingOrder(AcmeFixture gateway, string host) => gateway.Context.State.Adopt(gateway.Context.State.Current with
    {
        Hosts = gateway.Context.State.Current.Hosts.SetItem(host, new HostState
        {
            Order = new OrderState
            {
                Url = "https://ca.example/order/1", AccountUrl = "https://ca.example/account/1", LeafKeyPem = "",
                Challenge = new IssuerGateway.Tls.Serving.Challenges.PendingChallenge { Type = "tls-alpn-01", Host = host, Token = "t", KeyAuthorization = "t.k" },
            },
        }),
    });

    private async Task<AcmeFixture> IssuedAsync()
    {
        AcmeFixture gateway = await New().LoadAsync();
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        Assert.NotNull(gateway.Served);
        return gateway;
    }

    private AcmeFixture New() => new(ca, directory.Path, time, new SecretAcmeStore(new ClusterObjects(new ClusterConnection(cluster.Access()), "gateway"), "gw"));

    private static string Encode(string text) => Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(text));
}
