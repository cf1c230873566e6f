using System.Text.Json;
using System.Text.Json.Serialization;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>The report as JSON, version 1 (README "Check"): members are added, never renamed or given another meaning.</summary>
public sealed record JsonReport
{
    public required int Version { get; init; }

    public required string Issuer { get; init; }

    public required IReadOnlyList<string> Profiles { get; init; }

    public required bool Ok { get; init; }

    public required IReadOnlyList<JsonStep> Steps { get; init; }

    public static string Of(CheckReport report) => JsonSerializer.Serialize(
        new JsonReport
        {
            Version = 1,
            Issuer = report.Issuer,
            Profiles = report.Profiles,
            Ok = !report.HasErrors && report.Steps.All(step => step.Findings.Count == 0),
            Steps = [.. report.Steps.Select(JsonStep.Of)],
        },
        CheckJson.Default.JsonReport);
}

public sealed record JsonStep(string Step, string Outcome, double Milliseconds, string Summary, IReadOnlyList<JsonFinding> Findings)
{
    public static JsonStep Of(StepReport step) => new(
        step.Step,
        step.Outcome.ToString().ToLowerInvariant(),
        Math.Round(step.Elapsed.TotalMilliseconds, 1),
        step.Summary,
        [.. step.Findings.Select(JsonFinding.Of)]);
}

public sealed record JsonFinding(string Rule, string Severity, string Found, string Expected, string Fix, IReadOnlyList<RelyingPartyAnswer> Answers)
{
    public static JsonFinding Of(CheckFinding finding) => new(
        finding.Rule,
        finding.Severity == Issuers.Severity.Error ? "error" : "warning",
        finding.Found,
        finding.Expected,
        finding.Fix,
        finding.Answers);
}

[JsonSerializable(typeof(JsonReport))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
public sealed partial class CheckJson : JsonSerializerContext;
