using IssuerGateway.Kubernetes.Documents;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Upstream;

/// <summary>How the sources of documents join a host.</summary>
internal static class UpstreamServices
{
    public static IServiceCollection AddUpstream(this IServiceCollection services)
    {
        services.AddSingleton(new FetchLimits());
        services.AddSingleton<DocumentSources>();
        return services;
    }
}
