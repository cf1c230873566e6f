using System.Text.Json.Serialization;

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

    /// <summary>The servers run with the new issuer alone, and what their flags are made from does not have it: it is written there.</summary>
    WriteConfiguration = 8,
}

/// <summary>One change of every API server, finished and verified before the next begins.</summary>
internal sealed record Roll
{
    /// <summary><c>1</c> to <c>3</c>, <c>R</c> for a replacement, <c>C</c> for a configuration that lacks what runs, <c>K1</c> to <c>K3</c> for the signing key.</summary>
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
