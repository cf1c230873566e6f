using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Steps;

/// <summary>What the issuer publishes, as far as it could be fetched and read, with the steps that did so.</summary>
internal sealed record IssuerDocuments
{
    public required IReadOnlyList<StepReport> Steps { get; init; }

    public FetchedDocument? Discovery { get; init; }

    public FetchedDocument? KeySet { get; init; }

    /// <summary>The <c>issuer</c> of the discovery document.</summary>
    public string? Issuer { get; init; }

    public KeySet? Keys { get; init; }

    /// <summary>The keys as the parties written in Go read them, where that differs.</summary>
    public KeySet? KeysOfGo { get; init; }

    /// <summary>Every key that any party reads.</summary>
    public IReadOnlyList<SigningKey> AllKeys => [.. Keys?.Keys ?? [], .. KeysOfGo?.Keys ?? []];

    /// <summary>The keys that the party reads; null for none.</summary>
    public KeySet? KeysFor(RelyingParty party) => (party.IsWrittenInGo ? KeysOfGo ?? Keys : Keys) is { Keys.Count: > 0 } keys ? keys : null;

    /// <summary>The finding about the issuer of the document, written again with what keys and API servers show.</summary>
    /// <param name="before">The sides with which it was written.</param>
    public IssuerDocuments With(IssuerSides sides, IssuerSides before) => !sides.IsOtherDocument ? this : this with
    {
        Steps = [.. Steps.Select(step => step with
        {
            Findings = [.. step.Findings.Select(finding => finding.Id == "issuer-mismatch" && finding.Found == before.FoundInDocument() ? finding with { Found = sides.FoundInDocument(), Fix = sides.FixOfDocument(), Responses = [.. finding.Responses.Select(sides.AdaptToServers)] } : finding)],
        })],
    };

    public static IssuerDocuments Unreachable(string why) => new()
    {
        Steps = [.. ((string[])["discovery", "jwks", "caching"]).Select(step => StepReport.Skipped(step, why))],
    };
}
