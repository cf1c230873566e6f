using System.Diagnostics;
using IssuerGateway.Edge.Sockets;
using IssuerGateway.Edge.Watchdog;
using IssuerGateway.Issuers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

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
        services.AddSingleton<Refusals>();
        services.AddSingleton<ConnectionPlaces>();
        services.AddSingleton<AddressLedger>();
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
    public static void AddEdgeServer(this IServiceCollection services, Action<KestrelServerOptions> listen, Func<IServiceProvider, Func<IFeatureCollection, Task>> answer)
    {
        new KestrelRegistration(services).UseKestrelCore();

        // Kestrel asks for it; a web application would have brought it.
        services.AddSingleton<DiagnosticSource>(new DiagnosticListener("Microsoft.AspNetCore"));

        // The last one registered is in force.
        services.AddSingleton<IConnectionListenerFactory, SocketTransport>();
        services.Configure(listen);
        services.AddSingleton<IHostedService>(provider => new EdgeServer(provider.GetRequiredService<IServer>(), answer(provider)));
    }
}
