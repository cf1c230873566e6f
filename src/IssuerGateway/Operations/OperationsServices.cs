using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Prometheus;

namespace IssuerGateway.Operations;

/// <summary>How the private listener joins a host.</summary>
internal static class OperationsServices
{
    /// <summary>The version that was built, as <c>/metrics</c>, <c>/status</c> and <c>--version</c> name it.</summary>
    public static string Version { get; } = typeof(OperationsServices).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>A registry of our own: the default one would add the process metrics of the library's choice and its static state.</summary>
    public static IServiceCollection AddPrometheus(this IServiceCollection services)
    {
        CollectorRegistry registry = Metrics.NewCustomRegistry();
        MetricFactory factory = Metrics.WithCustomRegistry(registry);
        factory.CreateGauge("issuer_gateway_build_info", "1, with the version as label.", ["version"]).WithLabels(Version).Set(1);
        services.AddSingleton(registry);
        services.AddSingleton<IMetricFactory>(factory);
        return services;
    }

    public static IServiceCollection AddOperations(this IServiceCollection services, OperationsSettings settings)
    {
        services.AddPrometheus();
        services.AddSingleton(settings);
        services.AddSingleton<OperationsServer>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<OperationsServer>());
        services.AddHostedService<CommandServer>();
        return services;
    }
}
