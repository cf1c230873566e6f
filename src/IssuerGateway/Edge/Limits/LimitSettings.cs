using System.Net;
using IssuerGateway.Configuration;
using IssuerGateway.Transport;

namespace IssuerGateway.Edge.Limits;

/// <summary>Where the address of a client comes from.</summary>
internal enum ClientAddressSource
{
    /// <summary>It is not known, because something in front may share one address among all clients.</summary>
    Unknown,

    /// <summary>The other end of the connection is the client.</summary>
    Direct,

    /// <summary>A load balancer in front sends it by PROXY protocol.</summary>
    ProxyProtocol,
}

/// <summary>How many connections there may be, in all and of one client address.</summary>
internal sealed record LimitSettings
{
    /// <summary>What else needs descriptors: listeners, log, epoll, the operations port, fetches, state files.</summary>
    public const int ReservedDescriptors = 64;

    private const int MaxByDefault = 10_000;
    private const int MaxPerAddressByDefault = 256;
    private const int MinByDefault = 64;

    /// <summary>Set aside for all that is not a connection: code, documents, garbage that is not collected yet.</summary>
    private const long ReservedMemory = 80L << 20;

    private const long ReservedHeap = 40L << 20;

    /// <summary>
    /// What the worst client makes a connection hold, not what an idle one costs (43 KB): documents requested and not
    /// taken, half requests, half TLS records, in the gateway, in OpenSSL and in the kernel's buffers. security-evidence.md,
    /// "Memory", has the parts and how they were measured (Hostile/MemoryTests).
    /// </summary>
    private const long MemoryPerConnection = 896 << 10;

    /// <summary>The part of it on the garbage collector's heap.</summary>
    private const long HeapPerConnection = 576 << 10;

    /// <summary>
    /// <c>Edge:MaxConnections</c>: connections of both public ports together, 16 to the descriptor limit (RLIMIT_NOFILE)
    /// less 64. Default: the lowest of 10,000, three quarters of the descriptors less 64, and what fits into the memory
    /// limit at 896 KiB a connection, the most that a client can make one hold, beside 80 MiB and 64 that are being closed. At the limit one
    /// is closed to admit the new one (<see cref="ConnectionLimiter"/>).
    /// </summary>
    public required int MaxConnections { get; init; }

    /// <summary>
    /// <c>Edge:ClientAddress</c>: default <c>Unknown</c>, without limits per address: behind a load balancer or a Service
    /// that hides addresses all clients share a few, and limits per address would block all clients because of one.
    /// So <c>Direct</c> is a statement only the operator can make (externalTrafficPolicy Local, hostPort, an edge host).
    /// </summary>
    public required ClientAddressSource ClientAddress { get; init; }

    /// <summary>
    /// <c>Edge:ProxyProtocol:TrustedSources</c>: networks in CIDR notation from which each connection must begin with a
    /// PROXY protocol header, version 1 or 2. A header from any other source is rejected; a connection without one from
    /// there counts as direct. At least one with <c>ProxyProtocol</c>, else none. Too wide a network lets whoever is in it
    /// claim any address.
    /// </summary>
    public required IReadOnlyList<IPNetwork> TrustedSources { get; init; }

    /// <summary>
    /// <c>Edge:MaxConnectionsPerAddress</c>: connections of one IPv4 address or one IPv6 /64 at a time, 1 to 1,000,000,
    /// default 256 or a quarter of <c>MaxConnections</c> if that is less. A relying party holds one or a few; 256 leaves
    /// room for hundreds behind one NAT. Above it new connections are closed.
    /// </summary>
    public required int MaxConnectionsPerAddress { get; init; }

    /// <summary>
    /// <c>Edge:HandshakesPerAddress:PerSecond</c>: TLS handshakes of one address sustained, 1 to 100,000, default 50,
    /// about 2 % of one core. Documents may be cached for minutes, so that is thousands of validators behind one NAT.
    /// Above it connections are closed before any cryptography.
    /// </summary>
    public required int HandshakesPerSecond { get; init; }

    /// <summary><c>Edge:HandshakesPerAddress:Burst</c>: handshakes of one address at once after a pause, 1 to 100,000, default 500: all pods of a cluster behind one NAT that restart together.</summary>
    public required int HandshakeBurst { get; init; }

