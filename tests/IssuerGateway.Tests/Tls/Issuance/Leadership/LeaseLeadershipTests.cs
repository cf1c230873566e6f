using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Tls.Issuance.Leadership;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Tls.Issuance.Leadership;

public sealed class LeaseLeadershipTests : IAsyncLifetime
{
    private readonly CapturedLog log = new();
    private StandInObjects cluster = null!;

    public async ValueTask InitializeAsync()
    {
        cluster = await StandInObjects.StartAsync(replicas: 2);
        cluster.PutAsTheChart("gw");
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    // C9: each request had a limit of its own, and a read and a write that hang kept the turn for 20 s of a lease of 15 s.
    [Fact]
    public async Task A_turn_ends_within_the_deadline_when_the_API_server_accepts_and_hangs()
    {
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        LeaseLeadership leadership = New(0, "a", time);
        using CancellationTokenSource stop = new();
        TaskCompletionSource<DateTimeOffset> ended = new();
        TaskCompletionSource started = new();
        Task leading = leadership.LeadAsync(async turn =>
        {
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, turn).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ended.TrySetResult(time.GetUtcNow());
        }, stop.Token);
        await Pump.UntilAsync(time, () => started.Task.IsCompleted);
        TaskCompletionSource release = new();
        cluster.BeforeResponse = _ => release.Task;
        DateTimeOffset hangs = time.GetUtcNow();

        await Pump.UntilAsync(time, () => ended.Task.IsCompleted);

        Assert.InRange(await ended.Task - hangs, TimeSpan.FromSeconds(5), LeaseLeadership.RenewDeadline + TimeSpan.FromSeconds(1));
        release.SetResult();
        await stop.CancelAsync();
        await leading.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Of_two_one_leads_and_the_other_takes_over_when_the_first_is_cut_off_never_both()
    {
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        int leading = 0, most = 0;
        List<string> turns = [];
        using CancellationTokenSource stop = new();
        Task Lead(string name, LeaseLeadership leadership) => leadership.LeadAsync(async turn =>
        {
            lock (turns)
            {
                turns.Add(name);
                most = Math.Max(most, ++leading);
            }

            await Task.Delay(Timeout.Infinite, turn).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Interlocked.Decrement(ref leading);
        }, stop.Token);
        Task a = Lead("a", New(0, "a", time));
        await Pump.UntilAsync(time, () => turns.Count == 1);
        Task b = Lead("b", New(1, "b", time));
        cluster.CutOff(0);

        await Pump.UntilAsync(time, () => turns.Contains("b"));

        Assert.Equal(1, most);
        await stop.CancelAsync();
        await Task.WhenAll(a, b).WaitAsync(TimeSpan.FromMinutes(1));
    }

    // Of a holder that is no gateway and renews nothing: all replicas waited for an hour, and took neither Lease nor store for broken.
    [Fact]
    public async Task A_Lease_edited_by_hand_is_free_after_a_minute_without_a_change()
    {
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        cluster.Objects.Single(each => each.Key.Contains("/leases/", StringComparison.Ordinal)).Value["spec"] = new System.Text.Json.Nodes.JsonObject
        {
            ["holderIdentity"] = "somebody",
            ["leaseDurationSeconds"] = 3600,
            ["leaseTransitions"] = int.MaxValue,
        };
        DateTimeOffset began = time.GetUtcNow();
        TaskCompletionSource<DateTimeOffset> started = new();
        using CancellationTokenSource stop = new();

        Task leading = New(0, "a", time).LeadAsync(async turn =>
        {
            started.TrySetResult(time.GetUtcNow());
            await Task.Delay(Timeout.Infinite, turn).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }, stop.Token);

        await Pump.UntilAsync(time, () => started.Task.IsCompleted);
        Assert.InRange(await started.Task - began, TimeSpan.FromSeconds(59), TimeSpan.FromMinutes(10));
        Assert.Equal(1, (int)cluster.Objects.Single(each => each.Key.Contains("/leases/", StringComparison.Ordinal)).Value["spec"]!["leaseTransitions"]!);
        await stop.CancelAsync();
        await leading.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Names_the_command_for_a_Lease_that_is_missing_and_creates_none()
    {
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        LeaseLeadership leadership = new(Objects(0), "other", "a", time, log.For<LeaseLeadership>());
        using CancellationTokenSource stop = new();
        Task leading = leadership.LeadAsync(_ => Task.CompletedTask, stop.Token);

        await Eventually.TrueAsync(() => leadership.Fault is not null);

        Assert.Equal("Lease gateway/other does not exist. Create it: helm upgrade, or kubectl create -f - <<< '{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{\"name\":\"other\",\"namespace\":\"gateway\"}}'", leadership.Fault);
        Assert.DoesNotContain(cluster.Requests, request => request.StartsWith("POST ", StringComparison.Ordinal));
        await stop.CancelAsync();
        await leading;
    }

    private LeaseLeadership New(int replica, string identity, TimeProvider time) => new(Objects(replica), "gw-acme", identity, time, log.For<LeaseLeadership>());

    private ClusterObjects Objects(int replica) => new(new ClusterConnection(cluster.Access(replica)), "gateway");
}
