using IssuerGateway.Transport;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Edge.Connections;

/// <summary>Counts every rejected connection, and logs each kind once a minute at most: an attack must not fill the log.</summary>
internal sealed class RejectionLog(EdgeMetrics metrics, TimeProvider time, ILogger<RejectionLog> logger)
{
    private static readonly TimeSpan pause = TimeSpan.FromMinutes(1);

    private readonly LogThrottle[] throttles = [.. Enum.GetValues<RejectionReason>().Select(_ => new LogThrottle())];

    public void Note(RejectionReason reason, object? address)
    {
        metrics.Rejected(reason);
        LogThrottle throttle = throttles[(int)reason];
        long count;
        lock (throttle)
        {
            throttle.Count++;
            if (throttle.LastMessage is { } last && time.GetElapsedTime(last) < pause)
            {
                return;
            }

            count = throttle.Count;
            throttle.Count = 0;
            throttle.LastMessage = time.GetTimestamp();
        }

        // Elsewhere: the accept loop calls this, and it must not depend on what a log line takes.
        ThreadPool.UnsafeQueueUserWorkItem(
            _ => logger.LogWarning("Rejected {Count} connections since the last message, the latest from {Address}: {Reason}", count, address, TextOf(reason)), null);
    }

    private static string TextOf(RejectionReason reason) => reason switch
    {
        RejectionReason.Total => "Edge:MaxConnections reached, and no connection could make room",
        RejectionReason.Replaced => "Edge:MaxConnections reached, so the connection longest without a response, or one of the client that held most, made room",
        RejectionReason.Address => "Edge:MaxConnectionsPerAddress reached",
        RejectionReason.HandshakeRate => "Edge:HandshakesPerAddress exceeded",
        RejectionReason.ProxyHeaderMissing => "no PROXY header from one of Edge:ProxyProtocol:TrustedSources; turn it on at the load balancer",
        RejectionReason.ProxyHeaderMalformed => "a malformed PROXY header from one of Edge:ProxyProtocol:TrustedSources",
        _ => "a PROXY header from outside Edge:ProxyProtocol:TrustedSources; add the source if it is your load balancer",
    };

    private sealed class LogThrottle
    {
        public long Count { get; set; }

        public long? LastMessage { get; set; }
    }
}
