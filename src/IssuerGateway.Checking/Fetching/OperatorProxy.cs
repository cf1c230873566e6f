using System.Net;

namespace IssuerGateway.Checking.Fetching;

/// <summary>The HTTP proxy of <c>--proxy</c>, with the user and password of its URL, which .NET does not take from there.</summary>
internal static class OperatorProxy
{
    /// <summary>Host and port as programs take them: an IPv6 address in brackets, and the port always, because curl has another default.</summary>
    public static string HostAndPort(Uri url) => $"{url.Host}:{url.Port}";

    public static WebProxy? Of(Uri? url)
    {
        if (url is null)
        {
            return null;
        }

        string[] parts = url.UserInfo.Split(':', 2);
        return new WebProxy(new UriBuilder(url) { UserName = "", Password = "" }.Uri)
        {
            Credentials = url.UserInfo.Length == 0 ? null : new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : ""),
        };
    }
}
