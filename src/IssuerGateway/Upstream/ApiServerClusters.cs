using System.Collections.Immutable;
using System.Net;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace IssuerGateway.Upstream;

/// <summary>
/// YARP's model of the API servers: one cluster per issuer, one destination per server, probed by /readyz. Nothing is
/// routed through it, and no health keeps a server from being asked.
/// </summary>
internal sealed class ApiServerClusters : IAsyncDisposable
{
    /// <summary>How long a failed fetch counts against a server that is not asked again meanwhile.</summary>
    private static readonly TimeSpan reactivation = TimeSpan.FromMinutes(10);

    private readonly Lock gate = new();
    private readonly FetchLimits limits;
    private readonly InMemoryConfigProvider provider = new([], []);
    private readonly ApiServerClientFactory factory;
    private readonly YarpContainer yarp;
    private ImmutableSortedDictionary<string, Entry> entries = ImmutableSortedDictionary.Create<string, Entry>(StringComparer.Ordinal);

    public ApiServerClusters(FetchLimits limits, TimeProvider time, ILoggerFactory loggerFactory)
    {
        this.limits = limits;
        factory = new ApiServerClientFactory(issuer => entries.GetValueOrDefault(issuer)?.Access, limits);
        yarp = new YarpContainer(provider, factory, time, loggerFactory);
    }

    /// <summary>What is to be asked for this issuer from now on; nothing happens while it is what was set before.</summary>
    public void Set(string issuer, ApiServerAccess access, IReadOnlyList<Uri> servers)
    {
        lock (gate)
        {
            Entry? before = entries.GetValueOrDefault(issuer);
            entries = entries.SetItem(issuer, new Entry(access, servers));
            if (before is null || before.Access.Fingerprint != access.Fingerprint || !before.Servers.SequenceEqual(servers))
            {
                provider.Update([], [.. entries.Select(entry => ClusterOf(entry.Key, entry.Value))]);
            }
        }
    }

    public void Remove(string issuer)
    {
        lock (gate)
        {
            entries = entries.Remove(issuer);
            provider.Update([], [.. entries.Select(entry => ClusterOf(entry.Key, entry.Value))]);
        }
    }

    /// <summary>A client with no connection yet, so that a virtual address may lead to another server each time.</summary>
    public HttpMessageInvoker CreateClient(string issuer) =>
        factory.CreateClient(new ForwarderHttpClientContext { ClusterId = issuer, NewConfig = HttpClientConfig.Empty });

    public void Report(string issuer, string server, bool succeeded)
    {
        if (yarp.Lookup.TryGetCluster(issuer, out ClusterState? cluster) && cluster.Destinations.TryGetValue(server, out DestinationState? destination))
        {
            yarp.Updater.SetPassive(cluster, destination, succeeded ? DestinationHealth.Healthy : DestinationHealth.Unhealthy, reactivation);
        }
    }

    public ServerHealth HealthOf(string issuer, string server) =>
        yarp.Lookup.TryGetCluster(issuer, out ClusterState? cluster) && cluster.Destinations.TryGetValue(server, out DestinationState? destination)
            ? new ServerHealth(issuer, server, destination.Health.Active, destination.Health.Passive)
            : new ServerHealth(issuer, server, DestinationHealth.Unknown, DestinationHealth.Unknown);

    public IReadOnlyList<ServerHealth> Health() =>
        [.. entries.SelectMany(entry => entry.Value.Servers.Select(server => HealthOf(entry.Key, ServerAddress.Show(server))))];

    public ValueTask DisposeAsync() => yarp.DisposeAsync();

    private ClusterConfig ClusterOf(string issuer, Entry entry) => new()
    {
        ClusterId = issuer,
        Metadata = new Dictionary<string, string> { [ApiServerClientFactory.Fingerprint] = entry.Access.Fingerprint },
        HttpRequest = new ForwarderRequestConfig { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact },
        HealthCheck = new HealthCheckConfig
        {
            AvailableDestinationsPolicy = HealthCheckConstants.AvailableDestinations.HealthyOrPanic,
            Active = new ActiveHealthCheckConfig
            {
                Enabled = limits.ProbeInterval is not null,
                Path = "/readyz",
                Interval = limits.ProbeInterval,
                Timeout = limits.Attempt,
                Policy = HealthCheckConstants.ActivePolicy.ConsecutiveFailures,
            },
            Passive = new PassiveHealthCheckConfig { Enabled = true, Policy = HealthCheckConstants.PassivePolicy.TransportFailureRate, ReactivationPeriod = reactivation },
        },
        Destinations = entry.Servers.ToDictionary(ServerAddress.Show, server => new DestinationConfig { Address = server.AbsoluteUri, Host = entry.Access.ServerName }),
    };

    private sealed record Entry(ApiServerAccess Access, IReadOnlyList<Uri> Servers);
}
