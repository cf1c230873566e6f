using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace IssuerGateway.Publishing;

/// <summary>One refresh that has ended.</summary>
/// <param name="Accepted">API servers whose documents were accepted.</param>
/// <param name="Servers">API servers that were queried.</param>
internal readonly record struct RefreshOutcome(DateTimeOffset EndedAt, TimeSpan Took, int Accepted, int Servers);

/// <summary>The last refreshes of each issuer, for people who look at the gateway.</summary>
internal sealed class RefreshHistory
{
    /// <summary>15 minutes at the default interval.</summary>
    public const int Kept = 30;

    private readonly ConcurrentDictionary<Publisher, ImmutableQueue<RefreshOutcome>> outcomes = [];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<RefreshOutcome> Of(Publisher publisher) => outcomes.TryGetValue(publisher, out ImmutableQueue<RefreshOutcome>? queue) ? [.. queue] : [];

    public void Add(Publisher publisher, RefreshOutcome outcome) => outcomes.AddOrUpdate(publisher, _ => [outcome], (_, queue) =>
    {
        ImmutableQueue<RefreshOutcome> longer = queue.Enqueue(outcome);
        return longer.Count() > Kept ? longer.Dequeue() : longer;
    });
}