    public static LimitSettings Read(SettingsReader reader, ProcessLimits limits)
    {
        int maxConnections = reader.Number("MaxConnections", DefaultMaxConnections(limits), 16, 1_000_000);
        SettingsReader handshakes = reader.Section("HandshakesPerAddress");
        LimitSettings settings = new()
        {
            MaxConnections = maxConnections,
            ClientAddress = reader.Choice("ClientAddress", ClientAddressSource.Unknown),
            TrustedSources = ReadSources(reader.Section("ProxyProtocol")),
            MaxConnectionsPerAddress = reader.Number("MaxConnectionsPerAddress", Math.Min(MaxPerAddressByDefault, Math.Max(1, maxConnections / 4)), 1, 1_000_000),
            HandshakesPerSecond = handshakes.Number("PerSecond", 50, 1, 100_000),
            HandshakeBurst = handshakes.Number("Burst", 500, 1, 100_000),
        };
        settings.ReportContradictions(reader);
        return settings;
    }

    /// <summary>As the transport counts them.</summary>
    public ConnectionLimits Connections => new()
    {
        MaxConnections = MaxConnections,
        MaxConnectionsPerAddress = MaxConnectionsPerAddress,
        HandshakesPerSecond = HandshakesPerSecond,
        HandshakeBurst = HandshakeBurst,
    };

    /// <summary>The host that will serve is the one whose descriptors count.</summary>
    public void ReportDescriptorFault(SettingsReader reader, ProcessLimits limits)
    {
        int most = limits.Descriptors - ReservedDescriptors;
        if (MaxConnections > most)
        {
            reader.Fail("MaxConnections", $"{MaxConnections}", $"at most {most}: the descriptor limit of {limits.Descriptors} less {ReservedDescriptors} for all else",
                $"raise the descriptor limit (LimitNOFILE= of the unit, ulimit -n) to {(long)MaxConnections + ReservedDescriptors}, or remove {reader.KeyOf("MaxConnections")} for the default of {DefaultMaxConnections(limits)}");
        }
    }

    public static int DefaultMaxConnections(ProcessLimits limits)
    {
        long byDescriptors = (limits.Descriptors - (long)ReservedDescriptors) * 3 / 4;
        return (int)Math.Max(16, Math.Min(Math.Min(MaxByDefault, byDescriptors), MaxConnectionsByMemory(limits)));
    }

    /// <summary>As many as fit into memory while each holds the most that a client can make it hold, and beside them those that are being closed.</summary>
    public static long MaxConnectionsByMemory(ProcessLimits limits) =>
        // Below a floor a gateway is of no use; a memory limit as small as that is met by collecting garbage more often.
        Math.Max(MinByDefault, Math.Min((limits.MemoryBytes - ReservedMemory) / MemoryPerConnection, (limits.HeapBytes - ReservedHeap) / HeapPerConnection) - ConnectionLimiter.MaxLeaving);

    private static List<IPNetwork> ReadSources(SettingsReader reader)
    {
        List<IPNetwork> networks = [];
        foreach ((int i, string text) in reader.Texts("TrustedSources").Index())
        {
            // An address alone is the network of that address.
            string network = text.Contains('/') ? text : IPAddress.TryParse(text, out IPAddress? address) ? $"{address}/{address.GetAddressBytes().Length * 8}" : text;
            if (IPNetwork.TryParse(network, out IPNetwork parsed))
            {
                networks.Add(parsed);
            }
            else
            {
                reader.Fail($"TrustedSources:{i}", $"\"{text}\"", "a network such as 10.0.0.0/8 or 2001:db8::/32", "name the networks from which the load balancer connects");
            }
        }

        return networks;
    }

    private void ReportContradictions(SettingsReader reader)
    {
        bool isProxied = ClientAddress == ClientAddressSource.ProxyProtocol;
        if (isProxied && TrustedSources.Count == 0)
        {
            reader.Fail("ProxyProtocol:TrustedSources", "nothing", "at least one network with ClientAddress ProxyProtocol", "name the networks from which the load balancer connects, such as 10.0.0.0/8");
        }
        else if (!isProxied && TrustedSources.Count > 0)
        {
            reader.Fail("ClientAddress", $"{ClientAddress} beside ProxyProtocol:TrustedSources", "ProxyProtocol", $"set {reader.KeyOf("ClientAddress")} to ProxyProtocol, or remove {reader.KeyOf("ProxyProtocol:TrustedSources")}");
        }
    }
}
