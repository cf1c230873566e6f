using System.Diagnostics;
using IssuerGateway.Edge.Connections;
using IssuerGateway.Edge.Limits;
using IssuerGateway.Edge.Watchdog;
using IssuerGateway.Http;
using IssuerGateway.Issuers;
using IssuerGateway.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Edge;

/// <summary>How the public surface joins a host.</summary>
internal static class EdgeServices
{
    public static IServiceCollection AddEdge(this IServiceCollection services, EdgeSettings settings, DrainSettings drain, IEnumerable<Issuer> issuers)
    {
        services.AddSingleton(settings);
        services.AddSingleton(settings.Limits);
        services.AddSingleton(drain);
        services.AddSingleton<OwnConnections>();
        services.AddSingleton<PublicPorts>();
        services.AddSingleton<PublicPortProbe>();
        services.AddSingleton<EdgeWatchdog>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<EdgeWatchdog>());
        services.AddSingleton(new DocumentRoutes(issuers));
        services.AddSingleton<EdgeMetrics>();
        services.AddSingleton<RejectionLog>();
        services.AddSingleton(settings.Limits.Connections);
        services.AddSingleton<PerAddressLimiter>();
        services.AddSingleton(LimiterOf);
        services.AddSingleton<ClientAdmission>();
        services.AddSingleton<DrainState>();
        services.AddSingleton<AccessLog>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<AccessLog>());
        services.AddHostedService<DrainService>();
        services.AddSingleton<DocumentEndpoint>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = drain.Delay + drain.Grace + TimeSpan.FromSeconds(5));
        return services;
    }

    /// <summary>The public server; it belongs after every other service, so that it starts last and stops first.</summary>
    public static void AddEdgeServer(this IServiceCollection services, Action<KestrelServerOptions> listen, Func<IServiceProvider, Func<IFeatureCollection, Task>> response)
    {
        new KestrelRegistration(services).UseKestrelCore();

        // Kestrel requires it; a web application would have brought it.
        services.AddSingleton<DiagnosticSource>(RejectedRequests.Listen());

        // The last one registered is in force.
        services.AddSingleton<IConnectionListenerFactory>(TransportOf);
        services.Configure(listen);
        services.AddSingleton<IHostedService>(provider => new EdgeServer(provider.GetRequiredService<IServer>(), response(provider)));
    }

    private static ConnectionLimiter LimiterOf(IServiceProvider provider) => new(
        provider.GetRequiredService<ConnectionLimits>(), provider.GetRequiredService<PerAddressLimiter>(), provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<RejectionLog>().Note, provider.GetRequiredService<EdgeMetrics>().Connected);

    private static SocketTransport TransportOf(IServiceProvider provider)
    {
        PublicPorts ports = provider.GetRequiredService<PublicPorts>();
        ILogger<SocketTransport> logger = provider.GetRequiredService<ILogger<SocketTransport>>();
        LimitSettings limits = provider.GetRequiredService<LimitSettings>();
        if (LimitSettings.MaxConnectionsByMemory(ProcessLimits.Current()) is var fitting && limits.MaxConnections > fitting)
        {
            logger.LogWarning("Edge:MaxConnections is {MaxConnections}, and the memory limit has room for {Fitting}: hostile clients can exhaust the memory, which ends the process. "
                + "Raise the memory limit, or remove Edge:MaxConnections for the default", limits.MaxConnections, fitting);
        }

        return new SocketTransport(
            provider.GetRequiredService<IMemoryPoolFactory<byte>>().Create(), provider.GetRequiredService<ConnectionLimiter>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<OwnConnections>(), port =>
        {
            ports.Add(port);
            logger.LogInformation("Public endpoint listening on {Address}", port);
        })
        {
            PeerIsClient = limits.ClientAddress == ClientAddressSource.Direct,
        };
    }
}
