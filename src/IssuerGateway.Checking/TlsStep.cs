using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Base;

namespace IssuerGateway.Checking;

/// <summary>What a handshake showed: all that the rules of TLS need.</summary>
public sealed record TlsObservation
{
    public required SslProtocols Protocol { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    public required bool NameMatches { get; init; }

    /// <summary>Whether the chain ends at a trusted root with only what the server sent.</summary>
    public required bool IsTrustedAsSent { get; init; }

    /// <summary>Whether it would end there if missing intermediates were fetched.</summary>
    public required bool IsTrustedWithDownloads { get; init; }

    public required int CertificatesSent { get; init; }
}

/// <summary>The handshake as a relying party does it: publicly trusted, complete, for the right name, in date, TLS 1.2 or later.</summary>
public sealed class TlsStep(CheckRequest request, TimeProvider time)
{
    private static readonly TimeSpan shortestRest = TimeSpan.FromDays(7);

    public async Task<StepReport> RunAsync(Endpoint endpoint, IPAddress address, CancellationToken cancellationToken)
    {
        StepBuilder step = new("tls", request.Profiles, time);
        try
        {
            TlsObservation observation = await ObserveAsync(endpoint, address, cancellationToken);
            Judge(step, observation, endpoint.DnsHost, time.GetUtcNow());
            return step.Done(string.Create(CultureInfo.InvariantCulture,
                $"{Name(observation.Protocol)}, {observation.CertificatesSent} certificates sent, expires {observation.NotAfter:yyyy-MM-dd}"));
        }
        catch (Exception e) when (e is AuthenticationException or IOException or SocketException or OperationCanceledException)
        {
            if (await OldProtocol.FindAsync(endpoint, address, cancellationToken) is { } old)
            {
                OldProtocolFound(step, old);
                return step.Done("no handshake");
            }

            step.Error("tls-failed", e is OperationCanceledException ? "no handshake in time" : "the server ended the handshake",
                $"look at it: openssl s_client -connect {PrintableText.Of(endpoint.HostAndPort)} -servername {PrintableText.Of(endpoint.DnsHost)}");
            return step.Done("no handshake");
        }
    }

    public static void Judge(StepBuilder step, TlsObservation seen, string host, DateTimeOffset now)
    {
        if (seen.Protocol is not (SslProtocols.Tls12 or SslProtocols.Tls13))
        {
            OldProtocolFound(step, seen.Protocol);
        }

        if (!seen.NameMatches)
        {
            step.Error("tls-name-mismatch", $"a certificate that does not name {PrintableText.Of(host)}", $"get a certificate whose SAN has {PrintableText.Of(host)}");
        }

        if (now < seen.NotBefore || now > seen.NotAfter)
        {
            step.Error("tls-expired", string.Create(CultureInfo.InvariantCulture, $"valid from {seen.NotBefore:u} to {seen.NotAfter:u}"), "renew the certificate; check the clock");
        }
        else if (seen.NotAfter - now < Least(shortestRest, (seen.NotAfter - seen.NotBefore) / 3))
        {
            step.Warning("tls-expires-soon", string.Create(CultureInfo.InvariantCulture, $"expires {seen.NotAfter:u}"), "renew it now, and find out why renewal has not");
        }

        if (!seen.IsTrustedAsSent && seen.IsTrustedWithDownloads)
        {
            step.Error("tls-chain-incomplete", $"{seen.CertificatesSent} certificates, the chain has a gap", "serve the full chain (fullchain.pem), leaf first");
        }
        else if (!seen.IsTrustedAsSent)
        {
            step.Error("tls-untrusted", "a chain that ends at no trusted root", "use a publicly trusted CA (ACME); for a private one check with --ca FILE");
        }
    }

    private static void OldProtocolFound(StepBuilder step, SslProtocols protocol) =>
        step.Error("tls-old-protocol", Name(protocol), "allow TLS 1.2 and 1.3 on whatever ends TLS");

    private async Task<TlsObservation> ObserveAsync(Endpoint endpoint, IPAddress address, CancellationToken cancellationToken)
    {
        using Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(address, endpoint.Port), cancellationToken);
        await using SslStream tls = new(new NetworkStream(socket, ownsSocket: false));
        (X509Certificate2 Leaf, X509Certificate2Collection Sent, SslPolicyErrors Errors)? seen = null;
#pragma warning disable CA5359 // Only looks: nothing is sent over this connection, and every fault becomes a finding instead of an end.
        SslClientAuthenticationOptions options = new()
        {
            TargetHost = endpoint.DnsHost,
            CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                // Copies: the handshake disposes of its own.
                seen = (Copy(certificate!), [.. chain!.ChainPolicy.ExtraStore.Select(Copy)], errors);
                return true;
            },
        };
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(options, cancellationToken);

        // A missing intermediate is downloaded by reads that block: not on the thread that waits for the sockets.
        await Task.Yield();
        return Observe(tls.SslProtocol, seen!.Value.Leaf, seen.Value.Sent, seen.Value.Errors);
    }

    private static X509Certificate2 Copy(X509Certificate certificate) => X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());

    private TlsObservation Observe(SslProtocols protocol, X509Certificate2 leaf, X509Certificate2Collection sent, SslPolicyErrors errors)
    {
        bool asSent = Builds(leaf, sent, downloads: false);
        return new TlsObservation
        {
            Protocol = protocol,
            NotBefore = leaf.NotBefore.ToUniversalTime(),
            NotAfter = leaf.NotAfter.ToUniversalTime(),
            NameMatches = !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch),
            IsTrustedAsSent = asSent,
            IsTrustedWithDownloads = asSent || Builds(leaf, sent, downloads: true),
            CertificatesSent = sent.Count + (sent.Any(other => other.RawDataMemory.Span.SequenceEqual(leaf.RawDataMemory.Span)) ? 0 : 1),
        };
    }

    private bool Builds(X509Certificate2 leaf, X509Certificate2Collection sent, bool downloads)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.DisableCertificateDownloads = !downloads;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;

        // Dates have a rule of their own.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        chain.ChainPolicy.ExtraStore.AddRange(sent);
        if (request.Overrides.Roots is { } roots)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        }

        return chain.Build(leaf) && (downloads || IsMadeOf(sent, chain));
    }

    // .NET keeps what it has downloaded in the home of the user and takes it from there as if it had been sent: the gap
    // would be found by the first check alone.
    private static bool IsMadeOf(X509Certificate2Collection sent, X509Chain chain) =>
        chain.ChainElements.Skip(1).SkipLast(1).All(element => sent.Any(other => other.SubjectName.RawData.AsSpan().SequenceEqual(element.Certificate.SubjectName.RawData)
            && other.PublicKey.EncodedKeyValue.RawData.AsSpan().SequenceEqual(element.Certificate.PublicKey.EncodedKeyValue.RawData)));

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;

#pragma warning disable CA5397, SYSLIB0039 // Old versions are named in order to be reported.
    private static string Name(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls13 => "TLS 1.3",
        SslProtocols.Tls12 => "TLS 1.2",
        SslProtocols.Tls11 => "TLS 1.1",
        SslProtocols.Tls => "TLS 1.0",
        _ => "an unknown protocol",
    };
#pragma warning restore CA5397, SYSLIB0039
}
