using System.Net;
using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;

namespace IssuerGateway.Checking.Fetching;

/// <summary>A document, and the redirects on the way to it.</summary>
/// <param name="Url">Where the document is, as a report names it: behind a redirect without its query.</param>
internal sealed record FollowedDocument(FetchedDocument? Document, DocumentFault? Fault, DocumentUrl Url, IReadOnlyList<string> Redirects)
{
    /// <summary>Where the way led over plain HTTP.</summary>
    public IReadOnlyList<string> Plain { get; init; } = [];
}

/// <summary>
/// Follows redirects as the parties do that follow any, which all fetch with Go's net/http: at most 9, also relative ones
/// and ones to http; but only to URLs that <see cref="DocumentUrl"/> accepts.
/// </summary>
internal sealed class RedirectFollower(PublicDocumentFetcher fetcher)
{
    // net/http stops after 10 requests, and so follows 9 redirects.
    private const int MaxRedirects = 9;

    /// <param name="follow">Whether any of the parties follows; otherwise the first redirect is the end.</param>
    public async Task<FollowedDocument> GetAsync(DocumentUrl url, bool follow, CancellationToken cancellationToken)
    {
        string fix = $"return the document at the first URL itself; each redirect: {fetcher.Curl.Redirects(url)}";
        List<string> redirects = [];
        List<string> plain = [];
        TimeSpan elapsed = TimeSpan.Zero;
        while (true)
        {
            (FetchedDocument? document, DocumentFault? fault) = await fetcher.GetAsync(url, cancellationToken);
            if (document is null || !IsRedirect(document.Status))
            {
                DocumentUrl named = redirects.Count > 0 ? WithoutQuery(url) : url;
                return new FollowedDocument(document is null ? null : document with { Elapsed = document.Elapsed + elapsed }, fault is null ? null : Naming(named, url, fault) with { Elapsed = fault.Elapsed + elapsed }, named, redirects) { Plain = plain };
            }

            elapsed += document.Elapsed;
            bool hasTarget = !string.IsNullOrEmpty(document.Location);
            redirects.Add($"{Shown(url.Value)} redirects ({(int)document.Status}) to {(hasTarget ? Shown(document.Location!) : "nowhere")}");
            if (!follow || !hasTarget)
            {
                // Without a Location net/http takes the response as it is.
                return new FollowedDocument(follow ? document with { Elapsed = elapsed } : null, null, url, redirects) { Plain = plain };
            }

            (DocumentUrl? next, DocumentFault? rejected) = redirects.Count > MaxRedirects
                ? (null, new DocumentFault("redirect-refused", $"more than {MaxRedirects} redirects, and Go's net/http stops after 10 requests", fix))
                : Target(url, document.Location!, fix);
            if (next is null)
            {
                return new FollowedDocument(null, rejected! with { Found = redirects.Count > MaxRedirects ? rejected.Found : $"{redirects[^1]}, {rejected.Found}" }, url, redirects) { Plain = plain };
            }

            if (next.IsPlain)
            {
                plain.Add(Shown(next.Value));
            }

            url = next;
        }
    }

    private static bool IsRedirect(HttpStatusCode status) =>
        status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    // At a storage service the query grants access, and a report is shown to others.
    private static string Shown(string url) => url.IndexOf('?', StringComparison.Ordinal) is >= 0 and int query ? $"{ShownText.Of(url[..query])}?[query]" : ShownText.Of(url);

    private static DocumentUrl WithoutQuery(DocumentUrl url) =>
        url.Value.IndexOf('?', StringComparison.Ordinal) is > 0 and int query && DocumentUrl.TryParse(url.Value[..query], allowPlain: true, out DocumentUrl? named, allowDots: true) ? named : url;

    private static DocumentFault Naming(DocumentUrl named, DocumentUrl url, DocumentFault fault) => fault with
    {
        Found = fault.Found.Replace(url.Value, named.Value, StringComparison.Ordinal),
        Fix = fault.Fix.Replace(ShellText.Quote(url.Value), ShellText.Quote(named.Value), StringComparison.Ordinal),
    };

    private (DocumentUrl? Url, DocumentFault? Fault) Target(DocumentUrl from, string location, string fix)
    {
        string absolute = RelativeReference.Resolve(from, location.Split('#')[0]);
        if (DocumentUrl.TryParse(absolute, allowPlain: true, out DocumentUrl? url))
        {
            return (url, null);
        }

        // Another origin is contacted only at the URL that the server names, not at what is made of it.
        string? requested = GoUrl.Requested(absolute);
        return requested is null ? (null, new DocumentFault("redirect-refused", "which is not an http or https URL", fix))
            : DocumentUrl.TryParse(requested, allowPlain: true, out url, allowDots: true) && fetcher.Connector.IsTyped(url) ? (url, null)
            : (null, new DocumentFault("redirect-refused", "which Go's net/http requests, and this check does not", fix) { IsOpen = true });
    }
}
