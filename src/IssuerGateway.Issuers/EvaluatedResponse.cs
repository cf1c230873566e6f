namespace IssuerGateway.Issuers;

/// <summary>One server's response with what the rules find in it; both documents are present exactly when it was accepted.</summary>
/// <param name="StatedIssuer">The issuer in its discovery document, also of a rejected one; absent when there is none.</param>
public sealed record EvaluatedResponse(string Server, DiscoveryDocument? Discovery, KeySet? Keys, TimeSpan? MaxAge, IReadOnlyList<Finding> Findings, string? StatedIssuer = null)
{
    public bool IsAccepted => Discovery is not null && Keys is not null;

    /// <summary>Applies the rules to both documents as received.</summary>
    /// <param name="maxAge">How long the server allows them to be cached; absent when it does not say.</param>
    public static EvaluatedResponse Of(Issuer issuer, string server, ReadOnlyMemory<byte> discoveryBytes, ReadOnlyMemory<byte> keySetBytes, TimeSpan? maxAge)
    {
        DiscoveryDocument? discovery = DiscoveryDocument.Parse(discoveryBytes, out Finding? discoveryFault);
        KeySet? keys = KeySet.Parse(keySetBytes, out Finding? keysFault);
        List<Finding> findings = [.. new[] { discoveryFault, keysFault }.OfType<Finding>()];
        if (discovery is not null)
        {
            findings.AddRange(FidelityRules.Validate(issuer, discovery));
        }

        if (keys is not null)
        {
            findings.AddRange(FidelityRules.Validate(keys));
        }

        return findings.Any(finding => finding.Severity == Severity.Error)
            ? Rejected(server, findings) with { StatedIssuer = discovery?.Issuer }
            : new EvaluatedResponse(server, discovery, keys, maxAge, findings, discovery?.Issuer);
    }

    /// <summary>A server that gave no documents, or none that the rules accept.</summary>
    public static EvaluatedResponse Rejected(string server, IReadOnlyList<Finding> findings) => new(server, null, null, null, findings);
}
