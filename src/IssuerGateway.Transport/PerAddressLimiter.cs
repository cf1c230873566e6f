using System.Runtime.InteropServices;

namespace IssuerGateway.Transport;

/// <summary>
/// Counts the connections and the handshakes of each client network in bounded memory. System.Threading.RateLimiting
/// would do both, but its partitions have no upper bound, are all visited ten times a second, and cost several objects
/// a connection; this is one entry of 32 bytes a network.
/// </summary>
public sealed class PerAddressLimiter(ConnectionLimits limits, TimeProvider time)
{
    private const int SmallestSweep = 1024;

    /// <summary>More than there can be connections, so that an entry without one can always be given up.</summary>
    private readonly int capacity = Math.Max(65_536, 6 * limits.MaxConnections);

    private readonly long interval = time.TimestampFrequency / limits.HandshakesPerSecond;
    private readonly Dictionary<ClientNetwork, Entry> entries = [];
    private readonly Lock gate = new();
    private int sweepAt = SmallestSweep;

    /// <summary>Networks that are remembered.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return entries.Count;
            }
        }
    }

    /// <summary>Takes one of the connections that this client may have; give it back with <see cref="Leave"/>.</summary>
    public bool TryEnter(ClientNetwork client)
    {
        lock (gate)
        {
            foreach ((byte bits, int worth) in client.Levels)
            {
                if (entries.TryGetValue(client.Above(bits), out Entry entry) && entry.Connections >= (long)limits.MaxConnectionsPerAddress * worth)
                {
                    return false;
                }
            }

            MakeRoom();
            foreach ((byte bits, _) in client.Levels)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(entries, client.Above(bits), out _).Connections++;
            }

            return true;
        }
    }

    public void Leave(ClientNetwork client)
    {
        lock (gate)
        {
            long now = time.GetTimestamp();
            foreach ((byte bits, _) in client.Levels)
            {
                ClientNetwork network = client.Above(bits);
                ref Entry entry = ref CollectionsMarshal.GetValueRefOrNullRef(entries, network);
                entry.Connections--;
                if (IsUnused(entry, now))
                {
                    entries.Remove(network);
                }
            }
        }
    }

    /// <summary>Whether a client that has entered may have one more handshake now: generic cell rate algorithm (ITU-T I.371), one number a network.</summary>
    public bool TryHandshake(ClientNetwork client)
    {
        lock (gate)
        {
            long now = time.GetTimestamp();
            foreach ((byte bits, int worth) in client.Levels)
            {
                Entry entry = entries[client.Above(bits)];
                if (Math.Max(entry.HandshakesDue, now) - now > interval * (limits.HandshakeBurst - 1L))
                {
                    return false;
                }
            }

            foreach ((byte bits, int worth) in client.Levels)
            {
                ref Entry entry = ref CollectionsMarshal.GetValueRefOrNullRef(entries, client.Above(bits));
                entry.HandshakesDue = Math.Max(entry.HandshakesDue, now) + (interval / worth);
            }

            return true;
        }
    }

    /// <summary>How much of the connections this client holds: its own, or its share of what the networks above it hold; 0 when it is not known.</summary>
    public int WeightOf(ClientNetwork client)
    {
        int weight = 0;
        lock (gate)
        {
            foreach ((byte bits, int worth) in client.Levels)
            {
                weight = Math.Max(weight, entries.TryGetValue(client.Above(bits), out Entry entry) ? entry.Connections / worth : 0);
            }
        }

        return weight;
    }

    private static bool IsUnused(Entry entry, long now) => entry.Connections == 0 && entry.HandshakesDue <= now;

    // Each time that the table has doubled, so that an entry pays for its own removal.
    private void MakeRoom()
    {
        if (entries.Count < sweepAt)
        {
            return;
        }

        long now = time.GetTimestamp();
        RemoveAll(entry => IsUnused(entry, now));
        if (entries.Count > capacity / 2)
        {
            // Too many addresses to remember who was how fast; the limit of all connections holds nevertheless.
            RemoveAll(entry => entry.Connections == 0);
        }

        sweepAt = Math.Clamp(2 * entries.Count, SmallestSweep, capacity);
    }

    private void RemoveAll(Predicate<Entry> condition)
    {
        foreach ((ClientNetwork network, Entry entry) in entries)
        {
            if (condition(entry))
            {
                entries.Remove(network);
            }
        }
    }

    private struct Entry
    {
        public int Connections;

        /// <summary>When the handshakes so far would be over at the sustained rate.</summary>
        public long HandshakesDue;
    }
}
