using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Handshakes;

namespace IssuerGateway.Checking.Steps;

/// <summary>One handshake with one address, and what its certificates are worth: it looks, and <see cref="TlsStep"/> decides.</summary>
internal sealed class TlsObserver(CheckRequest request, TimeProvider time)
{
    /// <summary>With MD5 or SHA-1: RSA (also as OIW names it), ECDSA and DSA.</summary>
    private static readonly string?[] weakSignatures = ["1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.3.14.3.2.29", "1.2.840.10045.4.1", "1.2.840.10040.4.3"];

    /// <summary>Whether the server requested a client certificate, known even where the handshake failed.</summary>
    public bool IsCertificateRequested { get; private set; }

    public async Task<TlsObservation> ObserveAsync(Endpoint endpoint, IPEndPoint target, CancellationToken cancellationToken)
    {
        using Socket socket = new(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(target, cancellationToken);
        await using SslStream tls = new(new NetworkStream(socket, ownsSocket: false));
        (X509Certificate2 Leaf, X509Certificate2Collection Sent, SslPolicyErrors Errors)? seen = null;
#pragma warning disable CA5359 // Only looks: nothing is sent over this connection, and every fault becomes a finding instead of an end.
        SslClientAuthenticationOptions options = new()
        {
            TargetHost = endpoint.DnsHost,
            CipherSuitesPolicy = RelyingPartyTls.Suites,
            CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },

            // Called once more, with the certificate of the server, when the server requests one of the client.
            LocalCertificateSelectionCallback = (_, _, _, remote, _) =>
            {
                IsCertificateRequested |= remote is not null;
                return null!;
            },
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                // Copies: the handshake disposes of its own.
                seen = (Copy(certificate!), [.. chain!.ChainPolicy.ExtraStore.Select(Copy)], errors);
                return true;
            },
        };
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(options, cancellationToken);

        (X509Certificate2 leaf, X509Certificate2Collection sent, SslPolicyErrors errors) = seen!.Value;
        ChainResult chain = Build(leaf, sent, []);
        bool asSent = chain.IsTrusted;
        if (!asSent)
        {
            chain = Build(leaf, sent, await MissingAsync(leaf, sent, cancellationToken));
        }

