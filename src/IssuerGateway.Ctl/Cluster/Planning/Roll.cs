using System.Text.Json.Serialization;
using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>The states a cluster passes; the number of a roll is that of the state after it, also where rolls are skipped.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RollKind>))]
internal enum RollKind
{
    /// <summary>Today's issuers stay and sign; the new one is accepted everywhere.</summary>
    AddAsSecond = 1,

    /// <summary>The new issuer signs; the old ones are accepted.</summary>
    MoveToFirst = 2,

    /// <summary>Only the new issuer is accepted.</summary>
    DropOld = 3,

    /// <summary>Where two issuers cannot be held: the new one takes the place of the old one at once.</summary>
    Replace = 4,

    AddPublicKey = 5,

    SwitchSigningKey = 6,

    DropOldKey = 7,
}

/// <summary>One change of every API server, finished and verified before the next begins.</summary>
internal sealed record Roll
{
    /// <summary><c>1</c> to <c>3</c>, <c>R</c> for a replacement, <c>K1</c> to <c>K3</c> for the signing key.</summary>
    public required string Number { get; init; }

    public required RollKind Kind { get; init; }

    public required string Title { get; init; }

    /// <summary>The issuers of every server afterwards, the first one signs.</summary>
    public required IReadOnlyList<string> Issuers { get; init; }

    /// <summary>What <c>--api-audiences</c> must hold afterwards; null: as today.</summary>
    public IReadOnlyList<string>? Audiences { get; init; }

    public required IReadOnlyList<RollStep> Steps { get; init; }

    /// <summary>What restarts, in which order, and by what.</summary>
    public required IReadOnlyList<string> RollingOut { get; init; }

    public required IReadOnlyList<string> Breaks { get; init; }

    public required IReadOnlyList<string> Wait { get; init; }

    public required IReadOnlyList<string> Verify { get; init; }

    public required GoBack GoBack { get; init; }
}

/// <summary>One file or object of a roll, with its content and the command that applies it.</summary>
internal sealed record RollStep
{
    /// <summary>The node or the object.</summary>
    public required string Target { get; init; }

    /// <summary>The node that it is for; null for an object of the cluster.</summary>
    public string? Node { get; init; }

    /// <summary>The file, or the field of the object.</summary>
    public required string Place { get; init; }

    public string? Content { get; init; }

    public string Language { get; init; } = "yaml";

    public string? Command { get; init; }

    public string? Note { get; init; }
}

/// <summary>How to leave the state that a roll made.</summary>
internal sealed record GoBack(string Text, IReadOnlyList<RollStep> Steps);

/// <summary>What a distribution needs to know to write the steps of one roll.</summary>
internal sealed record RollContext
{
    public required ClusterState Cluster { get; init; }

    public required RollKind Kind { get; init; }

    /// <summary>Part of file names: <c>roll-1</c>, <c>back-to-roll-1</c>.</summary>
    public required string Label { get; init; }

    public required string New { get; init; }

    /// <summary>The issuers to write, the first one signs.</summary>
    public required IReadOnlyList<string> Issuers { get; init; }

    /// <summary>The issuers of today without the new one, today's signer first.</summary>
    public required IReadOnlyList<string> Previous { get; init; }

    /// <summary>What to write as audiences; null: leave as it is.</summary>
    public IReadOnlyList<string>? Audiences { get; init; }

    /// <summary>The audiences that today's servers accept as their own, as far as known.</summary>
    public required IReadOnlyList<string> TodayAudiences { get; init; }

    /// <summary>What to write as <c>jwks_uri</c>; null: leave as it is.</summary>
    public string? KeySetUri { get; init; }

    /// <summary>Every server that must get the change, also those of which nothing but their number is known.</summary>
    public required IReadOnlyList<RollTarget> Targets { get; init; }

    /// <summary>Whether this leaves a later state: then what only later rolls write has to go.</summary>
    public bool IsBack { get; init; }

    public string First => Issuers[0];

    public IReadOnlyList<string> Others => [.. Issuers.Skip(1)];

    /// <summary>The flags of this roll as a command line has them.</summary>
    public IReadOnlyList<string> Arguments =>
    [
        .. Issuers.Select(issuer => $"{FlagSet.Issuer}={issuer}"),
        .. KeySetUri is { } uri ? [$"{FlagSet.KeySetUri}={uri}"] : Array.Empty<string>(),
        .. Audiences is { } audiences ? [$"{FlagSet.Audience}={string.Join(',', audiences)}"] : Array.Empty<string>(),
    ];

    /// <summary>Whether this roll writes the flag, so that today's value of it goes.</summary>
    public bool Writes(string flag) => flag switch
    {
        FlagSet.Issuer => true,
        FlagSet.KeySetUri => KeySetUri is not null,
        FlagSet.Audience => Audiences is not null,
        _ => false,
    };
}

/// <summary>One API server that gets a change: its node, and what is known of it.</summary>
internal sealed record RollTarget(string Name, string? Address, ApiServerState? Server)
{
    /// <summary>What the administrator gave this server, where the distribution shows it (k3s, RKE2).</summary>
    public IReadOnlyList<string>? GivenArguments { get; init; }

    /// <summary>A server that was counted and not found.</summary>
    public bool IsUnseen { get; init; }
}
