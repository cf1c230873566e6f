using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing;

/// <summary>One issuer as <c>/status</c> and <c>issuer-gateway keys</c> show it.</summary>
internal sealed record IssuerStatus
{
    public required string Issuer { get; init; }

    public required IReadOnlyList<string> PreviousIdentifiers { get; init; }

    public required string Source { get; init; }

    /// <summary>Whether relying parties get documents at this moment.</summary>
    public required bool IsPublished { get; init; }

    public required DateTimeOffset? ConfirmedAt { get; init; }

    public required double? AgeSeconds { get; init; }

    public required int FailuresInARow { get; init; }

    public required IReadOnlyList<KeyStatus> Keys { get; init; }

    /// <summary>Since when the history of the keys is known.</summary>
    public required DateTimeOffset? WatchingSince { get; init; }

    public required IReadOnlyList<ServerStatus> Servers { get; init; }

    public required IReadOnlyList<FindingStatus> Findings { get; init; }

    public static IssuerStatus Of(Publisher publisher, DocumentStore published, PublishingSettings settings, TimeProvider time)
    {
        PublisherState state = publisher.State;
        return new IssuerStatus
        {
            Issuer = publisher.Issuer.Identifier.Value,
            PreviousIdentifiers = [.. publisher.Issuer.PreviousIdentifiers.Select(previous => previous.Value)],
            Source = publisher.Source.Description,
            IsPublished = published.Find(publisher.Issuer.Identifier) is not null,
            ConfirmedAt = state.Confirmed?.At,
            AgeSeconds = state.Confirmed?.Age(time).TotalSeconds,
            FailuresInARow = state.Failures,
            Keys = [.. KeysOf(state, settings)],
            WatchingSince = state.Ledger?.WatchingSince,
            Servers = [.. state.Servers.Select(server => new ServerStatus(server.Server, server.IsAccepted, server.LastSuccess, [.. server.Findings.Select(finding => finding.Rule)]))],
            Findings = [.. state.Findings.Select(finding => new FindingStatus(finding.Rule, Name(finding.Severity), finding.Message, finding.Hint))],
        };
    }

    public static string Name(Severity severity) => severity == Severity.Error ? "error" : "warning";

    // The published keys first, then those that the ledger remembers.
    private static IEnumerable<KeyStatus> KeysOf(PublisherState state, PublishingSettings settings)
    {
        IReadOnlyList<SigningKey> published = state.Keys?.Keys ?? [];
        foreach (SigningKey key in published)
        {
            KeyHistoryEntry? entry = state.Ledger?.Entries.GetValueOrDefault(key.Identity);
            yield return new KeyStatus(key.Identity, key.KeyType, key.Algorithm, entry?.FirstSeen, entry?.LastSeen, entry?.SafeToSignAt(settings.KeysSafeAfter), Removed: null);
        }

        foreach ((string kid, KeyHistoryEntry entry) in state.Ledger?.Entries.Where(entry => published.All(key => key.Identity != entry.Key)) ?? [])
        {
            yield return new KeyStatus(kid, KeyType: null, Algorithm: null, entry.FirstSeen, entry.LastSeen, SafeToSignAt: null, entry.Removed);
        }
    }
}

internal sealed record KeyStatus(
    string KeyId, string? KeyType, string? Algorithm, DateTimeOffset? FirstSeen, DateTimeOffset? LastSeen, DateTimeOffset? SafeToSignAt, DateTimeOffset? Removed);

internal sealed record ServerStatus(string Server, bool IsAccepted, DateTimeOffset? LastSuccess, IReadOnlyList<string> Rules);

internal sealed record FindingStatus(string Rule, string Severity, string Message, string Hint);
