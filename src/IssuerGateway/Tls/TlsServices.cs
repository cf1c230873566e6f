using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls;

/// <summary>How serving certificates join a host.</summary>
internal static class TlsServices
{
    /// <param name="hosts">The hosts of the configured issuers, in lower case.</param>
    public static IServiceCollection AddServingCertificates(this IServiceCollection services, TlsSettings settings, IReadOnlyList<string> hosts)
    {
        services.AddSingleton<ReloadRequest>();
        if (settings.Mode == TlsMode.None)
        {
            return services;
        }

        services.AddSingleton<TlsMetrics>();
        services.AddSingleton<CertificateIntake>();
        services.AddSingleton(provider => new ServingCertificates(
            hosts, provider.GetRequiredService<TlsMetrics>(), provider.GetRequiredService<ILogger<ServingCertificates>>()));
        switch (settings.Mode)
        {
            case TlsMode.Files:
                services.AddHosted(provider => new CertificateFilesService(
                    settings.Certificates, provider.GetRequiredService<CertificateIntake>(), provider.GetRequiredService<ReloadRequest>()));
                break;
            case TlsMode.SelfSigned:
                services.AddHosted(provider => new SelfSignedService(
                    hosts, settings.SelfSignedExportFile, provider.GetRequiredService<ServingCertificates>(), provider.GetRequiredService<TimeProvider>()));
                break;
        }

        return services;
    }

    private static void AddHosted<T>(this IServiceCollection services, Func<IServiceProvider, T> make) where T : class, IHostedService
    {
        services.AddSingleton(make);
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<T>());
    }
}
