using Microsoft.Extensions.Logging;

namespace IssuerGateway.Edge;

/// <summary>Why a connection was closed before its client wanted.</summary>
internal enum Refusal
{
    /// <summary>As many as there may be, all in use.</summary>
    Total,

    /// <summary>It was silent longest when another needed its place.</summary>
    Replaced,

    /// <summary>As many as one address may have.</summary>
    Address,

    /// <summary>More handshakes than one address may ask for.</summary>
    HandshakeRate,

    /// <summary>From a trusted source without a PROXY header, or not in time.</summary>
    ProxyHeaderMissing,

    /// <summary>From a trusted source with a PROXY header that breaks the rules.</summary>
    ProxyHeaderMalformed,

    /// <summary>With a PROXY header from a source that is not trusted.</summary>
    ProxyHeaderUntrusted,
}

/// <summary>Counts every refusal, and tells of each kind once a minute at most: an attack must not fill the log.</summary>
internal sealed class Refusals(EdgeMetrics metrics, TimeProvider time, ILogger<Refusals> logger)
{
    private static readonly TimeSpan pause = TimeSpan.FromMinutes(1);

    private readonly Silence[] silences = [.. Enum.GetValues<Refusal>().Select(_ => new Silence())];

    public void Note(Refusal refusal, object? address)
    {
        metrics.Refused(refusal);
        Silence silence = silences[(int)refusal];
        long untold;
        lock (silence)
        {
            silence.Untold++;
            if (silence.Since is { } since && time.GetElapsedTime(since) < pause)
            {
                return;
            }

            untold = silence.Untold;
            silence.Untold = 0;
            silence.Since = time.GetTimestamp();
        }

        // Elsewhere: the accept loop calls this, and it must not depend on what a log line takes.
        ThreadPool.UnsafeQueueUserWorkItem(
            _ => logger.LogWarning("Closed {Count} connections since this was last told, the latest from {Address}: {Reason}", untold, address, ReasonOf(refusal)), null);
    }

    private static string ReasonOf(Refusal refusal) => refusal switch
    {
        Refusal.Total => "Edge:MaxConnections reached and none of them silent",
        Refusal.Replaced => "Edge:MaxConnections reached, so the one silent longest made room",
        Refusal.Address => "Edge:MaxConnectionsPerAddress reached",
        Refusal.HandshakeRate => "Edge:HandshakesPerAddress exceeded",
        Refusal.ProxyHeaderMissing => "no PROXY header from one of Edge:ProxyProtocol:TrustedSources; turn it on at the load balancer",
        Refusal.ProxyHeaderMalformed => "a malformed PROXY header from one of Edge:ProxyProtocol:TrustedSources",
        _ => "a PROXY header from outside Edge:ProxyProtocol:TrustedSources; add the source if it is your load balancer",
    };

    private sealed class Silence
    {
        public long Untold { get; set; }

        public long? Since { get; set; }
    }
}
