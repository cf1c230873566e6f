using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>What the administrator wants.</summary>
internal sealed record PlanRequest(string Issuer, int? Rolls = null);

/// <summary>The rolls in order, and what is known to speak against them.</summary>
internal sealed record ChangePlan
{
    public required string Issuer { get; init; }

    public required string Distribution { get; init; }

    public required string DistributionName { get; init; }

    public required IReadOnlyList<string> Evidence { get; init; }

    public string? Version { get; init; }

    /// <summary>Names of the servers that get the change; those of which only the number is known are named so.</summary>
    public required IReadOnlyList<string> Servers { get; init; }

    public int? ServerCount { get; init; }

    /// <summary>False where one object holds the configuration of servers that do not show themselves.</summary>
    public bool AreServersVisible { get; init; } = true;

    public required IReadOnlyList<string> Today { get; init; }

    public bool AudiencesAreKnown { get; init; }

    /// <summary>Null: not set, which means every issuer in order, or unknown.</summary>
    public IReadOnlyList<string>? TodayAudiences { get; init; }

    public required IReadOnlyList<ClusterFinding> Findings { get; init; }

    public required IReadOnlyList<Roll> Rolls { get; init; }

    /// <summary>What is known of the distribution, each with how it is known.</summary>
    public required IReadOnlyList<Fact> Facts { get; init; }

    /// <summary>What stays true while the change is under way.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    public required string Sources { get; init; }

    public IReadOnlyList<UnreadItem> Unread { get; init; } = [];
}

/// <summary>A plan, or why there cannot be one: a sentence and what to do.</summary>
internal sealed record PlanResult(ChangePlan? Plan, string? Error, string? Hint)
{
    public static PlanResult Of(ChangePlan plan) => new(plan, null, null);

    public static PlanResult Rejected(string error, string hint) => new(null, error, hint);
}
