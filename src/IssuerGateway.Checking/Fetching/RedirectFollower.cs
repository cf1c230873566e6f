using System.Net;
using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;

namespace IssuerGateway.Checking.Fetching;

/// <summary>A document, and the redirects on the way to it.</summary>
internal sealed record FollowedDocument(FetchedDocument? Document, DocumentFault? Fault, DocumentUrl Url, IReadOnlyList<string> Redirects);

/// <summary>Follows redirects as the parties do that follow any: at most 10, each to a URL that the strict parser accepts.</summary>
internal sealed class RedirectFollower(PublicDocumentFetcher fetcher)
{
    private const int MaxRedirects = 10;

    /// <param name="follow">Whether any of the parties follows; otherwise the first redirect is the end.</param>
    public async Task<FollowedDocument> GetAsync(DocumentUrl url, bool follow, CancellationToken cancellationToken)
    {
        List<string> redirects = [];
        TimeSpan elapsed = TimeSpan.Zero;
        while (true)
        {
            (FetchedDocument? document, DocumentFault? fault) = await fetcher.GetAsync(url, cancellationToken);
            if (document is null || !IsRedirect(document.Status))
            {
                return new FollowedDocument(document is null ? null : document with { Elapsed = document.Elapsed + elapsed }, fault, url, redirects);
            }

            elapsed += document.Elapsed;
            string location = PrintableText.Of(document.Location ?? "nowhere");
            redirects.Add($"{PrintableText.Of(url.Value)} redirects ({(int)document.Status}) to {location}");
            if (!follow)
            {
                return new FollowedDocument(null, null, url, redirects);
            }

            if (redirects.Count > MaxRedirects || Target(url, document.Location) is not { } next)
            {
                string why = redirects.Count > MaxRedirects ? $"more than {MaxRedirects} redirects" : $"{redirects[^1]}, which is not a plain https URL";
                return new FollowedDocument(null, new DocumentFault("redirect-refused", why, "return the document at the first URL itself"), url, redirects);
            }

            url = next;
        }
    }

    private static bool IsRedirect(HttpStatusCode status) =>
        status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    // RFC 9110 §10.2.2 allows relative references; only the one form is read that no two parsers read differently.
    private static DocumentUrl? Target(DocumentUrl from, string? location)
    {
        string absolute = location is ['/', not '/', ..] or "/" ? $"https://{from.Uri.Authority}{location}" : location ?? "";
        return DocumentUrl.TryParse(absolute, out DocumentUrl? url) ? url : null;
    }
}
