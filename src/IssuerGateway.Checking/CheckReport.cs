using IssuerGateway.Base;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

public enum StepOutcome
{
    Passed,
    Warned,
    Failed,

    /// <summary>An earlier step left nothing to look at.</summary>
    Skipped,

    /// <summary>Nobody requested the step.</summary>
    NotRequested,
}

/// <summary>One broken rule: what was found, what each party does about it, and the fix with the real values filled in.</summary>
public sealed record CheckFinding
{
    public required Rule Rule { get; init; }

    /// <summary>The gravest of the chosen parties.</summary>
    public required Severity Severity { get; init; }

    // What is found may be text from an unknown server, such as a login endpoint that returns the token it was sent.
    public required string Found { get; init => field = SecretText.Hide(value); }

    public required string Fix { get; init => field = SecretText.Hide(value); }

    /// <summary>Which token it is about, where several were given.</summary>
    public string? Token { get; init => field = value is null ? null : SecretText.Hide(value); }

    /// <summary>What each chosen party does that does not accept this.</summary>
    public required IReadOnlyList<PartyRule> Responses { get; init; }

    public string Id => Rule.Id;
}

/// <summary>One step: how it ended, how long it took, and what was seen.</summary>
public sealed record StepReport(string Step, StepOutcome Outcome, TimeSpan Elapsed, string Summary, IReadOnlyList<CheckFinding> Findings)
{
    public string Summary { get; init; } = SecretText.Hide(Summary);

    /// <summary>The file of the token of this step; null for other steps.</summary>
    public string? Token { get; init => field = value is null ? null : SecretText.Hide(value); }

    /// <summary>The parties that validated the token of this step; empty for other steps.</summary>
    public IReadOnlyList<string> ValidatedBy { get; init; } = [];

    /// <summary>Whether the step has not read what it is about, so that it says nothing in favor of anybody.</summary>
    public bool IsUnread { get; init; }

    /// <summary>Whether nothing was found at which the party stops.</summary>
    public bool IsAcceptedBy(RelyingParty party) => Findings.SelectMany(finding => finding.Responses).All(entry => entry.Party != party.Id || entry.Severity != Severity.Error);

    public static StepReport Skipped(string step, string why) => new(step, StepOutcome.Skipped, TimeSpan.Zero, why, []);

    /// <param name="option">The option that requests the step.</param>
    public static StepReport NotRequested(string step, string option) => new(step, StepOutcome.NotRequested, TimeSpan.Zero, option, []);
}

/// <summary>What one party would do with tokens of the issuer.</summary>
public enum Verdict
{
    Accepts,

    /// <summary>Something is wrong of which nobody has recorded what this party does.</summary>
    MightReject,
    Rejects,

    /// <summary>A step could not be run, or could not find out what matters, so there is no verdict.</summary>
    Unknown,
}

/// <summary>The whole check.</summary>
public sealed record CheckReport
{
    public required string Issuer { get; init => field = SecretText.Hide(value); }

    public required IReadOnlyList<RelyingParty> Parties { get; init; }

