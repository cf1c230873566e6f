using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace IssuerGateway.Edge;

/// <summary>
/// Answers "did Entra come?": one line a request, written beside the requests. When the log cannot keep up, lines are
/// dropped and counted rather than waited for.
/// </summary>
internal sealed class AccessLog(EdgeSettings settings, IMetricFactory factory, ILogger<AccessLog> logger) : BackgroundService
{
    private const int Backlog = 4096;

    private readonly Counter dropped = factory.CreateCounter("issuer_gateway_access_log_dropped_total", "Access log lines that were dropped because the log could not keep up.");

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
            logger.LogInformation("Request {Method} {Host}{Target} from {Address} answered {Status} to {UserAgent}",
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
            request.Method,
            request.Headers.Host.ToString(),
            request.RawTarget,
            features.Get<IHttpConnectionFeature>()?.RemoteIpAddress?.ToString(),
            status,
            request.Headers.UserAgent.ToString());
    }

    private sealed record Visit(string Method, string Host, string Target, string? Address, int Status, string UserAgent);
}
