using System.Globalization;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps.Keys;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Steps;

/// <summary>Discovery document, then the JWK Set that it names, then how long both may be cached.</summary>
internal sealed class DocumentSteps(CheckRequest request, PublicDocumentFetcher fetcher, TimeProvider time)
{
    private readonly DocumentResponses responses = new(request, fetcher);

    public async Task<IssuerDocuments> RunAsync(DocumentUrl typed, CancellationToken cancellationToken)
    {
        StepBuilder discovery = new("discovery", request.Parties, time);
        (StepReport discovered, FetchedDocument? response, DiscoveryDocument? document) = await DiscoverAsync(discovery, typed, cancellationToken);
        if (document?.KeySetUri is not { } keySetUri)
        {
            string why = response is null ? discovered.Findings.Any(finding => finding.Id == "discovery-malformed") ? Unreadable : Absent : "no jwks_uri";
            return new IssuerDocuments { Steps = [discovered, StepReport.Skipped("jwks", why), Caching(discovery.Parties, response, null, why)], Discovery = response, Issuer = document?.Issuer };
        }

        StepBuilder step = new("jwks", discovery.Parties, time);
        (StepReport keyed, FetchedDocument? keysResponse, KeySet? keys, KeySet? keysOfGo) = await FetchKeysAsync(step, typed, document, keySetUri, cancellationToken);
        return new IssuerDocuments
        {
            Steps = [discovered, keyed, Caching(discovery.Parties, response, keysResponse, Absent)],
            Discovery = response,
            KeySet = keysResponse,
            Issuer = document.Issuer,
            Keys = keys,
            KeysOfGo = keysOfGo,
        };
    }

    private async Task<(StepReport Report, FetchedDocument? Response, DiscoveryDocument? Document)> DiscoverAsync(StepBuilder step, DocumentUrl url, CancellationToken cancellationToken)
    {
        string shown = ShownText.Of(url.Target);
        if (await responses.GetAsync(step, url, ["application/json"], null, cancellationToken) is not { } response)
        {
            return (step.Done(shown), null, null);
        }

        byte[] body = DocumentResponses.WithoutByteOrderMark(step, response.Body!);
        DiscoveryDocument? document = DiscoveryDocument.Parse(body, out Finding? fault);
        DiscoveryDocument? ofGo = GoJson.ReadDiscovery(body);
        if (document is null)
        {
            ReportMalformed(step, "discovery-malformed", response, ofGo is not null, GoJson.IsObject(body), fault!, $"compare: {Get(url, response)}; kubectl get --raw /.well-known/openid-configuration");
            document = ofGo;
        }
        else if (document is { Issuer: not null, KeySetUri: not null } && ofGo?.KeySetUri != document.KeySetUri)
        {
            // Only one of two sets of keys is fetched, and it is not theirs.
            RelyingParty[] others = [.. step.Parties.Where(party => !party.IsWrittenInGo)];
            step.Report("discovery-malformed", $"discovery document: a second {(ofGo is null ? "issuer or jwks_uri, in other letters, is not a string" : "jwks_uri, in other letters, has another value")}", only: step.Parties.Except(others));
            step.LimitTo(others);
        }

        if (document is null || step.Parties.Count == 0)
        {
            return (step.Done(shown), null, null);
        }

        DiscoveryValidation.Validate(step, request, document, ofGo);
        if (document.KeySetUri is null && ofGo?.KeySetUri is not null && step.Parties.Any(party => party.IsWrittenInGo))
        {
            step.LimitTo([.. step.Parties.Where(party => party.IsWrittenInGo)]);
            document = ofGo;
        }

        return (step.Done(string.Create(CultureInfo.InvariantCulture, $"{shown}, {body.Length} bytes")), response, document);
    }

    /// <summary>Follows the advertised URL, as relying parties do.</summary>
    private async Task<(StepReport Report, FetchedDocument? Response, KeySet? Keys, KeySet? KeysOfGo)> FetchKeysAsync(StepBuilder step, DocumentUrl typed, DiscoveryDocument document, string uri, CancellationToken cancellationToken)
    {
        string publish = $"set --service-account-jwks-uri={ShellText.Quote(request.Issuer.KeySetUri)} on every API server, or publish through the gateway, which replaces it";
        DocumentUrl? url = UrlFor(step, typed, uri, publish);
        string shown = ShownText.Of(url is not null && url.Endpoint == typed.Endpoint ? url.Target : uri);
        if (url is null || step.Parties.Count == 0)
        {
            return (step.Done(shown) with { IsUnread = true }, null, null, null);
        }

        if (!uri.StartsWith(url.Value[..url.Value.IndexOf(':')], StringComparison.Ordinal))
        {
            step.Report("jwks-uri-scheme-case", ShownText.Quote(uri), publish);
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return (StepReport.Skipped("jwks", Deadline.Spent), null, null, null);
        }

        if (await responses.GetAsync(step, url, ["application/jwk-set+json", "application/json"], publish, cancellationToken) is not { } response)
        {
            return (step.Done(shown) with { IsUnread = true }, null, null, null);
        }

        byte[] body = DocumentResponses.WithoutByteOrderMark(step, response.Body!);
        KeySet? keys = KeySet.Parse(body, out Finding? fault);
        KeySet? ofGo = GoJson.ReadKeys(body, keys);
        if (keys is null)
        {
            ReportMalformed(step, "key-set-malformed", response, ofGo is { Keys.Count: > 0 }, GoJson.HasKeys(body), fault!, $"compare: {Get(url, response)}; kubectl get --raw /openid/v1/jwks", ofGo);
            keys = ofGo is { Keys.Count: > 0 } ? ofGo : null;
        }

        if (keys is null || step.Parties.Count == 0)
        {
            return (step.Done(shown) with { IsUnread = true }, null, null, null);
        }

        KeySetValidation.Validate(step, keys, ofGo);
        DiscoveryValidation.ValidateAlgorithms(step, document, keys);
        KeySet read = keys.Keys.Count == 0 && ofGo is not null ? ofGo : keys;
        if (read.Keys.Count == 0)
        {
            return (step.Done($"{shown}, no keys"), response, null, null);
        }

        string kids = string.Join(", ", read.Keys.Take(3).Select(key => key.KeyId is { } kid ? PrintableText.Of(kid, 50) : "(no kid)"));
        return (step.Done($"{shown}, {read.Keys.Count} key{(read.Keys.Count == 1 ? "" : "s")}: {kids}{(read.Keys.Count > 3 ? ", ..." : "")}"), response, keys.Keys.Count > 0 ? keys : null, ofGo);
    }

