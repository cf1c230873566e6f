using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace IssuerGateway.Edge;

/// <summary>
/// Counts the connections and the handshakes of each client address in bounded memory. System.Threading.RateLimiting
/// would do both, but its partitions have no upper bound, are all visited ten times a second, and cost several objects
/// a connection; this is one entry of 24 bytes an address.
/// </summary>
internal sealed class AddressLedger(LimitSettings limits, TimeProvider time)
{
    private const int SmallestSweep = 1024;

    /// <summary>More than there can be connections, so that an entry without one can always be given up.</summary>
    private readonly int capacity = Math.Max(65_536, 2 * limits.MaxConnections);

    private readonly long interval = time.TimestampFrequency / limits.HandshakesPerSecond;
    private readonly Dictionary<ulong, Entry> entries = [];
    private readonly Lock gate = new();
    private int sweepAt = SmallestSweep;

    /// <summary>Addresses that are remembered.</summary>
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

    /// <summary>Takes a place among the connections of this address; give it back with <see cref="Leave"/>.</summary>
    public bool TryEnter(ulong address)
    {
        lock (gate)
        {
            MakeRoom();
            ref Entry entry = ref CollectionsMarshal.GetValueRefOrAddDefault(entries, address, out _);
            if (entry.Connections >= limits.MaxConnectionsPerAddress)
            {
                return false;
            }

            entry.Connections++;
            return true;
        }
    }

    public void Leave(ulong address)
    {
        lock (gate)
        {
            ref Entry entry = ref CollectionsMarshal.GetValueRefOrNullRef(entries, address);
            entry.Connections--;
            if (IsIdle(entry, time.GetTimestamp()))
            {
                entries.Remove(address);
            }
        }
    }

    /// <summary>Whether an address that has entered may have one more handshake now: generic cell rate algorithm (ITU-T I.371), one number an address.</summary>
    public bool TryHandshake(ulong address)
    {
        lock (gate)
        {
            ref Entry entry = ref CollectionsMarshal.GetValueRefOrNullRef(entries, address);
            long now = time.GetTimestamp();
            long due = Math.Max(entry.HandshakesDue, now);
            if (due - now > interval * (limits.HandshakeBurst - 1L))
            {
                return false;
            }

            entry.HandshakesDue = due + interval;
            return true;
        }
    }

    /// <summary>One IPv4 address, or the /64 that one IPv6 subscriber has (RFC 6177): inside it addresses cost nothing.</summary>
    public static ulong KeyOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        address.TryWriteBytes(bytes, out _);

        // No /64 in use begins with 32 zero bits (RFC 4291 §2.4 reserves ::/8), so the two cannot meet.
        return address.AddressFamily == AddressFamily.InterNetwork ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    private static bool IsIdle(Entry entry, long now) => entry.Connections == 0 && entry.HandshakesDue <= now;

    // Each time that the table has doubled, so that an entry pays for its own removal.
    private void MakeRoom()
    {
        if (entries.Count < sweepAt)
        {
            return;
        }

        long now = time.GetTimestamp();
        RemoveAll(entry => IsIdle(entry, now));
        if (entries.Count > capacity / 2)
        {
            // Too many strangers to remember who was how fast; the limit of all connections holds nevertheless.
            RemoveAll(entry => entry.Connections == 0);
        }

        sweepAt = Math.Clamp(2 * entries.Count, SmallestSweep, capacity);
    }

    private void RemoveAll(Predicate<Entry> condition)
    {
        foreach ((ulong address, Entry entry) in entries)
        {
            if (condition(entry))
            {
                entries.Remove(address);
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
