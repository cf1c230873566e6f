using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching.Routing;

namespace IssuerGateway.Checking.Fetching;

/// <summary>One <c>--connect-to HOST:PORT:HOST2:PORT2</c> as curl has it: an empty HOST or PORT means any, an empty HOST2 or PORT2 the same. Without <c>:PORT2</c> the port stays, too.</summary>
public sealed record ConnectTo(string? Host, int? Port, string? ToHost, int? ToPort)
{
    /// <summary>The option as it was written, whole, because commands repeat it.</summary>
    public string Written { get; init; } = "";

    /// <summary>The same for a sentence, where a long one is cut.</summary>
    public string Shown => SecretText.Hide(PrintableText.Of(Written));

    /// <summary>Whether it says where to connect; curl passes over one that does not.</summary>
    public bool HasTarget => ToHost is not null || ToPort is not null;

    public bool Matches(string host, int port) => (Host is null || ResolveEntry.Canonical(Host) == ResolveEntry.Canonical(host)) && (Port is null || Port == port);

    public static bool TryParse(string text, [NotNullWhen(true)] out ConnectTo? route)
    {
        route = null;
        List<string> parts = Split(text);
        if ((parts.Count == 3 ? [.. parts, ""] : parts) is not [string host, string port, string toHost, string toPort]
            || !TryPort(port, out int? from) || !TryPort(toPort, out int? to)
            || !IsHostOrEmpty(host) || !IsHostOrEmpty(toHost))
        {
            return false;
        }

        route = new ConnectTo(host.Length == 0 ? null : host, from, toHost.Length == 0 ? null : toHost.Trim('[', ']'), to);
        return true;
    }

    private static bool IsHostOrEmpty(string text) => text.Length == 0 || IsHost(text);

    /// <summary>A name or an address as DNS and certificates have it; IPv6 in brackets.</summary>
    public static bool IsHost(string text) => text.All(c => c is > ' ' and <= '~' and not '%') && Uri.CheckHostName(text) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6;

    private static bool TryPort(string text, out int? port)
    {
        port = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort value) && value > 0 ? value : null;
        return text.Length == 0 || port is not null;
    }

    // Colons between brackets belong to an IPv6 address.
    private static List<string> Split(string text)
    {
        List<string> parts = [""];
        bool inBrackets = false;
        foreach (char c in text)
        {
            inBrackets = c switch { '[' => true, ']' => false, _ => inBrackets };
            if (c == ':' && !inBrackets)
            {
                parts.Add("");
            }
            else
            {
                parts[^1] += c;
            }
        }

        return parts;
    }
}