    /// <summary>The URL as those parties request it to which the step is limited then; null when it cannot be requested.</summary>
    private static DocumentUrl? UrlFor(StepBuilder step, DocumentUrl typed, string uri, string publish)
    {
        if (DocumentUrl.TryParse(uri, out DocumentUrl? url))
        {
            return url;
        }

        // Go's net/http fetches what the document names, and neither go-oidc nor the parties that use it request https there.
        RelyingParty[] inGo = [.. step.Parties.Where(party => party.IsWrittenInGo)];
        string? requested = GoUrl.Requested(uri);
        bool isRead = DocumentUrl.TryParse(requested ?? "", allowPlain: true, out url, allowDots: true);
        step.Report(isRead && !url!.IsPlain ? "jwks-uri-unusual" : "jwks-uri-malformed", ShownText.Quote(uri), publish, requested is null ? null : step.Parties.Except(inGo));

        // Another origin is contacted only at the URL that the document names, not at what is made of it.
        if (!isRead || (url!.Endpoint != typed.Endpoint && !DocumentUrl.TryParse(uri, allowPlain: true, out url)))
        {
            step.Report("jwks-uri-malformed", $"{ShownText.Quote(uri)}; Go's net/http, with which the party fetches, requests it, and this check does not", publish, requested is null ? [] : inGo, Severity.Warning);
            return null;
        }

        if (url.IsPlain)
        {
            step.Report("http-plain", $"jwks_uri is {ShownText.Quote(uri)}", publish, inGo);
        }

        step.LimitTo(inGo);
        return url;
    }

    private string Get(DocumentUrl url, FetchedDocument response) => response.RedirectedTo is null ? fetcher.Curl.Body(url) : fetcher.Curl.Followed(url);

    private const string Absent = "no discovery document";
    private const string Unreadable = "the discovery document cannot be read";

    // The type and the length of a page that is something else follow from what it is.
    private static void ReportMalformed(StepBuilder step, string rule, FetchedDocument response, bool isReadByGo, bool isReadBySome, Finding fault, string fix, KeySet? ofGo = null)
    {
        step.Withdraw("content-type", "content-length-missing");
        string type = response.ContentType is { } sent && !sent.EndsWith("json", StringComparison.OrdinalIgnoreCase) ? $" (Content-Type {PrintableText.Of(sent, 60)})" : "";
        string found = $"{(response.RedirectedTo is { } moved ? $"{ShownText.Of(moved.Value)}: " : "")}{PrintableText.Of(fault.Message)}{(DocumentResponses.NatureOf(response) is { } nature ? $"; {nature}" : "")}{type}";
        RelyingParty[] readers = [.. step.Parties.Where(party => party.IsWrittenInGo && isReadByGo)];

        // How strict the parties are that nobody has read the source of, nobody knows.
        step.Report(rule, found, fix, step.Parties.Except(readers), adapt: entry => !RelyingParty.Find(entry.Party)!.IsWrittenInGo ? isReadBySome ? entry with { Evidence = Evidence.Unconfirmed } : entry
            : ofGo is null ? entry : RuleTable.Find("key-set-empty").For(entry.Party));
        step.LimitTo(readers);
    }

    private StepReport Caching(IReadOnlyList<RelyingParty> parties, FetchedDocument? discovery, FetchedDocument? keys, string why)
    {
        if (discovery is null && keys is null)
        {
            return StepReport.Skipped("caching", why);
        }

        StepBuilder step = new("caching", parties, time);
        (string Name, FetchedDocument? Document)[] documents = [("discovery document", discovery), ("JWK Set", keys)];
        CachingValidation.Validate(step, [.. documents.Where(each => each.Document is not null).Select(each => (each.Name, each.Document!))], time.GetUtcNow());
        return step.Done(string.Join(" and ", documents.Where(each => each.Document is not null).Select(each => Show(each.Document!)).Distinct()));

        static string Show(FetchedDocument document) => document.MaxAge is { } age ? $"max-age {age.TotalSeconds:0} s" : "no max-age";
    }
}
