using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.Verification;

/// <summary>One thing that is wrong with a registration; the id is stable, for scripts.</summary>
internal sealed record TrustFinding(Severity Severity, string Id, string Found, string Fix);

/// <summary>What <c>trust verify</c> found out about one registration, and what it could not look at.</summary>
internal sealed class TrustReport
{
    private readonly List<TrustFinding> findings = [];
    private readonly List<(string Part, string Reason)> uncheckedParts = [];

    public IReadOnlyList<TrustFinding> Findings => findings;

    public int Errors => findings.Count(finding => finding.Severity == Severity.Error);

    public void Error(string id, string found, string fix) => findings.Add(new TrustFinding(Severity.Error, id, found, fix));

    public void Warn(string id, string found, string fix) => findings.Add(new TrustFinding(Severity.Warning, id, found, fix));

    /// <summary>A part that decides as well and was not looked at: the verdict must not be read as covering it.</summary>
    public void NotChecked(string part, string reason) => uncheckedParts.Add((part, reason));

    /// <summary>Reports a value that has to be equal, character by character.</summary>
    public void Compare(string id, string what, string? found, string expected, string fix)
    {
        if (!string.Equals(found, expected, StringComparison.Ordinal))
        {
            Error(id, $"{what} is {Shown(found)}{Nearly(found, expected)}; expected {Shown(expected)}", fix);
        }
    }

    /// <summary>Compares issuers, whose difference has names of its own.</summary>
    public void CompareIssuer(string id, string what, string? found, string expected, string fix)
    {
        if (!string.Equals(found, expected, StringComparison.Ordinal))
        {
            Error(id, $"{what} is {Shown(found)}{(string.IsNullOrEmpty(found) ? "" : $" ({IssuerDifference.Clause(expected, found)})")}; the issuer is {Shown(expected)}", fix);
        }
    }

    public static string Shown(string? text) => string.IsNullOrEmpty(text) ? "missing" : PrintableText.Quote(text);

    public static string Shown(IEnumerable<string> texts) => string.Join(", ", texts.Take(5).Select(Shown)) is { Length: > 0 } some ? some : "empty";

    public static string Nearly(string? found, string expected) =>
        string.Equals(found, expected, StringComparison.OrdinalIgnoreCase) ? " (only the letter case differs)" : "";

    /// <summary>The verdict first, then what was not looked at, then errors before warnings.</summary>
    public int Print(string name, string evidence, Terminal terminal)
    {
        terminal.PrintMarked(Errors == 0 ? $"✓ {name} fits, as far as {evidence} shows it" : $"✗ {name} does not fit: {Errors} error{(Errors == 1 ? "" : "s")}");
        foreach ((string part, string reason) in uncheckedParts)
        {
            terminal.PrintMarked($"– {part}: not checked, {reason}");
        }

        foreach (TrustFinding finding in findings.OrderByDescending(finding => finding.Severity))
        {
            terminal.PrintMarked($"{(finding.Severity == Severity.Error ? '✗' : '!')} {PrintableText.Of(finding.Found)} [{finding.Id}]");
            terminal.Print($"    fix: {PrintableText.Of(finding.Fix)}");
            terminal.Print($"    more: {Documentation.OfTrustFinding(finding.Id)}");
        }

        return Errors == 0 ? ExitCode.Good : ExitCode.Findings;
    }
}
