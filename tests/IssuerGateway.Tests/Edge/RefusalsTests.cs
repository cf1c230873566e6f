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
    public void Tells_of_each_kind_once_a_minute_with_the_number_since()
    {
        IPEndPoint address = IPEndPoint.Parse("203.0.113.9:4711");
        for (int i = 0; i < 1000; i++)
        {
            refusals.Note(Refusal.Address, address);
        }

        refusals.Note(Refusal.Total, address);
        time.Advance(TimeSpan.FromMinutes(1));
        refusals.Note(Refusal.Address, address);

        Assert.Equal(
            [
                "Warning: Closed 1 connections since this was last told, the latest from 203.0.113.9:4711: Edge:MaxConnectionsPerAddress reached",
                "Warning: Closed 1 connections since this was last told, the latest from 203.0.113.9:4711: Edge:MaxConnections reached and none of them silent",
                "Warning: Closed 1000 connections since this was last told, the latest from 203.0.113.9:4711: Edge:MaxConnectionsPerAddress reached",
            ],
            log.Lines);
    }

    [Fact]
    public void Has_a_reason_for_each_kind()
    {
        foreach (Refusal refusal in Enum.GetValues<Refusal>())
        {
            refusals.Note(refusal, null);
        }

        Assert.Equal(Enum.GetValues<Refusal>().Length, log.Lines.Distinct().Count());
    }
}
