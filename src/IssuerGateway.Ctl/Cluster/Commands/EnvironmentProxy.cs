using System.Net;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary>
/// The proxy of HTTPS_PROXY and NO_PROXY by the rules of Go's net/http (golang.org/x/net/http/httpproxy), which kubectl
/// follows: .NET reads the variables differently.
/// </summary>
internal sealed class EnvironmentProxy : IWebProxy
{
    private readonly Uri? proxy;
    private readonly string[] exceptions;

    public EnvironmentProxy(Func<string, string?> variable)
    {
        string? value = First(variable, "HTTPS_PROXY", "https_proxy");
        exceptions = (First(variable, "NO_PROXY", "no_proxy") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (value is null)
        {
            return;
        }

        // As Go: a value without a scheme is the address of an HTTP proxy.
        string url = value.Contains("://", StringComparison.Ordinal) ? value : $"http://{value}";
        if (!Uri.TryCreate(url, UriKind.Absolute, out proxy) || proxy.Scheme is not ("http" or "https" or "socks5") || proxy.Host.Length == 0)
        {
            proxy = null;
            Fault = "HTTPS_PROXY is not the URL of a proxy";
            return;
        }

        if (proxy!.UserInfo.Split(':', 2) is [{ Length: > 0 } user, .. var password])
        {
            Credentials = new NetworkCredential(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password is [var secret] ? secret : ""));
        }
    }

    /// <summary>What is wrong with the variables.</summary>
    public string? Fault { get; }

    public ICredentials? Credentials { get; set; }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : proxy;

    public bool IsBypassed(Uri host)
    {
        string name = host.IdnHost.Trim('[', ']').TrimEnd('.').ToLowerInvariant();
        IPAddress? address = IPAddress.TryParse(name, out IPAddress? parsed) ? parsed : null;
        return proxy is null || name == "localhost" || (address is not null && IPAddress.IsLoopback(address))
            || exceptions.Any(exception => Matches(exception.ToLowerInvariant(), name, address, host.Port));
    }

    private static bool Matches(string exception, string name, IPAddress? address, int port)
    {
        if (exception == "*")
        {
            return true;
        }

        if (IPNetwork.TryParse(exception, out IPNetwork network))
        {
            return address is not null && network.Contains(address);
        }

        (string wanted, string? wantedPort) = PortOf(exception);
        if (wantedPort is not null && wantedPort != port.ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            return false;
        }

        if (IPAddress.TryParse(wanted.Trim('[', ']'), out IPAddress? exact))
        {
            return exact.Equals(address);
        }

        // foo.example matches itself and what is below it, .foo.example and *.foo.example only what is below it.
        string suffix = wanted.StartsWith("*.", StringComparison.Ordinal) ? wanted[1..] : wanted;
        return suffix.StartsWith('.') ? name.EndsWith(suffix, StringComparison.Ordinal) : name == suffix || name.EndsWith($".{suffix}", StringComparison.Ordinal);
    }

    private static (string Host, string? Port) PortOf(string exception)
    {
        int colon = exception.LastIndexOf(':');
        bool isAddress6 = exception.Count(character => character == ':') > 1 && !exception.Contains("]:", StringComparison.Ordinal);
        return colon < 0 || isAddress6 ? (exception, null) : (exception[..colon], exception[(colon + 1)..]);
    }

    private static string? First(Func<string, string?> variable, params string[] names) => names.Select(variable).FirstOrDefault(value => !string.IsNullOrEmpty(value));
}
