using System.Net;
using IssuerGateway.Edge;
using IssuerGateway.Edge.Connections;
using IssuerGateway.Transport;
using Microsoft.Extensions.Time.Testing;
using Prometheus;

namespace IssuerGateway.Tests.Edge.Connections;

public sealed class RejectionLogTests
{
    private readonly FakeTimeProvider time = new();
    private readonly CapturedLog log = new();
    private readonly RejectionLog rejections;

    public RejectionLogTests() => rejections = new RejectionLog(new EdgeMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry())), time, log.For<RejectionLog>());

    [Fact]
    public async Task Tells_of_each_kind_once_a_minute_with_the_number_since()
    {
        IPEndPoint address = IPEndPoint.Parse("203.0.113.9:4711");
        for (int i = 0; i < 1000; i++)
        {
            rejections.Note(RejectionReason.Address, address);
        }

        await LoggedAsync(1);
        rejections.Note(RejectionReason.Total, address);
        await LoggedAsync(2);
        time.Advance(TimeSpan.FromMinutes(1));
        rejections.Note(RejectionReason.Address, address);
        await LoggedAsync(3);

        Assert.Equal(
            [
                "Warning: Rejected 1 connections since the last message, the latest from 203.0.113.9:4711: Edge:MaxConnectionsPerAddress reached",
                "Warning: Rejected 1 connections since the last message, the latest from 203.0.113.9:4711: Edge:MaxConnections reached, and no connection could make room",
                "Warning: Rejected 1000 connections since the last message, the latest from 203.0.113.9:4711: Edge:MaxConnectionsPerAddress reached",
            ],
            log.Lines);
    }

    [Fact]
    public async Task Has_a_reason_for_each_kind()
    {
        foreach (RejectionReason reason in Enum.GetValues<RejectionReason>())
        {
            rejections.Note(reason, null);
        }

        await LoggedAsync(Enum.GetValues<RejectionReason>().Length);
        Assert.Equal(Enum.GetValues<RejectionReason>().Length, log.Lines.Distinct().Count());
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
