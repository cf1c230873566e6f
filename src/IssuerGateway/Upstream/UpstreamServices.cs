using IssuerGateway.Kubernetes.Documents;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Upstream;

/// <summary>How the sources of documents join a host.</summary>
internal static class UpstreamServices
{
    public static IServiceCollection AddUpstream(this IServiceCollection services, int issuers)
    {
        services.AddSingleton(new FetchLimits { ProbeInterval = FetchLimits.ProbeIntervalFor(issuers) });
        services.AddSingleton<DocumentSources>();
        return services;
    }
}
