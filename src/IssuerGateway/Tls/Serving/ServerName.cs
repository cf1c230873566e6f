using System.Globalization;
using System.Net;

namespace IssuerGateway.Tls.Serving;

/// <summary>The name of a handshake (RFC 6066 §3) as certificates carry it. .NET hands out internationalized labels decoded.</summary>
internal static class ServerName
{
    private static readonly IdnMapping idn = new();

    /// <summary>In ASCII and lower case, an IP address in its usual form; empty when it can be no name.</summary>
    public static string Ascii(string serverName)
    {
        // RFC 6066 §3 wants it without the dot that ends an absolute DNS name; a client that was given an URL with one may send it.
        serverName = serverName.EndsWith('.') ? serverName[..^1] : serverName;
        if (IPAddress.TryParse(serverName, out IPAddress? address))
        {
            return address.ToString();
        }

        if (System.Text.Ascii.IsValid(serverName))
        {
            return serverName.ToLowerInvariant();
        }

        try
        {
            return idn.GetAscii(serverName).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return "";
        }
    }
}
