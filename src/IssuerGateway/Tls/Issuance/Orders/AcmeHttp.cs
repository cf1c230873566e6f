using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Acme;
using IssuerGateway.Acme.Signing;
using IssuerGateway.Base;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Trust;

namespace IssuerGateway.Tls.Issuance.Orders;

/// <summary>Makes the HTTP side of one attempt; files are read again each time, so that a corrected one needs no restart.</summary>
/// <param name="transport">In place of the network, for simulations.</param>
internal sealed class AcmeHttp(AcmeSettings settings, Func<HttpMessageHandler>? transport = null)
{
    private const int MaxFile = 1024 * 1024;

    /// <summary>A CA validates from several places before it responds, and some do so while we wait.</summary>
    private static readonly TimeSpan requestTimeout = TimeSpan.FromSeconds(30);

    private static readonly ProductInfoHeaderValue userAgent =
        new("issuer-gateway", typeof(AcmeHttp).Assembly.GetName().Version?.ToString(3));

    public AcmeResult<HttpClient> Open()
    {
        if (transport is not null)
        {
            return new HttpClient(transport());
        }

        X509Certificate2Collection roots = [];
        if (settings.CaFile is { } file)
        {
            try
            {
                roots = PemText.Bundle(RegularFile.Read(MaxFile, file).Contents[0]);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                return AcmeProblem.Of(IssuanceProblem.Settings, $"Tls:Acme:CaFile: {e.Message}");
            }
        }

        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = settings.Proxy is not null,
            Proxy = settings.Proxy is null ? null : new WebProxy(settings.Proxy),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            MaxResponseHeadersLength = 32,
            ActivityHeadersPropagator = null,
        };
        handler.SslOptions.EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        // A certificate must not make us fetch what its issuer field names, least of all while the handshake waits.
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        handler.SslOptions.CertificateChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors, roots);
        HttpClient http = new(handler) { Timeout = requestTimeout };

        // RFC 8555 §6.1: a client says who it is.
        http.DefaultRequestHeaders.UserAgent.Add(userAgent);
        return http;
    }

    /// <summary>The key of the external account (RFC 8555 §7.3.4), null when none is configured.</summary>
    public AcmeResult<byte[]>? ReadEabKey()
    {
        if (settings.EabHmacKeyFile is not { } file)
        {
            return null;
        }

        try
        {
            return EabKey.Parse(Encoding.UTF8.GetString(RegularFile.Read(MaxFile, file).Contents[0])) is { } key
                ? key
                : AcmeProblem.Of(IssuanceProblem.Settings, $"Tls:Acme:Eab:HmacKeyFile: {file} is not base64 (of either alphabet, padded or not)");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return AcmeProblem.Of(IssuanceProblem.Settings, $"Tls:Acme:Eab:HmacKeyFile: {e.Message}");
        }
    }

    private static bool IsTrusted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, X509Certificate2Collection roots)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        string reason = errors.ToString();
        if (errors == SslPolicyErrors.RemoteCertificateChainErrors && certificate is X509Certificate2 leaf && chain is not null)
        {
            reason = string.Join(", ", chain.ChainStatus.Select(status => status.Status).Distinct());
            if (roots.Count > 0)
            {
                using X509Chain own = new();
                own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
                own.ChainPolicy.CustomTrustStore.AddRange(roots);
                own.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
                own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
                own.ChainPolicy.DisableCertificateDownloads = true;
                own.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
                if (own.Build(leaf))
                {
                    return true;
                }

                reason = string.Join(", ", own.ChainStatus.Select(status => status.Status).Distinct());
            }
        }

        // The only way to carry the reason through the handshake.
        throw new AuthenticationException($"its certificate is not trusted ({reason})");
    }
}
