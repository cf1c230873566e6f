namespace IssuerGateway.Tls.Serving;

/// <summary>A chain and a key as a source gave them at one moment, not yet validated; or why the source gave none.</summary>
internal sealed record CertificateCandidate(string Hash, byte[] ChainPem, byte[] KeyPem, string? Fault)
{
    public static CertificateCandidate Unreadable(string fault) => new(fault, [], [], fault);

    public ServingCertificate? Parse(out string? fault)
    {
        fault = Fault;
        return fault is null ? ServingCertificate.Parse(ChainPem, KeyPem, out fault) : null;
    }
}

/// <summary>Why the newest certificate of a source is not in force.</summary>
/// <param name="IsUnread">Whether the source could not be read: nothing is known of its certificate.</param>
internal readonly record struct CertificateRejection(string Fault, bool IsUnread);
