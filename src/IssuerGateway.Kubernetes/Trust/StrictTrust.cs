using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Kubernetes.Trust;

/// <summary>
/// Makes a handler talk to an API server of one cluster only: TLS 1.2 or later, a chain to the cluster's CA and to
/// nothing else, the name checked, no proxy but that of the access, no redirects, no cookies, no decompression, no tracing headers.
/// </summary>
public static class StrictTrust
{
    /// <summary>A handler for requests with the credentials of the access.</summary>
    public static HttpMessageHandler CreateHandler(ApiServerAccess access, TimeSpan connectTimeout)
    {
        SocketsHttpHandler transport = new();
        Apply(transport, access, connectTimeout);
        return WithCredentials(transport, access);
    }

    public static HttpMessageHandler WithCredentials(SocketsHttpHandler transport, ApiServerAccess access)
    {
        HttpMessageHandler handler = transport;
        if (access.Impersonation is { } impersonation)
        {
            transport.PlaintextStreamFilter = static (context, _) => ValueTask.FromResult<Stream>(new RepeatedHeaderStream(context.PlaintextStream));
            handler = new ImpersonationHandler(impersonation) { InnerHandler = handler };
        }

        return access.Token is { } token ? new BearerTokenHandler(token) { InnerHandler = handler } : handler;
    }

    public static void Apply(SocketsHttpHandler handler, ApiServerAccess access, TimeSpan connectTimeout)
    {
        handler.UseProxy = access.Proxy is not null;
        handler.Proxy = access.Proxy;
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
        handler.SslOptions.CertificateChainPolicy = access.Trust == TrustAnchors.OfMachine ? AnchorSearch.PolicyOfMachine() : AnchorSearch.PolicyFor(access.Trust.Certificates);

        // SslStream has applied the policy above and has compared the name (RFC 6125) when it is called.
        handler.SslOptions.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
            Rejection((sender as SslStream)?.TargetHostName, certificate, chain, errors, access) is { } rejection ? throw rejection : true;
        if (access.Servers.Any(server => ServerAddress.IsUnspecified(server.Host)))
        {
            handler.ConnectCallback = ConnectToLoopbackAsync;
        }

        if (access.ClientCertificate is { } client)
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(client, additionalCertificates: null, offline: true);
        }
    }

    // What a kubeconfig names 0.0.0.0 (k3d) is this machine: Linux connects there, .NET refuses to.
    private static async ValueTask<Stream> ConnectToLoopbackAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        DnsEndPoint server = context.DnsEndPoint;
        EndPoint target = ServerAddress.IsUnspecified(server.Host)
            ? new IPEndPoint(server.Host.Contains(':', StringComparison.Ordinal) ? IPAddress.IPv6Loopback : IPAddress.Loopback, server.Port)
            : server;
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static ServerIdentityException? Rejection(string? expected, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, ApiServerAccess access)
    {
        if (certificate is not X509Certificate2 presented)
        {
            return new ServerIdentityException(isNameMismatch: false, "the server presented no certificate");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) && !AnchorSearch.LeadsToAnchor(presented, chain, access.Trust.Certificates))
        {
            if (OutOfTime(presented, TimeProvider.System.GetUtcNow()) is { } outOfTime)
            {
                return new ServerIdentityException(isNameMismatch: false, outOfTime) { IsOutOfTime = true };
            }

            string reasons = string.Join(", ", (chain?.ChainStatus ?? []).Select(status => status.Status).Distinct());
            return new ServerIdentityException(isNameMismatch: false, $"the server's certificate does not lead to the cluster's CA ({reasons})");
        }

        return (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None || HasOtherName(presented, expected, access)
            ? null
            : new ServerIdentityException(isNameMismatch: true, $"the server's certificate is for {NamesOf(presented)}, expected \"{expected}\"");
    }

    // Said on its own: an administrator would look for another CA, and the clock of this machine may be what is wrong.
    private static string? OutOfTime(X509Certificate2 presented, DateTimeOffset now)
    {
        DateTimeOffset from = presented.NotBefore.ToUniversalTime(), to = presented.NotAfter.ToUniversalTime();
        return now < from || now > to ? $"the server's certificate is valid from {from:u} to {to:u}, and this machine's clock says {now:u}" : null;
    }

    private static bool HasOtherName(X509Certificate2 presented, string? expected, ApiServerAccess access)
    {
        IEnumerable<string> names = ServerAddress.IsUnspecified(expected ?? "") ? [.. access.AlternativeNames, "127.0.0.1", "::1", "localhost"] : access.AlternativeNames;
        return names.Any(name => presented.MatchesHostname(name, allowWildcards: true, allowCommonName: false));
    }

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
internal sealed class ServerIdentityException(bool isNameMismatch, string message) : AuthenticationException(message)
{
    public bool IsNameMismatch => isNameMismatch;

    /// <summary>Whether the certificate has expired or is not valid yet, by the clock of this machine.</summary>
    public bool IsOutOfTime { get; init; }
}
