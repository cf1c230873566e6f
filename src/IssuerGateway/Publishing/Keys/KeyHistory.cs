using System.Collections.Immutable;

namespace IssuerGateway.Publishing.Keys;

/// <summary>When a key was first and last published, and when it was removed.</summary>
internal sealed record KeyHistoryEntry(DateTimeOffset FirstSeen, DateTimeOffset LastSeen, DateTimeOffset? Removed)
{
    /// <summary>
    /// The time from which the API servers may sign with the key, because every relying party has had time to fetch it
    /// (step 3 of a rotation). A key that was there when the watch began counts from then.
    /// </summary>
    public DateTimeOffset SafeToSignAt(TimeSpan safeAfter) => FirstSeen > DateTimeOffset.MaxValue - safeAfter ? DateTimeOffset.MaxValue : FirstSeen + safeAfter;

    /// <summary>What two replicas know of one key. It is there if one has seen it after the other removed it.</summary>
    public KeyHistoryEntry Merge(KeyHistoryEntry other)
    {
        // Of two that were last seen at one moment the removed one is newer, so that both orders give the same.
        int order = (LastSeen, Removed ?? DateTimeOffset.MinValue).CompareTo((other.LastSeen, other.Removed ?? DateTimeOffset.MinValue));
        (KeyHistoryEntry older, KeyHistoryEntry newer) = order <= 0 ? (this, other) : (other, this);
        bool isOther = older.Removed is { } gone && gone <= newer.FirstSeen;
        DateTimeOffset? removed = (older.Removed, newer.Removed) switch
        {
            ({ } a, { } b) => a > b ? a : b,
            (null, { } b) => b >= older.LastSeen ? b : null,
            ({ } a, null) => a > newer.LastSeen ? a : null,
            _ => null,
        };
        return new KeyHistoryEntry(isOther || newer.FirstSeen < older.FirstSeen ? newer.FirstSeen : older.FirstSeen, newer.LastSeen, removed);
    }
}

/// <summary>The history of an issuer's keys since it has been recorded.</summary>
internal sealed record KeyHistory(DateTimeOffset WatchingSince, ImmutableSortedDictionary<string, KeyHistoryEntry> Entries)
{
    /// <summary>Removed keys beyond this number are forgotten, oldest first.</summary>
    public const int MaxRemoved = 200;

    public static KeyHistory StartedAt(DateTimeOffset now) => new(now, ImmutableSortedDictionary.Create<string, KeyHistoryEntry>(StringComparer.Ordinal));

    public KeyHistory Observe(IReadOnlyCollection<string> published, DateTimeOffset now)
    {
        ImmutableSortedDictionary<string, KeyHistoryEntry>.Builder next = Entries.ToBuilder();
        foreach ((string kid, KeyHistoryEntry entry) in Entries.Where(entry => entry.Value.Removed is null && !published.Contains(entry.Key)))
        {
            next[kid] = entry with { Removed = now };
        }

        foreach (string kid in published)
        {
            // A key that comes back was unknown to relying parties in between, so it starts over.
            next[kid] = Entries.TryGetValue(kid, out KeyHistoryEntry? entry) && entry.Removed is null
                ? entry with { LastSeen = now }
                : new KeyHistoryEntry(now, now, Removed: null);
        }

        return this with { Entries = Bounded(next) };
    }

    /// <summary>
    /// This history with the one before it, learnt of late: a key in both was there all along, as over any restart, and
    /// what only the earlier one holds was gone when this watch began.
    /// </summary>
    public KeyHistory After(KeyHistory earlier)
    {
        ImmutableSortedDictionary<string, KeyHistoryEntry>.Builder both = earlier.Entries.ToBuilder();
        foreach ((string kid, KeyHistoryEntry entry) in earlier.Entries.Where(entry => entry.Value.Removed is null))
        {
            both[kid] = entry with { Removed = WatchingSince };
        }

        foreach ((string kid, KeyHistoryEntry entry) in Entries)
        {
            both[kid] = earlier.Entries.GetValueOrDefault(kid) is { Removed: null } same ? entry with { FirstSeen = same.FirstSeen } : entry;
        }

        return new KeyHistory(earlier.WatchingSince, Bounded(both));
    }

    /// <summary>The histories of two replicas as one: each key first seen when the earliest saw it, last seen when the latest did.</summary>
    public KeyHistory Merge(KeyHistory other)
    {
        ImmutableSortedDictionary<string, KeyHistoryEntry>.Builder both = Entries.ToBuilder();
        foreach ((string kid, KeyHistoryEntry entry) in other.Entries)
        {
            both[kid] = both.TryGetValue(kid, out KeyHistoryEntry? known) ? known.Merge(entry) : entry;
        }

        return new KeyHistory(WatchingSince < other.WatchingSince ? WatchingSince : other.WatchingSince, Bounded(both));
    }

    /// <summary>This history with the ages that another replica knows for the keys that both publish.</summary>
    public KeyHistory WithAgesOf(KeyHistory other) => this with
    {
        WatchingSince = WatchingSince < other.WatchingSince ? WatchingSince : other.WatchingSince,
        Entries = Entries.ToImmutableSortedDictionary(
            entry => entry.Key,
            entry => entry.Value.Removed is null && other.Entries.GetValueOrDefault(entry.Key) is { Removed: null } same && same.FirstSeen < entry.Value.FirstSeen ? entry.Value with { FirstSeen = same.FirstSeen } : entry.Value,
            StringComparer.Ordinal),
    };

    private static ImmutableSortedDictionary<string, KeyHistoryEntry> Bounded(ImmutableSortedDictionary<string, KeyHistoryEntry>.Builder entries)
    {
        entries.RemoveRange(entries.Where(entry => entry.Value.Removed is not null).OrderByDescending(entry => entry.Value.Removed).Skip(MaxRemoved).Select(entry => entry.Key).ToList());
        return entries.ToImmutable();
    }

    /// <summary>Whether both say the same of every key but for when it was last seen.</summary>
    public bool HasSameKeys(KeyHistory other) =>
        WatchingSince == other.WatchingSince && Entries.Count == other.Entries.Count
        && Entries.All(entry => other.Entries.TryGetValue(entry.Key, out KeyHistoryEntry? same) && (same with { LastSeen = entry.Value.LastSeen }) == entry.Value);
}
