using System.Net;
using System.Net.Sockets;

namespace IssuerGateway.Issuers;

/// <summary>Whether a host or an address is one that the internet cannot reach.</summary>
public static class HostScope
{
    private static readonly IPNetwork[] privateNetworks =
    [
        IPNetwork.Parse("0.0.0.0/8"),       // RFC 1122 §3.2.1.3, this host
        IPNetwork.Parse("10.0.0.0/8"),      // RFC 1918
        IPNetwork.Parse("100.64.0.0/10"),   // RFC 6598, carrier-grade NAT
        IPNetwork.Parse("127.0.0.0/8"),     // RFC 1122, loopback
        IPNetwork.Parse("169.254.0.0/16"),  // RFC 3927, link-local
        IPNetwork.Parse("172.16.0.0/12"),   // RFC 1918
        IPNetwork.Parse("192.168.0.0/16"),  // RFC 1918
        IPNetwork.Parse("::/127"),          // RFC 4291, unspecified and loopback
        IPNetwork.Parse("fc00::/7"),        // RFC 4193, unique local
        IPNetwork.Parse("fe80::/10"),       // RFC 4291, link-local
    ];

    // RFC 6762 (.local), RFC 6761 (.localhost), ICANN's reservation of .internal, and the names inside a cluster.
    private static readonly string[] privateSuffixes = [".svc", ".local", ".internal", ".localhost"];

    public static bool IsPrivate(string host)
    {
        string name = host.TrimEnd('.');
        if (IPAddress.TryParse(name.Trim('[', ']'), out IPAddress? address))
        {
            return IsPrivate(address);
        }

        return !name.Contains('.') || privateSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));
    }

    public static bool IsPrivate(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6
            && privateNetworks.Any(network => network.Contains(plain));
    }
}
