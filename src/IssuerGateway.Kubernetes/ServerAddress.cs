using System.Net;

namespace IssuerGateway.Kubernetes;

/// <summary>The address of one API server: https, host and port, nothing else, because only two fixed paths are ever requested.</summary>
public static class ServerAddress
{
    public const string Expected = "an address such as https://10.0.0.1:6443";

    public static bool TryParse(string text, out Uri address, out string hint)
    {
        address = new Uri("https://unset.invalid");
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? parsed) || parsed.HostNameType is UriHostNameType.Basic or UriHostNameType.Unknown)
        {
            hint = "write the scheme, the host and the port: https://host:6443";
            return false;
        }

        hint = parsed switch
        {
            { Scheme: not "https" } => "use https; the API server's response decides which tokens are believed",
            { UserInfo: not "" } => "remove the user name and password; credentials are a token file or a client certificate",
            { Query: not "" } or { Fragment: not "" } => "remove the query and the fragment",
            { AbsolutePath: not "/" } => "remove the path; the API server itself must be reached, not a proxy that serves it under a prefix",
            { Port: 0 } => "give a port from 1 to 65535",
            _ => "",
        };
        if (hint.Length > 0)
        {
            return false;
        }

        address = new UriBuilder("https", parsed.IdnHost.Trim('[', ']'), parsed.Port).Uri;
        return true;
    }

    /// <summary>An address that was rejected, for a message: without the credentials that it may have been rejected for.</summary>
    public static string Quote(string text) => text.LastIndexOf('@') is var at and >= 0 ? $"\"…{text[at..]}\"" : $"\"{text}\"";

    /// <summary>How a server is named in logs and metrics: always with its port, never with a slash at the end.</summary>
    public static string Show(Uri server) => $"https://{server.IdnHost switch
    {
        var host when host.Contains(':', StringComparison.Ordinal) && host[0] != '[' => $"[{host}]",
        var host => host,
    }}:{server.Port}";

    /// <summary>0.0.0.0 and ::, by which a kubeconfig means this machine.</summary>
    public static bool IsUnspecified(string host) => IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    public static bool IsAddress(string host) => IPAddress.TryParse(host, out _);
}
