using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Parties.EntraApp.Trust;

/// <summary>How the issuer is reached from here when that differs from the internet: addresses in place of DNS, roots in place of the system's.</summary>
internal sealed record Reach
{
    public static readonly Reach AsTheInternet = new();

    /// <summary>Addresses by <c>host:port</c>.</summary>
    public IReadOnlyDictionary<string, IPAddress> Resolve { get; init; } = new Dictionary<string, IPAddress>();

    public X509Certificate2Collection? Roots { get; init; }

    public static Reach Parse(IReadOnlyList<string> resolve, string? rootsFile, List<SettingError> errors)
    {
        Dictionary<string, IPAddress> addresses = new(StringComparer.Ordinal);
        foreach (string entry in resolve)
        {
            string[] parts = entry.Split(':', 3);
            if (parts.Length == 3 && ushort.TryParse(parts[1], out _) && IPAddress.TryParse(parts[2].Trim('[', ']'), out IPAddress? address))
            {
                addresses[$"{parts[0]}:{parts[1]}"] = address;
            }
            else
            {
                errors.Add(new SettingError("--resolve", PrintableText.Quote(entry), "HOST:PORT:ADDRESS", "for example --resolve oidc.example.com:443:192.0.2.10"));
            }
        }

        return new Reach { Resolve = addresses, Roots = rootsFile is null ? null : ReadRoots(rootsFile, errors) };
    }

    /// <summary>Strict: a trusted chain for the host, no redirects, small headers.</summary>
    public HttpMessageHandler Transport()
    {
        SocketsHttpHandler handler = new()
        {
            // OIDC Discovery §4.2 knows no redirects, and Entra's behaviour with them is not documented.
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            MaxResponseHeadersLength = 16,
        };
        if (Roots is not null)
        {
            X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(Roots);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        if (Resolve.Count > 0)
        {
            handler.ConnectCallback = (context, cancellation) => ConnectAsync(context.DnsEndPoint, cancellation);
        }

        return handler;
    }

    private async ValueTask<Stream> ConnectAsync(DnsEndPoint endpoint, CancellationToken cancellation)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            EndPoint target = Resolve.TryGetValue($"{endpoint.Host}:{endpoint.Port}", out IPAddress? address) ? new IPEndPoint(address, endpoint.Port) : endpoint;
            await socket.ConnectAsync(target, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static X509Certificate2Collection? ReadRoots(string file, List<SettingError> errors)
    {
        X509Certificate2Collection roots = [];
        try
        {
            roots.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            roots.Clear();
        }

        if (roots.Count == 0)
        {
            errors.Add(new SettingError("--ca", PrintableText.Quote(file), "a PEM file with root certificates", "leave it out for the roots of the system"));
        }

        return roots;
    }
}
