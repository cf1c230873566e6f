using System.Text.Json.Serialization;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>Whether a distribution can hold two issuers in a chosen order.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TwoIssuers>))]
internal enum TwoIssuers
{
    Held,

    Unconfirmed,

    /// <summary>The new one can only take the place of the old one.</summary>
    NotHeld,

    /// <summary>An operator adds the new one, keeps the old one for a while, and drops it.</summary>
    HeldByOperator,
}

/// <summary>Everything that is known of one distribution: the plan and the page are both made from it.</summary>
internal sealed record Distribution
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>How it is recognized.</summary>
    public required IReadOnlyList<Fact> Detection { get; init; }

    /// <summary>How the issuers are set, and in which order they end up.</summary>
    public required IReadOnlyList<Fact> Setting { get; init; }

    public required TwoIssuers TwoIssuers { get; init; }

    /// <summary>The issuer and the audiences that it sets by itself.</summary>
    public required IReadOnlyList<Fact> Defaults { get; init; }

    /// <summary>Whether it passes <c>--api-audiences</c> itself; then the flag is never touched unless <see cref="WritesAudiences"/>.</summary>
    public bool SetsAudiences { get; init; }

    /// <summary>Whether the audiences have to be written with the issuers, because the distribution derives them from the first.</summary>
    public bool WritesAudiences { get; init; }

    /// <summary>Whether the <c>jwks_uri</c> is written when the new issuer moves to the first place.</summary>
    public bool WritesKeySetUri { get; init; } = true;

    /// <summary>Whether each server has a file of its own; else one object holds the configuration of all.</summary>
    public bool HasFilePerServer { get; init; }

    public required IReadOnlyList<Fact> SigningKey { get; init; }

    /// <summary>Whether an RSA key can be added beside the old one by a plan; null where unconfirmed.</summary>
    public bool? CanAddKeys { get; init; } = true;

    /// <summary>Where the key files are, for a server whose flags are not known.</summary>
    public string KeyFolder { get; init; } = "/etc/kubernetes/pki";

    /// <summary>The steps of a roll of the signing key, where they are not the flags in the place of the issuers.</summary>
    public Func<RollContext, IReadOnlyList<RollStep>>? KeySteps { get; init; }

    /// <summary>What has to be made before the first of them; null: a key pair on one machine, copied to every server.</summary>
    public Func<RollContext, RollStep?>? KeyPair { get; init; }

    /// <summary>Where <see cref="CanAddKeys"/> is false: what to do instead.</summary>
    public string? KeyWay { get; init; }

    /// <summary>What else is known about setting the key.</summary>
    public IReadOnlyList<Fact> KeyNotes { get; init; } = [];

    /// <summary>The configuration that the flags are made from, where the cluster itself does not hold it.</summary>
    public SourceFormat? Source { get; init; }

    /// <summary>What restarts, and how.</summary>
    public required IReadOnlyList<Fact> RollingOut { get; init; }

    public IReadOnlyList<Fact> Breaks { get; init; } = [];

    public IReadOnlyList<Fact> GoingBack { get; init; } = [];

    /// <summary>Where two issuers cannot be held: what to do instead.</summary>
    public string? NextBestWay { get; init; }

    /// <summary>How servers are reached one by one, where that is not by the address of each.</summary>
    public IReadOnlyList<Fact> Reaching { get; init; } = [];

    public required string Sources { get; init; }

    public required Func<RollContext, IReadOnlyList<RollStep>> Steps { get; init; }
}
