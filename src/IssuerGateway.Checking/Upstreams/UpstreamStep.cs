using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;

namespace IssuerGateway.Checking.Upstreams;

/// <summary>What is published compared with what every API server returns at this moment, and the servers with each other.</summary>
internal sealed class UpstreamStep(CheckRequest request, IDocumentSource upstream, TimeProvider time)
{
    public async Task<StepReport> RunAsync(IssuerDocuments documents, CancellationToken cancellationToken)
    {
        StepBuilder step = new("upstream", request.Parties, time);
        IReadOnlyList<UpstreamResponse> servers;
        try
        {
            servers = await upstream.FetchAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            step.Report("upstream-unreachable", "no response before --timeout was up", "raise --timeout, or check the connection to the API servers");
            return step.Done(PrintableText.Of(upstream.Description));
        }

        foreach (UpstreamResponse server in servers)
        {
            if (server.Fault is { } fault)
            {
                step.Report("upstream-unreachable", PrintableText.Of(fault.Message), PrintableText.Of(fault.Hint));
            }
            else
            {
                Compare(step, server, documents);
            }
        }

        CompareServers(step, servers);
        return step.Done($"{servers.Count(server => server.Fault is null)} of {servers.Count} API servers responded ({PrintableText.Of(upstream.Description, 100)})");
    }

    private void Compare(StepBuilder step, UpstreamResponse server, IssuerDocuments documents)
    {
        string name = PrintableText.Of(server.Server, 100);

        // The published document has the public jwks_uri; all other bytes are the API server's.
        if (documents.Discovery?.Body is { } published && server.Documents is { } own && DiscoveryDocument.Parse(own.Discovery, out _) is { } document)
        {
            // That the document itself names another issuer than the one that was checked has been reported.
            IssuerSides sides = IssuerSides.Of(request, documents.Issuer);
            if (document.Issuer is { } issuer && !string.Equals(issuer, documents.Issuer ?? request.Issuer.Value, StringComparison.Ordinal))
            {
                step.Report("upstream-differs", $"{name} has issuer {HiddenCharacters.Named(issuer)}, {(documents.Issuer is { } named ? $"published is {HiddenCharacters.Named(named)}" : $"checked was {ShownText.Quote(request.Issuer.Value)}")}", sides.FixOfServer(issuer));
                return;
            }

            if (!document.Rewritten(IssuerIdentifier.TryParse(document.Issuer ?? "", out IssuerIdentifier identifier, out _) ? identifier : request.Issuer).Span.SequenceEqual(published))
            {
                step.Report("upstream-differs", $"the published discovery document is not that of {name}");
            }
        }

        if (documents.KeySet?.Body is { } set && server.Documents is { } pair && !pair.KeySet.Span.SequenceEqual(set))
        {
            step.Report("upstream-differs", $"the published JWK Set is not that of {name}", "during a rotation this is expected for a while; otherwise look up the finding in /status of the gateway");
        }
    }

    private static void CompareServers(StepBuilder step, IReadOnlyList<UpstreamResponse> servers)
    {
        (string Server, KeySet Keys)[] sets = [.. servers.Where(server => server.Documents is not null)
            .Select(server => (server.Server, Keys: KeySet.Parse(server.Documents!.KeySet, out _))).Where(each => each.Keys is not null).Select(each => (each.Server, each.Keys!))];
        foreach (Finding difference in Divergence.Of(sets))
        {
            step.Report(difference.Rule, difference.Message);
        }
    }
}
