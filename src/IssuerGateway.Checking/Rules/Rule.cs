using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Rules;

/// <summary>How well a statement about a party is known.</summary>
public enum Evidence
{
    /// <summary>Documented by the party.</summary>
    Documented,

    /// <summary>Read in the party's source code.</summary>
    SourceRead,

    /// <summary>Seen in recorded calls or public reports.</summary>
    Observed,

    /// <summary>Not known; the careful assumption.</summary>
    Unconfirmed,
}

/// <summary>Where a statement was read, and when. A party may change its rules at any time.</summary>
public sealed record RuleSource(string Name, DateOnly Read)
{
    private const int MaxAgeDays = 365;

    public bool IsOutdated(DateTimeOffset now) => DateOnly.FromDateTime(now.UtcDateTime).DayNumber - Read.DayNumber > MaxAgeDays;
}

/// <summary>What one party does when a rule is broken.</summary>
/// <param name="Severity">Null when the party does not care.</param>
/// <param name="Response">The party's own text, null when it is not known.</param>
/// <param name="Evidence">How well it is known that the party does this, whatever it says then.</param>
public sealed record PartyRule(string Party, Severity? Severity, string? Response, Evidence Evidence, RuleSource Source)
{
    /// <summary>How well the wording of the response is known, on its own.</summary>
    public Evidence Wording { get; init; } = Evidence;

    /// <summary>How well the response is known: nobody knows the wording of a rejection that nobody has seen. Null without a response.</summary>
    public Evidence? ResponseEvidence => Response is null ? null : Evidence == Evidence.Unconfirmed ? Evidence.Unconfirmed : Wording;
}

/// <summary>One rule of the table: its stable id, the cause that it names, the fix, and what each party does.</summary>
public sealed record Rule
{
    public required string Id { get; init; }

    /// <summary>The step of the check that applies it.</summary>
    public required string Step { get; init; }

    /// <summary>One sentence for a person: what is wrong.</summary>
    public required string Cause { get; init; }

    public required string Expected { get; init; }

    public required string Fix { get; init; }

    /// <summary>Whether the check could not find out what matters, so that it has no verdict for the parties concerned.</summary>
    public bool LeavesOpen { get; init; }

    /// <summary>One entry for every party of <see cref="RelyingParty.All"/>, in that order.</summary>
    public required IReadOnlyList<PartyRule> Parties { get; init; }

    /// <summary>Where the documentation explains the rule.</summary>
    public string Link => Documentation.OfFinding(Id);

    public PartyRule For(string party) => Parties.First(entry => entry.Party == party);
}
