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
    /// <summary>The response with status 200 and a body, or null with the reason reported.</summary>
    public async Task<FetchedDocument?> GetAsync(StepBuilder step, DocumentUrl url, string[] contentTypes, string? fixForPrivate, CancellationToken cancellationToken)
    {
        FollowedDocument followed = await new RedirectFollower(fetcher).GetAsync(url, request.Parties.Any(party => party.FollowsRedirects), cancellationToken);
        IReadOnlyList<RelyingParty> parties = step.Parties;
        if (followed.Redirects.Count > 0)
        {
            step.Report("http-redirect", string.Join("; ", followed.Redirects.Take(3)), $"return the document at {ShellText.Quote(url.Value)} itself; a proxy in front may add a slash or a language");

            // The others stop here, and have reported why.
            parties = [.. step.Parties.Where(party => party.FollowsRedirects)];
        }

        if (followed.Plain.Count > 0)
        {
            step.Report("http-plain", $"redirected to {string.Join(", ", followed.Plain.Take(3))}", only: parties);
        }

        if (followed.Fault is { Rule: "http-timeout" } late)
        {
            // Who would have gone on waiting has not been seen to give up.
            RelyingParty[] lenient = [.. parties.Where(party => !(late.Elapsed >= party.GivesUpAfter))];
            step.Report("http-timeout", late.Found, late.Fix, parties.Except(lenient));
            step.Report("check-timeout", $"{late.Found}, when --timeout was up", $"raise --timeout, or {late.Fix}", lenient);
        }
        else if (followed.Fault is { } fault)
        {
            bool isPrivate = fault.Rule == "address-foreign" && fixForPrivate is not null;
            step.Report(fault.Rule, fault.Found, isPrivate ? $"{fixForPrivate}; --allow-private requests it from here all the same" : fault.Fix, parties);
        }

        return followed.Document is { } document && Validate(step, parties, document, followed.Url, contentTypes) ? document : null;
    }

    /// <summary>The text after a byte order mark, which is reported.</summary>
    public static byte[] WithoutByteOrderMark(StepBuilder step, byte[] body)
    {
        if (body is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            step.Report("byte-order-mark", "the document is UTF-16 with a byte order mark, as PowerShell's > writes it", "save it as UTF-8 without a byte order mark");
            return Encoding.UTF8.GetBytes((body[0] == 0xFF ? Encoding.Unicode : Encoding.BigEndianUnicode).GetString(body.AsSpan(2)));
        }

        if (!body.AsSpan().StartsWith("\uFEFF"u8))
        {
            return body;
        }

        step.Report("byte-order-mark", "the document starts with a byte order mark");
        return body[3..];
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
            step.Report("http-too-large", $"{shown}: more than {StrictJson.MaxBytes} bytes", only: parties);
            return false;
        }

        if (!contentTypes.Contains(response.ContentType, StringComparer.OrdinalIgnoreCase))
        {
            step.Report("content-type", $"{shown}: \"{PrintableText.Of(response.ContentType)}\"", $"send Content-Type: {contentTypes[0]}", parties);
        }

        if (!response.HasContentLength)
        {
            step.Report("content-length-missing", $"{shown}: no Content-Length", only: parties);
        }

        string seconds = $"{shown}: {response.Elapsed.TotalSeconds:0.0} s";
        step.Report("http-timeout", seconds, only: parties.Where(party => response.Elapsed > party.FetchTimeout));
        step.Report("http-slow", seconds, only: parties.Where(party => response.Elapsed > (party.FetchTimeout ?? party.ExpectedWait) / 2 && !(response.Elapsed > party.FetchTimeout)));
        return true;
    }

    private string StatusFix(HttpStatusCode status, DocumentUrl url) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => "make the URL respond without credentials: publish through the gateway, not the API server itself",
        HttpStatusCode.NotFound when url.Value == request.Issuer.DiscoveryUri => $"set the Identifier of the gateway to exactly {ShellText.Quote(request.Issuer.Value)}: host, path and letter case",
        HttpStatusCode.NotFound => "publish the document at this URL, or correct the URL that leads to it",
        HttpStatusCode.ServiceUnavailable => "the gateway has nothing to publish: look up the finding in its /status",
        HttpStatusCode.NotAcceptable => "the proxy in front passes Accept on to the API server, which responds 406; publish through the gateway",
        _ => $"to investigate: curl -v {ShellText.Quote(url.Value)}",
    };
}
