namespace IssuerGateway.Ctl.Parties.Drift;

/// <summary>How the keys that a party holds differ from the published ones.</summary>
internal sealed record KeyDrift
{
    /// <summary>Published and not held: tokens that it signs are rejected, now or from the next rotation on.</summary>
    public required IReadOnlyList<PinnedKey> Missing { get; init; }

    /// <summary>Held and not published any more: the party would still trust it.</summary>
    public required IReadOnlyList<PinnedKey> Stale { get; init; }

    /// <summary>Held under a <c>kid</c> that publishes another key: the party looks it up and rejects every signature.</summary>
    public required IReadOnlyList<PinnedKey> Replaced { get; init; }

    public bool IsNone => Missing.Count + Stale.Count + Replaced.Count == 0;

    public static KeyDrift Between(IReadOnlyList<PinnedKey> published, IReadOnlyList<PinnedKey> held)
    {
        Dictionary<string, string> byId = published.Where(key => key.KeyId is not null).GroupBy(key => key.KeyId!).ToDictionary(same => same.Key, same => same.First().Thumbprint);
        PinnedKey[] replaced = [.. held.Where(key => key.KeyId is not null && byId.TryGetValue(key.KeyId, out string? other) && other != key.Thumbprint)];
        return new KeyDrift
        {
            Missing = [.. published.Where(key => !held.Any(each => IsSame(each, key)) && replaced.All(each => each.KeyId != key.KeyId))],
            Stale = [.. held.Where(key => !published.Any(each => IsSame(each, key))).Except(replaced)],
            Replaced = replaced,
        };
    }

    // A party that holds key sets finds a key by the kid of the token; a key in PEM has none and is tried.
    private static bool IsSame(PinnedKey one, PinnedKey other) =>
        one.Thumbprint == other.Thumbprint && (one.KeyId is null || other.KeyId is null || one.KeyId == other.KeyId);
}
