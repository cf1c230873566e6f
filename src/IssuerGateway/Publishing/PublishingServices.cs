using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Publishing;

/// <summary>One issuer to keep published: what, from where, and verified by which token of our own.</summary>
internal sealed record Publication(Issuer Issuer, IDocumentSource Source, string? CanaryTokenFile);

/// <summary>How publishing joins a host, which brings the <see cref="Publication"/>s.</summary>
internal static class PublishingServices
{
    public const string HealthCheckName = "documents";

    /// <summary>The publishers without a schedule, for a verb that refreshes when it likes.</summary>
    public static IServiceCollection AddPublishers(this IServiceCollection services, PublishingSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton<PublishedDocuments>();
        services.AddSingleton(new LastKnownGoodStore(settings.StateDirectory));
        services.AddSingleton(new KeyLedgerStore(settings.StateDirectory));
        services.AddSingleton<PublishingMetrics>();
        services.AddSingleton<IReadOnlyList<Publisher>>(provider => [.. provider.GetRequiredService<IReadOnlyList<Publication>>().Select(publication => Create(provider, settings, publication))]);
        return services;
    }

    public static IServiceCollection AddPublishing(this IServiceCollection services, PublishingSettings settings)
    {
        services.AddPublishers(settings);
        services.AddSingleton<RefreshService>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<RefreshService>());
        services.AddHostedService<CanaryService>();
        return services;
    }

    private static Publisher Create(IServiceProvider provider, PublishingSettings settings, Publication publication)
    {
        TimeProvider time = provider.GetRequiredService<TimeProvider>();
        return new Publisher(
            publication.Issuer,
            publication.Source,
            provider.GetRequiredService<PublishedDocuments>(),
            provider.GetRequiredService<LastKnownGoodStore>(),
            provider.GetRequiredService<KeyLedgerStore>(),
            publication.CanaryTokenFile is { } file ? new OwnTokenCanary(file, publication.Issuer.Identifier, time) : null,
            settings,
            provider.GetRequiredService<PublishingMetrics>(),
            time,
            provider.GetRequiredService<ILogger<Publisher>>());
    }
}
