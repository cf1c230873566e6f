using IssuerGateway.Issuers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
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
        services.AddSingleton<IConnectionListenerFactory, BoundedTransport>();
        services.AddSingleton<DrainState>();
        services.AddSingleton<AccessLog>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<AccessLog>());
        services.AddHostedService<DrainService>();
        services.AddSingleton<DocumentEndpoint>();

        // What a request needs is in memory, so it is answered on the thread that read it from the socket; handing it to
        // another one costs a sixth of it (loadtests/RESULTS.md). Nothing on that way may block.
        services.Configure<SocketTransportOptions>(transport => transport.UnsafePreferInlineScheduling = true);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = drain.Delay + drain.Grace + TimeSpan.FromSeconds(5));
        return services;
    }

    /// <summary>Ends the pipeline: whatever arrives here is one of the documents or is denied.</summary>
    public static void UseDocuments(this IApplicationBuilder app)
    {
        DocumentEndpoint endpoint = app.ApplicationServices.GetRequiredService<DocumentEndpoint>();
        app.Run(context => endpoint.AnswerAsync(context.Features));
    }
}
