using System.Globalization;
using System.Text.Json;
using IssuerGateway.Operations;
using IssuerGateway.Tls.Issuance;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Cli;

/// <summary>The command <c>renew</c> as the running gateway takes it: an order now, within limits that keep those of the CA.</summary>
internal sealed class RenewEndpoint(IServiceProvider provider, TimeProvider time)
{
    private readonly ForcedOrderLimit limit = new(time);

    public OperationsEndpoint Endpoint => new("POST", "/renew", AnswerAsync);

    private async Task AnswerAsync(HttpContext context)
    {
        RenewalAnswer answer = await RenewAsync(context.Request.Query["host"].ToString(), context.RequestAborted);
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(
            context.Response.Body, new RenewalOutcome(answer.IsRenewed, answer.Message, answer.Hint), StatusJson.Default.RenewalOutcome, context.RequestAborted);
    }

    private async Task<RenewalAnswer> RenewAsync(string host, CancellationToken cancellationToken)
    {
        if (limit.NextAllowed(host) is { } next)
        {
            return new RenewalAnswer(false, $"{host}: orders on request are limited, because the CA limits them too",
                string.Create(CultureInfo.InvariantCulture, $"try again at {next.UtcDateTime:yyyy-MM-dd HH:mm'Z'}; the schedule renews by itself"));
        }

        // Asked for at the request: the service itself is made later than this endpoint.
        RenewalAnswer answer = await provider.GetRequiredService<AcmeService>().RenewNowAsync(host, cancellationToken);
        limit.Record(host, answer.IsRenewed);
        return answer;
    }
}

/// <summary>
/// How often one host may be ordered for on request: one success an hour, and four failures, one less than the failed
/// validations an hour that Let's Encrypt allows a host.
/// </summary>
internal sealed class ForcedOrderLimit(TimeProvider time)
{
    private const int MaxFailures = 4;
    private static readonly TimeSpan window = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, List<(long At, bool IsRenewed)>> past = new(StringComparer.Ordinal);

    /// <summary>Null when an order is allowed now.</summary>
    public DateTimeOffset? NextAllowed(string host)
    {
        lock (gate)
        {
            List<(long At, bool IsRenewed)> recent = Recent(host);
            long? blocking = recent.Any(order => order.IsRenewed) ? recent.Last(order => order.IsRenewed).At
                : recent.Count >= MaxFailures ? recent[^MaxFailures].At
                : null;
            return blocking is { } at ? time.GetUtcNow() + window - time.GetElapsedTime(at) : null;
        }
    }

    public void Record(string host, bool isRenewed)
    {
        lock (gate)
        {
            Recent(host).Add((time.GetTimestamp(), isRenewed));
        }
    }

    private List<(long At, bool IsRenewed)> Recent(string host)
    {
        foreach (string other in past.Keys.ToArray())
        {
            past[other].RemoveAll(order => time.GetElapsedTime(order.At) >= window);
            if (past[other].Count == 0)
            {
                past.Remove(other);
            }
        }

        if (!past.TryGetValue(host, out List<(long, bool)>? orders))
        {
            past[host] = orders = [];
        }

        return orders;
    }
}
