using System.Globalization;
using System.Net;
using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Steps;

/// <summary>Fetches one document for one step, and validates the response before anybody reads its body.</summary>
internal sealed class DocumentResponses(CheckRequest request, PublicDocumentFetcher fetcher)
{
    private const int MaxHeaderLength = 32 * 1024;

    /// <summary>The response with status 200 and a body, or null with the reason reported.</summary>
    /// <param name="elsewhere">The fix where the URL, which a document names, leads to another origin that cannot be used.</param>
    public async Task<FetchedDocument?> GetAsync(StepBuilder step, DocumentUrl url, string[] contentTypes, string? elsewhere, CancellationToken cancellationToken)
    {
        FollowedDocument followed = await new RedirectFollower(fetcher).GetAsync(url, request.Parties.Any(party => party.FollowsRedirects), cancellationToken);
        DocumentFault? refused = followed.Fault is { Rule: "redirect-refused" } && step.Parties.Any(party => !party.FollowsRedirects) ? followed.Fault : null;
        if (followed.Redirects.Count > 0)
        {
            // Who follows redirects and who does not stop at the same server: one finding.
            string[] found = refused is null ? [.. followed.Redirects.Take(3)] : [.. followed.Redirects.SkipLast(1).Take(2), refused.Found];
            step.Report(refused is null ? "http-redirect" : refused.Rule, string.Join("; ", found), $"return the document at this URL itself; a proxy in front may add a slash or a language. To see it: {fetcher.Curl.Headers(url)}",
                adapt: entry => refused is { IsOpen: true } && RelyingParty.Find(entry.Party)!.FollowsRedirects ? entry with { Severity = Severity.Warning } : entry);
            step.LimitTo([.. step.Parties.Where(party => party.FollowsRedirects)]);
        }

        IReadOnlyList<RelyingParty> parties = step.Parties;

        // A private address was not contacted: nothing was fetched there, over http or otherwise.
        bool isUnread = followed is { Fault.Rule: "address-foreign", Url.IsPlain: true };
        if (isUnread && followed.Redirects.Count == 0)
        {
            step.Withdraw("http-plain");
        }

        string[] plain = [.. followed.Plain.SkipLast(isUnread ? 1 : 0)];
        if (plain.Length > 0)
        {
            step.Report("http-plain", $"redirected to {string.Join(", ", plain.Take(3))}", only: parties);
        }

        if (followed.Fault is { Rule: "http-timeout" } late)
        {
            // Who would have gone on waiting has not been seen to give up.
            RelyingParty[] lenient = [.. parties.Where(party => !(late.Elapsed >= party.GivesUpAfter))];
            if (lenient.Length < parties.Count)
            {
                ReportLate(step, late.Found, late.Fix, parties.Except(lenient), lenient);
            }
            else
            {
                step.Report("check-timeout", $"{late.Found}, when --timeout was up", $"raise --timeout, or {late.Fix}", lenient);
            }
        }
        else if (followed.Fault is { } fault && refused is null)
        {
            // Who opens another port for it may open the API server's to the world.
            string fix = elsewhere is null || followed.Url.Endpoint == Endpoint.Of(request.Issuer) ? fault.Fix
                : fault.Rule == "address-foreign" ? $"{elsewhere}; --allow-private requests it from here all the same"
                : fault.Rule == "http-failed" ? elsewhere
                : fault.Fix;
            step.Report(fault.Rule, fault.Found, fix, parties, fault.IsOpen ? Severity.Warning : Severity.Error);
        }

        return followed.Document is { } document && Validate(step, parties, document, followed.Url, contentTypes)
            ? Decoded(step, document with { RedirectedTo = followed.Redirects.Count > 0 ? followed.Url : null }, followed.Url)
            : null;
    }

