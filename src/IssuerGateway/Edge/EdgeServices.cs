using IssuerGateway.Edge.Sockets;
using IssuerGateway.Issuers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
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

    /// <summary>Kestrel with the transport of the public listeners; the last one registered is the one in force.</summary>
    public static void UseEdgeServer(this IWebHostBuilder host)
    {
        host.UseKestrelCore();
        host.ConfigureServices(services => services.AddSingleton<IConnectionListenerFactory, SocketTransport>());
    }

    /// <summary>Ends the pipeline: whatever arrives here is one of the documents or is denied.</summary>
    public static void UseDocuments(this IApplicationBuilder app)
    {
        DocumentEndpoint endpoint = app.ApplicationServices.GetRequiredService<DocumentEndpoint>();
        app.Run(context => endpoint.AnswerAsync(context.Features));
    }
}
