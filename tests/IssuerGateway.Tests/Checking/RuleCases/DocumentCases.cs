using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using static IssuerGateway.Tests.Checking.RuleCases.RuleCase;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>Both responses, the discovery document, and caching.</summary>
internal static class DocumentCases
{
    private const string Optional = "claims_supported";

    public static IEnumerable<RuleCase> All =>
    [
        new("http-failed", "a connection that is cut", Reject, () => Response(http => http.Abort())),
        new("http-failed", "a proxy that nothing listens on", Accept, () => ThroughProxyAsync($"{Stage.Issuer}/keys")),
        new("proxy-failed", "a proxy that nothing listens on", Warn, () => ThroughProxyAsync($"{Stage.Issuer}/keys")),
        new("proxy-failed", "no proxy, and a connection that is cut", Accept, () => Response(http => http.Abort())),
        new("http-failed", "a response", Accept, () => Stage.Server(_ => { })),

        // Go's net/http speaks HTTP/2; of the other parties nothing is known, and the document was not seen.
        new("http-version", "only HTTP/2", Warn, () => OnlyHttp2()),
        new("http-version", "HTTP/1.1 too", Accept, () => Stage.Server(_ => { })),
        new("http-failed", "only HTTP/2", Accept, () => OnlyHttp2()),

        // Nobody has been seen to give up when the check itself stops waiting first.
        new("check-timeout", "a response that does not come within 1 s", Warn, () => Hanging()),
        new("check-timeout", "a response", Accept, () => Stage.Server(_ => { })),

        // AWS waits 5 s, Kubernetes 30 s, Vault and OpenBao as long as it takes; of the others nothing is known.
        // One slow server is one finding: who waits longer is warned there.
        new("http-timeout", "6 s", "WE----------", () => Slow(6)),
        new("http-timeout", "16 s", "WEW--WWWWWWW", () => Slow(16)),
        new("http-timeout", "31 s", "EEE--EEEEEEE", () => Slow(31)),
        new("http-timeout", "21 s", "EEE--WEEEEEE", () => Slow(21)),
        new("http-timeout", "5 s", Accept, () => Slow(5)),
        new("http-slow", "3 s", "WW----------", () => Slow(3)),
        new("http-slow", "a name server, 6 s", "WW----------", SlowNames),
        new("http-slow", "5 s", "WW----------", () => Slow(5)),
        new("http-slow", "16 s, which is more than AWS waits", Accept, () => Slow(16)),
        new("http-slow", "2 s", Accept, () => Slow(2)),

        // Vault, OpenBao and Kubernetes follow at most 9: Go's net/http stops after 10 requests.
        new("http-redirect", "302 to a place that has it", "EEE---EEEEEE", () => Redirect("/.well-known/openid-configuration?moved")),
        new("http-redirect", "200", Accept, () => Stage.Server(_ => { })),
        new("redirect-refused", "302 to a file", "EEEEEEEEEEEE", () => Redirect("ftp://issuer.example.test/")),
        new("redirect-refused", "302 with user information, which Go requests and this program does not", "EEEWWWEEEEEE", () => Redirect("https://joe:pw@issuer.example.test/?moved")),
        new("redirect-refused", "302 to a URL with a space, a fragment and dots", Accept, () => Redirect("https://issuer.example.test/a/../b c?moved#d")),
        new("redirect-refused", "302 to a port that is none", "EEEEEEEEEEEE", () => Redirect("https://issuer.example.test:a/?moved")),
        new("redirect-refused", "302 to plain http", Accept, () => Redirect("http://issuer.example.test/?moved")),
        new("redirect-refused", "302 to a relative path", Accept, () => Redirect("openid-configuration?moved")),
        new("redirect-refused", "302 to the same path with a query", Accept, () => Redirect("?moved")),
        new("redirect-refused", "302 to the host without scheme", Accept, () => Redirect("//issuer.example.test/.well-known/openid-configuration?moved")),
        new("redirect-refused", "302 through dots", Accept, () => Redirect("/a/../.well-known/./openid-configuration?moved#part")),
        new("http-plain", "302 to plain http", "---WWW------", () => Redirect("http://issuer.example.test/?moved")),
        new("http-plain", "302 to https", Accept, () => Redirect("/.well-known/openid-configuration?moved")),
        new("http-plain", "jwks_uri", "---WWW------", () => Stage.Document(document => document["jwks_uri"] = "http://issuer.example.test/keys")),
        new("redirect-refused", "302 to itself, without end", "EEEEEEEEEEEE", () => Redirect("/.well-known/openid-configuration")),
        new("redirect-refused", "ten times, where net/http stops", "EEEEEEEEEEEE", () => Redirects(10)),
        new("redirect-refused", "nine times, which net/http follows", Accept, () => Redirects(9)),
        new("redirect-refused", "302 to a place that has it", Accept, () => Redirect("/.well-known/openid-configuration?moved")),
        new("address-foreign", "jwks_uri of an API server", "EEEWWWEEEEEW", () => Stage.Document(document => document["jwks_uri"] = "https://10.0.0.1:6443/openid/v1/jwks")),
        new("address-foreign", "jwks_uri of the issuer", Accept, () => Stage.Document(_ => { })),
        new("address-unseen", "jwks_uri on another host, through a proxy", Warn, () => ThroughProxyAsync("https://keys.example.test/keys")),
        new("address-unseen", "jwks_uri on another host", Accept, () => Stage.Document(document => document["jwks_uri"] = "https://10.0.0.1/keys")),
        new("http-status", "404", Reject, () => Response(http => http.Response.StatusCode = 404)),
        new("http-status", "204", Reject, () => Response(http => http.Response.StatusCode = 204)),
        new("http-status", "200", Accept, () => Stage.Server(_ => { })),

        // Vault, OpenBao and Kubernetes have no limit.
        new("http-too-large", "300 KB", "EEEWWWEEEEEE", () => Stage.KeySetText("{\"keys\":[" + new string(' ', 300_000) + "]}")),
        new("http-too-large", "200 KB", Accept, () => Stage.KeySetText("{\"keys\":[" + new string(' ', 200_000) + "]}")),
        // Go's net/http reads 10 MiB of headers.
        new("http-headers-large", "40 KiB", "EEE---EEEEEE", () => Headers(40)),
        new("http-headers-large", "2 MiB", "EEEWWWEEEEEE", () => Headers(2048)),
        new("http-headers-large", "20 KiB", Accept, () => Headers(20)),
        new("http-failed", "2 MiB of headers", Accept, () => Headers(2048)),
        new("content-type", "text/html", "WWW---WWWWWW", () => Send("text/html")),
        new("content-type", "application/json", Accept, () => Send("application/json")),
        new("content-type", "application/json with a charset", Accept, () => Send("application/json; charset=utf-8")),
        new("content-length-missing", "chunked", "W-----------", () => Send("application/json", hasLength: false)),
        new("content-length-missing", "with a length", Accept, () => Send("application/json")),
        new("content-encoding", "gzip, which Go requests and decodes", "EEE---EEEEEE", () => Coded("gzip", isCompressed: true)),
        new("content-encoding", "gzip that is none", Reject, () => Coded("gzip", isCompressed: false)),
        new("content-encoding", "gzip of more than a document may be", "EEE---EEEEEE", () => Coded("gzip", isCompressed: true, padding: 10 << 20)),
        new("http-too-large", "gzip of more than a document may be, which Go decodes", "---WWW------", () => Coded("gzip", isCompressed: true, padding: 10 << 20)),
        new("content-encoding", "br of what is not compressed, which Go reads as it is", "EEE---EEEEEE", () => Coded("br", isCompressed: false)),
        new("content-encoding", "br of what is compressed, which nobody can read", Reject, () => Coded("br", isCompressed: true)),
        new("discovery-malformed", "br of what is compressed: one finding", Accept, () => Coded("br", isCompressed: true)),
        new("content-encoding", "identity", Accept, () => Coded("identity", isCompressed: false)),
        new("discovery-malformed", "gzip", Accept, () => Coded("gzip", isCompressed: true)),
        new("byte-order-mark", "of UTF-8", Reject, () => Stage.Server(server => server.Discovery = "\uFEFF" + Stage.Discovery().ToJsonString())),
        new("byte-order-mark", "of UTF-16", Reject, () => Send("application/json", encoding: Encoding.Unicode)),
        new("byte-order-mark", "none", Accept, () => Stage.Server(_ => { })),
        new("discovery-malformed", "HTML", Reject, () => Stage.Server(server => server.Discovery = "<html>")),
        new("discovery-malformed", "an object, and something behind it", Reject, () => Stage.Server(server => server.Discovery += "{}")),
        new("discovery-malformed", "not a number", Reject, () => Stage.Server(server => server.Discovery = server.Discovery.Replace("{", "{\"x\":NaN,", StringComparison.Ordinal))),
        new("discovery-malformed", "a member twice, of which Go takes the last", "EEE---EEEEEE", () => Stage.Server(server => server.Discovery = server.Discovery.Replace("{", "{\"issuer\":\"https://x\",", StringComparison.Ordinal))),
        new("content-type", "of a page that is no document, which is said there", Accept, () => Page("<html>")),
        new("content-length-missing", "of a page that is no document", Accept, () => Page("<html>")),
        new("cache-missing", "of a page that is no document", Accept, () => Page("<html>")),
        new("discovery-malformed", "an unpaired surrogate escape", "EEE---EEEEEE", () => Stage.Server(server => server.Discovery = server.Discovery.Replace("{", "{\"x\":\"\\ud800\",", StringComparison.Ordinal))),
        new("discovery-malformed", "20 levels", "EEE---EEEEEE", () => Stage.Server(server => server.Discovery = server.Discovery.Replace("{", $"{{\"x\":{new string('[', 20)}{new string(']', 20)},", StringComparison.Ordinal))),
        new("discovery-malformed", "a second jwks_uri in other letters, which Go reads", "---EEE------", () => Stage.Document(document => document["JWKS_URI"] = "https://elsewhere.example.com/keys")),
        new("discovery-malformed", "a second issuer in other letters that is a number, which Go reads", "---EEE------", () => Stage.Document(document => document["Issuer"] = 1)),
        new("discovery-malformed", "an empty response", Reject, () => Page("")),
        new("discovery-malformed", "a member of its own", Accept, () => Stage.Document(document => document["x"] = 1)),

        // Keycloak does not compare it.
        new("issuer-missing", "none", "EEEEEEEEEEE-", () => Stage.Document(document => document.Remove("issuer"))),
        new("issuer-missing", "a number", "EEEEEEEEEEE-", () => Stage.Document(document => document["issuer"] = 1)),
        new("issuer-missing", "another", Accept, () => Stage.Document(document => document["issuer"] = "https://other.example.test")),
        new("issuer-mismatch", "another", "EEEEEEEEEEE-", () => Stage.Document(document => document["issuer"] = "https://other.example.test")),
        new("issuer-mismatch", "with a slash", "EEEEEEEEEEE-", () => Stage.Document(document => document["issuer"] = Stage.Issuer + "/")),
        new("issuer-mismatch", "without the default port, which IAM drops", "E-EEEEEEEEE-", () => Stage.Server(_ => { }, (request, _) => request with { Issuer = Issuers.Build.Identifier(Stage.Issuer + ":443") })),
        new("issuer-mismatch", "the same", Accept, () => Stage.Document(_ => { })),
        new("issuer-mismatch", "the issuer twice, of which Go takes the last", "---EEE------", () => Stage.Server(server => server.Discovery = server.Discovery.Replace("}", ",\"issuer\":\"https://x\"}", StringComparison.Ordinal))),
        new("issuer-missing", "in other letters, which Go reads", "EEE---EEEEE-", () => Stage.Server(server => server.Discovery = server.Discovery.Replace("\"issuer\"", "\"Issuer\"", StringComparison.Ordinal))),
        new("jwks-uri-missing", "in other letters, which Go reads", "EEE---EEEEEE", () => Stage.Server(server => server.Discovery = server.Discovery.Replace("\"jwks_uri\"", "\"JWKS_URI\"", StringComparison.Ordinal))),
        new("discovery-member-missing", "a list of algorithms that is a text, which has a finding of its own", Accept, () => Stage.Document(document => document["id_token_signing_alg_values_supported"] = "RS256")),
        new("discovery-member-type", "a list of algorithms that is a text, without which others reject the document", "WEW--EWWWWWW", () => Stage.Document(document => document["id_token_signing_alg_values_supported"] = "RS256")),
        new("discovery-member-type", "an endpoint that is an object", "-----E------", () => Stage.Document(document => document["token_endpoint"] = new JsonObject())),
        new("discovery-member-type", "an endpoint in other letters", "-----E------", () => Stage.Document(document => document["Token_Endpoint"] = 1)),
        new("discovery-member-type", "an endpoint that is null", Accept, () => Stage.Document(document => document["token_endpoint"] = null)),
        new("discovery-member-type", "other members of any type", Accept, () => Stage.Document(document => document["claims_supported"] = 1)),
        new("jwks-uri-missing", "none", Reject, () => Stage.Document(document => document.Remove("jwks_uri"))),
        new("jwks-uri-missing", "a relative one", Accept, () => Stage.Document(document => document["jwks_uri"] = "/keys")),
        new("jwks-uri-malformed", "a relative one", Reject, () => Stage.Document(document => document["jwks_uri"] = "/keys")),
        new("jwks-uri-malformed", "http, which Go fetches", "EEE---EEEEEE", () => Stage.Document(document => document["jwks_uri"] = "http://issuer.example.test/keys")),

        // net/url parses none of these.
        new("jwks-uri-malformed", "% before no hexadecimal digits", Reject, () => Stage.Document(document => document["jwks_uri"] = $"{Stage.Issuer}/%zz/keys")),
        new("jwks-uri-malformed", "% at the end", Reject, () => Stage.Document(document => document["jwks_uri"] = $"{Stage.Issuer}/keys%")),

        // net/http of Go requests these without the fragment, and with the path as it is or encoded again; of the other parties nothing is known.
        new("jwks-uri-unusual", "with a fragment", "EEE---EEEEEE", () => Stage.Document(document => document["jwks_uri"] = $"{Stage.Issuer}/keys#a")),
        new("jwks-uri-unusual", "with dot segments", "EEE---EEEEEE", () => Stage.Document(document => document["jwks_uri"] = $"{Stage.Issuer}/a/../%2e/keys")),
        new("jwks-uri-unusual", "a space in the path", "EEE---EEEEEE", () => Stage.Document(document => document["jwks_uri"] = $"{Stage.Issuer}/a key")),
        new("jwks-uri-unusual", "a brace in the path, which net/http encodes", "EEE---EEEEEE", () => Stage.Document(document => document["jwks_uri"] = $"{Stage.Issuer}/{{a}}/keys")),
        new("jwks-uri-unusual", "a plain one", Accept, () => Stage.Document(_ => { })),
        new("jwks-uri-malformed", "with a fragment", Accept, () => Stage.Document(document => document["jwks_uri"] = $"{Stage.Issuer}/keys#a")),

        // On another host or port they are not requested, so of Go's parties nothing is known.
        new("jwks-uri-malformed", "http with a fragment", "EEEWWWEEEEEE", () => Stage.Document(document => document["jwks_uri"] = "http://issuer.example.test/keys#a")),
        new("jwks-uri-malformed", "a fragment on another host", "---WWW------", () => Stage.Document(document => document["jwks_uri"] = "https://keys.example.test/keys#a")),

        // Go requests these too; this program requests none of them, so of Go's parties nothing is known.
        new("jwks-uri-malformed", "a space in the query", "EEEWWWEEEEEE", () => Stage.Document(document => document["jwks_uri"] = $"{Stage.Issuer}/keys?a key")),
        new("jwks-uri-malformed", "with user information", "EEEWWWEEEEEE", () => Stage.Document(document => document["jwks_uri"] = "https://user:password@issuer.example.test/keys")),
        new("jwks-uri-malformed", "a space in the host", Reject, () => Stage.Document(document => document["jwks_uri"] = "https://issuer example.test/keys")),
        new("jwks-uri-malformed", "an escape that is none", Reject, () => Stage.Document(document => document["jwks_uri"] = $"{Stage.Issuer}/%zz#a")),
        new("jwks-uri-malformed", "an escape that is none in the fragment", Reject, () => Stage.Document(document => document["jwks_uri"] = $"{Stage.Issuer}/keys#%zz")),
        new("jwks-uri-malformed", "a line break", Reject, () => Stage.Document(document => document["jwks_uri"] = $"{Stage.Issuer}/keys\r\nGET /")),
        new("jwks-uri-malformed", "the scheme in upper case", Accept, () => Stage.Document(document => document["jwks_uri"] = $"HTTPS{Stage.Issuer[5..]}/openid/v1/jwks")),
        new("jwks-uri-scheme-case", "the scheme in upper case", "WWW---WWWWWW", () => Stage.Document(document => document["jwks_uri"] = $"HTTPS{Stage.Issuer[5..]}/openid/v1/jwks")),
        new("jwks-uri-scheme-case", "the host in upper case", Accept, () => Stage.Document(document => document["jwks_uri"] = $"{Stage.Issuer.ToUpperInvariant().Replace("HTTPS", "https", StringComparison.Ordinal)}/openid/v1/jwks")),
        new("jwks-uri-malformed", "empty segments, which nobody resolves", Accept, () => Stage.Document(document => document["jwks_uri"] = $"{Stage.Issuer}//openid///jwks")),
        new("jwks-uri-malformed", "a query without a path", Accept, () => Stage.Document(document => document["jwks_uri"] = $"{Stage.Issuer}?keys")),
        new("jwks-uri-malformed", "with a query", Accept, () => Stage.Document(document => document["jwks_uri"] = $"{Stage.Issuer}/keys?a=b")),

        // AWS wants five members; Vault, OpenBao and Kubernetes read two.
        new("discovery-member-missing", "subject_types_supported", "WEW---WWWWWW", () => Stage.Document(document => document.Remove("subject_types_supported"))),
        new("discovery-member-missing", "a text in place of the array", "WEW---WWWWWW", () => Stage.Document(document => document["response_types_supported"] = "id_token")),
        new("discovery-member-missing", "claims_supported", Accept, () => Stage.Document(document => document.Remove(Optional))),
        new("discovery-required-empty", "subject_types_supported", "EEW---WWWWWW", () => Stage.Document(document => document["subject_types_supported"] = new JsonArray())),
        new("discovery-required-empty", "an empty text beside another, which is one of a member that is not needed", Accept, () => Stage.Document(document => document["subject_types_supported"] = new JsonArray("public", ""))),
        new("discovery-member-empty", "an empty text beside another in a required member", "EWW---WWWWWW", () => Stage.Document(document => document["subject_types_supported"] = new JsonArray("public", ""))),
        new("discovery-required-empty", "a number in it, which is no string", Accept, () => Stage.Document(document => document["subject_types_supported"] = new JsonArray(5))),
        new("discovery-member-missing", "a number in it, which is no string", "WEW---WWWWWW", () => Stage.Document(document => document["subject_types_supported"] = new JsonArray(5))),
        new("discovery-required-empty", "an empty text in it", "EEW---WWWWWW", () => Stage.Document(document => document["subject_types_supported"] = new JsonArray(""))),
        new("discovery-required-empty", "claims_supported", Accept, () => Stage.Document(document => document[Optional] = new JsonArray())),
        new("discovery-member-empty", "claims_supported", "EWW---WWWWWW", () => Stage.Document(document => document[Optional] = new JsonArray())),
        new("discovery-member-empty", "subject_types_supported", Accept, () => Stage.Document(document => document["subject_types_supported"] = new JsonArray())),

        // Vault, OpenBao and Kubernetes ignore the list; what AWS, Google and Entra do with its content is not known.
        new("discovery-algorithms", "only ES256, and an RS256 key", "WWW---WWWWWW", () => Listed("ES256")),
        new("discovery-algorithms", "rs256 in small letters", "WWW---WWWWWW", () => Listed("rs256")),
        new("discovery-algorithms", "RS256 and ES256, and an ES256 key that Entra does not use", Accept, () => Listed("RS256,ES256", Stage.GoodKey("a"), KeySamples.P256())),
        new("discovery-algorithms", "RS256, and an ES256 key beside an RS256 key", "-WW---WWWWWW", () => Listed("RS256", Stage.GoodKey("a"), KeySamples.P256())),
        new("discovery-algorithms", "RS256", Accept, () => Listed("RS256")),
        new("discovery-algorithms", "RS256, and an RSA key marked ES256, which is wrong with the key", Accept, () => Listed("RS256", Stage.GoodKey("a"), Stage.GoodKey("b").Replace("RS256", "ES256", StringComparison.Ordinal))),
        new("discovery-algorithms", "RS256, and an RSA key marked RS384, of which AWS ignores the mark", "------WWWW-W", () => Listed("RS256", Stage.GoodKey("a"), Stage.GoodKey("b").Replace("RS256", "RS384", StringComparison.Ordinal))),
        new("discovery-algorithms", "more than there are keys for", Accept, () => Listed("ES256,RS256,PS256")),
        new("discovery-algorithms", "RS384, and an RSA key without alg", Accept, () => Listed("RS384", Stage.GoodKey("a").Replace("\"alg\":\"RS256\",", "", StringComparison.Ordinal))),
        new("discovery-algorithms", "ES256, and an RSA key for encryption", Accept, () => Listed("ES256", Stage.GoodKey("a").Replace("\"sig\"", "\"enc\"", StringComparison.Ordinal), KeySamples.P256())),
        new("discovery-algorithms", "no list", Accept, () => Stage.Document(document => document.Remove("id_token_signing_alg_values_supported"))),
        new("discovery-algorithms", "an empty list", Accept, () => Listed("")),

        // Vault and OpenBao keep keys until one does not verify.
        new("cache-missing", "no Cache-Control", "WWW--WWWWWWW", () => Send("application/json", cacheControl: null)),
        new("cache-missing", "no-cache", "WWW--WWWWWWW", () => Send("application/json", cacheControl: "no-cache")),
        new("cache-missing", "max-age=0", Accept, () => Send("application/json", cacheControl: "max-age=0")),
        new("cache-long", "a week", "WWW--WWWWWWW", () => Send("application/json", cacheControl: "max-age=604800")),
        new("cache-long", "a number of seconds that does not fit (RFC 9111 §1.2.2)", "WWW--WWWWWWW", () => Send("application/json", cacheControl: "max-age=99999999999999999999")),
        new("cache-long", "a day", Accept, () => Send("application/json", cacheControl: "max-age=86400")),
        new("clock-skew", "6 minutes", Warn, () => Clock(6)),
        new("clock-skew", "4 minutes", Accept, () => Clock(4)),
    ];

