using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>
/// What a distribution needs to know to write the steps of one roll: the whole state after it, also of the rolls before,
/// so that a file that is written as a whole never takes back an earlier roll.
/// </summary>
internal sealed record RollContext
{
    public required ClusterState Cluster { get; init; }

    public required RollKind Kind { get; init; }

    /// <summary>Part of file names: <c>roll-1</c>, <c>back-to-roll-1</c>.</summary>
    public required string Label { get; init; }

    public required string New { get; init; }

    /// <summary>The issuers to write, the first one signs; empty where they are as they must be and are left alone.</summary>
    public required IReadOnlyList<string> Issuers { get; init; }

    /// <summary>The issuers of today without the new one, today's signer first.</summary>
    public required IReadOnlyList<string> Previous { get; init; }

    /// <summary>What to write as audiences; null: leave as it is.</summary>
    public IReadOnlyList<string>? Audiences { get; init; }

    /// <summary>The audiences that today's servers accept as their own, as far as known.</summary>
    public required IReadOnlyList<string> TodayAudiences { get; init; }

    /// <summary>What to write as <c>jwks_uri</c>; null: leave as it is.</summary>
    public string? KeySetUri { get; init; }

    /// <summary>What only the running servers have and what would go with the next manifest; written where this roll does not write the flag itself.</summary>
    public IReadOnlyList<Flag> Kept { get; init; } = [];

    /// <summary>The key files to write; null: leave them as they are.</summary>
    public KeyFiles? Keys { get; init; }

    /// <summary>Every server that must get the change, also those of which nothing but their number is known.</summary>
    public required IReadOnlyList<RollTarget> Targets { get; init; }

    /// <summary>Whether this leaves a later state: then what only later rolls write has to go.</summary>
    public bool IsBack { get; init; }

    public string First => Issuers[0];

    public IReadOnlyList<string> Others => [.. Issuers.Skip(1)];

    public IReadOnlyList<Flag> Flags => [.. OfRoll, .. Kept.Where(flag => !IsOfRoll(flag.Name))];

    private IReadOnlyList<Flag> OfRoll =>
    [
        .. Issuers.Select(issuer => new Flag(FlagSet.Issuer, issuer)),
        .. KeySetUri is { } uri ? [new Flag(FlagSet.KeySetUri, uri)] : Array.Empty<Flag>(),
        .. Audiences is { } audiences ? [new Flag(FlagSet.Audience, string.Join(',', audiences))] : Array.Empty<Flag>(),
        .. (Keys?.Public ?? []).Select(file => new Flag(FlagSet.KeyFile, file)),
        .. Keys?.Private is { } key ? [new Flag(FlagSet.SigningKeyFile, key)] : Array.Empty<Flag>(),
    ];

    /// <summary>What a map can hold: the first value of each name.</summary>
    public IReadOnlyList<Flag> FirstFlags => [.. Flags.DistinctBy(flag => flag.Name)];

    /// <summary>What a map cannot hold: every further value of a name.</summary>
    public IReadOnlyList<Flag> FurtherFlags => [.. Flags.GroupBy(flag => flag.Name).SelectMany(group => group.Skip(1))];

    /// <summary>The flags of this roll as a command line has them, without the dashes.</summary>
    public IReadOnlyList<string> Arguments => [.. Flags.Select(flag => $"{flag.Name}={flag.Value}")];

    /// <summary>The private key of the controller manager, which signs the tokens of Secrets; null: leave as it is.</summary>
    public string? ControllerKey => Keys?.Private;

    /// <summary>Whether this roll writes the flag, so that today's value of it goes.</summary>
    public bool Writes(string flag) => FlagSet.Name(flag) is var name && (IsOfRoll(name) || Kept.Any(each => each.Name == name));

    private bool IsOfRoll(string flag) => flag switch
    {
        FlagSet.Issuer => Issuers.Count > 0,
        FlagSet.KeySetUri => KeySetUri is not null,
        FlagSet.Audience => Audiences is not null,
        FlagSet.KeyFile => Keys is not null,
        FlagSet.SigningKeyFile => Keys?.Private is not null,
        _ => false,
    };

    /// <summary>The configuration of a server: its own, else the one that is written for all.</summary>
    public ConfigurationSource? SourceOf(RollTarget? target) => Cluster.SourceOf(target?.Name);
}

/// <summary>One API server that gets a change: its node, and what is known of it.</summary>
internal sealed record RollTarget(string Name, string? Address, ApiServerState? Server)
{
    /// <summary>What the administrator gave this server, where the distribution shows it (k3s, RKE2).</summary>
    public IReadOnlyList<string>? GivenArguments { get; init; }

    /// <summary>A server that was counted and not found.</summary>
    public bool IsUnseen { get; init; }
}
