using System.Text.Json;
using System.Text.Json.Serialization;
using IssuerGateway.Checking.Rules;

namespace IssuerGateway.Checking.Reports;

/// <summary>The report as JSON, version 2 (docs/reference/check.schema.json): members are added, never renamed or given another meaning.</summary>
internal sealed record JsonReport
{
    public required int Version { get; init; }

    public required string Issuer { get; init; }

    public required string CheckedFrom { get; init; }

    public required DateTimeOffset CheckedAt { get; init; }

    /// <summary>Whether there is neither an error nor a warning.</summary>
    public required bool Ok { get; init; }

    /// <summary>Rules that are broken, as in the text; a rule may have several findings.</summary>
    public required int Errors { get; init; }

    public required int Warnings { get; init; }

    public required IReadOnlyList<JsonProfile> Profiles { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }

    public required IReadOnlyList<JsonStep> Steps { get; init; }

    public static string Of(CheckReport report, string machine) => JsonSerializer.Serialize(
        new JsonReport
        {
            Version = 2,
            Issuer = report.Issuer,
            CheckedFrom = machine,
            CheckedAt = report.At,
            Ok = report.Errors + report.Warnings == 0,
            Errors = report.Errors,
            Warnings = report.Warnings,
            Profiles = [.. report.Parties.Select(party => new JsonProfile(party.Id, party.Name, Names.Of(report.VerdictOf(party)), party.Unknown))],
            Notes = [.. report.Notes, .. report.Parties.Where(report.IsOpenToAudience).Select(party => party.Id).ToArray() is { Length: > 0 } open
                ? [$"as {string.Join(", ", open)} the token is accepted if aud is the registered audience, which was not stated (--audience)"] : (string[])[]],
            Steps = [.. report.Steps.Select(step => JsonStep.Of(step, report.At))],
        },
        CheckJson.Default.JsonReport);
}

internal sealed record JsonProfile(string Id, string Name, string Verdict, string? Unknown);

internal sealed record JsonStep(string Step, string Outcome, double Milliseconds, string Summary, IReadOnlyList<JsonFinding> Findings,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Token,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? ValidatedBy)
{
    public static JsonStep Of(StepReport step, DateTimeOffset now) =>
        new(step.Step, Names.Of(step.Outcome), Math.Round(step.Elapsed.TotalMilliseconds, 1), step.Summary, [.. step.Findings.Select(finding => JsonFinding.Of(finding, now))],
            step.Token, step.Step == "token" ? step.ValidatedBy : null);
}

internal sealed record JsonFinding(
    string Id, string Severity, string Cause, string Found, string Expected, string Fix, string Link, IReadOnlyList<JsonPartyRule> Responses)
{
    public static JsonFinding Of(CheckFinding finding, DateTimeOffset now) => new(
        finding.Id, Names.Of(finding.Severity), finding.Rule.Cause, finding.Found, finding.Rule.Expected, finding.Fix, finding.Rule.Link,
        [.. finding.Responses.Select(entry => JsonPartyRule.Of(entry, now))]);
}

internal sealed record JsonPartyRule(string Profile, string Severity, string? Response, string Evidence, string? ResponseEvidence, string Source, DateOnly Read, bool Outdated)
{
    public static JsonPartyRule Of(PartyRule entry, DateTimeOffset now) => new(
        entry.Party, entry.Severity is { } severity ? Names.Of(severity) : "none", entry.Response, Names.Of(entry.Evidence), entry.ResponseEvidence is { } wording ? Names.Of(wording) : null, entry.Source.Name, entry.Source.Read, entry.Source.IsOutdated(now));
}

/// <summary>The words of the JSON form.</summary>
internal static class Names
{
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}

[JsonSerializable(typeof(JsonReport))]
[JsonSerializable(typeof(JsonRules))]
[JsonSerializable(typeof(JsonSignIn))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class CheckJson : JsonSerializerContext;
