namespace IssuerGateway.Kubernetes.Documents;

/// <summary>What one server may take of our time and memory at one refresh.</summary>
public sealed record FetchLimits
{
    /// <summary>Until the TLS handshake has ended.</summary>
    public TimeSpan Connect { get; init; } = ApiServerClient.ConnectTimeout;

    /// <summary>For both documents of one server in all, a second try with a new token included.</summary>
    public TimeSpan Attempt { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Of one document. A hundred RSA keys of 4096 bits are 75 KiB.</summary>
    public int DocumentBytes { get; init; } = 256 << 10;

    /// <summary>Whether servers may be reached through a proxy: only by the program of an administrator.</summary>
    public bool MayUseProxy { get; init; }

    /// <summary>The kubeconfig that a person has named, so that hints name its entries; absent for the gateway, where they name its settings.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Between two /readyz probes of one server; absent: no probes, for whoever queries only once.</summary>
    public TimeSpan? ProbeInterval { get; init; } = shortestProbeInterval;

    private static readonly TimeSpan shortestProbeInterval = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Every 30 s, and for a hub so that all clusters together are probed four times a second: a probe costs a TLS
    /// handshake like a fetch, and says less.
    /// </summary>
    public static TimeSpan ProbeIntervalFor(int clusters) => TimeSpan.FromSeconds(Math.Max(shortestProbeInterval.TotalSeconds, clusters / 4.0));
}