    public required IReadOnlyList<StepReport> Steps { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>What a reader must know to trust the result, such as options that no relying party has.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The parties that have no audience of their own, where none was stated either: the audience of a token was compared with nothing.</summary>
    public IReadOnlyList<string> WithoutAudience { get; init; } = [];

    /// <summary>Whether the party accepts a token only if its audience is the one that was registered, which nobody stated.</summary>
    public bool IsOpenToAudience(RelyingParty party) => WithoutAudience.Contains(party.Id) && HasValidatedToken(party) && VerdictOf(party) == Verdict.Accepts;

    public IEnumerable<CheckFinding> Findings => Steps.SelectMany(step => step.Findings);

    /// <summary>Rules that are broken: what one rule finds, for several parties or in several tokens, is one problem.</summary>
    public int Errors => Problems(Severity.Error);

    public int Warnings => Problems(Severity.Warning);

    /// <summary>Whether the party has validated a token, or only the issuer.</summary>
    public bool HasValidatedToken(RelyingParty party) => Steps.Any(step => step.ValidatedBy.Contains(party.Id));

    public bool HasSeveralTokens => Steps.Count(step => step.Token is not null) > 1;

    public bool HasTokens => Steps.Any(step => step.Step == "token" && step.Outcome != StepOutcome.NotRequested);

    /// <summary>Whether everything that the party rejects is in a token or its registration, and nothing in the issuer.</summary>
    public bool RejectsOnlyToken(RelyingParty party) => Steps.Where(step => step.Step is not ("token" or "exchange")).SelectMany(step => step.Findings).SelectMany(finding => finding.Responses).All(entry => entry.Party != party.Id || entry.Severity != Severity.Error)
        && HasValidatedToken(party);

    /// <summary>Why there is no verdict for the party.</summary>
    public string WhyOpen(RelyingParty party)
    {
        IEnumerable<CheckFinding> open = Findings.Where(finding => finding.Rule.LeavesOpen && finding.Responses.Any(entry => entry.Party == party.Id));
        return open.Any(finding => finding.Id == "check-timeout") || IsCut(party) ? Deadline.Spent
            : open.Select(finding => OfThisMachine(finding.Id)).FirstOrDefault(why => why is not null) is { } own ? own
            : Steps.Any(step => step.IsUnread) ? "the keys were not read"
            : open.FirstOrDefault() is not { } first ? "not every step could run"
            : first.Id switch
            {
                "token-signature-unverified" => "the signature could not be verified",
                "http-version" => "the server speaks only HTTP/2, and the check does not",
                "exchange-untrusted" => "this machine does not trust the certificate of the login endpoint",
                "upstream-unreachable" => "an API server did not return its documents",
                _ => "the token endpoint did not respond",
            };
    }

    private static string? OfThisMachine(string rule) => rule switch
    {
        "proxy-failed" => "the proxy did not lead to it",
        "override-failed" => "nothing listens where the option leads",
        "tcp-no-route" => "this machine has no route to it",
        "dns-no-response" => "no name server says where it is",
        _ => null,
    };

    // Others have given up waiting for the document when the check did; this party might not have.
    private bool IsCut(RelyingParty party) => Steps.Any(step =>
        (step.IsUnread || (step.Step == "discovery" && Steps.Any(next => next is { Step: "jwks", Outcome: StepOutcome.Skipped })))
        && step.Findings.Any(finding => finding.Id == "http-timeout" && finding.Responses.Any(entry => entry.Party == party.Id)));

    public Verdict VerdictOf(RelyingParty party) => VerdictOf(party, Steps);

    /// <summary>The verdict on each token that the party has validated, as far as the token decides it, by its file.</summary>
    public IEnumerable<(string Token, Verdict Verdict)> TokenVerdicts(RelyingParty party)
    {
        StepReport[] tokens = [.. Steps.Where(step => step.Token is not null)];

        // What is exchanged is the first token.
        return tokens.Where(step => step.ValidatedBy.Contains(party.Id))
            .Select(step => (step.Token!, VerdictOf(party, step == tokens[0] ? [step, .. Steps.Where(other => other is { Step: "exchange", Outcome: not StepOutcome.Skipped })] : [step])));
    }

    private int Problems(Severity severity) => Findings.GroupBy(finding => finding.Id, StringComparer.Ordinal).Count(same => same.Max(finding => finding.Severity) == severity);

    private static Verdict VerdictOf(RelyingParty party, IReadOnlyList<StepReport> steps)
    {
        CheckFinding[] findings = [.. steps.SelectMany(step => step.Findings)];
        PartyRule[] errors = [.. findings.Where(finding => !finding.Rule.LeavesOpen).SelectMany(finding => finding.Responses).Where(entry => entry.Party == party.Id && entry.Severity == Severity.Error)];
        if (errors.Length > 0)
        {
            return errors.All(entry => entry.Evidence == Evidence.Unconfirmed) ? Verdict.MightReject : Verdict.Rejects;
        }

        bool isOpen = findings.Any(finding => finding.Rule.LeavesOpen && finding.Responses.Any(entry => entry.Party == party.Id));
        return isOpen || steps.Any(step => step.IsUnread || step.Outcome == StepOutcome.Skipped) ? Verdict.Unknown : Verdict.Accepts;
    }
}
