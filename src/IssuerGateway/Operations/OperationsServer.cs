using System.Diagnostics;
using IssuerGateway.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace IssuerGateway.Operations;

/// <summary>One further thing that the operations listener serves, brought by whoever composes the process.</summary>
internal sealed record OperationsEndpoint(string Method, string Path, Func<HttpContext, Task> RespondAsync);

/// <summary>
/// The private listener: liveness, readiness, metrics and what is brought to it. A web server of its own, so that
/// nothing of it can be reached through a public port, whatever a Host header says, and it outlives the public ones.
/// Whoever reaches it may read, except web pages in a browser (<see cref="RequestOrigin"/>). It takes no commands: those come
/// over a socket of the file system (<see cref="CommandServer"/>).
/// </summary>
internal sealed class OperationsServer(
    OperationsSettings settings,
    CollectorRegistry registry,
    HealthCheckService health,
    IEnumerable<OperationsEndpoint> endpoints,
    ILoggerFactory loggers) : IHostedLifecycleService, IDisposable
{
    /// <summary>Health checks with this tag decide readiness.</summary>
    public const string Ready = "ready";

    /// <summary>Health checks with this tag decide liveness: what only a restart helps against.</summary>
    public const string Live = "live";

    private readonly ServiceProvider kestrel = KestrelOf(settings, loggers);
    private readonly OperationsEndpoint[] all =
    [
        new("GET", "/livez", context => WriteHealthAsync(context, health, Live)),
        new("GET", "/readyz", context => WriteHealthAsync(context, health, Ready)),
        new("GET", "/metrics", context => WriteMetricsAsync(context, registry)),
        .. endpoints.Where(endpoint => endpoint.Method == HttpMethods.Get),
    ];

    private IServer Server => kestrel.GetRequiredService<IServer>();

    /// <summary>The port in use, also when the system chose it.</summary>
    public int Port => new Uri(Server.Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    // Before the public ports open, so that a probe is never rejected while they do.
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await Server.StartAsync(new OperationsApplication(DispatchAsync), cancellationToken);
        loggers.CreateLogger<OperationsServer>().LogInformation("Operations endpoint listening on {Address}:{Port}", settings.Address, Port);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // After the public ports have closed: metrics of the drain can still be read.
    public Task StoppedAsync(CancellationToken cancellationToken) => Server.StopAsync(cancellationToken);

    public void Dispose() => kestrel.Dispose();

    // By registration, since a server that is constructed reports none of the requests that it rejects by itself.
    private static ServiceProvider KestrelOf(OperationsSettings settings, ILoggerFactory loggers)
    {
        OperationsTransport transport = new(TimeProvider.System);
        ServiceCollection services = new();
        services.AddSingleton(loggers);
        services.AddLogging();
        services.AddMetrics();
        new KestrelRegistration(services).UseKestrelCore();
        services.AddSingleton<DiagnosticSource>(RejectedRequests.Listen());
        services.AddSingleton(transport.Factory);
        services.Configure<KestrelServerOptions>(options =>
        {
            options.AddServerHeader = false;
            transport.Listen(options, settings);
        });
        return services.BuildServiceProvider();
    }

    internal Task DispatchAsync(HttpContext context)
    {
        // What is true for this moment only, and for whoever may read it.
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        OperationsEndpoint? endpoint = all.FirstOrDefault(candidate =>
            context.Request.Path.Value == candidate.Path && context.Request.Method == candidate.Method);
        if (endpoint is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        if (endpoint.Path is not ("/livez" or "/readyz") && RequestOrigin.Rejection(context.Request.Headers, settings.AllowedHosts) is { } rejection)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return context.Response.WriteAsync(rejection + "\n");
        }

        return endpoint.RespondAsync(context);
    }

    // Liveness checks nothing outside the process: an API server that is down must not restart the pod that still serves.
    private static async Task WriteHealthAsync(HttpContext context, HealthCheckService health, string tag)
    {
        HealthReport report;
        try
        {
            report = await health.CheckHealthAsync(check => check.Tags.Contains(tag), context.RequestAborted);
        }
        catch (ObjectDisposedException)
        {
            // The host has ended, because its start has failed, while this listener still responds.
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        if (report.Status == HealthStatus.Unhealthy)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        foreach ((string name, HealthReportEntry entry) in report.Entries)
        {
            await context.Response.WriteAsync($"{name}: {entry.Description ?? "ok"}\n", context.RequestAborted);
        }
    }

    private static async Task WriteMetricsAsync(HttpContext context, CollectorRegistry registry)
    {
        context.Response.ContentType = PrometheusConstants.TextContentTypeWithVersionAndEncoding;
        await registry.CollectAndExportAsTextAsync(context.Response.Body, context.RequestAborted);
    }
}
