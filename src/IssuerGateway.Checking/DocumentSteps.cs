using System.Globalization;
using System.Net;
using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>Discovery document, JWK Set and caching headers, each judged whether or not the steps before were good.</summary>
public sealed class DocumentSteps(CheckRequest request, DocumentFetcher fetcher, TimeProvider time)
{
    private static readonly TimeSpan longestMaxAge = TimeSpan.FromDays(1);

    public async Task<(StepReport Report, FetchedDocument? Fetched, DiscoveryDocument? Document)> DiscoverAsync(IssuerIdentifier issuer, CancellationToken cancellationToken)
    {
        StepBuilder step = new("discovery", request.Profiles, time);
        FetchedDocument? fetched = DocumentUrl.TryParse(issuer.DiscoveryUri, out DocumentUrl? location) ? await FetchAsync(step, location, cancellationToken) : null;
        if (fetched is null || !JudgeAnswer(step, fetched, issuer.DiscoveryUri, ["application/json"]))
        {
            return (step.Done(issuer.DiscoveryUri), fetched, null);
        }

        DiscoveryDocument? document = DiscoveryDocument.Parse(fetched.Body!, out Finding? fault);
        if (document is null)
        {
            step.Add([fault!]);
            return (step.Done(issuer.DiscoveryUri), fetched, null);
        }

        step.Add(FidelityRules.IssuerIsExact(issuer, document));
        step.Add(FidelityRules.NothingIsEmpty(document));
        step.Add(FidelityRules.RelyingPartiesAcceptTheIdentifier(issuer).Where(Applies));
        if (document.KeySetUri is null)
        {
            step.Error("jwks-uri-missing", "no member \"jwks_uri\" that is a text", "check --service-account-jwks-uri of the API server");
        }

        return (step.Done(string.Create(CultureInfo.InvariantCulture, $"{issuer.DiscoveryUri}, {fetched.Body!.Length} bytes in {fetched.Elapsed.TotalMilliseconds:0} ms")), fetched, document);
    }

    /// <summary>Follows the advertised URL, as relying parties do.</summary>
    public async Task<(StepReport Report, FetchedDocument? Fetched, KeySet? Keys)> FetchKeysAsync(IssuerIdentifier issuer, DiscoveryDocument? discovery, CancellationToken cancellationToken)
    {
        StepBuilder step = new("jwks", request.Profiles, time);
        string url = discovery?.KeySetUri ?? issuer.KeySetUri;
        if (!DocumentUrl.TryParse(url, out DocumentUrl? location))
        {
            step.Error("jwks-uri-malformed", $"\"{PrintableText.Of(url)}\"", $"set --service-account-jwks-uri={issuer.KeySetUri}");
            return (step.Done(PrintableText.Of(url)), null, null);
        }

        FetchedDocument? fetched = await FetchAsync(step, location, cancellationToken);
        if (fetched is null || !JudgeAnswer(step, fetched, url, ["application/jwk-set+json", "application/json"]))
        {
            return (step.Done(PrintableText.Of(url)), fetched, null);
        }

        KeySet? keys = KeySet.Parse(fetched.Body!, out Finding? fault);
        if (keys is null)
        {
            step.Add([fault!]);
            return (step.Done(PrintableText.Of(url)), fetched, null);
        }

        step.Add(FidelityRules.Judge(keys).Where(Applies));
        JudgeAlgorithms(step, keys);
        string kids = string.Join(", ", keys.Keys.Take(5).Select(key => PrintableText.Of(key.KeyId ?? "(no kid)")));
        return (step.Done($"{PrintableText.Of(url)}, {keys.Keys.Count} keys: {kids}{(keys.Keys.Count > 5 ? ", ..." : "")}"), fetched, keys);
    }

    public StepReport JudgeCaching(FetchedDocument? discovery, FetchedDocument? keys)
    {
        if (discovery is null && keys is null)
        {
            return StepBuilder.Skipped("caching", "no document");
        }

        StepBuilder step = new("caching", request.Profiles, time);
        foreach ((string name, FetchedDocument document) in new[] { ("discovery document", discovery), ("JWK Set", keys) }.Where(entry => entry.Item2 is not null).Select(entry => (entry.Item1, entry.Item2!)))
        {
            if (document.MaxAge is null)
            {
                step.Warning("cache-missing", $"{name}: no max-age", "send Cache-Control: public, max-age=300");
            }
            else if (document.MaxAge > longestMaxAge)
            {
                step.Warning("cache-long", $"{name}: max-age={document.MaxAge.Value.TotalSeconds:0}", "lower it (ClientMaxAge): a rotated key is seen only after it");
            }

            if (document.Date is { } date && (date - time.GetUtcNow()).Duration() > TimeSpan.FromMinutes(5))
            {
                step.Warning("clock-skew", $"{name}: the server's Date is {date:u}, here it is {time.GetUtcNow():u}", "synchronise both clocks (NTP)");
            }
        }

        return step.Done($"max-age {Show(discovery)} and {Show(keys)}");

        static string Show(FetchedDocument? document) => document?.MaxAge is { } age ? $"{age.TotalSeconds:0} s" : "none";
    }

