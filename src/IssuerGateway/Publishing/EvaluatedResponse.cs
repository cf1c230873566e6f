using IssuerGateway.Issuers;
using IssuerGateway.Upstream;

namespace IssuerGateway.Publishing;

/// <summary>One server's answer with what the rules say of it; both documents are present exactly when it was accepted.</summary>
internal sealed record EvaluatedResponse(string Server, DiscoveryDocument? Discovery, KeySet? Keys, TimeSpan? MaxAge, IReadOnlyList<Finding> Findings)
{
    public bool IsAccepted => Discovery is not null && Keys is not null;

    public static EvaluatedResponse Of(Issuer issuer, UpstreamResponse answer) => answer switch
    {
        { Documents: { } documents } => Of(issuer, answer.Server, documents),
        { Fault: { } fault } => Refused(answer.Server, [Finding.Error($"fetch-{fault.Code}", fault.Message, fault.Hint)]),
        _ => throw new ArgumentException("neither documents nor a fault", nameof(answer)),
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
            ? Refused(server, findings)
            : new EvaluatedResponse(server, discovery, keys, documents.MaxAge, findings);
    }

    private static EvaluatedResponse Refused(string server, IReadOnlyList<Finding> findings) => new(server, null, null, null, findings);
}
