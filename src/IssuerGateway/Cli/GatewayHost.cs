using System.Text.Json;
using IssuerGateway.Cli.Page;
using IssuerGateway.Cli.RunningGateway;
using IssuerGateway.Edge;
using IssuerGateway.Edge.Watchdog;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Operations;
using IssuerGateway.Operations.Page;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.Reporting;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tls;
using IssuerGateway.Tls.Serving;
using IssuerGateway.Tls.Serving.Challenges;
using IssuerGateway.Transport;
using IssuerGateway.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace IssuerGateway.Cli;

/// <summary>The composition root: every capability is joined here and nowhere else, in the order in which documents flow.</summary>
internal static class GatewayHost
{
    /// <param name="logOutput">Where the log goes.</param>
    /// <param name="isTerminal">Whether a person reads it there.</param>
    public static IHost Build(GatewaySettings settings, IReadOnlyList<Issuer> issuers, Stream logOutput, bool isTerminal)
    {
        // Empty: no appsettings.json, ASPNETCORE_ variable or working directory affects what is served.
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = Environments.Production });
        builder.Services.AddQueuedLog(settings.Log.Level, logOutput, settings.Log.IsText(isTerminal), accessCategory: typeof(AccessLog).FullName!);
        builder.Services.AddSystemd();
        builder.Services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);
        builder.Services.AddSingleton(SuspendAwareTime.Instance);
        builder.Services.AddOperations(settings.Operations);
        builder.Services.AddSingleton(provider => StatusEndpoint(provider, settings));
        builder.Services.AddSingleton(provider => PageEndpoint(provider, settings));
        builder.Services.AddHealthChecks()
            .AddCheck<PublishingHealthCheck>(PublishingServices.HealthCheckName, tags: [OperationsServer.Ready])
            .AddCheck<EdgeHealthCheck>("edge", tags: [OperationsServer.Ready])
            .Add(new HealthCheckRegistration("watchdog", provider => provider.GetRequiredService<EdgeWatchdog>(), failureStatus: null, tags: [OperationsServer.Live]));
        builder.Services.AddUpstream(issuers.Count);
        builder.Services.AddSingleton(provider => PublicationsOf(settings, issuers, provider));
        builder.Services.AddPublishing(settings.Publishing);
        if (settings.Publishing.StateSecretPrefix is { } prefix)
        {
            builder.Services.AddSharedState(provider => new SecretStateStore(
                new ClusterObjects(new ClusterConnection(settings.StateCluster.Access(provider.GetRequiredService<TimeProvider>())), settings.StateCluster.Namespace), prefix));
        }

        builder.Services.AddServingCertificates(settings.Tls, CertificateHosts.Of(settings.Tls, issuers).Wanted);
        if (settings.Tls.Mode == TlsMode.Acme)
        {
            builder.Services.AddSingleton<AcmeEndpoints>();
            builder.Services.AddSingleton(provider => provider.GetRequiredService<AcmeEndpoints>().Renew);
            builder.Services.AddSingleton(provider => provider.GetRequiredService<AcmeEndpoints>().Revoke);
            builder.Services.AddSingleton(provider => provider.GetRequiredService<AcmeEndpoints>().Rollover);
        }

        if (settings.Tls.Mode != TlsMode.None)
        {
            builder.Services.AddHealthChecks().AddCheck<CertificateMonitor>(TlsServices.HealthCheckName, tags: [OperationsServer.Ready]);
        }

        builder.Services.AddSingleton(provider => WatchdogOf(settings, issuers, provider));
        builder.Services.AddEdge(settings.Edge, settings.Drain, issuers);
        builder.Services.AddSingleton(provider => new ExternalSelfCheck(settings.OutsideIn, issuers, provider.GetRequiredService<IMetricFactory>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ExternalSelfCheck>>())
        {
            ChosenRoots = host => settings.Tls.Mode == TlsMode.None ? null : ChosenRoots.Of(settings.Tls, provider.GetRequiredService<ServingCertificates>(), host),
        });
        builder.Services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ExternalSelfCheck>());
        Action<ListenOptions>? useTls = settings.Tls.Mode == TlsMode.None ? null : listen => listen.UseServingCertificates(SocketConnection.StreamOf);
        builder.Services.AddEdgeServer(kestrel => kestrel.ConfigurePublicEndpoints(settings.Edge, useTls, settings.Tls.NeedsPlainHttp), PublicSurface);
        builder.Services.GuardBackgroundServices();
        return builder.Build();
    }

    /// <summary>The publishers alone, without listeners and schedule.</summary>
    public static ServiceProvider BuildForExport(GatewaySettings settings, IReadOnlyList<Issuer> issuers)
    {
        ServiceCollection services = new();
        services.AddLogging();
        services.AddSingleton(SuspendAwareTime.Instance);
        services.AddPrometheus();
        services.AddUpstream(issuers.Count);
        services.AddSingleton(provider => PublicationsOf(settings, issuers, provider));
        services.AddPublishers(settings.Publishing);
        return services.BuildServiceProvider();
    }

    private static Func<IFeatureCollection, Task> PublicSurface(IServiceProvider provider)
    {
        DocumentEndpoint documents = provider.GetRequiredService<DocumentEndpoint>();
        Func<IFeatureCollection, Task> response = provider.GetService<ChallengeResponses>() is { } challenges
            ? new Http01Endpoint(challenges, documents.RespondAsync).RespondAsync
            : documents.RespondAsync;
        return provider.GetRequiredService<EdgeSettings>().ProbePath is { } probePath
            ? new ProbeEndpoint(probePath, provider.GetRequiredService<DrainState>(), response).RespondAsync
            : response;
    }

    private static IReadOnlyList<IssuerPublication> PublicationsOf(GatewaySettings settings, IReadOnlyList<Issuer> issuers, IServiceProvider provider)
    {
        DocumentSources sources = provider.GetRequiredService<DocumentSources>();
        return
        [
            .. settings.Issuers.Zip(issuers, (each, issuer) => new IssuerPublication(
                issuer, sources.Create(each.Upstream, issuer.Identifier.Value, issuer.Identifier.KeySetUri), each.Issuer.CanaryTokenFile)),
        ];
    }

    // systemd's, where it has one for this process; everybody else queries /livez.
    private static WatchdogSettings WatchdogOf(GatewaySettings settings, IReadOnlyList<Issuer> issuers, IServiceProvider provider)
    {
        ISystemdNotifier? systemd = provider.GetService<ISystemdNotifier>();
        return new WatchdogSettings(
            settings.Tls.Mode == TlsMode.None ? null : HostsOf(issuers)[0],
            () => systemd?.Notify(new ServiceState("WATCHDOG=1")),
            WatchdogSettings.TimeoutOf(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), Environment.GetEnvironmentVariable("WATCHDOG_PID"), Environment.ProcessId));
    }

    private static string[] HostsOf(IReadOnlyList<Issuer> issuers) =>
        [.. issuers.SelectMany(issuer => issuer.AllIdentifiers).Select(identifier => identifier.Host.Trim('[', ']').ToLowerInvariant()).Distinct()];

    private static OperationsEndpoint StatusEndpoint(IServiceProvider provider, GatewaySettings settings) => new("GET", "/status", context =>
    {
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, StatusOf(provider, settings), StatusJson.Default.StatusDocument, context.RequestAborted);
    });

    private static OperationsEndpoint PageEndpoint(IServiceProvider provider, GatewaySettings settings) => new("GET", "/", context =>
        PageResponse.WriteAsync(context, StatusPage.Of(StatusOf(provider, settings), provider.GetRequiredService<TimeProvider>().GetUtcNow())));

    private static StatusDocument StatusOf(IServiceProvider provider, GatewaySettings settings)
    {
        TimeProvider time = provider.GetRequiredService<TimeProvider>();
        DocumentStore published = provider.GetRequiredService<DocumentStore>();
        RefreshService refresh = provider.GetRequiredService<RefreshService>();
        RefreshWatchdog watchdog = provider.GetRequiredService<RefreshWatchdog>();
        return new StatusDocument
        {
            Version = OperationsServices.Version,
            IsDraining = provider.GetRequiredService<DrainState>().IsDraining,
            Issuers = [.. provider.GetRequiredService<IReadOnlyList<Publisher>>().Select(publisher => IssuerStatus.Of(publisher, published, settings.Publishing, time, watchdog.FindingOf(publisher)) with { LastRefreshes = refresh.LastRefreshes(publisher) })],
            Servers = [.. provider.GetRequiredService<DocumentSources>().Health().Select(health =>
                new ServerHealthStatus(health.Issuer, health.Server, health.Probe.ToString().ToLowerInvariant(), health.Fetch.ToString().ToLowerInvariant()))],
            SeenFromOutside = [.. provider.GetRequiredService<ExternalSelfCheck>().Results.Select(result =>
                new OutsideInStatus(result.Issuer, result.At, [.. result.Findings.Select(finding => new FindingStatus(finding.Id, IssuerStatus.Name(finding.Severity), finding.Found, finding.Fix))]))],
            Certificates = provider.GetService<CertificateMonitor>() is { } monitor ? CertificateStatus.Of(monitor, provider.GetRequiredService<ServingCertificates>()) : [],
        };
    }
}
