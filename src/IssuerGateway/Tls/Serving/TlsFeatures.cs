using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Kubernetes.Trust;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace IssuerGateway.Tls.Serving;

/// <summary>What Kestrel wants to know of a TLS connection: that it is one, the protocol that ALPN chose, and the version for HTTP/2 (RFC 9113 §9.2).</summary>
internal sealed class TlsFeatures(SslStream tls) : ITlsConnectionFeature, ITlsApplicationProtocolFeature, ITlsHandshakeFeature, ISslStreamFeature
{
    public static void Set(IFeatureCollection features, SslStream tls)
    {
        TlsFeatures all = new(tls);
        features.Set<ITlsConnectionFeature>(all);
        features.Set<ITlsApplicationProtocolFeature>(all);
        features.Set<ITlsHandshakeFeature>(all);
        features.Set<ISslStreamFeature>(all);
    }

    public SslStream SslStream => tls;

    public ReadOnlyMemory<byte> ApplicationProtocol => tls.NegotiatedApplicationProtocol.Protocol;

    public SslProtocols Protocol => tls.SslProtocol;

    public TlsCipherSuite? NegotiatedCipherSuite => tls.NegotiatedCipherSuite;

    public string HostName => tls.TargetHostName;

    /// <summary>None is ever requested.</summary>
    public X509Certificate2? ClientCertificate
    {
        get => null;
        set => throw new NotSupportedException("clients have no certificates here");
    }

    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult<X509Certificate2?>(null);

#pragma warning disable SYSLIB0058 // Members of the interface that nobody requests.
    public CipherAlgorithmType CipherAlgorithm => tls.CipherAlgorithm;

    public int CipherStrength => tls.CipherStrength;

    public HashAlgorithmType HashAlgorithm => tls.HashAlgorithm;

    public int HashStrength => tls.HashStrength;

    public ExchangeAlgorithmType KeyExchangeAlgorithm => tls.KeyExchangeAlgorithm;

    public int KeyExchangeStrength => tls.KeyExchangeStrength;
#pragma warning restore SYSLIB0058
}