    private async Task<FetchedDocument?> FetchAsync(StepBuilder step, DocumentUrl url, CancellationToken cancellationToken)
    {
        FetchResult result = await fetcher.GetAsync(url, cancellationToken);
        if (result.Fault is { } fault)
        {
            step.Error(fault.Rule, fault.Found, fault.Fix);
        }

        return result.Document;
    }

    private bool JudgeAnswer(StepBuilder step, FetchedDocument answer, string url, string[] contentTypes)
    {
        if ((int)answer.Status is >= 300 and < 400)
        {
            step.Error("http-redirect", $"{PrintableText.Of(url)}: status {(int)answer.Status}", "answer the documents at this URL; a proxy in front redirects, for example to add a slash or a language");
            return false;
        }

        if (answer.Status != HttpStatusCode.OK)
        {
            step.Error("http-status", $"{PrintableText.Of(url)}: status {(int)answer.Status}", StatusFix(answer.Status));
            return false;
        }

        if (answer.Body is null)
        {
            step.Error("http-too-large", $"{PrintableText.Of(url)}: more than {StrictJson.MaxBytes} bytes", "find out what answers there; it is no document of an issuer");
            return false;
        }

        if (!contentTypes.Contains(answer.ContentType, StringComparer.OrdinalIgnoreCase))
        {
            step.Warning("content-type", $"{PrintableText.Of(url)}: \"{PrintableText.Of(answer.ContentType)}\"", $"send Content-Type: {contentTypes[0]}");
        }

        if (!answer.HasContentLength)
        {
            step.Warning("content-length-missing", $"{PrintableText.Of(url)}: no Content-Length", "switch off chunking and compression for it in the proxy");
        }

        TimeSpan patience = request.Profiles.Min(profile => profile.Patience);
        if (answer.Elapsed > patience / 2)
        {
            step.Warning("http-slow", $"{PrintableText.Of(url)}: {answer.Elapsed.TotalSeconds:0.0} s of the {patience.TotalSeconds:0} s that the relying party waits", "put the gateway or a CDN closer to the internet");
        }

        return true;
    }

    private void JudgeAlgorithms(StepBuilder step, KeySet keys)
    {
        foreach (RelyingPartyProfile profile in request.Profiles.Where(profile => profile.Algorithms.Count > 0))
        {
            foreach (SigningKey key in keys.Keys.Where(key => key.Algorithm is { } algorithm && !profile.Algorithms.Contains(algorithm)))
            {
                step.Warning("key-algorithm", $"kid \"{PrintableText.Of(key.KeyId)}\" is for {PrintableText.Of(key.Algorithm)}, {profile.Name} takes {string.Join(", ", profile.Algorithms)}",
                    "sign with an RSA key (--service-account-signing-key-file); the others may stay published");
            }
        }
    }

    // A rule of publishing warns for every relying party; here only those that were asked for count.
    private bool Applies(Finding finding) => finding.Rule switch
    {
        "issuer-port" => request.Profiles.Any(profile => profile.RefusesPort),
        "issuer-long" => request.Profiles.Any(profile => profile.LongestClaim is not null),
        "no-rs256" => request.Profiles.Any(profile => profile.Algorithms is ["RS256"]),
        _ => true,
    };

    private static string StatusFix(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => "the URL must answer without credentials: publish through the gateway, not the API server itself",
        HttpStatusCode.NotFound => "compare host, path and letter case with Issuers:N:Identifier of the gateway; the path is the issuer plus /.well-known/openid-configuration",
        HttpStatusCode.ServiceUnavailable => "the gateway has nothing to publish: see its /status for the finding",
        HttpStatusCode.NotAcceptable => "the proxy in front passes Accept on to the API server, which answers 406; publish through the gateway",
        _ => "look at the log of whatever answers there",
    };
}
