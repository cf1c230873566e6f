using System.Text.Json.Serialization;
using IssuerGateway.Base;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Publishing.Reporting;

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

    /// <summary>What an operator has to know of how the servers are reached; empty when there is nothing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public required IReadOnlyList<FindingStatus> Findings { get; init; }

    /// <summary>Oldest first; for the page alone, since <c>/metrics</c> has their history.</summary>
    [JsonIgnore]
    public IReadOnlyList<RefreshOutcome> LastRefreshes { get; init; } = [];

    private const string OneAddress =
        "one address is known: a load balancer there that always picks the same API server hides the others, and a key that it stops sending stays published for 1 h";

    /// <summary>Entries of RevokedKeys that are named.</summary>
    private const int MaxRevocations = 5;

    /// <param name="watchdog">What has been noticed beside the refreshes.</param>
    public static IssuerStatus Of(Publisher publisher, DocumentStore published, PublishingSettings settings, TimeProvider time, Finding? watchdog = null)
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
            Keys = [.. KeysOf(publisher, settings)],
            WatchingSince = state.History?.WatchingSince,
            Servers = [.. state.Servers.Select(server => new ServerStatus(server.Server, server.IsAccepted, server.LastSuccess, [.. server.Findings.Select(finding => finding.Rule)]))],
            Notes =
            [
                .. state.IsOneAddress ? [OneAddress] : Array.Empty<string>(),
                .. state.UnmatchedRevocations.Take(MaxRevocations).Select(kid =>
                    $"RevokedKeys names {PrintableText.Quote(kid)}, which no API server publishes: correct once the key has been removed there, otherwise look for a typing error"),
            ],
            Findings = [.. state.Findings.Concat(watchdog is null ? [] : [watchdog]).Select(finding => new FindingStatus(finding.Rule, Name(finding.Severity), finding.Message, finding.Hint))],
        };
    }

    public static string Name(Severity severity) => severity == Severity.Error ? "error" : "warning";

    private static KeyServerStatus SourceOf(Publisher publisher, string server, KeySource source) => new(
        server,
        source.IsCurrent ? "publishes" : source.OmittedSince is null ? "silent" : "omits",
        publisher.ToWall(source.Since),
        publisher.ToWall(source.LastPublished));

    // The published keys first, then those that the history remembers.
    private static IEnumerable<KeyStatus> KeysOf(Publisher publisher, PublishingSettings settings)
    {
        PublisherState state = publisher.State;
        Dictionary<string, TrackedKey> tracked = state.Union.Keys.ToDictionary(key => key.Identity, StringComparer.Ordinal);
        IReadOnlyList<SigningKey> published = state.Keys?.Keys ?? [];
        foreach (SigningKey key in published)
        {
            KeyHistoryEntry? entry = state.History?.Entries.GetValueOrDefault(key.Identity);
            yield return new KeyStatus(key.Identity, key.KeyType, key.Algorithm, entry?.FirstSeen, entry?.LastSeen, entry?.SafeToSignAt(settings.KeysSafeAfter), Removed: null,
                [.. (tracked.GetValueOrDefault(key.Identity)?.Sources ?? TrackedKey.NoSources).Select(source => SourceOf(publisher, source.Key, source.Value))]);
        }

        foreach ((string kid, KeyHistoryEntry entry) in state.History?.Entries.Where(entry => published.All(key => key.Identity != entry.Key)) ?? [])
        {
            yield return new KeyStatus(kid, KeyType: null, Algorithm: null, entry.FirstSeen, entry.LastSeen, SafeToSignAt: null, entry.Removed);
        }
    }
}

internal sealed record KeyStatus(
    string KeyId, string? KeyType, string? Algorithm, DateTimeOffset? FirstSeen, DateTimeOffset? LastSeen, DateTimeOffset? SafeToSignAt, DateTimeOffset? Removed,
    IReadOnlyList<KeyServerStatus>? Servers = null);

/// <summary>One server that publishes a key, or keeps it in the set although it does so no longer.</summary>
/// <param name="State"><c>publishes</c>, <c>omits</c> (it has responded without the key) or <c>silent</c> (it has not responded, or is no longer listed).</param>
internal sealed record KeyServerStatus(string Server, string State, DateTimeOffset Since, DateTimeOffset LastPublished);

internal sealed record ServerStatus(string Server, bool IsAccepted, DateTimeOffset? LastSuccess, IReadOnlyList<string> Rules);

internal sealed record FindingStatus(string Rule, string Severity, string Message, string Hint)
{
    /// <summary>The page about it.</summary>
    public string Link => Documentation.OfFinding(Rule);
}
