using System.Collections.Concurrent;
using System.Globalization;
using IssuerGateway.Issuers;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Primitives;

namespace IssuerGateway.Publishing;

/// <summary>What is published at this moment: one immutable entry an issuer, gone when its staleness runs out.</summary>
internal sealed class DocumentStore(TimeProvider time) : IDisposable
{
    private readonly MemoryCache cache = new(new MemoryCacheOptions());
    private readonly ConcurrentDictionary<string, long> refreshes = new();

    public IssuerDocuments? Find(IssuerIdentifier issuer) => cache.TryGetValue(issuer.Value, out IssuerDocuments? published) ? published : null;

    /// <param name="left">Time until the documents may no longer be served, on the monotonic clock.</param>
    public void Publish(IssuerIdentifier issuer, IssuerDocuments published, TimeSpan left)
    {
        if (left <= TimeSpan.Zero)
        {
            Withdraw(issuer);
            return;
        }

        // MemoryCache's own expiry follows the wall clock, where a jump of a day would evict everything.
        CancellationTokenSource expiry = new(left, time);
        MemoryCacheEntryOptions options = new() { Priority = CacheItemPriority.NeverRemove };
        options.AddExpirationToken(new CancellationChangeToken(expiry.Token));
        options.RegisterPostEvictionCallback(static (_, _, _, state) => ((CancellationTokenSource)state!).Dispose(), expiry);
        cache.Set(issuer.Value, published, options);
    }

    public void Withdraw(IssuerIdentifier issuer) => cache.Remove(issuer.Value);

    /// <summary>When documents may be there that are not now.</summary>
    public void ScheduleRefresh(IssuerIdentifier issuer, TimeSpan delay) => refreshes[issuer.Value] = time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);

    /// <summary>Whole seconds until then, at least 1 (RFC 9110 §10.2.3).</summary>
    public string SecondsUntilRefresh(IssuerIdentifier issuer)
    {
        TimeSpan left = refreshes.TryGetValue(issuer.Value, out long at) ? time.GetElapsedTime(time.GetTimestamp(), at) : TimeSpan.Zero;
        return Math.Max(1, (long)Math.Ceiling(left.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
    }

    public void Dispose() => cache.Dispose();
}