        return Observe(tls, leaf, sent) with
        {
            NameMatches = !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && CertificateNames.AreIn(leaf, endpoint.DnsHost),
            IsTrustedAsSent = asSent,
            IsTrustedWithDownloads = chain.IsTrusted,
            ChainFault = chain.Fault,
            IsForAnyUsage = chain.IsForAny,
            OutOfDateInChain = chain.OutOfDate,
            WeakSignature = chain.WeakSignature,
        };
    }

    private static X509Certificate2 Copy(X509Certificate certificate) => X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());

    private async Task<X509Certificate2Collection> MissingAsync(X509Certificate2 leaf, X509Certificate2Collection sent, CancellationToken cancellationToken)
    {
        using PublicDocumentFetcher fetcher = new(DocumentUrl.OfDiscovery(request.Issuer), request.Overrides, proxy: null, time);
        return await MissingIssuers.FetchAsync(fetcher, leaf, sent, cancellationToken);
    }

    private static TlsObservation Observe(SslStream tls, X509Certificate2 leaf, X509Certificate2Collection sent) => new()
    {
        Protocol = tls.SslProtocol,
        Suite = tls.NegotiatedCipherSuite,
        Names = $"subject {PrintableText.Quote(leaf.Subject)}, issued by {PrintableText.Quote(leaf.Issuer)}",
        AlternativeNames = CertificateNames.Shown(leaf),
        IsSelfIssued = leaf.SubjectName.RawData.AsSpan().SequenceEqual(leaf.IssuerName.RawData),
        NotBefore = leaf.NotBefore.ToUniversalTime(),
        NotAfter = leaf.NotAfter.ToUniversalTime(),
        NameMatches = false,
        IsTrustedAsSent = false,
        IsTrustedWithDownloads = false,
        CertificatesSent = sent.Count + (sent.Any(other => other.RawDataMemory.Span.SequenceEqual(leaf.RawDataMemory.Span)) ? 0 : 1),
    };

    private ChainResult Build(X509Certificate2 leaf, X509Certificate2Collection sent, X509Certificate2Collection fetched)
    {
        using X509Chain chain = new() { ChainPolicy = PolicyFor(sent, fetched) };

        // Dates have a rule of their own.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        bool isForAny = false;
        bool isBuilt = chain.Build(leaf) || (isForAny = ServerUsage.IsForAny(chain));
        bool isTrusted = request.Overrides.IsPinned(leaf) || (isBuilt && (fetched.Count > 0 || IsMadeOf(sent, chain)));
        return new ChainResult(isTrusted, isBuilt ? null : FaultOf(chain), isForAny, isBuilt ? OutOfDate(leaf, sent, fetched) : null, isBuilt ? WeakSignatureIn(chain) : null);
    }

    private X509ChainPolicy PolicyFor(X509Certificate2Collection sent, X509Certificate2Collection fetched)
    {
        X509ChainPolicy policy = request.Overrides.ChainPolicy();
        policy.ApplicationPolicy.Add(new Oid(ServerUsage.ServerAuthentication));
        policy.ExtraStore.AddRange(sent);
        policy.ExtraStore.AddRange(fetched);
        return policy;
    }

    // Of the certificates above the leaf, unless there is another chain that is within its dates.
    private string? OutOfDate(X509Certificate2 leaf, X509Certificate2Collection sent, X509Certificate2Collection fetched)
    {
        using X509Chain chain = new() { ChainPolicy = PolicyFor(sent, fetched) };
        return chain.Build(leaf) ? null
            : chain.ChainElements.Skip(1).FirstOrDefault(element => element.ChainElementStatus.Any(status => status.Status == X509ChainStatusFlags.NotTimeValid)) is { Certificate: { } expired }
                ? string.Create(CultureInfo.InvariantCulture, $"{PrintableText.Quote(expired.Subject)} of the chain is valid from {expired.NotBefore.ToUniversalTime():u} to {expired.NotAfter.ToUniversalTime():u}")
            : null;
    }

    // The signature of the root itself nobody verifies.
    private static string? WeakSignatureIn(X509Chain chain) =>
        chain.ChainElements.SkipLast(1).Select(element => element.Certificate).FirstOrDefault(certificate => weakSignatures.Contains(certificate.SignatureAlgorithm.Value)) is { } weak
            ? $"{PrintableText.Quote(weak.Subject)} is signed with {PrintableText.Of(weak.SignatureAlgorithm.FriendlyName ?? weak.SignatureAlgorithm.Value, 40)}"
            : null;

    private static string? FaultOf(X509Chain chain) => chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status) switch
    {
        var flags when flags.HasFlag(X509ChainStatusFlags.NotValidForUsage) => "it is not for servers (extended key usage)",
        var flags when (flags & (X509ChainStatusFlags.HasNotPermittedNameConstraint | X509ChainStatusFlags.HasExcludedNameConstraint | X509ChainStatusFlags.InvalidNameConstraints)) != 0 => "a CA of the chain may not sign for this name (name constraints)",
        var flags when flags.HasFlag(X509ChainStatusFlags.InvalidBasicConstraints) => "a certificate of the chain may not sign others (basic constraints)",
        var flags when flags.HasFlag(X509ChainStatusFlags.HasNotSupportedCriticalExtension) => "a certificate of the chain has a critical extension that nobody knows (RFC 5280 §4.2)",
        var flags when flags.HasFlag(X509ChainStatusFlags.NotSignatureValid) => "a signature in the chain is not valid",
        _ => null,
    };

    // .NET keeps what another program has downloaded in the home of the user and takes it from there as if it had been sent.
    private static bool IsMadeOf(X509Certificate2Collection sent, X509Chain chain) =>
        chain.ChainElements.Skip(1).SkipLast(1).All(element => sent.Any(other => other.SubjectName.RawData.AsSpan().SequenceEqual(element.Certificate.SubjectName.RawData)
            && other.PublicKey.EncodedKeyValue.RawData.AsSpan().SequenceEqual(element.Certificate.PublicKey.EncodedKeyValue.RawData)));

    /// <param name="Fault">Why it is not valid although it is complete.</param>
    /// <param name="OutOfDate">The first certificate above the leaf that is outside its dates.</param>
    /// <param name="WeakSignature">The first certificate with such a signature.</param>
    private sealed record ChainResult(bool IsTrusted, string? Fault, bool IsForAny, string? OutOfDate, string? WeakSignature);
}
