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

/// <summary>What is published compared with what every API server returns at this moment, and the servers with each other.</summary>
internal sealed class UpstreamStep(CheckRequest request, IDocumentSource upstream, TimeProvider time)
{
    private const int MaxNamed = 5;

    // What is said of a token that an API server created whose issuer, or whose keys, are not those that are published.
    private static readonly string[] rulesOfIssuer = ["token-foreign", "token-issuer"];
    private static readonly string[] rulesOfKeys = ["token-foreign", "token-key-unpublished", "token-signature"];

    private readonly StepBuilder step = new("upstream", request.Parties, time);
    private IReadOnlyList<UpstreamResponse>? servers;
    private bool isSaidOfToken;

    /// <summary>Queries the API servers. The tokens are validated between this and the comparison, since a token may be of a key that only they have.</summary>
    public async Task FetchAsync(CancellationToken cancellationToken)
    {
        try
        {
            servers = await upstream.FetchAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            step.Report("upstream-unreachable", "no response before --timeout was up", "raise --timeout, or check the connection to the API servers");
        }
    }

    public ServerKeys KeysBeside(IssuerDocuments documents) => new([.. KeySets()], ToCompare(documents));

    /// <param name="tokens">The steps of the tokens, in their order.</param>
    public StepReport Compare(IssuerDocuments documents, IReadOnlyList<StepReport> tokens)
    {
        if (servers is null)
        {
            return step.Done(PrintableText.Of(upstream.Description));
        }

        foreach (UpstreamResponse server in servers)
        {
            if (server.Fault is { } fault)
            {
                step.Report("upstream-unreachable", PrintableText.Of(fault.Message), PrintableText.Of(fault.Hint));
            }
            else if (server.Documents is { } own)
            {
                Compare(PrintableText.Of(server.Server, 100), own, documents, request.Tokens.Zip(tokens));
            }
        }

        CompareServers();
        StepReport report = step.Done($"{servers.Count(server => server.Fault is null)} of {servers.Count} API servers responded ({PrintableText.Of(upstream.Description, 100)})");
        return isSaidOfToken && report.Findings.Count == 0 ? StepReport.Skipped("upstream", "an API server has the key of the token, and what is published differs as reported there") : report;
    }

    private IEnumerable<(string Server, KeySet Keys)> KeySets() =>
        (servers ?? []).Where(server => server.Documents is not null).Select(server => (server.Server, Keys: KeySet.Parse(server.Documents!.KeySet, out _))).Where(each => each.Keys is not null)!;

    // One cause, one finding: to whom a token by a key of the server has been reported hears nothing more of the same difference.
    private List<RelyingParty> Uninformed(IEnumerable<(TokenInput Token, StepReport Step)> tokens, KeySet ofServer, string[] rules)
    {
        HashSet<string> informed = [.. tokens.Where(pair => ServerKeys.HasSigner(pair.Token, ofServer)).SelectMany(pair => pair.Step.Findings).Where(finding => rules.Contains(finding.Id))
            .SelectMany(finding => finding.Responses).Select(entry => entry.Party)];
        isSaidOfToken |= informed.Count > 0;
        return [.. step.Parties.Where(party => !informed.Contains(party.Id))];
    }

    // The gateway publishes the keys of all servers and keeps old ones, and composes the document: what matters is what a server has and nobody else sees.
    private void Compare(string name, DocumentPair own, IssuerDocuments documents, IEnumerable<(TokenInput Token, StepReport Step)> tokens)
    {
        KeySet? ofServer = KeySet.Parse(own.KeySet, out Finding? setFault);
        DiscoveryDocument? document = DiscoveryDocument.Parse(own.Discovery, out Finding? documentFault);
        if (ofServer is not { Keys.Count: > 0 } || document?.Issuer is not { } issuer)
        {
            step.Report("upstream-unreachable", $"{name}: {(ofServer is null ? PrintableText.Of(setFault!.Message) : ofServer.Keys.Count == 0 ? "the JWK Set has no keys" : document is null ? PrintableText.Of(documentFault!.Message) : "the discovery document has no issuer")}",
                "make the kubeconfig lead to the API server itself, until these show its documents: kubectl get --raw /.well-known/openid-configuration; kubectl get --raw /openid/v1/jwks");
            if (ofServer is { Keys.Count: > 0 } && documents.KeySet?.Body is { } only && KeySet.Parse(only, out _) is { } read)
            {
                CompareKeys(name, read, ofServer, documents, Uninformed(tokens, ofServer, rulesOfKeys));
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
                step.Report("upstream-differs", $"{name} has issuer {HiddenCharacters.Named(issuer)}, {(documents.Issuer is { } named ? $"published is {HiddenCharacters.Named(named)}" : $"checked was {ShownText.Quote(request.Issuer.Value)}")}", sides.FixOfServer(issuer),
                    Uninformed(tokens.Where(pair => CompactToken.Parse(pair.Token.Text)?.Issuer == issuer), ofServer, rulesOfIssuer), adapt: entry => sides.AdaptToToken(issuer, As("token-issuer", entry)));

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
            CompareKeys(name, keys, ofServer, documents, Uninformed(tokens, ofServer, rulesOfKeys));
        }

        step.LimitTo(request.Parties);
    }

    private void CompareKeys(string name, KeySet published, KeySet ofServer, IssuerDocuments documents, IReadOnlyList<RelyingParty> uninformed)
    {
        string compare = ToCompare(documents);
        ILookup<string, string> materials = published.Keys.ToLookup(key => key.KeyId ?? "", key => key.Material, StringComparer.Ordinal);
        string[] lacking = [.. ofServer.Keys.Where(key => key.KeyId is null ? published.Keys.All(other => other.Material != key.Material) : !materials.Contains(key.KeyId)).Select(Named).Distinct()];
        if (lacking.Length > 0)
        {
            step.Report("upstream-differs", $"{name} has {Listed(lacking)}, which {(lacking.Length == 1 ? "is" : "are")} not published",
                ServerKeys.FixOfMissing(compare), uninformed);
        }

        string[] contradicted = [.. ofServer.Keys.Where(key => key.KeyId is { } kid && materials.Contains(kid) && !materials[kid].Contains(key.Material)).Select(Named).Distinct()];
        if (contradicted.Length > 0)
        {
            step.Report("upstream-differs", $"{name} has another key under {Listed(contradicted)} than is published",
                ServerKeys.FixOfOther(compare), uninformed, adapt: entry => As("token-signature", entry));
        }
    }

    private string ToCompare(IssuerDocuments documents) =>
        $"to compare: {(documents.Discovery?.Body is { } body && DiscoveryDocument.Parse(body, out _)?.KeySetUri is { } uri && DocumentUrl.TryParse(uri, out DocumentUrl? url) ? $"{Curl.Body(url)}; " : "")}kubectl get --raw /openid/v1/jwks";

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

    private void CompareServers()
    {
        foreach (Finding difference in Divergence.Of([.. KeySets()]))
        {
            step.Report(difference.Rule, difference.Message);
        }
    }
}
