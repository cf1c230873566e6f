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
/// routed through it, and no health keeps a server from being queried.
/// </summary>
internal sealed class ApiServerClusters : IAsyncDisposable
{
    /// <summary>How long a failed fetch counts against a server that is not queried again meanwhile.</summary>
    private static readonly TimeSpan reactivation = TimeSpan.FromMinutes(10);

    /// <summary>Handshakes that this process can end in time, on however slow a core, when a thousand servers are to be queried at once.</summary>
    private const int MaxFetches = 64;

    private readonly Lock gate = new();
    private readonly SemaphoreSlim turn = new(1);
    private readonly FetchLimits limits;
    private readonly InMemoryConfigProvider provider = new([], []);
    private readonly ApiServerClientFactory factory;
    private readonly YarpContainer yarp;
    private Task? waiting;
    private ImmutableSortedDictionary<string, Entry> entries = ImmutableSortedDictionary.Create<string, Entry>(StringComparer.Ordinal);

    public ApiServerClusters(FetchLimits limits, TimeProvider time, ILoggerFactory loggerFactory)
    {
        this.limits = limits;
        factory = new ApiServerClientFactory(issuer => entries.GetValueOrDefault(issuer)?.Access, limits);
        yarp = new YarpContainer(provider, factory, time, loggerFactory);
    }

    /// <summary>What is to be queried for this issuer from now on; nothing happens while it is what was set before.</summary>
    public Task SetAsync(string issuer, ApiServerAccess access, IReadOnlyList<Uri> servers)
    {
        lock (gate)
        {
            if (entries.GetValueOrDefault(issuer) is { } before && before.Access.Fingerprint == access.Fingerprint && before.Servers.SequenceEqual(servers))
            {
                // The same to YARP, but its token may be another.
                entries = entries.SetItem(issuer, before with { Access = access });
                return Task.CompletedTask;
            }

            entries = entries.SetItem(issuer, new Entry(access, servers, ClusterOf(issuer, access, servers)));
            return waiting ??= ApplyAsync();
        }
    }

    public Task RemoveAsync(string issuer)
    {
        lock (gate)
        {
            entries = entries.Remove(issuer);
            return waiting ??= ApplyAsync();
        }
    }

    // YARP validates and compares all clusters at each change, so a thousand that come at once, as at the start, are one
    // change or a few: what is set while one is applied joins the next.
    private async Task ApplyAsync()
    {
        await Task.Yield();
        await turn.WaitAsync();
        try
        {
            IReadOnlyList<ClusterConfig> clusters;
            lock (gate)
            {
                waiting = null;
                clusters = [.. entries.Values.Select(entry => entry.Cluster)];
            }

            provider.Update([], clusters);
        }
        finally
        {
            turn.Release();
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

    /// <summary>The time limit of a fetch begins when it has a slot, so that none fails for want of our own time.</summary>
    public SemaphoreSlim FetchSlots { get; } = new(MaxFetches);

    public async ValueTask DisposeAsync()
    {
        await yarp.DisposeAsync();
        FetchSlots.Dispose();
        turn.Dispose();
    }

    // A length of its own for each, by which those of clusters that begin together drift apart.
    private TimeSpan? ProbeIntervalOf(string issuer) =>
        limits.ProbeInterval * (1 - (0.2 * (uint)issuer.GetHashCode(StringComparison.Ordinal) / uint.MaxValue));

    private ClusterConfig ClusterOf(string issuer, ApiServerAccess access, IReadOnlyList<Uri> servers) => new()
    {
        ClusterId = issuer,
        Metadata = new Dictionary<string, string> { [ApiServerClientFactory.Fingerprint] = access.Fingerprint },
        HttpRequest = new ForwarderRequestConfig { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact },
        HealthCheck = new HealthCheckConfig
        {
            AvailableDestinationsPolicy = HealthCheckConstants.AvailableDestinations.HealthyOrPanic,
            Active = new ActiveHealthCheckConfig
            {
                Enabled = limits.ProbeInterval is not null,
                Path = "/readyz",
                Interval = ProbeIntervalOf(issuer),
                Timeout = limits.Attempt,
                Policy = HealthCheckConstants.ActivePolicy.ConsecutiveFailures,
            },
            Passive = new PassiveHealthCheckConfig { Enabled = true, Policy = HealthCheckConstants.PassivePolicy.TransportFailureRate, ReactivationPeriod = reactivation },
        },
        Destinations = servers.ToDictionary(ServerAddress.Show, server => new DestinationConfig { Address = server.AbsoluteUri, Host = access.ServerName }),
    };

    private sealed record Entry(ApiServerAccess Access, IReadOnlyList<Uri> Servers, ClusterConfig Cluster);
}
