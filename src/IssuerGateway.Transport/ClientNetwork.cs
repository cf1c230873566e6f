using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace IssuerGateway.Transport;

/// <summary>
/// Whose a connection is, as far as an address shows: one IPv4 address, or the /64 that one IPv6 host has at least
/// (RFC 6177), with the /56 and the /48 above it that one subscriber may have. <c>default</c>: not known.
/// </summary>
/// <param name="Prefix">The IPv4 address, or the first 64 bits of the IPv6 address.</param>
/// <param name="Bits">32 or 64; 0 when it is not known.</param>
public readonly record struct ClientNetwork(ulong Prefix, byte Bits)
{
    /// <summary>The wider networks are worth several hosts, not as many as they have addresses.</summary>
    private static readonly (byte Bits, int Worth)[] version4 = [(32, 1)];
    private static readonly (byte Bits, int Worth)[] version6 = [(64, 1), (56, 2), (48, 4)];

    public bool IsKnown => Bits != 0;

    /// <summary>Itself first, then each network above it, with how many hosts that may stand for.</summary>
    internal ReadOnlySpan<(byte Bits, int Worth)> Levels => Bits switch
    {
        0 => [],
        32 => version4,
        _ => version6,
    };

    public static ClientNetwork Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        address.TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return OfVersion4(bytes);
        }

        return IsTranslated(bytes) ? OfVersion4(bytes[12..]) : new ClientNetwork(BinaryPrimitives.ReadUInt64BigEndian(bytes), 64);
    }

    /// <summary>The network above it of so many bits.</summary>
    internal ClientNetwork Above(byte bits) => bits == Bits ? this : new ClientNetwork(Prefix & (ulong.MaxValue << (64 - bits)), bits);

    // NAT64: all IPv4 clients of a provider come from 64:ff9b::/96 (RFC 6052 §2.1) or a /96 of 64:ff9b:1::/48 (RFC 8215).
    private static bool IsTranslated(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0, 0x64, 0xFF, 0x9B])
        && (bytes[4..12].IndexOfAnyExcept((byte)0) < 0 || bytes[4..6] is [0, 1]);

    private static ClientNetwork OfVersion4(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt32BigEndian(bytes), 32);
}
