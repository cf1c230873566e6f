using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Kubernetes.Trust;

/// <summary>
/// Whether a server's certificate leads to an anchor as Go, and so every other client of a cluster, understands it. .NET's
/// own response differs in three cases: an anchor that another CA has signed, several anchors of one subject (while a CA is
/// replaced), and a server certificate that is itself an anchor.
/// </summary>
internal static class AnchorSearch
{
    /// <summary>id-kp-serverAuth and anyExtendedKeyUsage, RFC 5280 §4.2.1.12.</summary>
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string AnyUsage = "2.5.29.37.0";

    /// <summary>Anchors of one subject that are tried; a CA is replaced once in years.</summary>
    private const int MaxTried = 16;

    public static X509ChainPolicy PolicyFor(X509Certificate2Collection anchors)
    {
        X509ChainPolicy policy = PolicyOfMachine();
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(anchors);
        return policy;
    }

    /// <summary>The roots of this machine.</summary>
    public static X509ChainPolicy PolicyOfMachine()
    {
        X509ChainPolicy policy = new()
        {
            RevocationMode = X509RevocationMode.NoCheck,

            // A certificate must not make us fetch what its issuer field names.
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        return policy;
    }

    /// <param name="chain">What .NET built and rejected, with the intermediates that the server sent.</param>
    public static bool LeadsToAnchor(X509Certificate2 presented, X509Chain? chain, X509Certificate2Collection anchors) =>
        EndsAtAnchor(chain, anchors) || IsAnchor(presented, anchors) || LeadsToOneOf(presented, chain, anchors);

    /// <summary>
    /// A cluster's CA may itself be signed by a CA that is not in the file. A certificate in the file is an anchor all the
    /// same (RFC 5280 §6.1.1 d); for .NET the chain is partial. Nothing but that may be wrong with it: neither signature,
    /// time nor usage.
    /// </summary>
    private static bool EndsAtAnchor(X509Chain? chain, X509Certificate2Collection anchors) =>
        chain is { ChainStatus.Length: > 0, ChainElements: [_, .., var last] }
        && chain.ChainStatus.All(status => status.Status == X509ChainStatusFlags.PartialChain)
        && anchors.Any(anchor => IsSame(anchor, last.Certificate));

    // The server's own certificate is in the file: believed like in Go, within its time and for its usage.
    private static bool IsAnchor(X509Certificate2 presented, X509Certificate2Collection anchors)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return anchors.Any(anchor => IsSame(anchor, presented))
            && now >= presented.NotBefore.ToUniversalTime() && now <= presented.NotAfter.ToUniversalTime()
            && presented.Extensions.OfType<X509EnhancedKeyUsageExtension>().All(usages => usages.EnhancedKeyUsages.Cast<Oid>().Any(usage => usage.Value is ServerAuthentication or AnyUsage))
            && !presented.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority);
    }

    // Two CAs of one subject without key identifiers: .NET takes the first one and then finds that it has not signed.
    private static bool LeadsToOneOf(X509Certificate2 presented, X509Chain? chain, X509Certificate2Collection anchors)
    {
        List<X509Certificate2> sent = [presented, .. chain?.ChainPolicy.ExtraStore ?? []];
        return anchors
            .Where(anchor => sent.Any(certificate => certificate.IssuerName.RawData.AsSpan().SequenceEqual(anchor.SubjectName.RawData)))
            .Take(MaxTried)
            .Any(anchor =>
            {
                X509Certificate2Collection alone = [anchor];
                using X509Chain again = new() { ChainPolicy = PolicyFor(alone) };
                again.ChainPolicy.ExtraStore.AddRange(sent.Where(certificate => !certificate.SubjectName.RawData.AsSpan().SequenceEqual(anchor.SubjectName.RawData)).ToArray());
                return again.Build(presented) || EndsAtAnchor(again, alone);
            });
    }

    private static bool IsSame(X509Certificate2 a, X509Certificate2 b) => a.RawDataMemory.Span.SequenceEqual(b.RawDataMemory.Span);
}
