using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace IssuerGateway.Edge;

/// <summary>
/// Shows whether Entra came: one line a request, written beside the requests. When the log cannot keep up, lines are
/// dropped and counted rather than waited for.
/// </summary>
internal sealed class AccessLog(EdgeSettings settings, IMetricFactory factory, ILogger<AccessLog> logger) : BackgroundService
{
    private const int Backlog = 1024;

    /// <summary>Characters kept of each value that a client chooses: a full backlog of the longest requests stays below 2 MiB.</summary>
    private const int MaxTextLength = 256;

    // The log's own counter (Operations/QueuedLogSink): whoever drops a line, it is one figure.
    private readonly Counter.Child dropped = factory.CreateCounter("issuer_gateway_log_lines_dropped_total",
        "Log lines dropped because standard output did not take them in time, by queue (log, access).", ["queue"]).WithLabels("access");

    private readonly Channel<Visit>? visits = settings.AccessLog ? Channel.CreateBounded<Visit>(new BoundedChannelOptions(Backlog) { SingleReader = true }) : null;

    public void Note(IFeatureCollection features, int status)
    {
        if (visits is not null && !visits.Writer.TryWrite(VisitOf(features, status)))
        {
            dropped.Inc();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (visits is null)
        {
            return;
        }

        await foreach (Visit visit in visits.Reader.ReadAllAsync(CancellationToken.None))
        {
            logger.LogInformation("Request {Method} {Host}{Target} from {Address} responded with {Status} to {UserAgent}",
                visit.Method, visit.Host, visit.Target, visit.Address, visit.Status, visit.UserAgent);
        }
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        // What was noted before the last connection closed is still written.
        visits?.Writer.TryComplete();
        return base.StopAsync(cancellationToken);
    }

    private static Visit VisitOf(IFeatureCollection features, int status)
    {
        IHttpRequestFeature request = features.GetRequiredFeature<IHttpRequestFeature>();
        return new Visit(
            Shortened(request.Method),
            Shortened(request.Headers.Host.ToString()),
            Shortened(request.RawTarget),
            features.Get<IHttpConnectionFeature>()?.RemoteIpAddress?.ToString(),
            status,
            Shortened(request.Headers.UserAgent.ToString()));
    }

    private static string Shortened(string text) => text.Length <= MaxTextLength ? text : string.Concat(text.AsSpan(0, MaxTextLength), "…");

    private sealed record Visit(string Method, string Host, string Target, string? Address, int Status, string UserAgent);
}