    /// <summary>The text after a byte order mark, which is reported.</summary>
    public static byte[] WithoutByteOrderMark(StepBuilder step, byte[] body)
    {
        if (EncodingOf(body) is { } encoding)
        {
            string name = encoding is UTF32Encoding ? "UTF-32" : "UTF-16";
            step.Report("byte-order-mark", $"the document is {name} with a byte order mark{(name == "UTF-16" ? ", as PowerShell's > writes it" : "")}", $"save it as UTF-8 without a byte order mark: iconv -f {name} -t UTF-8 FILE > NEW-FILE");
            return Encoding.UTF8.GetBytes(encoding.GetString(body.AsSpan(encoding.Preamble.Length)));
        }

        if (!body.AsSpan().StartsWith("\uFEFF"u8))
        {
            return body;
        }

        step.Report("byte-order-mark", "the document starts with a byte order mark");
        return body[3..];
    }

    /// <summary>What a body that is no JSON is instead, where that can be told at a glance; null otherwise.</summary>
    public static string? NatureOf(FetchedDocument response) => response.Body switch
    {
        [] => "the response is empty",
        [0x1F, 0x8B, ..] => "the response is compressed (gzip) without saying so",
        { } body when body.AsSpan(0, Math.Min(body.Length, 8)).Contains((byte)0) => "the document is UTF-16 or UTF-32, not UTF-8",
        { } body when body.AsSpan().TrimStart("\t\r\n "u8) is [(byte)'<', ..] => "the response is an HTML or XML page",
        _ => null,
    };

    private static Encoding? EncodingOf(byte[] body) => body switch
    {
        [0xFF, 0xFE, 0, 0, ..] => Encoding.UTF32,
        [0, 0, 0xFE, 0xFF, ..] => new UTF32Encoding(bigEndian: true, byteOrderMark: true),
        [0xFF, 0xFE, ..] => Encoding.Unicode,
        [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode,
        _ => null,
    };

    // Go's net/http requests gzip and decodes it; of the other parties nobody has recorded that they do.
    private FetchedDocument? Decoded(StepBuilder step, FetchedDocument response, DocumentUrl url)
    {
        if (ContentCoding.IsIdentity(response.ContentEncoding))
        {
            return response;
        }

        string coding = PrintableText.Of(response.ContentEncoding, 40);
        RelyingParty[] readers = [.. step.Parties.Where(party => party.IsWrittenInGo)];
        if (!ContentCoding.IsGzip(response.ContentEncoding!) && readers.Length > 0)
        {
            // It decodes what it requested; at another coding it does not look, and reads the body as it was sent.
            bool isReadable = GoJson.IsObject(response.Body);
            step.Report("content-encoding", $"{ShownText.Of(url.Value)}: Content-Encoding {coding}, which was not requested", only: isReadable ? step.Parties.Except(readers) : null);
            if (!isReadable)
            {
                step.Withdraw("content-type", "content-length-missing");
                return null;
            }

            step.LimitTo(readers);
            return response;
        }

        if (ContentCoding.Decode(response.ContentEncoding!, response.Body!, out bool isTooLarge) is not { } body)
        {
            step.Withdraw("content-type", "content-length-missing");
            step.Report("content-encoding", $"{ShownText.Of(url.Value)}: Content-Encoding {coding}, and the body cannot be decoded as such");
            return null;
        }

        step.Report("content-encoding", $"{ShownText.Of(url.Value)}: Content-Encoding {coding}, which was not requested", only: step.Parties.Where(party => !party.IsWrittenInGo));
        if (isTooLarge)
        {
            step.Withdraw("content-type", "content-length-missing");
            step.Report("http-too-large", $"{ShownText.Of(url.Value)}: more than {StrictJson.MaxBytes} bytes when it is decoded", $"find out what responds: {fetcher.Curl.Headers(url)}", readers);
            return null;
        }

        return response with { Body = body };
    }

    private bool Validate(StepBuilder step, IReadOnlyList<RelyingParty> parties, FetchedDocument response, DocumentUrl url, string[] contentTypes)
    {
        string shown = ShownText.Of(url.Value);
        if (response.Status != HttpStatusCode.OK)
        {
            step.Report("http-status", $"{shown}: status {(int)response.Status}", StatusFix(response.Status, url), parties);
            return false;
        }

        if (response.Body is null)
        {
            step.Report("http-too-large", $"{shown}: more than {StrictJson.MaxBytes} bytes", $"find out what responds: {fetcher.Curl.Headers(url)}", parties);
            return false;
        }

        if (!contentTypes.Contains(response.ContentType, StringComparer.OrdinalIgnoreCase))
        {
            step.Report("content-type", $"{shown}: {(response.ContentType is { } type ? PrintableText.Quote(type) : "no Content-Type")}", $"send Content-Type: {contentTypes[0]} where the document is served (proxy, storage or CDN)", parties);
        }

        if (!response.HasContentLength)
        {
            step.Report("content-length-missing", $"{shown}: no Content-Length", $"turn off chunking and compression for it in the proxy, until this shows one: {fetcher.Curl.Headers(url)}", parties);
        }

        if (response.HeaderLength > MaxHeaderLength)
        {
            step.Report("http-headers-large", string.Create(CultureInfo.InvariantCulture, $"{shown}: {response.HeaderLength / 1024} KiB of headers"), $"find out what adds them: {fetcher.Curl.Headers(url)}", parties.Where(party => !party.IsWrittenInGo));
        }

        string slow = $"find out which part is slow (seconds until the connection, TLS, and the whole response): {fetcher.Curl.Times(url)}";
        string seconds = $"{shown}: {response.Elapsed.TotalSeconds:0.0} s";
        RelyingParty[] gone = [.. parties.Where(party => response.Elapsed > party.FetchTimeout || (party.FetchTimeout is null && response.Elapsed > party.LongestWait))];
        RelyingParty[] near = [.. parties.Except(gone).Where(party => response.Elapsed > party.GivesUpAfter / 2)];
        if (gone.Length > 0)
        {
            ReportLate(step, seconds, slow, gone, near);
        }
        else
        {
            step.Report("http-slow", seconds, slow, near);
        }

        return true;
    }

    // One slow server is one finding, also where some of the parties wait longer.
    private static void ReportLate(StepBuilder step, string found, string? fix, IEnumerable<RelyingParty> gone, IEnumerable<RelyingParty> waiting)
    {
        step.Report("http-timeout", found, fix, gone, adapt: entry => RelyingParty.Find(entry.Party)!.FetchTimeout is not null ? entry : entry with { Evidence = Evidence.Unconfirmed });
        step.Report("http-timeout", found, fix, waiting, adapt: entry => entry with { Severity = Severity.Warning, Response = Wait(RelyingParty.Find(entry.Party)!) });
    }

    private static string Wait(RelyingParty party) => party.FetchTimeout is { } limit ? string.Create(CultureInfo.InvariantCulture, $"waits {limit.TotalSeconds:0} s")
        : party.WaitsWithoutLimit ? "waits without a limit"
        : "how long it waits is not documented";

    private string StatusFix(HttpStatusCode status, DocumentUrl url) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => "make the URL respond without credentials: publish through the gateway, not the API server itself",
        HttpStatusCode.NotFound when url.Value == request.Issuer.DiscoveryUri => $"set the Identifier of the gateway to exactly {ShellText.Quote(IssuerSides.Of(request, document: null).EndState)}: host, path and letter case",
        HttpStatusCode.NotFound => "publish the document at this URL, or correct the URL that leads to it",
        HttpStatusCode.ServiceUnavailable => "the gateway has nothing to publish: look up the finding in its /status",
        HttpStatusCode.NotAcceptable => "the proxy in front passes Accept on to the API server, which responds 406; publish through the gateway",
        _ => $"to investigate: {fetcher.Curl.Verbose(url)}",
    };
}
