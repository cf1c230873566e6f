using System.Net;
using IssuerGateway.Edge;
using Microsoft.Extensions.Time.Testing;
using Prometheus;

namespace IssuerGateway.Tests.Edge;

public sealed class RefusalsTests
{
    private readonly FakeTimeProvider time = new();
    private readonly CapturedLog log = new();
    private readonly Refusals refusals;

    public RefusalsTests() => refusals = new Refusals(new EdgeMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry())), time, log.For<Refusals>());

    [Fact]
    public async Task Tells_of_each_kind_once_a_minute_with_the_number_since()
    {
        IPEndPoint address = IPEndPoint.Parse("203.0.113.9:4711");
        for (int i = 0; i < 1000; i++)
        {
            refusals.Note(Refusal.Address, address);
        }

        await LoggedAsync(1);
        refusals.Note(Refusal.Total, address);
        await LoggedAsync(2);
        time.Advance(TimeSpan.FromMinutes(1));
        refusals.Note(Refusal.Address, address);
        await LoggedAsync(3);

        Assert.Equal(
            [
                "Warning: Closed 1 connections since this was last told, the latest from 203.0.113.9:4711: Edge:MaxConnectionsPerAddress reached",
                "Warning: Closed 1 connections since this was last told, the latest from 203.0.113.9:4711: Edge:MaxConnections reached and none of them silent",
                "Warning: Closed 1000 connections since this was last told, the latest from 203.0.113.9:4711: Edge:MaxConnectionsPerAddress reached",
            ],
            log.Lines);
    }

    [Fact]
    public async Task Has_a_reason_for_each_kind()
    {
        foreach (Refusal refusal in Enum.GetValues<Refusal>())
        {
            refusals.Note(refusal, null);
        }

        await LoggedAsync(Enum.GetValues<Refusal>().Length);
        Assert.Equal(Enum.GetValues<Refusal>().Length, log.Lines.Distinct().Count());
    }

    // Lines are written away from who notes: the accept loop must wait for none.
    private async Task LoggedAsync(int lines)
    {
        for (int i = 0; log.Lines.Count < lines && i < 1000; i++)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
