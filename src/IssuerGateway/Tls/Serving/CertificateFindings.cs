namespace IssuerGateway.Tls.Serving;

/// <summary>Something about the certificate of one host that relying parties reject or will reject.</summary>
internal sealed record CertificateFinding(string Host, string Rule, bool IsError, string Found, string Fix);

/// <summary>What is wrong with the certificates in force, by host: pure, so that start, readiness, <c>/status</c>, log and metric agree.</summary>
internal static class CertificateFindings
{
    public const string Missing = "certificate-missing";
    public const string WrongName = "certificate-wrong-name";
    public const string Expired = "certificate-expired";
    public const string LastAttempt = "certificate-last-attempt";
    public const string NotYetValid = "certificate-not-yet-valid";
    public const string IncompleteChain = "certificate-chain-incomplete";
    public const string Rejected = "certificate-rejected";

    /// <param name="hosts">The hosts that ought to have a certificate.</param>
    /// <param name="source">What an operator can do about a missing one, by where certificates come from.</param>
    /// <param name="lastAttempt">When the last attempt before the end of a host's certificate is, if earlier ones have failed.</param>
    /// <param name="rejected">Why the newest certificate of a source cannot be read or served, by the source.</param>
    public static IReadOnlyList<CertificateFinding> Of(
        IReadOnlyList<string> hosts, ServingCertificates certificates, DateTimeOffset now, CertificateSourceTexts source, Func<string, DateTimeOffset?>? lastAttempt = null,
        IReadOnlyDictionary<string, CertificateRejection>? rejected = null)
    {
        // A certificate that is of no use to any host was meant for one of those that have none.
        bool isOneOfNoUse = certificates.All.Any(certificate => !hosts.Any(certificate.Covers));
        return [.. hosts.SelectMany(host => Of(host, certificates, isOneOfNoUse, now, source, lastAttempt?.Invoke(host)).Concat(OfRejected(host, certificates, source, rejected)))];
    }

    // Of the source of the certificate that is served for the host, or of any while none is.
    private static IEnumerable<CertificateFinding> OfRejected(string host, ServingCertificates certificates, CertificateSourceTexts source, IReadOnlyDictionary<string, CertificateRejection>? rejected) =>
        from entry in rejected ?? new Dictionary<string, CertificateRejection>()
        where entry.Key == host || certificates.In(entry.Key) == certificates.For(host)
        select entry.Value.IsUnread
            ? new CertificateFinding(host, Rejected, false, $"the certificate of {entry.Key} cannot be read: {entry.Value.Fault}",
                string.Format(null, source.UnreadFix ?? source.ExpiredFix, host))
            : new CertificateFinding(host, Rejected, false, $"the newest certificate of {entry.Key} cannot be served: {entry.Value.Fault}", string.Format(null, source.ExpiredFix, host));

    private static IEnumerable<CertificateFinding> Of(string host, ServingCertificates certificates, bool isOneOfNoUse, DateTimeOffset now, CertificateSourceTexts source, DateTimeOffset? lastAttempt)
    {
        if (certificates.For(host) is not { } certificate)
        {
            string served = string.Join(", ", certificates.Names.Take(5));
            yield return new CertificateFinding(host, isOneOfNoUse ? WrongName : Missing, true,
                served.Length == 0 ? "no certificate is served" : $"no certificate served names {host}; those served name {served}", string.Format(null, source.MissingFix, host));
            yield break;
        }

        if (certificate.NotAfter <= now)
        {
            yield return new CertificateFinding(host, Expired, true, $"the certificate served expired at {certificate.NotAfter:u}", string.Format(null, source.ExpiredFix, host));
        }
        else if (lastAttempt is { } last)
        {
            yield return new CertificateFinding(host, LastAttempt, true,
                $"the certificate served expires at {certificate.NotAfter:u}, and the attempt to replace it at {last:u} is the last one before that", string.Format(null, source.ExpiredFix, host));
        }
        else if (now < certificate.NotBefore)
        {
            yield return new CertificateFinding(host, NotYetValid, false, $"the certificate served is valid only from {certificate.NotBefore:u}", "correct the clock of this machine, or wait");
        }

        if (!certificate.IsChainComplete)
        {
            yield return new CertificateFinding(host, IncompleteChain, false,
                $"the certificate of its issuer, {certificate.Chain[0].IssuerName.Name}, is not sent with it",
                "append the intermediate certificates as the CA gave them; relying parties that do not have them refuse the connection. Ignore this if that issuer is a root of your own that they trust");
        }
    }
}

/// <summary>How an operator repairs certificates of one source; <c>{0}</c> is the host.</summary>
internal sealed record CertificateSourceTexts(string MissingFix, string ExpiredFix)
{
    /// <summary>Where another certificate would not help; absent for <see cref="ExpiredFix"/>.</summary>
    public string? UnreadFix { get; init; }

    private const string Unread = "make it readable, as the message says; it is read again within a minute. A gateway that starts before has no certificate for {0}";

    public static CertificateSourceTexts Of(TlsMode mode) => mode switch
    {
        TlsMode.Acme => new("the log has the reason of the last attempt; to order at once: issuer-gateway renew {0}", "the log has the reason of the last attempt; to order at once: issuer-gateway renew {0}") { UnreadFix = Unread },
        TlsMode.Secrets => new("add a Secret whose certificate names {0} to Tls:Secrets:Names", "check what renews the Secret (cert-manager: kubectl describe certificate)") { UnreadFix = Unread },
        TlsMode.SelfSigned => new("restart the gateway", "restart the gateway"),
        _ => new("add a certificate that names {0} to Tls:Certificates", "replace the file; it is read within 10 s"),
    };
}
