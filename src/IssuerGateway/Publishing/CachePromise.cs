using System.Globalization;
using IssuerGateway.Base;

namespace IssuerGateway.Publishing;

/// <summary>What caches outside may keep: never more than what is left until the documents would go stale.</summary>
internal static class CachePromise
{
    /// <summary>For how long a CDN may respond from its copy while it retries (RFC 5861 §3).</summary>
    private static readonly TimeSpan revalidating = TimeSpan.FromSeconds(30);

    /// <summary>For how long a CDN may respond from its copy while the gateway is down (RFC 5861 §4).</summary>
    private static readonly TimeSpan onError = TimeSpan.FromDays(1);

    /// <param name="left">Time until MaxStale runs out, less the time until this header is next made again.</param>
    /// <param name="upstreamMaxAge">max-age of the API server; absent when it sent none.</param>
    public static string Header(TimeSpan left, TimeSpan? upstreamMaxAge, TimeSpan clientMaxAge)
    {
        TimeSpan bounded = left > TimeSpan.Zero ? left : TimeSpan.Zero;
        TimeSpan maxAge = TimeSpan.Min(bounded, TimeSpan.Min(upstreamMaxAge ?? clientMaxAge, clientMaxAge));
        TimeSpan afterwards = bounded - maxAge;
        return $"public, max-age={Seconds(maxAge)}, stale-while-revalidate={Seconds(TimeSpan.Min(afterwards, revalidating))}, stale-if-error={Seconds(TimeSpan.Min(afterwards, onError))}";
    }

    private static string Seconds(TimeSpan span) => ((long)span.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
