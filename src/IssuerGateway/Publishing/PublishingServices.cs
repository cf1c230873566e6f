using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Publishing.Reporting;
using IssuerGateway.Publishing.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Publishing;

/// <summary>One issuer to keep published: what, from where, and verified by which token of our own.</summary>
internal sealed record IssuerPublication(Issuer Issuer, IDocumentSource Source, string? CanaryTokenFile);

/// <summary>How publishing joins a host, which brings the <see cref="IssuerPublication"/>s.</summary>
internal static class PublishingServices
{
    public const string HealthCheckName = "documents";

    /// <summary>The publishers without a schedule, for a verb that refreshes when it likes.</summary>
    public static IServiceCollection AddPublishers(this IServiceCollection services, PublishingSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton<DocumentStore>();
        services.AddSingleton(new StateStores(settings.StateDirectory));
        services.AddSingleton<PublishingMetrics>();
        services.AddSingleton<IReadOnlyList<Publisher>>(provider => [.. provider.GetRequiredService<IReadOnlyList<IssuerPublication>>().Select(publication => Create(provider, settings, publication))]);
        return services;
    }

    public static IServiceCollection AddPublishing(this IServiceCollection services, PublishingSettings settings)
    {
        services.AddPublishers(settings);
        services.AddSingleton<RefreshService>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<RefreshService>());
        services.AddHostedService<CanaryService>();
        services.AddSingleton<RefreshWatchdog>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<RefreshWatchdog>());
        return services;
    }

    /// <summary>Shares the state of publishing with other replicas, and with the pods that follow.</summary>
    public static IServiceCollection AddSharedState(this IServiceCollection services, Func<IServiceProvider, SecretStateStore> store)
    {
        services.AddSingleton(store);
        services.AddHostedService<SharedStateService>();
        return services;
    }

    private static Publisher Create(IServiceProvider provider, PublishingSettings settings, IssuerPublication publication)
    {
        TimeProvider time = provider.GetRequiredService<TimeProvider>();
        return new Publisher(
            publication.Issuer,
            publication.Source,
            provider.GetRequiredService<DocumentStore>(),
            provider.GetRequiredService<StateStores>(),
            provider.GetService<SecretStateStore>(),
            publication.CanaryTokenFile is { } file ? new OwnTokenCanary(file, publication.Issuer.Identifier, time) : null,
            settings,
            provider.GetRequiredService<PublishingMetrics>(),
            time,
            provider.GetRequiredService<ILogger<Publisher>>());
    }
}
