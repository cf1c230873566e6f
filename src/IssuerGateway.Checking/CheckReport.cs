using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

public enum StepOutcome
{
    Passed,
    Warned,
    Failed,

    /// <summary>An earlier step left nothing to look at, or the step was not asked for.</summary>
    Skipped,
}

/// <summary>What one rule found on the way of a relying party, what that party would say, and the fix.</summary>
public sealed record CheckFinding
{
    public required string Rule { get; init; }

    public required Severity Severity { get; init; }

    public required string Found { get; init; }

    public required string Expected { get; init; }

    /// <summary>A command or a configuration line.</summary>
    public required string Fix { get; init; }

    /// <summary>What each chosen relying party answers, as far as it is known.</summary>
    public IReadOnlyList<RelyingPartyAnswer> Answers { get; init; } = [];
}

public sealed record RelyingPartyAnswer(string Profile, string Message);

/// <summary>One step of the walk: how it ended, how long it took, and what was seen.</summary>
public sealed record StepReport(string Step, StepOutcome Outcome, TimeSpan Elapsed, string Summary, IReadOnlyList<CheckFinding> Findings);

/// <summary>The whole walk.</summary>
public sealed record CheckReport(string Issuer, IReadOnlyList<string> Profiles, IReadOnlyList<StepReport> Steps)
{
    public bool HasErrors => Steps.SelectMany(step => step.Findings).Any(finding => finding.Severity == Severity.Error);
}
