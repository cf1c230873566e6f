using System.Net;
using IssuerGateway.Issuers;
using IssuerGateway.Tls;

namespace IssuerGateway.Cli;

/// <summary>Which hosts of the issuers ought to have a certificate, and which ones no CA can validate.</summary>
/// <param name="Wanted">In lower case.</param>
/// <param name="Unordered">With ACME: hosts without a certificate, and why.</param>
internal sealed record CertificateHosts(IReadOnlyList<string> Wanted, IReadOnlyList<(string Host, string Why)> Unordered)
{
    public static CertificateHosts Of(TlsSettings tls, IReadOnlyList<Issuer> issuers)
    {
        string[] previous = [.. issuers.SelectMany(issuer => issuer.PreviousIdentifiers).Select(NameOf)];
        string[] current = [.. issuers.Select(issuer => NameOf(issuer.Identifier))];
        List<string> wanted = [];
        List<(string, string)> unordered = [];
        foreach (string host in current.Concat(previous).Distinct())
        {
            string? why = WhyNot(tls, host, isCurrent: current.Contains(host));
            if (why is null)
            {
                wanted.Add(host);
            }
            else if (tls.Mode == TlsMode.Acme && !tls.Acme.ExtraNames.Contains(host))
            {
                unordered.Add((host, why));
            }
        }

        return new CertificateHosts(wanted, unordered);
    }

    // A private previous identifier is known, not served from outside (kubernetes.default.svc.cluster.local).
    private static string? WhyNot(TlsSettings tls, string host, bool isCurrent)
    {
        bool isPrivate = HostScope.IsPrivate(host);
        return tls.Mode == TlsMode.Acme && IPAddress.TryParse(host, out _) ? "certificates of IP addresses are not ordered"
            : isPrivate && !isCurrent ? "it is private, and a previous identifier only"
            : isPrivate && tls.Mode == TlsMode.Acme && tls.Acme.CaFile is null ? "it is private, and no public CA can validate it"
            : null;
    }

    private static string NameOf(IssuerIdentifier identifier) => identifier.Host.Trim('[', ']').ToLowerInvariant();
}
