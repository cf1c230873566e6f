using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Fetching.Routing;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;

namespace IssuerGateway.Checking.Upstreams;

/// <summary>What is published compared with what every API server returns at this moment, and the servers with each other.</summary>
internal sealed class UpstreamStep(CheckRequest request, IDocumentSource upstream, TimeProvider time)
{
    private const int MaxNamed = 5;

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

    // The gateway publishes the keys of all servers and keeps old ones, and composes the document: what matters is what a server has and nobody else sees.
    private void Compare(StepBuilder step, UpstreamResponse server, IssuerDocuments documents)
    {
        if (server.Documents is not { } own)
        {
            return;
        }

        string name = PrintableText.Of(server.Server, 100);
        KeySet? ofServer = KeySet.Parse(own.KeySet, out Finding? setFault);
        DiscoveryDocument? document = DiscoveryDocument.Parse(own.Discovery, out Finding? documentFault);
        if (ofServer is not { Keys.Count: > 0 } || document?.Issuer is not { } issuer)
        {
            step.Report("upstream-unreachable", $"{name}: {(ofServer is null ? PrintableText.Of(setFault!.Message) : ofServer.Keys.Count == 0 ? "the JWK Set has no keys" : document is null ? PrintableText.Of(documentFault!.Message) : "the discovery document has no issuer")}",
                "make the kubeconfig lead to the API server itself, until these show its documents: kubectl get --raw /.well-known/openid-configuration; kubectl get --raw /openid/v1/jwks");
            if (ofServer is { Keys.Count: > 0 } && documents.KeySet?.Body is { } only && KeySet.Parse(only, out _) is { } read)
            {
                CompareKeys(step, name, read, ofServer, url: null);
            }

            return;
        }

        DiscoveryDocument? published = documents.Discovery?.Body is { } body ? DiscoveryDocument.Parse(body, out _) : null;
        if (documents.Discovery?.Body is not null)
        {
            // That the document itself names another issuer than the one that was checked has been reported.
            IssuerSides sides = IssuerSides.Of(request, documents.Issuer);
            if (!string.Equals(issuer, documents.Issuer ?? request.Issuer.Value, StringComparison.Ordinal))
            {
                step.Report("upstream-differs", $"{name} has issuer {HiddenCharacters.Named(issuer)}, {(documents.Issuer is { } named ? $"published is {HiddenCharacters.Named(named)}" : $"checked was {ShownText.Quote(request.Issuer.Value)}")}", sides.FixOfServer(issuer), adapt: entry => As("token-issuer", entry));

                // Whoever does not look at the issuer of a token still lacks the keys of another cluster.
                step.LimitTo([.. step.Parties.Where(party => RuleTable.Find("token-issuer").For(party.Id).Severity != Severity.Error)]);
            }

            string[] other = published is null || step.Parties.Count < request.Parties.Count ? [] : [.. document.Members.Where(member => !IsPublished(member.Key, member.Value, document, published)).Select(member => PrintableText.Quote(member.Key)).Order(StringComparer.Ordinal)];
            if (other.Length > 0)
            {
                step.Report("upstream-differs", $"the published discovery document lacks or changes {Listed(other)} of {name}",
                    $"lead the URL to the gateway of this cluster; to compare: {Curl.Body(DocumentUrl.OfDiscovery(request.Issuer))}; kubectl get --raw /.well-known/openid-configuration",
                    atMost: Severity.Warning, adapt: entry => entry with { Response = null, Evidence = entry.Party == "generic" ? entry.Evidence : Evidence.Unconfirmed });
            }
        }

        if (documents.KeySet?.Body is { } set && KeySet.Parse(set, out _) is { } keys)
        {
            CompareKeys(step, name, keys, ofServer, published?.KeySetUri is { } uri && DocumentUrl.TryParse(uri, out DocumentUrl? url) ? url : null);
        }

        step.LimitTo(request.Parties);
    }

    private void CompareKeys(StepBuilder step, string name, KeySet published, KeySet ofServer, DocumentUrl? url)
    {
        string compare = $"to compare: {(url is null ? "" : $"{Curl.Body(url)}; ")}kubectl get --raw /openid/v1/jwks";
        ILookup<string, string> materials = published.Keys.ToLookup(key => key.KeyId ?? "", key => key.Material, StringComparer.Ordinal);
        string[] lacking = [.. ofServer.Keys.Where(key => key.KeyId is null ? published.Keys.All(other => other.Material != key.Material) : !materials.Contains(key.KeyId)).Select(Named).Distinct()];
        if (lacking.Length > 0)
        {
            step.Report("upstream-differs", $"{name} has {Listed(lacking)}, which {(lacking.Length == 1 ? "is" : "are")} not published",
                $"lead the URL to the gateway of this cluster, or wait for its next refresh before you sign with this key; {compare}");
        }

        string[] contradicted = [.. ofServer.Keys.Where(key => key.KeyId is { } kid && materials.Contains(kid) && !materials[kid].Contains(key.Material)).Select(Named).Distinct()];
        if (contradicted.Length > 0)
        {
            step.Report("upstream-differs", $"{name} has another key under {Listed(contradicted)} than is published",
                $"find out which of the two is wrong, or compromised; {compare}", adapt: entry => As("token-signature", entry));
        }
    }

    private CurlCommand Curl => new(request.Overrides, request.Proxy);

    // Tokens of the server meet the same end as a token that was given.
    private static PartyRule As(string rule, PartyRule entry) => RuleTable.Find(rule).For(entry.Party);

    private static string Named(SigningKey key) => key.KeyId is { } kid ? $"kid \"{PrintableText.Of(kid, 60)}\"" : "a key without kid";

    private static string Listed(string[] names) => $"{string.Join(", ", names.Take(MaxNamed))}{(names.Length > MaxNamed ? $" and {names.Length - MaxNamed} more" : "")}";

    // The algorithms are those of all keys, as published for all servers.
    private static bool IsPublished(string member, string value, DiscoveryDocument own, DiscoveryDocument published) => member switch
    {
        DiscoveryDocument.IssuerMember or DiscoveryDocument.KeySetUriMember => true,
        DiscoveryDocument.AlgorithmsMember => own.Algorithms.All(published.Algorithms.Contains),
        _ => published.Members.GetValueOrDefault(member) == value,
    };

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
