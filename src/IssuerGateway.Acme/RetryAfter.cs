using System.Net.Http.Headers;

namespace IssuerGateway.Acme;

/// <summary>Retry-After in both of its forms (RFC 9110 §10.2.3).</summary>
public static class RetryAfter
{
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>A date counts from the Date of the same response, so that a wrong clock here does not matter.</summary>
    public static TimeSpan? Read(HttpResponseHeaders headers, TimeProvider time)
    {
        TimeSpan? wait = headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - (headers.Date ?? time.GetUtcNow()),
            _ => null,
        };
        return wait is { } given ? TimeSpan.FromTicks(Math.Clamp(given.Ticks, 0, Longest.Ticks)) : null;
    }
}
