using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using IssuerGateway.Base;

namespace IssuerGateway.Checking.Fetching.Routing;

/// <summary>
/// One <c>--resolve HOST:PORT:ADDRESS[,ADDRESS]...</c> as curl has it: the addresses that take the place of DNS. A HOST of
/// <c>*</c> is every host that has no entry of its own, and of two entries for one host and port the last one counts.
/// </summary>
/// <param name="Host">In lower case and without brackets; null for <c>*</c>.</param>
public sealed record ResolveEntry(string? Host, int Port, IReadOnlyList<IPAddress> Addresses)
{
    /// <summary>The option as it was written, whole, because commands repeat it: a list of addresses may be long.</summary>
    public string Written { get; init; } = "";

    /// <summary>The same for a sentence, where a long one is cut.</summary>
    public string Shown => SecretText.Hide(PrintableText.Of(Written));

    public bool Matches(string host, int port) => Port == port && (Host is null || Host == Canonical(host));

    public static bool TryParse(string text, [NotNullWhen(true)] out ResolveEntry? entry)
    {
        entry = null;

        // What + is good for, an entry that ends after a minute, makes no difference here.
        string rest = text.StartsWith('+') ? text[1..] : text;
        int host = rest.StartsWith('[') ? rest.IndexOf(']') + 1 : Math.Max(rest.IndexOf(':'), 0);
        if (rest[host..].Split(':', 3) is not ["", var digits, var list] || !(rest[..host] == "*" || (ConnectTo.IsHost(rest[..host]) && !rest.StartsWith('-')))
            || !ushort.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0)
        {
            return false;
        }

        // curl ignores a comma at the end.
        IPAddress?[] addresses = [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(AddressOf)];
        if (addresses.Length > 0 && !addresses.Contains(null))
        {
            entry = new ResolveEntry(rest[..host] == "*" ? null : Canonical(rest[..host]), port, [.. addresses.OfType<IPAddress>()]);
        }

        return entry is not null;
    }

    /// <summary>A host as it is compared: an IPv6 address can be written in several ways.</summary>
    public static string Canonical(string host)
    {
        string bare = host.Trim('[', ']');
        return IPAddress.TryParse(bare, out IPAddress? address) ? address.ToString() : bare.ToLowerInvariant();
    }

    /// <summary>Whether an entry that could not be read has an address with a zone (RFC 4007 §11), which is of one machine's interfaces.</summary>
    public static bool HasZone(string text) => text.LastIndexOf('%') is > 0 and var zone && text[..zone].Contains("fe80:", StringComparison.OrdinalIgnoreCase);

    // .NET reads a port alone as an address, and an address with a port too.
    private static IPAddress? AddressOf(string text)
    {
        string bare = text is ['[', .. var within, ']'] ? within : text;
        return !bare.AsSpan().ContainsAny("[]%") && IPAddress.TryParse(bare, out IPAddress? address)
            && (address.AddressFamily == AddressFamily.InterNetworkV6 ? bare.Contains(':') : text == address.ToString()) ? address : null;
    }
}
