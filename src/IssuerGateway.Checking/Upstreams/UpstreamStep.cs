using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Fetching.Routing;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;

namespace IssuerGateway.Checking.Upstreams;

/// <summary>
/// What is published compared with what every API server returns at this moment, and the servers with each other. What has been
/// said of the published document, or of a token that such a server created, is not said again.
/// </summary>
internal sealed class UpstreamStep(CheckRequest request, IDocumentSource upstream, TimeProvider time)
{
    private const int MaxNamed = 5;

    private readonly StepBuilder step = new("upstream", request.Parties, time);
    private IReadOnlyList<UpstreamResponse>? responses;
    private IReadOnlyList<ApiServer> servers = [];

    /// <summary>Queries the API servers; the findings of documents and tokens are to be written with what they have.</summary>
    public async Task<ServerDocuments> FetchAsync(IssuerDocuments documents, CancellationToken cancellationToken)
    {
        try
        {
            responses = await upstream.FetchAsync(cancellationToken);
            servers = [.. responses.Where(response => response.Documents is not null).Select(Read)];
        }
        catch (OperationCanceledException)
        {
            step.Report("upstream-unreachable", "no response before --timeout was up", "raise --timeout, or check the connection to the API servers");
        }

        return new ServerDocuments(servers,
            $"to compare: {(documents.Discovery?.Body is { } body && DiscoveryDocument.Parse(body, out _)?.KeySetUri is { } uri && DocumentUrl.TryParse(uri, out DocumentUrl? url) ? $"{Curl.Body(url)}; " : "")}kubectl get --raw /openid/v1/jwks");
    }

    /// <param name="known">What the API servers have.</param>
    /// <param name="tokens">The steps of the tokens, in their order.</param>
    /// <param name="folding">Takes what belongs to an earlier finding.</param>
    public StepReport Compare(IssuerDocuments documents, ServerDocuments known, IReadOnlyList<StepReport> tokens, FindingFolding folding)
    {
        if (responses is null)
        {
            return step.Done(PrintableText.Of(upstream.Description));
        }

        foreach (UpstreamResponse response in responses.Where(response => response.Fault is not null))
        {
            step.Report("upstream-unreachable", PrintableText.Of(response.Fault!.Message), PrintableText.Of(response.Fault.Hint));
        }

        ServerComparison comparison = new(request, documents, known, [.. request.Tokens.Zip(tokens)], folding, time);
        foreach (ApiServer server in servers)
        {
            if (server.Fault is { } fault)
            {
                step.Report("upstream-unreachable", $"{server.Name}: {fault}",
                    "make the kubeconfig lead to the API server itself, until these show its documents: kubectl get --raw /.well-known/openid-configuration; kubectl get --raw /openid/v1/jwks");
            }

            comparison.CompareIssuer(step, server);
            CompareMembers(server, documents);
            comparison.CompareKeys(step, server);
            step.LimitTo(request.Parties);
        }

        foreach (Finding difference in Divergence.Of([.. servers.Where(server => server.Keys.Keys.Count > 0).Select(server => (server.Name, server.Keys))]))
        {
            step.Report(difference.Rule, difference.Message);
        }

        StepReport report = step.Done($"{responses.Count(server => server.Fault is null)} of {responses.Count} API servers responded ({PrintableText.Of(upstream.Description, 100)}){(comparison.IsReportedAbove ? "; what differs is reported above" : "")}");
        return !comparison.IsReportedAbove || report.Outcome == StepOutcome.Failed ? report : report with { Outcome = StepOutcome.Warned };
    }

    private static ApiServer Read(UpstreamResponse response)
    {
        KeySet? keys = KeySet.Parse(response.Documents!.KeySet, out Finding? setFault);
        DiscoveryDocument? document = DiscoveryDocument.Parse(response.Documents.Discovery, out Finding? documentFault);
        return new ApiServer(PrintableText.Of(response.Server, 100), document, keys ?? KeySet.Of([]),
            keys is null ? PrintableText.Of(setFault!.Message) : keys.Keys.Count == 0 ? "the JWK Set has no keys" : document is null ? PrintableText.Of(documentFault!.Message) : document.Issuer is null ? "the discovery document has no issuer" : null);
    }

    private void CompareMembers(ApiServer server, IssuerDocuments documents)
    {
        if (server is not { Fault: null, Document: { } own } || documents.Discovery?.Body is not { } body || DiscoveryDocument.Parse(body, out _) is not { } published || step.Parties.Count < request.Parties.Count)
        {
            return;
        }

        string[] other = [.. own.Members.Where(member => !IsPublished(member.Key, member.Value, own, published)).Select(member => PrintableText.Quote(member.Key)).Order(StringComparer.Ordinal)];
        if (other.Length > 0)
        {
            step.Report("upstream-differs", $"the published discovery document lacks or changes {Listed(other)} of {server.Name}",
                $"lead the URL to the gateway of this cluster; to compare: {Curl.Body(DocumentUrl.OfDiscovery(request.Issuer))}; kubectl get --raw /.well-known/openid-configuration",
                atMost: Severity.Warning, adapt: entry => entry with { Response = null, Evidence = entry.Party == "generic" ? entry.Evidence : Evidence.Unconfirmed });
        }
    }

    private CurlCommand Curl => new(request.Overrides, request.Proxy);

    internal static string Listed(string[] names) => $"{string.Join(", ", names.Take(MaxNamed))}{(names.Length > MaxNamed ? $" and {names.Length - MaxNamed} more" : "")}";

    // The algorithms are those of all keys, as published for all servers.
    private static bool IsPublished(string member, string value, DiscoveryDocument own, DiscoveryDocument published) => member switch
    {
        DiscoveryDocument.IssuerMember or DiscoveryDocument.KeySetUriMember => true,
        DiscoveryDocument.AlgorithmsMember => own.Algorithms.All(published.Algorithms.Contains),
        _ => published.Members.GetValueOrDefault(member) == value,
    };
}
