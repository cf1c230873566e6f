using IssuerGateway.Checking.Fetching;
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

    public static IssuerDocuments Unreachable(string why) => new()
    {
        Steps = [.. ((string[])["discovery", "jwks", "caching"]).Select(step => StepReport.Skipped(step, why))],
    };
}
