using IssuerGateway.Issuers;
using static IssuerGateway.Checking.Rules.Responses;
using static IssuerGateway.Checking.Rules.Sources;

namespace IssuerGateway.Checking.Rules;

/// <summary>The rules of every response, whichever document it carries.</summary>
internal static class ResponseRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        new()
        {
            Id = "http-failed",
            Step = "discovery",
            Cause = "There is no usable HTTP response at the URL of a document.",
            Expected = "an HTTP response",
            Fix = "find out what listens on this host and port: curl -v URL",
            Parties = NoDocument(),
        },
        new()
        {
            Id = "http-version",
            Step = "discovery",
            Cause = "The server speaks only HTTP/2, and this check does not. Go negotiates it; whether other relying parties do is not documented.",
            Expected = "HTTP/1.1, beside any later version",
            Fix = "let what terminates TLS offer HTTP/1.1 too, until this works: curl -v --http1.1 URL",
            LeavesOpen = true,
            Parties = Every(Severity.Warning),
        },
        new()
        {
            Id = "proxy-failed",
            Step = "discovery",
            Cause = "The proxy of --proxy did not lead to the issuer, so nothing is known about the issuer.",
            Expected = "a proxy that passes connections to the issuer",
            Fix = "correct --proxy, or let the proxy pass connections to the issuer",
            LeavesOpen = true,
            Parties = Every(Severity.Warning),
        },
        new()
        {
            Id = "http-timeout",
            Step = "discovery",
            Cause = "The response takes longer than a relying party waits.",
            Expected = "a whole response within the timeout of the relying party",
            Fix = "find out what is slow: curl -v URL",
            Parties = NoDocument(),
        },
        new()
        {
            Id = "check-timeout",
            Step = "discovery",
            Cause = "The time of this check (--timeout) was up before there was a whole response. The relying party may wait longer.",
            Expected = "a response within --timeout",
            Fix = "raise --timeout, or find out what is slow: curl -v URL",
            LeavesOpen = true,
            Parties = Every(Severity.Warning),
        },
        new()
        {
            Id = "http-slow",
            Step = "discovery",
            Cause = "The response takes more than half of the time that the relying party waits.",
            Expected = "a response well within the timeout of the relying party",
            Fix = "find out which part is slow (seconds until the connection, TLS, and the whole response): curl -s -o /dev/null -w '%{time_connect},%{time_appconnect},%{time_total}' URL",
            Parties = NoDocument(Severity.Warning),
        },
        new()
        {
            Id = "http-redirect",
            Step = "discovery",
            Cause = "The server redirects instead of returning the document. OIDC Discovery §4.2 requires status 200.",
            Expected = "status 200 at this URL",
            Fix = "return the document at this URL itself; a proxy in front may add a slash or a language. To see it: curl -s -o /dev/null -D - URL",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, null, Evidence.Unconfirmed), ForAws(Severity.Error, null, Evidence.Unconfirmed),
                ForGoogle(Severity.Error, null, Evidence.Unconfirmed), ForVault(null, null), ForOpenBao(null, null), ForKubernetes(null, null)),
        },
        new()
        {
            Id = "redirect-refused",
            Step = "discovery",
            Cause = "A redirect leads to a URL that cannot be requested, or it is the tenth, which Go's net/http does not follow.",
            Expected = "at most 9 redirects, with which Go's net/http has sent its 10 requests, each to a plain http or https URL",
            Fix = "return the document at the first URL itself; each redirect: curl -s -o /dev/null -D - -L --max-redirs 9 URL",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, null, Evidence.Unconfirmed), ForAws(Severity.Error, null, Evidence.Unconfirmed),
                ForGoogle(Severity.Error, null, Evidence.Unconfirmed), ForVault(Severity.Error, VaultFetch), ForOpenBao(Severity.Error, VaultFetch), ForKubernetes(Severity.Error, KubernetesFetch)),
        },
        new()
        {
            Id = "http-plain",
            Step = "discovery",
            Cause = "A document is fetched over plain HTTP: whoever is on the way can replace the keys, and sign tokens that are accepted.",
            Expected = "https, from the first URL to the last",
            Fix = "publish the document over https, and do not redirect to http",
            Parties = Every(null, ForVault(Severity.Warning, null), ForOpenBao(Severity.Warning, null), ForKubernetes(Severity.Warning, null)),
        },
        new()
        {
            Id = "address-foreign",
            Step = "discovery",
            Cause = "A document or a redirect points to a private address, which was not contacted.",
            Expected = "public addresses",
            Fix = "publish the document on a public address; --allow-private requests it from here all the same",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, EntraFetch), ForAws(Severity.Error, AwsFetch), ForGoogle(Severity.Error, GoogleFetch, Evidence.Observed),
                ForVault(Severity.Warning, VaultKeys), ForOpenBao(Severity.Warning, VaultKeys), ForKubernetes(Severity.Warning, KubernetesKeys), ForParty("keycloak", Severity.Warning, null, Evidence.Unconfirmed)),
        },
        new()
        {
            Id = "address-unseen",
            Step = "discovery",
            Cause = "A document or a redirect points to another host, and a proxy hides whether that is private, so it was not contacted.",
            Expected = "documents on the host of the issuer when a proxy is used",
            Fix = "run the check without --proxy, or add --allow-private if you trust the document",
            Parties = Every(Severity.Warning),
        },
        new()
        {
            Id = "http-status",
            Step = "discovery",
            Cause = "The server does not return the document.",
            Expected = "status 200",
            Fix = "find out what responds at this URL: curl -v URL",
            Parties = NoDocument(),
        },
        new()
        {
            Id = "http-too-large",
            Step = "discovery",
            Cause = "The response is far larger than a document of an issuer.",
            Expected = $"at most {StrictJson.MaxBytes} bytes",
            Fix = "find out what responds at this URL: curl -v URL",
            Parties = Every(Severity.Error, ForParty("generic", Severity.Error, null, Evidence.Unconfirmed), ForVault(Severity.Warning, null), ForOpenBao(Severity.Warning, null), ForKubernetes(Severity.Warning, null)),
        },
        new()
        {
            Id = "http-headers-large",
            Step = "discovery",
            Cause = "The headers of the response are far larger than those of a document of an issuer.",
            Expected = "at most 32 KiB of headers",
            Fix = "find out what adds them: curl -s -o /dev/null -D - URL",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, EntraFetch, Evidence.Unconfirmed), ForAws(Severity.Error, AwsFetch, Evidence.Unconfirmed), ForGoogle(Severity.Error, GoogleFetch, Evidence.Unconfirmed),
                ForVault(Severity.Warning, "reads up to 10 MiB"), ForOpenBao(Severity.Warning, "reads up to 10 MiB"), ForKubernetes(Severity.Warning, "reads up to 10 MiB")),
        },
        new()
        {
            Id = "content-type",
            Step = "discovery",
            Cause = "The Content-Type is not that of the document.",
            Expected = "application/json, or application/jwk-set+json for the JWK Set",
            Fix = "send Content-Type: application/json, and for the JWK Set application/jwk-set+json, where the document is served (proxy, storage or CDN)",
            Parties = IgnoredInGo(Severity.Warning),
        },
        new()
        {
            Id = "content-length-missing",
            Step = "discovery",
            Cause = "The response has no Content-Length.",
            Expected = "a Content-Length header",
            Fix = "turn off chunking and compression for it in the proxy, until this shows one: curl -s -o /dev/null -D - URL",
            Parties = Every(null, ForEntra(Severity.Warning, null, Evidence.Unconfirmed)),
        },
        new()
        {
            Id = "content-encoding",
            Step = "discovery",
            Cause = "The document is sent compressed although nobody requested that.",
            Expected = "no Content-Encoding in a response to a request without Accept-Encoding",
            Fix = "turn off compression for it in the proxy, or upload the file uncompressed and without Content-Encoding",
            Parties = Every(Severity.Error, ForParty("generic", Severity.Error, null, Evidence.Unconfirmed), ForEntra(Severity.Error, EntraFetch, Evidence.Unconfirmed), ForAws(Severity.Error, AwsDocument, Evidence.Unconfirmed), ForGoogle(Severity.Error, GoogleFetch, Evidence.Unconfirmed),
                ForVault(Severity.Error, VaultFetch), ForOpenBao(Severity.Error, VaultFetch), ForKubernetes(Severity.Error, KubernetesFetch)),
        },
        new()
        {
            Id = "byte-order-mark",
            Step = "discovery",
            Cause = "The document starts with a byte order mark.",
            Expected = "JSON in UTF-8 without a byte order mark (RFC 8259 §8.1)",
            Fix = "remove its three bytes: tail -c +4 FILE > NEW-FILE",
            Parties = Every(Severity.Error, ForParty("generic", Severity.Error, null, Evidence.Unconfirmed), ForAws(Severity.Error, AwsDocument, source: new("OctopusDeploy/Issues#10188", new(2026, 11, 28))), ForVault(Severity.Error, VaultFetch), ForOpenBao(Severity.Error, VaultFetch), ForKubernetes(Severity.Error, KubernetesFetch)),
        },
    ];
}
