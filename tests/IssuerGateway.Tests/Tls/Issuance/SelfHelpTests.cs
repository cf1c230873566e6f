using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Tests.Acme;
using IssuerGateway.Tls.Issuance;
using IssuerGateway.Tls.Issuance.Leadership;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tests.Tls.Issuance;

/// <summary>A follower beside a leader that renews but cannot write: a policy of the cluster, a Role without update, an immutable Secret. Reading works all the while.</summary>
public sealed class SelfHelpTests : IAsyncLifetime
{
    private const string Certificate = "/secrets/gw-tls-";
    private const string EverySecret = "/secrets/";

    private readonly TemporaryDirectory directory = new();
    private readonly SkippingTime time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly WorkingLeadership leadership = new();
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

    [Theory]
    [InlineData(Certificate, 422)]
    [InlineData(Certificate, 403)]
    [InlineData(EverySecret, 422)]
    [InlineData(EverySecret, 403)]
    public async Task Gets_a_certificate_before_its_own_ends_although_the_leader_cannot_write(string denied, int status)
    {
        using AcmeFixture leader = await IssuedAsync();
        using AcmeFixture follower = await New().LoadAsync();
        ServingCertificate first = follower.Served!;
        SelfHelp help = Help(follower);
        Deny(denied, status);

        time.Advance(first.NotAfter - TimeSpan.FromHours(1) - time.GetUtcNow());
        await leader.Renewal.StepAsync(false, CancellationToken.None);

        // Without a state that takes anything it waits for its own last chance: each restart would leave an order behind.
        Assert.Equal(denied == EverySecret, first.Thumbprint == leader.Served!.Thumbprint);
        await StepAsync(follower, help, TimeSpan.FromMinutes(45));
        Assert.Same(first, follower.Served);

        await StepAsync(follower, help, TimeSpan.FromMinutes(12));

        Assert.True(follower.Served!.NotAfter > first.NotAfter);
        if (denied == Certificate)
        {
            // The state has arrived, and the finished order with it: what the leader has ordered is fetched, nothing is ordered.
            Assert.Equal(leader.Served.Thumbprint, follower.Served.Thumbprint);
            Assert.Equal(2, ca.Issued.Count());
        }
    }

    // The API server takes a write that changes nothing: a follower that tried one took the Secret for writable, and all replicas but
    // the leader served an expired certificate.
    [Fact]
    public async Task Notices_that_the_leader_cannot_write_although_a_write_without_a_change_succeeds()
    {
        using AcmeFixture leader = await IssuedAsync();
        using AcmeFixture follower = await New().LoadAsync();
        ServingCertificate first = follower.Served!;
        cluster.Objects["/api/v1/namespaces/gateway/secrets/gw-acme"]["immutable"] = true;
        cluster.Objects[$"/api/v1/namespaces/gateway/secrets/gw-tls-{AcmeFixture.Host}"]["immutable"] = true;

        time.Advance(first.NotAfter - TimeSpan.FromMinutes(15) - time.GetUtcNow());
        await StepAsync(follower, Help(follower), TimeSpan.FromMinutes(15));

        Assert.True(follower.Served!.NotAfter > first.NotAfter);
    }

    [Fact]
    public async Task A_replica_that_starts_without_a_certificate_fetches_the_one_that_could_not_be_stored()
    {
        Deny(Certificate, 422);
        using AcmeFixture leader = await IssuedAsync();
        using AcmeFixture follower = await New().LoadAsync();
        Assert.Null(follower.Served);

        await StepAsync(follower, Help(follower), TimeSpan.FromMinutes(2));

        Assert.Equal(leader.Served!.Thumbprint, follower.Served!.Thumbprint);
        Assert.Single(ca.Issued);
    }

    [Fact]
    public async Task Writes_nothing_while_its_certificate_is_good_and_changes_nothing_when_it_finds_out_whether_it_could()
    {
        using AcmeFixture leader = await IssuedAsync();
        using AcmeFixture follower = await New().LoadAsync();
        SelfHelp help = Help(follower);
        string before = cluster.Objects["/api/v1/namespaces/gateway/secrets/gw-acme"]["data"]!.ToJsonString();
        int Writes() => cluster.Requests.Count(request => request.StartsWith("PUT ", StringComparison.Ordinal));
        int writes = Writes();

        await StepAsync(follower, help, TimeSpan.FromMinutes(2));
        Assert.Equal(writes, Writes());

        time.Advance(follower.Served!.NotAfter - TimeSpan.FromMinutes(5) - time.GetUtcNow());
        await StepAsync(follower, help, TimeSpan.FromMinutes(2));
        Assert.InRange(Writes() - writes, 1, 5);
        Assert.Equal(before, cluster.Objects["/api/v1/namespaces/gateway/secrets/gw-acme"]["data"]!.ToJsonString());

        // The store works, so the leader delivers: a follower whose clock is wrong must not order.
        Assert.Single(ca.Orders);
    }

    private SelfHelp Help(AcmeFixture follower) => new([follower.Renewal], follower.Context, leadership);

    private void Deny(string denied, int status) => cluster.Reject = request =>
        request.StartsWith("PUT ", StringComparison.Ordinal) && request.Contains(denied, StringComparison.Ordinal) ? status : null;

    // As AcmeService does for a follower.
    private async Task StepAsync(AcmeFixture follower, SelfHelp help, TimeSpan duration)
    {
        DateTimeOffset end = time.GetUtcNow() + duration;
        while (time.GetUtcNow() < end)
        {
            time.Advance(TimeSpan.FromSeconds(15));
            StoredState stored = await follower.Store.LoadAsync(CancellationToken.None);
            if (stored.State is { } state && !AcmeStateText.AreEqual(state, follower.StateCache.Current))
            {
                follower.StateCache.Adopt(state);
            }

            if (!follower.Renewal.IsUnstored && await follower.Store.ReadCertificateAsync(AcmeFixture.Host, CancellationToken.None) is { } candidate)
            {
                follower.Intake.TryUpdate(AcmeFixture.Host, candidate, fromCa: true);
            }

            await help.StepAsync(stored.Fault, CancellationToken.None);
        }
    }

    private async Task<AcmeFixture> IssuedAsync()
    {
        AcmeFixture gateway = await New().LoadAsync();
        await gateway.Renewal.StepAsync(false, CancellationToken.None);
        Assert.NotNull(gateway.Served);
        return gateway;
    }

    private AcmeFixture New() => new(ca, directory.Path, time, new SecretAcmeStore(new ClusterObjects(new ClusterConnection(cluster.Access()), "gateway"), "gw"));

    private sealed class WorkingLeadership : ILeadership
    {
        public string? Leader => "the other one";

        public string? Fault => null;

        public Task LeadAsync(Func<CancellationToken, Task> turn, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
