using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Tls.Issuance;
using IssuerGateway.Tls.Issuance.Leadership;
using IssuerGateway.Tls.Issuance.Orders;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving;
using IssuerGateway.Tls.Serving.Challenges;
using IssuerGateway.Tls.Sources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls;

/// <summary>How serving certificates join a host.</summary>
internal static class TlsServices
{
    public const string HealthCheckName = "certificates";

    /// <param name="hosts">The hosts of the configured issuers, in lower case, that ought to have a certificate.</param>
    public static IServiceCollection AddServingCertificates(this IServiceCollection services, TlsSettings settings, IReadOnlyList<string> hosts)
    {
        services.AddSingleton<ReloadRequest>();
        if (settings.Mode == TlsMode.None)
        {
            return services;
        }

        services.AddSingleton<TlsMetrics>();
        services.AddSingleton<CertificateUpdater>();
        IReadOnlyList<string> names = settings.Mode == TlsMode.Acme ? settings.Acme.Names(hosts) : hosts;
        services.AddSingleton(provider => new ServingCertificates(
            names, provider.GetRequiredService<TlsMetrics>(), provider.GetRequiredService<ILogger<ServingCertificates>>()));
        services.AddHosted(provider => new CertificateMonitor(names, CertificateSourceTexts.Of(settings.Mode), provider.GetRequiredService<ServingCertificates>(),
            provider.GetRequiredService<TlsMetrics>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<CertificateMonitor>>(),
            settings.Mode == TlsMode.Acme ? host => provider.GetRequiredService<IReadOnlyList<HostRenewal>>().FirstOrDefault(each => each.Host == host)?.LastAttempt : null,
            provider.GetRequiredService<CertificateUpdater>()));
        switch (settings.Mode)
        {
            case TlsMode.Files:
                services.AddHosted(provider => new CertificateFilesService(
                    settings.Certificates, provider.GetRequiredService<CertificateUpdater>(), provider.GetRequiredService<ReloadRequest>()));
                break;
            case TlsMode.SelfSigned:
                services.AddHosted(provider => new SelfSignedService(
                    hosts, settings.SelfSignedExportFile, provider.GetRequiredService<ServingCertificates>(), provider.GetRequiredService<TimeProvider>()));
                break;
            case TlsMode.Acme:
                services.AddAcme(settings, names);
                break;
            case TlsMode.Secrets:
                services.AddCluster(settings.Cluster);
                services.AddHosted(provider => new SecretCertificatesService(settings.Secrets, provider.GetRequiredService<ClusterObjects>(),
                    provider.GetRequiredService<CertificateUpdater>(), provider.GetRequiredService<ReloadRequest>(), provider.GetRequiredService<TimeProvider>()));
                break;
        }

        return services;
    }

    private static void AddAcme(this IServiceCollection services, TlsSettings settings, IReadOnlyList<string> names)
    {
        AcmeSettings acme = settings.Acme;
        services.AddSingleton(acme);
        services.AddSingleton<ChallengeResponses>();
        services.AddSingleton<AcmeMetrics>();
        services.AddSingleton<AcmeHttp>();
        services.AddSingleton(provider => new AcmeStateCache(names, provider.GetRequiredService<IAcmeStore>(), provider.GetRequiredService<ChallengeResponses>(),
            acme.Store == AcmeStoreKind.Secrets ? acme.Directory.OriginalString : null));
        services.AddSingleton<AcmeAccounts>();
        services.AddSingleton<AcmeCommands>();
        if (acme.Store == AcmeStoreKind.Secrets)
        {
            services.AddCluster(settings.Cluster);
            services.AddSingleton<IAcmeStore>(provider => new FailFastStore(
                new SecretAcmeStore(provider.GetRequiredService<ClusterObjects>(), acme.SecretPrefix), provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton<ILeadership>(provider => new LeaseLeadership(provider.GetRequiredService<ClusterObjects>(), $"{acme.SecretPrefix}-acme", Identity(),
                provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<LeaseLeadership>>()));
        }
        else
        {
            services.AddSingleton<IAcmeStore>(provider => new FailFastStore(
                new DirectoryAcmeStore(acme.StoreDirectory, provider.GetRequiredService<TimeProvider>()), provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton<ILeadership>(provider => new DirectoryLeadership(
                acme.StoreDirectory, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<DirectoryLeadership>>()));
        }

        services.AddSingleton<IssuanceContext>();
        services.AddSingleton<IReadOnlyList<HostRenewal>>(provider => [.. names.Select(name => new HostRenewal(provider.GetRequiredService<IssuanceContext>(), name))]);
        services.AddHosted(provider => ActivatorUtilities.CreateInstance<AcmeService>(provider));
    }

    private static void AddCluster(this IServiceCollection services, ClusterSettings settings)
    {
        services.TryAddSingleton(provider => new ClusterConnection(settings.Access(provider.GetRequiredService<TimeProvider>())));
        services.AddSingleton(provider => new ClusterObjects(provider.GetRequiredService<ClusterConnection>(), settings.Namespace));
    }

    // The name of the machine is the pod's, except on the host network; there the downward API says it (POD_NAME).
    private static string Identity() => LeaseLeadership.Identity(Environment.GetEnvironmentVariable("POD_NAME") is { Length: > 0 } pod ? pod : Environment.MachineName);

    private static void AddHosted<T>(this IServiceCollection services, Func<IServiceProvider, T> make) where T : class, IHostedService
    {
        services.AddSingleton(make);
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<T>());
    }
}
