using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Kubernetes;

/// <summary>
/// Makes a handler talk to an API server of one cluster only: TLS 1.2 or later, a chain to the cluster's CA and to
/// nothing else, the name checked, no proxy, no redirects, no cookies, no decompression, no tracing headers.
/// </summary>
public static class StrictTrust
{
    /// <summary>id-kp-serverAuth, RFC 5280 §4.2.1.12.</summary>
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    public static void Apply(SocketsHttpHandler handler, ApiServerAccess access, TimeSpan connectTimeout)
    {
        handler.UseProxy = false;
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        handler.AutomaticDecompression = DecompressionMethods.None;
        handler.ActivityHeadersPropagator = null;
        handler.ConnectTimeout = connectTimeout;
        handler.MaxResponseHeadersLength = 32;

        // Longer than one pair of requests, which must come from one server, and shorter than a refresh.
        handler.PooledConnectionLifetime = TimeSpan.FromSeconds(15);
        handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10);

        handler.SslOptions.EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        handler.SslOptions.CertificateChainPolicy = PolicyFor(access.Trust);

        // SslStream has applied the policy above and has compared the name (RFC 6125) when it is called.
        handler.SslOptions.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
            Refusal((sender as SslStream)?.TargetHostName, certificate, chain, errors, access.Trust) is { } refusal ? throw refusal : true;
        if (access.ClientCertificate is { } client)
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(client, additionalCertificates: null, offline: true);
        }
    }

    private static X509ChainPolicy PolicyFor(TrustAnchors trust)
    {
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,

            // A certificate must not make us fetch what its issuer field names.
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(trust.Certificates);
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        return policy;
    }

    private static ServerIdentityException? Refusal(string? expected, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, TrustAnchors trust)
    {
        if (certificate is not X509Certificate2 presented)
        {
            return new ServerIdentityException(isNameMismatch: false, "the server presented no certificate");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) && !EndsAtAnchor(chain, trust))
        {
            string reasons = string.Join(", ", (chain?.ChainStatus ?? []).Select(status => status.Status).Distinct());
            return new ServerIdentityException(isNameMismatch: false, $"the server's certificate does not lead to the cluster's CA ({reasons})");
        }

        return (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None
            ? null
            : new ServerIdentityException(isNameMismatch: true, $"the server's certificate is for {NamesOf(presented)}, expected \"{expected}\"");
    }

    /// <summary>
    /// A cluster's CA may itself be signed by a CA that is not in the file. For Go, and so for every other client of the
    /// cluster, a certificate in the file is an anchor all the same (RFC 5280 §6.1.1 d); for .NET the chain is partial.
    /// Nothing but that may be wrong with it: neither signature, time nor usage.
    /// </summary>
    private static bool EndsAtAnchor(X509Chain? chain, TrustAnchors trust) =>
        chain is { ChainStatus.Length: > 0, ChainElements: [_, .., var last] }
        && chain.ChainStatus.All(status => status.Status == X509ChainStatusFlags.PartialChain)
        && trust.Certificates.Any(anchor => anchor.RawDataMemory.Span.SequenceEqual(last.Certificate.RawDataMemory.Span));

    private static string NamesOf(X509Certificate2 certificate)
    {
        const int most = 10;
        string[] names =
        [
            .. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
                .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())))
                .Take(most + 1)
                .Select(name => $"\"{name}\""),
        ];
        return names.Length switch
        {
            0 => "no name",
            > most => string.Join(", ", names.Take(most)) + ", …",
            _ => string.Join(", ", names),
        };
    }
}

/// <summary>The server is not who it must be; carries the reason through the TLS handshake, which can only say yes or throw.</summary>
public sealed class ServerIdentityException(bool isNameMismatch, string message) : AuthenticationException(message)
{
    public bool IsNameMismatch => isNameMismatch;
}