    private static Task<IEnumerable<CheckFinding>> OnlyHttp2() => Stage.Server(_ => { }, protocols: HttpProtocols.Http2);

    private static Task<IEnumerable<CheckFinding>> Listed(string algorithms, params string[] keys) => Stage.Server(server =>
    {
        JsonObject document = Stage.Discovery();
        document["id_token_signing_alg_values_supported"] = new JsonArray([.. algorithms.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(name => JsonValue.Create(name))]);
        server.Discovery = document.ToJsonString();
        server.Keys = keys.Length == 0 ? server.Keys : $"{{\"keys\":[{string.Join(',', keys)}]}}";
    });

    private static Task<IEnumerable<CheckFinding>> Response(Action<HttpContext> response) => Stage.Server(server => server.Misbehave = http =>
    {
        response(http);
        return Task.FromResult(true);
    });

    private static Task<IEnumerable<CheckFinding>> Coded(string coding, bool isCompressed, int padding = 0) => Stage.Server(server => server.Misbehave = async http =>
    {
        byte[] body = Encoding.UTF8.GetBytes(http.Request.Path.Value!.EndsWith("configuration", StringComparison.Ordinal) ? server.Discovery + new string(' ', padding) : server.Keys);
        if (isCompressed)
        {
            using MemoryStream compressed = new();
            using (GZipStream gzip = new(compressed, CompressionMode.Compress))
            {
                gzip.Write(body);
            }

            body = compressed.ToArray();
        }

        http.Response.ContentType = "application/json";
        http.Response.Headers.ContentEncoding = coding;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body);
        return true;
    });

    private static Task<IEnumerable<CheckFinding>> Headers(int kilobytes) => Response(http =>
    {
        for (int i = 0; i < kilobytes; i++)
        {
            http.Response.Headers[$"x-{i}"] = new string('a', 1024);
        }
    });

    private static Task<IEnumerable<CheckFinding>> Page(string body) => Stage.Server(server => server.Misbehave = async http =>
    {
        http.Response.ContentType = "text/html";
        await http.Response.StartAsync();
        await http.Response.WriteAsync(body);
        return true;
    });

    private static Task<IEnumerable<CheckFinding>> Redirect(string location) => Stage.Server(server => server.Misbehave = http =>
    {
        bool isFirst = http.Request.Path.Value!.EndsWith("configuration", StringComparison.Ordinal) && !http.Request.QueryString.HasValue;
        http.Response.StatusCode = isFirst ? 302 : 200;
        http.Response.Headers.Location = isFirst ? location : default;
        if (http.Request.QueryString.HasValue)
        {
            return WriteAsync(http, server.Discovery, "application/json");
        }

        return Task.FromResult(isFirst);
    });

    private static Task<IEnumerable<CheckFinding>> Redirects(int count) => Stage.Server(server => server.Misbehave = async http =>
    {
        if (!http.Request.Path.Value!.EndsWith("configuration", StringComparison.Ordinal))
        {
            return false;
        }

        int done = int.Parse("0" + http.Request.QueryString.Value!.TrimStart('?'), CultureInfo.InvariantCulture);
        http.Response.StatusCode = done < count ? 302 : 200;
        http.Response.Headers.Location = done < count ? $"?{done + 1}" : default;
        return done < count || await WriteAsync(http, server.Discovery, "application/json");
    });

    private static Task<IEnumerable<CheckFinding>> Hanging() => Stage.Server(
        server => server.Misbehave = async http =>
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        },
        (request, _) => request with { Timeout = TimeSpan.FromSeconds(1) });

    private static Task<IEnumerable<CheckFinding>> SlowNames()
    {
        SteppingTime time = new(TimeProvider.System.GetUtcNow());
        return Stage.Server(_ => { }, (request, server) => request with
        {
            Issuer = Issuers.Build.Identifier($"{Stage.Issuer}:{server.Port}"),
            Overrides = new ConnectionOverrides
            {
                Roots = [server.Authority.Root],
                Lookup = (_, _) =>
                {
                    time.Advance(TimeSpan.FromSeconds(6));
                    return Task.FromResult<System.Net.IPAddress[]>([System.Net.IPAddress.Loopback]);
                },
            },
        }, time);
    }

    private static Task<IEnumerable<CheckFinding>> Slow(int seconds)
    {
        SteppingTime time = new(TimeProvider.System.GetUtcNow());
        return Stage.Server(
            server => server.Misbehave = http =>
            {
                time.Advance(TimeSpan.FromSeconds(seconds));
                return Task.FromResult(false);
            },
            clock: time);
    }

    private static Task<IEnumerable<CheckFinding>> Clock(int minutes) => Stage.Server(server => server.Misbehave = http =>
    {
        http.Response.Headers.Date = TimeProvider.System.GetUtcNow().AddMinutes(-minutes).ToString("R");
        return Task.FromResult(false);
    });

    private static Task<IEnumerable<CheckFinding>> Send(string contentType, bool hasLength = true, string? cacheControl = "max-age=300", Encoding? encoding = null) => Stage.Server(server => server.Misbehave = async http =>
    {
        bool isDiscovery = http.Request.Path.Value!.EndsWith("configuration", StringComparison.Ordinal);
        byte[] body = Encoding.UTF8.GetBytes(isDiscovery ? server.Discovery : server.Keys);
        if (encoding is not null)
        {
            body = [.. encoding.GetPreamble(), .. Encoding.Convert(Encoding.UTF8, encoding, body)];
        }

        http.Response.ContentType = contentType;
        http.Response.ContentLength = hasLength ? body.Length : null;
        http.Response.Headers.CacheControl = cacheControl;
        await http.Response.StartAsync();
        await http.Response.Body.WriteAsync(body);
        return true;
    });

    private static async Task<bool> WriteAsync(HttpContext http, string text, string contentType)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body);
        return true;
    }

    // The fetcher alone: a proxy sees to the connection, and nothing is sent to it.
    private static async Task<IEnumerable<CheckFinding>> ThroughProxyAsync(string keys)
    {
        Assert.True(DocumentUrl.TryParse($"{Stage.Issuer}/.well-known/openid-configuration", out DocumentUrl? typed) & DocumentUrl.TryParse(keys, out DocumentUrl? other));
        using PublicDocumentFetcher fetcher = new(typed!, ConnectionOverrides.None, new Uri("http://127.0.0.1:9"), TimeProvider.System);
        DocumentFault fault = (await fetcher.GetAsync(other!, CancellationToken.None)).Fault!;
        StepBuilder step = new("jwks", IssuerGateway.Checking.Rules.RelyingParty.All, TimeProvider.System);
        step.Report(fault.Rule, fault.Found, fault.Fix);
        return step.Done("").Findings;
    }
}
