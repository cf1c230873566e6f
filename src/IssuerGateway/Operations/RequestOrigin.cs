using System.Net;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.Operations;

/// <summary>
/// Keeps web pages in an operator's browser away from the operations listener. A page of an attacker may send requests
/// there, and by DNS rebinding (a name of the attacker that resolves to this machine) even read the responses; then the
/// Host header is that name.
/// </summary>
internal static class RequestOrigin
{
    /// <summary>Null when the request may be served, otherwise why not.</summary>
    public static string? Rejection(IHeaderDictionary headers, IReadOnlyList<string> allowedHosts)
    {
        // Fetch Metadata §2.1: every current browser says where a request comes from; "none" is the address bar.
        // Older ones name the page in Origin at least when it means to read the response (RFC 6454 §7.3).
        string site = headers["Sec-Fetch-Site"].ToString(), origin = headers.Origin.ToString();
        if ((site.Length > 0 && site is not ("none" or "same-origin")) || (origin.Length > 0 && !IsOwnOrigin(origin, headers.Host.ToString())))
        {
            return "requests of other web sites are rejected";
        }

        return IsOwnHost(headers.Host.ToString(), allowedHosts)
            ? null
            : "this Host is rejected: use the address of the machine or pod, or add the name to Operations:AllowedHosts";
    }

    private static bool IsOwnOrigin(string origin, string host) =>
        origin.Equals($"http://{host}", StringComparison.OrdinalIgnoreCase) || origin.Equals($"https://{host}", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Addresses, names without a dot, and names below domains that nobody can register (RFC 6761, RFC 6762, cluster DNS)
    /// cannot be an attacker's.
    /// </summary>
    public static bool IsOwnHost(string host, IReadOnlyList<string> allowedHosts)
    {
        string name = new HostString(host).Host.Trim('[', ']').TrimEnd('.');
        return name.Length == 0
            || IPAddress.TryParse(name, out _)
            || !name.Contains('.', StringComparison.Ordinal)
            || ((string[])[".svc", ".local", ".localhost", ".internal"]).Any(suffix => name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            || allowedHosts.Contains(name, StringComparer.OrdinalIgnoreCase);
    }
}
