using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Checking.Fetching;

/// <summary>
/// The intermediate certificates that a server does not send, from where its certificates say they are (RFC 5280 §4.2.2.1).
/// Such a URL is the choice of the other side, as one in a document is: .NET's own download would connect to any address.
/// </summary>
internal static class MissingIssuers
{
    private const int MaxDepth = 3;

    public static async Task<X509Certificate2Collection> FetchAsync(PublicDocumentFetcher fetcher, X509Certificate2 leaf, X509Certificate2Collection sent, CancellationToken cancellationToken)
    {
        X509Certificate2Collection found = [];
        X509Certificate2 current = leaf;
        for (int depth = 0; depth < MaxDepth && !IsSelfIssued(current); depth++)
        {
            if (sent.FirstOrDefault(other => Issued(other, current)) is { } given)
            {
                current = given;
                continue;
            }

            if (UrlOf(current) is not { } url || await GetAsync(fetcher, url, cancellationToken) is not { } fetched || !Issued(fetched, current))
            {
                break;
            }

            found.Add(fetched);
            current = fetched;
        }

        return found;
    }

    private static DocumentUrl? UrlOf(X509Certificate2 certificate)
    {
        try
        {
            return certificate.Extensions.OfType<X509AuthorityInformationAccessExtension>().SelectMany(extension => extension.EnumerateCAIssuersUris())
                .Select(text => DocumentUrl.TryParse(text, allowPlain: true, out DocumentUrl? url) ? url : null).FirstOrDefault(url => url is not null);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static async Task<X509Certificate2?> GetAsync(PublicDocumentFetcher fetcher, DocumentUrl url, CancellationToken cancellationToken)
    {
        if ((await fetcher.GetAsync(url, cancellationToken)).Document is not { Status: HttpStatusCode.OK, Body: { } body })
        {
            return null;
        }

        try
        {
            return X509CertificateLoader.LoadCertificate(body);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static bool IsSelfIssued(X509Certificate2 certificate) => Issued(certificate, certificate);

    private static bool Issued(X509Certificate2 issuer, X509Certificate2 certificate) => issuer.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
}
