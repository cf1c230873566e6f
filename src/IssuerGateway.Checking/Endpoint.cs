using System.Diagnostics.CodeAnalysis;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>Host and port of a URL that a relying party would fetch, cut from the text without normalising the rest of it.</summary>
public sealed record Endpoint(string Host, int Port)
{
    public string HostAndPort => $"{Host}:{Port}";

    /// <summary>The host as DNS and TLS want it: IPv6 without brackets.</summary>
    public string DnsHost => Host.Trim('[', ']');

    public static Endpoint Of(IssuerIdentifier identifier) => new(identifier.Host, identifier.Port ?? 443);

    public static bool TryParse(string url, [NotNullWhen(true)] out Endpoint? endpoint)
    {
        endpoint = Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttps && uri.UserInfo.Length == 0
            ? new Endpoint(uri.Host, uri.Port)
            : null;
        return endpoint is not null;
    }
}
