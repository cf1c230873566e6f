namespace IssuerGateway.Kubernetes.Documents;

/// <summary>What of its surroundings may keep a process from an API server although the server runs.</summary>
internal static class ReachHint
{
    private static readonly string[] proxyVariables = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

    /// <param name="subject">The URL that could not be reached.</param>
    public static string Of(string hint, string subject, bool mayUseProxy, Func<string, string?> environment)
    {
        if (!string.IsNullOrEmpty(environment("KUBERNETES_SERVICE_HOST")))
        {
            string port = Uri.TryCreate(subject, UriKind.Absolute, out Uri? url) ? $"port {url.Port}" : "its port";
            hint += $"; a NetworkPolicy for this pod must allow egress to {port}";
        }

        string? variable = mayUseProxy ? null : proxyVariables.FirstOrDefault(name => !string.IsNullOrEmpty(environment(name)));
        return variable is null ? hint : $"{hint}; {variable} is set and not used: API servers are reached without a proxy";
    }
}
