using System.Collections.Immutable;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing;

/// <summary>All that a publisher knows at one moment, replaced as one reference.</summary>
internal sealed record PublisherState
{
    public static PublisherState Initial { get; } = new();

    public KeyUnion Union { get; init; } = KeyUnion.Empty;

    public DiscoveryChoice? Discovery { get; init; }

    /// <summary>The set that is published, or was until its staleness ran out.</summary>
    public KeySet? Keys { get; init; }

    /// <summary>The smallest max-age of the API servers that were accepted last.</summary>
    public TimeSpan? UpstreamMaxAge { get; init; }

    /// <summary>Absent until an API server has confirmed something, in this process or an earlier one.</summary>
    public Confirmation? Confirmed { get; init; }

    /// <summary>The history of the keys; absent until the stores have been read.</summary>
    public KeyHistory? Ledger { get; init; }

    /// <summary>Refreshes in a row without one accepted answer.</summary>
    public int Failures { get; init; }

    /// <summary>Whether a refresh of this process has succeeded.</summary>
    public bool HasRefreshed { get; init; }

    /// <summary>What the last refresh found, of all servers and of the state on disk.</summary>
    public ImmutableArray<Finding> Findings { get; init; } = [];

    public ImmutableArray<ServerState> Servers { get; init; } = [];

    /// <summary>When the confirmation was last written to disk; absent when what is published is not on disk.</summary>
    public Confirmation? Persisted { get; init; }

    /// <summary>Whether the ledger on disk is this one, but for when keys were last seen.</summary>
    public bool IsLedgerKept { get; init; } = true;

    public bool IsExpired(TimeProvider time, TimeSpan maxStale) => Confirmed is { } confirmed && confirmed.Age(time) >= maxStale;
}

/// <summary>How one server answered last.</summary>
internal sealed record ServerState(string Server, bool IsAccepted, DateTimeOffset? LastSuccess, ImmutableArray<Finding> Findings);
