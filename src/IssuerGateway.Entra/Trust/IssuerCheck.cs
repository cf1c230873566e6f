using IssuerGateway.Issuers;

namespace IssuerGateway.Entra.Trust;

/// <summary>
/// What Entra will find at an issuer, judged before anything trusts it: both documents through the public URL, under the
/// rules of the gateway. The one place where the engine of <c>issuer-gateway check</c> is to be asked instead.
/// </summary>
internal sealed class IssuerCheck(PublicDocuments documents)
{
    public async Task<IReadOnlyList<Finding>> JudgeAsync(IssuerIdentifier identifier, CancellationToken cancellation)
    {
        List<Finding> findings = [];
        if (identifier.IsPrivateHost)
        {
            findings.Add(Finding.Warning("issuer-private", $"issuer \"{identifier}\": the host is not one of the internet",
                "Entra cannot fetch its documents (AADSTS50166)"));
        }

        (ReadOnlyMemory<byte> body, Finding? fault) = await documents.FetchAsync(identifier.DiscoveryUri, cancellation);
        DiscoveryDocument? discovery = fault is null ? DiscoveryDocument.Parse(body, out fault) : null;
        if (discovery is null)
        {
            return [.. findings, fault!];
        }

        findings.AddRange(FidelityRules.Judge(new Issuer { Identifier = identifier }, discovery));
        return discovery.KeySetUri is { } keySetUri ? [.. findings, .. await KeysAsync(keySetUri, cancellation)] : findings;
    }

    // The advertised URL is followed here, as a relying party does.
    private async Task<IEnumerable<Finding>> KeysAsync(string keySetUri, CancellationToken cancellation)
    {
        (ReadOnlyMemory<byte> body, Finding? fault) = await documents.FetchAsync(keySetUri, cancellation);
        KeySet? keys = fault is null ? KeySet.Parse(body, out fault) : null;
        return keys is null ? [fault!] : FidelityRules.Judge(keys).Select(AsEntraTakesIt);
    }

    // Published all the same, because others accept such keys; Entra never does.
    private static Finding AsEntraTakesIt(Finding finding) => finding.Rule == "no-rs256" ? finding with { Severity = Severity.Error } : finding;
}
