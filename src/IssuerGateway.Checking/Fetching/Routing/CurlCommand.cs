using IssuerGateway.Checking.Reports;

namespace IssuerGateway.Checking.Fetching.Routing;

/// <summary>A command that requests what the check requested, from where the check did: with the same host and port in place of those of the URL, the same roots and the same proxy.</summary>
internal sealed class CurlCommand(ConnectionOverrides overrides, Uri? proxy)
{
    private const string Follow = "-L --max-redirs 9";

    /// <summary>Shows the whole exchange.</summary>
    public string Verbose(DocumentUrl url) => Of("-v", url);

    public string Http11(DocumentUrl url) => Of("-v --http1.1", url);

    public string Headers(DocumentUrl url) => Of("-s -o /dev/null -D -", url);

    public string Body(DocumentUrl url) => Of("-s", url);

    /// <summary>The body behind all redirects.</summary>
    public string Followed(DocumentUrl url) => Of($"-s {Follow}", url, anyHost: true);

    /// <summary>The headers of each response, as far as Go's net/http goes: 9 redirects, which are 10 requests.</summary>
    public string Redirects(DocumentUrl url) => Of($"-s -o /dev/null -D - {Follow}", url, anyHost: true);

    /// <summary>Prints the seconds until the connection stands, until TLS does, and until the whole response is there.</summary>
    public string Times(DocumentUrl url) => Of("-s -o /dev/null -w '%{time_connect},%{time_appconnect},%{time_total}\\n'", url);

    /// <param name="anyHost">Whether a redirect may lead to another host, so that every option is needed.</param>
    private string Of(string arguments, DocumentUrl url, bool anyHost = false)
    {
        ConnectionTarget target = overrides.TargetOf(url.Endpoint.DnsHost, url.Endpoint.Port);
        IEnumerable<string?> stated = anyHost ? [.. overrides.ConnectTo.Select(each => each.Written), .. overrides.Resolve.Select(each => each.Written)] : [target.Route?.Written, target.Entry?.Written];
        string[] reaching = proxy is not null ? [$"--proxy {ShellText.Quote($"http://{OperatorProxy.HostAndPort(proxy)}")}"] : [.. stated.OfType<string>().Where(written => written.Length > 0).Select(Quoted)];
        string[] roots = overrides.RootsFile is { } file ? [$"--cacert {ShellText.File(file)}"] : [];

        // To curl brackets and braces outside of the host are a range.
        string[] plain = url.Target.AsSpan().ContainsAny("[]{}") ? ["-g"] : [];
        return string.Join(' ', ["curl", arguments, .. plain, .. reaching, .. roots, ShellText.Quote(url.Value)]);
    }

    private static string Quoted(string written) => written.Split(' ', 2) is [var option, var value] ? $"{option} {ShellText.Quote(value)}" : written;
}
