using System.Net.Sockets;
using IssuerGateway.Edge;
using IssuerGateway.Publishing;
using IssuerGateway.Tests.Issuers;
using IssuerGateway.Tests.Transport;
using IssuerGateway.Transport;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;

namespace IssuerGateway.Tests.Edge;

/// <summary>Connections of the reserve, which serve one request.</summary>
public sealed class BriefConnectionTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Are_closed_after_their_response(bool isBrief)
    {
        await using TransportFixture transport = TransportFixture.Start();
        (Socket client, SocketConnection connection) = await transport.ConnectAsync();
        connection.IsBrief = isBrief;
        MetricFactory metrics = Metrics.WithCustomRegistry(Metrics.NewCustomRegistry());
        using DocumentStore published = new(TimeProvider.System);
        using AccessLog accessLog = new(EdgeBuild.Settings(), metrics, NullLogger<AccessLog>.Instance);
        DocumentEndpoint endpoint = new(new DocumentRoutes([Build.Issuer()]), published, new EdgeMetrics(metrics), accessLog, new DrainState());
        RepeatedExchange exchange = new("GET", "issuer.example.test", "/openid/v1/jwks");
        exchange.Features.Set(connection);
        Lifetime lifetime = new();
        exchange.Features.Set<IConnectionLifetimeNotificationFeature>(lifetime);

        await endpoint.RespondAsync(exchange.Features);

        Assert.Equal(isBrief, lifetime.IsClosing);
        await connection.DisposeAsync();
        client.Dispose();
    }

    private sealed class Lifetime : IConnectionLifetimeNotificationFeature
    {
        public bool IsClosing { get; private set; }

        public CancellationToken ConnectionClosedRequested { get; set; }

        public void RequestClose() => IsClosing = true;
    }
}
