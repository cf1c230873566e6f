using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IssuerGateway.Issuers;

namespace IssuerGateway.Edge.Connections;

/// <summary>What the first bytes of a connection say.</summary>
internal enum ProxyHeaderFinding
{
    /// <summary>They may become a header; more are needed.</summary>
    Incomplete,

    /// <summary>They begin no header.</summary>
    Absent,

    /// <summary>They begin one and break its rules.</summary>
    Malformed,

    /// <summary>A whole header that names a client.</summary>
    Client,

    /// <summary>A whole header that names none: a health check of the proxy itself, or an address that is no TCP one.</summary>
    NoClient,
}

/// <summary>
/// A header of the PROXY protocol (haproxy, proxy-protocol.txt), version 1 (§2.1) or 2 (§2.2): strict, bounded, never
/// throwing, and never reading past its end.
/// </summary>
/// <param name="Length">Bytes of a whole header.</param>
internal readonly record struct ProxyHeader(ProxyHeaderFinding Finding, int Length = 0, IPEndPoint? Client = null)
{
    /// <summary>§2.1: 107 bytes with the line end are enough for every line.</summary>
    private const int MaxLength1 = 107;

    /// <summary>Addresses take 36 bytes at most, TLVs the rest; what nginx takes too.</summary>
    private const int MaxLength2 = 4096;

    private const int FixedLength2 = 16;

    private static readonly ProxyHeader incomplete = new(ProxyHeaderFinding.Incomplete);
    private static readonly ProxyHeader absent = new(ProxyHeaderFinding.Absent);
    private static readonly ProxyHeader malformed = new(ProxyHeaderFinding.Malformed);

    private static ReadOnlySpan<byte> Signature1 => "PROXY "u8;

    private static ReadOnlySpan<byte> Signature2 => "\r\n\r\n\0\r\nQUIT\n"u8;

    public static ProxyHeader Read(ReadOnlySequence<byte> received)
    {
        Span<byte> start = stackalloc byte[MaxLength1];
        start = start[..(int)Math.Min(received.Length, start.Length)];
        received.Slice(0, start.Length).CopyTo(start);
        return Begins(start, Signature1) ? start.Length < Signature1.Length ? incomplete : Read1(start)
            : Begins(start, Signature2) ? start.Length < FixedLength2 ? incomplete : Read2(start, received.Length)
            : absent;
    }

    private static bool Begins(ReadOnlySpan<byte> start, ReadOnlySpan<byte> signature) =>
        start.Length < signature.Length ? signature.StartsWith(start) : start.StartsWith(signature);

    private static ProxyHeader Read1(ReadOnlySpan<byte> start)
    {
        int end = start.IndexOf((byte)'\n');
        if (end < 0)
        {
            return start.Length < MaxLength1 ? incomplete : malformed;
        }

        if (start[end - 1] != '\r')
        {
            return malformed;
        }

        ReadOnlySpan<byte> line = start[Signature1.Length..(end - 1)];

        // §2.1: after UNKNOWN the receiver must ignore anything up to the line end.
        if (line.SequenceEqual("UNKNOWN"u8) || line.StartsWith("UNKNOWN "u8))
        {
            return new ProxyHeader(ProxyHeaderFinding.NoClient, end + 1);
        }

        return Client1(Encoding.ASCII.GetString(line).Split(' ')) is { } client ? new ProxyHeader(ProxyHeaderFinding.Client, end + 1, client) : malformed;
    }

    private static IPEndPoint? Client1(string[] fields)
    {
        AddressFamily family = fields[0] switch
        {
            "TCP4" => AddressFamily.InterNetwork,
            "TCP6" => AddressFamily.InterNetworkV6,
            _ => AddressFamily.Unspecified,
        };
        return fields.Length == 5 && Address1(fields[1], family) is { } source && Address1(fields[2], family) is not null
            && Port1(fields[3]) is { } port && Port1(fields[4]) is not null
            ? new IPEndPoint(source, port)
            : null;
    }

    // IPAddress also reads 127.1, 0x7f.0.0.1, [::1] and fe80::1%eth0, which §2.1 does not have.
    private static IPAddress? Address1(string text, AddressFamily family) =>
        !text.AsSpan().ContainsAny("[]%/") && IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == family
        && (family == AddressFamily.InterNetworkV6 || address.ToString() == text)
            ? address
            : null;

    // .NET's numbers may end in zero bytes.
    private static int? Port1(string text) =>
        !text.Contains('\0') && ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && (text.Length == 1 || text[0] != '0') ? port : null;

    private static ProxyHeader Read2(ReadOnlySpan<byte> start, long available)
    {
        int command = start[12];
        int family = start[13];
        int length = FixedLength2 + BinaryPrimitives.ReadUInt16BigEndian(start[14..]);
        int addresses = AddressBytes(family);

        // §2.2: version 2 with LOCAL or PROXY; other values must be rejected.
        if (command is not (0x20 or 0x21) || length > MaxLength2)
        {
            return malformed;
        }

        // §2.2: of LOCAL everything else is discarded, the family too; of PROXY other families must be rejected. What follows
        // the addresses are TLVs, of no use here.
        if (command == 0x21 && (addresses < 0 || length - FixedLength2 < addresses))
        {
            return malformed;
        }

        if (available < length)
        {
            return incomplete;
        }

        ReadOnlySpan<byte> content = start[FixedLength2..];
        return (command, family) switch
        {
            (0x21, 0x11) => Client2(length, content[..4], content[8..]),
            (0x21, 0x21) => Client2(length, content[..16], content[32..]),

            // §2.2: what a receiver does not implement (UDP, UNIX sockets) it takes as unspecified.
            _ => new ProxyHeader(ProxyHeaderFinding.NoClient, length),
        };
    }

    private static ProxyHeader Client2(int length, ReadOnlySpan<byte> source, ReadOnlySpan<byte> ports) =>
        new(ProxyHeaderFinding.Client, length, new IPEndPoint(new IPAddress(source), BinaryPrimitives.ReadUInt16BigEndian(ports)));

    /// <summary>Length of the address block of each valid pair of family and transport, -1 for any other.</summary>
    private static int AddressBytes(int family) => family switch
    {
        0x00 => 0,
        0x11 or 0x12 => 12,
        0x21 or 0x22 => 36,
        0x31 or 0x32 => 216,
        _ => -1,
    };
}
