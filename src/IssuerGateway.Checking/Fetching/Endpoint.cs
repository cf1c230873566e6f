using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Fetching;

/// <summary>Host and port of a URL that a relying party would fetch, cut from the text without normalizing the rest of it.</summary>
public sealed record Endpoint(string Host, int Port)
{
    public string HostAndPort => $"{Host}:{Port}";

    /// <summary>The host as DNS and TLS want it: IPv6 without brackets.</summary>
    public string DnsHost => Host.Trim('[', ']');

    public static Endpoint Of(IssuerIdentifier identifier) => new(identifier.Host, identifier.Port ?? 443);
}
