using IssuerGateway.Issuers;
using IssuerGateway.Upstream;

namespace IssuerGateway.Publishing;

/// <summary>One server's response with what the rules say of it; both documents are present exactly when it was accepted.</summary>
/// <param name="StatedIssuer">The issuer in its discovery document, also of a rejected one; absent when there is none.</param>
internal sealed record EvaluatedResponse(string Server, DiscoveryDocument? Discovery, KeySet? Keys, TimeSpan? MaxAge, IReadOnlyList<Finding> Findings, string? StatedIssuer = null)
{
    public bool IsAccepted => Discovery is not null && Keys is not null;

    /// <summary>Whether the server sent nothing to evaluate.</summary>
    public bool IsFault { get; private init; }

    public static EvaluatedResponse Of(Issuer issuer, UpstreamResponse response) => response switch
    {
        { Documents: { } documents } => Of(issuer, response.Server, documents),
        { Fault: { } fault } => Rejected(response.Server, [Finding.Error($"fetch-{fault.Code}", fault.Message, fault.Hint)]) with { IsFault = true },
        _ => throw new ArgumentException("neither documents nor a fault", nameof(response)),
    };

    public static EvaluatedResponse Of(Issuer issuer, string server, DocumentPair documents)
    {
        DiscoveryDocument? discovery = DiscoveryDocument.Parse(documents.Discovery, out Finding? discoveryFault);
        KeySet? keys = KeySet.Parse(documents.KeySet, out Finding? keysFault);
        List<Finding> findings = [.. new[] { discoveryFault, keysFault }.OfType<Finding>()];
        if (discovery is not null)
        {
            findings.AddRange(FidelityRules.Judge(issuer, discovery));
        }

        if (keys is not null)
        {
            findings.AddRange(FidelityRules.Judge(keys));
        }

        return findings.Any(finding => finding.Severity == Severity.Error)
            ? Rejected(server, findings) with { StatedIssuer = discovery?.Issuer }
            : new EvaluatedResponse(server, discovery, keys, documents.MaxAge, findings, discovery?.Issuer);
    }

    private static EvaluatedResponse Rejected(string server, IReadOnlyList<Finding> findings) => new(server, null, null, null, findings);
}
