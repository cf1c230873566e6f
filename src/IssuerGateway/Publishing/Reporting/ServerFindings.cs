using IssuerGateway.Base;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Publishing.Reporting;

/// <summary>What the responses of one refresh are found to be, seen together: one finding for one cause, with the servers it is about.</summary>
internal static class ServerFindings
{
    /// <summary>A server that is down or busy; while another one is accepted, nothing is missing from what is published.</summary>
    private static readonly string[] unavailable = ["fetch-timeout", "fetch-connect-failed", "fetch-truncated", "fetch-server-error", "fetch-too-many-requests"];

    public static bool IsUnavailable(Finding finding) => unavailable.Contains(finding.Rule);

    public static IEnumerable<Finding> Of(Issuer issuer, IReadOnlyList<EvaluatedResponse> responses)
    {
        (string Server, string Stated)[] stated = [.. responses.Where(response => response.StatedIssuer is not null).Select(response => (response.Server, response.StatedIssuer!))];
        bool isSplit = stated.Select(each => each.Stated).Distinct(StringComparer.Ordinal).Count() > 1;
        if (isSplit)
        {
            yield return Finding.Error("issuers-differ",
                $"issuer \"{issuer.Identifier}\": API servers state different issuers: {string.Join(", ", stated.Select(each => $"{each.Server} \"{PrintableText.Of(each.Stated)}\""))}",
                "start every API server with the same first --service-account-issuer; until then only those that state the configured Identifier are published");
        }

        bool isAnyAccepted = responses.Any(response => response.IsAccepted);
        foreach (IGrouping<Finding, string> same in responses.SelectMany(response => response.Findings.Select(finding => (Finding: finding, response.Server))).GroupBy(each => each.Finding, each => each.Server))
        {
            if (!(isSplit && same.Key.Rule == "issuer-mismatch"))
            {
                yield return Graded(Named(same.Key, [.. same.Distinct()], responses), isAnyAccepted);
            }
        }
    }

    // A fault names its server itself, and what all servers have in common needs no name.
    private static Finding Named(Finding finding, IReadOnlyList<string> servers, IReadOnlyList<EvaluatedResponse> responses)
    {
        int responding = responses.Count(response => !response.Findings.Any(IsFault));
        return IsFault(finding) || responses.Count == 1 || (servers.Count > 1 && servers.Count == responding)
            ? finding
            : finding with { Message = $"server {string.Join(", ", servers)}: {finding.Message}" };
    }

    private static bool IsFault(Finding finding) => finding.Rule.StartsWith("fetch-", StringComparison.Ordinal);

    private static Finding Graded(Finding finding, bool isAnyAccepted) =>
        isAnyAccepted && IsUnavailable(finding)
            ? finding with { Severity = Severity.Warning, Hint = $"{finding.Hint}; the other API servers are published, and so are the keys of this one for KeyRetention" }
            : finding;
}
