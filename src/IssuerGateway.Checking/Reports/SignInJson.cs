using System.Text.Json;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Reports;

/// <summary>The sign-in side as JSON, version 1 (docs/reference/verify-entra-app.schema.json): members are added, never renamed or given another meaning.</summary>
public static class SignInJson
{
    /// <param name="notChecked">What could not be read from Microsoft Graph.</param>
    public static string Of(StepReport report, string appName, string? clientId, IReadOnlyList<string> notChecked, DateTimeOffset at)
    {
        int errors = report.Findings.Count(finding => finding.Severity == Severity.Error);
        return JsonSerializer.Serialize(
            new JsonSignIn
            {
                Version = 1,
                Party = "entra-app",
                AppName = appName,
                ClientId = clientId,
                CheckedAt = at,
                Ok = report.Findings.Count == 0 && notChecked.Count == 0,
                Errors = errors,
                Warnings = report.Findings.Count - errors,
                NotChecked = notChecked,
                Findings = [.. report.Findings.OrderByDescending(finding => finding.Severity).Select(finding => JsonFinding.Of(finding, at))],
            },
            CheckJson.Default.JsonSignIn);
    }
}

internal sealed record JsonSignIn
{
    public required int Version { get; init; }

    public required string Party { get; init; }

    public required string AppName { get; init; }

    /// <summary>Null when there is no app registration.</summary>
    public required string? ClientId { get; init; }

    public required DateTimeOffset CheckedAt { get; init; }

    /// <summary>Whether everything was checked, and there is neither an error nor a warning.</summary>
    public required bool Ok { get; init; }

    public required int Errors { get; init; }

    public required int Warnings { get; init; }

    public required IReadOnlyList<string> NotChecked { get; init; }

    public required IReadOnlyList<JsonFinding> Findings { get; init; }
}
