using System.Collections.Immutable;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Publishing;

/// <summary>All that a publisher knows at one moment, replaced as one reference.</summary>
internal sealed record PublisherState
{
    public static PublisherState Initial { get; } = new();

    public KeyUnion Union { get; init; } = KeyUnion.Empty;

    /// <summary>The last accepted discovery document of each server.</summary>
    public ImmutableSortedDictionary<string, DiscoveryVote>? Votes { get; init; }

    /// <summary>The discovery document that is published, but for the two URLs of each identifier.</summary>
    public DiscoveryDocument? Discovery { get; init; }

    /// <summary>The set that is published, or was until its staleness ran out.</summary>
    public KeySet? Keys { get; init; }

    /// <summary>The smallest max-age of the API servers that were accepted last, none of them below the floor.</summary>
    public TimeSpan? UpstreamMaxAge { get; init; }

    /// <summary>When each server last sent a max-age below the floor.</summary>
    public ImmutableSortedDictionary<string, DateTimeOffset> ShortMaxAges { get; init; } = ImmutableSortedDictionary.Create<string, DateTimeOffset>(StringComparer.Ordinal);

    /// <summary>Since when every API server that responds has done so with 401; wall time.</summary>
    public DateTimeOffset? UnauthorizedSince { get; init; }

    /// <summary>Whether one known address stands for all API servers.</summary>
    public bool IsOneAddress { get; init; }

    /// <summary>Absent until an API server has confirmed something, in this process or an earlier one.</summary>
    public Confirmation? Confirmed { get; init; }

    /// <summary>The history of the keys; absent until the stores have been read.</summary>
    public KeyHistory? History { get; init; }

    /// <summary>Refreshes in a row without one accepted response.</summary>
    public int Failures { get; init; }

    /// <summary>Whether a refresh of this process has succeeded.</summary>
    public bool HasRefreshed { get; init; }

    /// <summary>What the last refresh found, of all servers and of the state on disk.</summary>
    public ImmutableArray<Finding> Findings { get; init; } = [];

    public ImmutableArray<ServerState> Servers { get; init; } = [];

    /// <summary>Entries of <c>RevokedKeys</c> that match no key of the servers that were accepted last.</summary>
    public IReadOnlyList<string> UnmatchedRevocations { get; init; } = [];

    /// <summary>When the confirmation was last written to disk; absent when what is published is not on disk.</summary>
    public Confirmation? Persisted { get; init; }

    /// <summary>Whether the history on disk is this one, but for when keys were last seen.</summary>
    public bool IsHistoryKept { get; init; } = true;

    public bool IsExpired(TimeProvider time, TimeSpan maxStale) => Confirmed is { } confirmed && confirmed.Age(time) >= maxStale;
}

/// <summary>How one server responded last.</summary>
internal sealed record ServerState(string Server, bool IsAccepted, DateTimeOffset? LastSuccess, ImmutableArray<Finding> Findings);
