using System.Net;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Issuers;

namespace IssuerGateway.EndToEnd.Faults;

/// <summary>The wall clock of the running process jumps (libfaketime, the monotonic clock left alone).</summary>
public sealed class ClockTests
{
    [Fact]
    public async Task A_day_forward_and_two_back_cause_no_503_and_stop_no_refresh()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        string clock = site.PathOf("clock");
        await File.WriteAllTextAsync(clock, "+0");
        string library = Directory.EnumerateFiles("/usr/lib", "libfaketimeMT.so.1", SearchOption.AllDirectories).First();
        await using GatewayRun gateway = await site.ServeInAsync([], [("LD_PRELOAD", library), ("FAKETIME_TIMESTAMP_FILE", clock), ("FAKETIME_NO_CACHE", "1"), ("DONT_FAKE_MONOTONIC", "1"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")], "MaxStale=1h");
        using HttpClient relyingParty = site.Public();

        // Every jump is longer than MaxStale: whatever went by the wall clock would take the documents away.
        using CancellationTokenSource enough = new();
        Task<int> visitor = Task.Run(async () =>
        {
            int visits = 0;
            while (!enough.IsCancellationRequested)
            {
                Assert.Equal(HttpStatusCode.OK, (await relyingParty.GetAsync("/openid/v1/jwks")).StatusCode);
                visits++;
            }

            return visits;
        });

        foreach (int days in (int[])[1, -1, 0])
        {
            await File.WriteAllTextAsync(clock, $"{(days < 0 ? "" : "+")}{days}d");
            await site.RotateAsync(gateway, relyingParty);
            string added = site.Cluster.Server.Keys[^1].KeyId;
            DateTimeOffset expected = TimeProvider.System.GetUtcNow().AddDays(days);

            // The jump has come about: the line that names the new key bears its date.
            string? line = null;
            await GatewayFixture.WaitAsync(
                () => Task.FromResult((line = gateway.Output.Split('\n').FirstOrDefault(each => each.Contains("Key added: ", StringComparison.Ordinal) && each.Contains(added, StringComparison.Ordinal))) is not null),
                () => gateway.Output);
            Assert.InRange(DateTimeOffset.Parse(line!.Split('"')[3]), expected.AddHours(-1), expected.AddHours(1));
            site.Cluster.Server.Break(FaultKind.EmptySet);
            await gateway.SignalAsync("HUP");
            await site.UntilStatusAsync(gateway, status => status.Contains("\"key-set-empty\"", StringComparison.Ordinal));
            site.Cluster.Server.Repair();
        }

        await enough.CancelAsync();
        Assert.True(await visitor > 0);
        Assert.DoesNotContain("Issuer withdrawn", gateway.Output, StringComparison.Ordinal);
    }
}
