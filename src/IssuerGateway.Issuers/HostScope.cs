using System.Net;
using System.Net.Sockets;

namespace IssuerGateway.Issuers;

/// <summary>Whether a host or an address is one that the internet cannot reach.</summary>
public static class HostScope
{
    private static readonly IPNetwork[] privateNetworks =
    [
        IPNetwork.Parse("0.0.0.0/8"),         // RFC 1122 §3.2.1.3, this host
        IPNetwork.Parse("10.0.0.0/8"),        // RFC 1918
        IPNetwork.Parse("100.64.0.0/10"),     // RFC 6598, carrier-grade NAT
        IPNetwork.Parse("127.0.0.0/8"),       // RFC 1122, loopback
        IPNetwork.Parse("169.254.0.0/16"),    // RFC 3927, link-local
        IPNetwork.Parse("172.16.0.0/12"),     // RFC 1918
        IPNetwork.Parse("192.0.0.0/24"),      // RFC 6890, protocol assignments (DS-Lite, NAT64 discovery)
        IPNetwork.Parse("192.88.99.0/24"),    // RFC 7526, the former 6to4 relays
        IPNetwork.Parse("192.168.0.0/16"),    // RFC 1918
        IPNetwork.Parse("198.18.0.0/15"),     // RFC 2544, benchmarking
        IPNetwork.Parse("224.0.0.0/4"),       // RFC 5771, multicast
        IPNetwork.Parse("240.0.0.0/4"),       // RFC 1112 §4, reserved, with the broadcast address
        IPNetwork.Parse("::/96"),             // RFC 4291, unspecified, loopback, and IPv4 in the deprecated compatible form
        IPNetwork.Parse("::ffff:0:0:0/96"),   // RFC 2765, IPv4 in the translated form
        IPNetwork.Parse("64:ff9b::/96"),      // RFC 6052, any IPv4 address behind the local NAT64
        IPNetwork.Parse("64:ff9b:1::/48"),    // RFC 8215, local-use NAT64
        IPNetwork.Parse("100::/64"),          // RFC 6666, discard
        IPNetwork.Parse("2001::/32"),         // RFC 4380, Teredo, which carries an IPv4 address
        IPNetwork.Parse("2002::/16"),         // RFC 3056, 6to4, which carries an IPv4 address
        IPNetwork.Parse("fc00::/7"),          // RFC 4193, unique local
        IPNetwork.Parse("fe80::/10"),         // RFC 4291, link-local
        IPNetwork.Parse("fec0::/10"),         // RFC 3879, the former site-local
        IPNetwork.Parse("ff00::/8"),          // RFC 4291, multicast
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
