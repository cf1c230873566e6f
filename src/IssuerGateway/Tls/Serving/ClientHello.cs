using System.Buffers;
using System.Buffers.Binary;

namespace IssuerGateway.Tls.Serving;

/// <summary>What the first bytes of a connection say about the protocols that a client offers by ALPN.</summary>
internal enum ClientHelloFinding
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>The protocol is offered.</summary>
    Offered,

    /// <summary>It is not, or these bytes are no ClientHello; TLS itself will reject them.</summary>
    NotOffered,
}

/// <summary>Reads a ClientHello (RFC 8446 §4.1.2) without consuming it, bounded, never throwing on what an unknown client sends.</summary>
internal static class ClientHello
{
    /// <summary>Post-quantum key shares make hellos of a few kilobytes; more than this is nobody's.</summary>
    public const int MaxBytes = 16 * 1024;

    private const int RecordHeader = 5;
    private const int HandshakeHeader = 4;

    public static ClientHelloFinding Offers(ReadOnlySequence<byte> received, ReadOnlySpan<byte> protocol) => Offers(received, protocol, out _);

    /// <param name="wanted">While it is incomplete: the least number of bytes with which a further look can end otherwise.</param>
    public static ClientHelloFinding Offers(ReadOnlySequence<byte> received, ReadOnlySpan<byte> protocol, out long wanted)
    {
        wanted = received.Length + 1;
        Span<byte> hello = new byte[(int)Math.Min(received.Length, MaxBytes)];
        ClientHelloFinding unframed = Unframe(received, hello, out int length);
        if (length < HandshakeHeader)
        {
            return unframed;
        }

        // Handshake header: type client_hello (1) and a length of 24 bits.
        int body = (hello[1] << 16) | (hello[2] << 8) | hello[3];
        if (hello[0] != 1 || body > MaxBytes)
        {
            return ClientHelloFinding.NotOffered;
        }

        if (length - HandshakeHeader < body)
        {
            // Not at each byte: that would be a copy of all of them for each.
            wanted = received.Length + HandshakeHeader + body - length;
            return unframed;
        }

        return HasProtocol(hello.Slice(HandshakeHeader, body), protocol) ? ClientHelloFinding.Offered : ClientHelloFinding.NotOffered;
    }

    // A hello may be spread over several records (RFC 8446 §5.1), and a record over several segments.
    private static ClientHelloFinding Unframe(ReadOnlySequence<byte> received, Span<byte> hello, out int length)
    {
        length = 0;
        SequenceReader<byte> reader = new(received);
        Span<byte> header = stackalloc byte[RecordHeader];
        while (reader.Remaining > 0)
        {
            if (!reader.TryPeek(out byte type) || type != 22)
            {
                return ClientHelloFinding.NotOffered;
            }

            if (!reader.TryCopyTo(header))
            {
                return ClientHelloFinding.Incomplete;
            }

            reader.Advance(RecordHeader);
            int fragment = BinaryPrimitives.ReadUInt16BigEndian(header[3..]);
            int available = (int)Math.Min(fragment, reader.Remaining);
            if (fragment == 0 || length + available > hello.Length)
            {
                return ClientHelloFinding.NotOffered;
            }

            reader.TryCopyTo(hello.Slice(length, available));
            reader.Advance(available);
            length += available;
        }

        return received.Length >= MaxBytes ? ClientHelloFinding.NotOffered : ClientHelloFinding.Incomplete;
    }

    private static bool HasProtocol(ReadOnlySpan<byte> hello, ReadOnlySpan<byte> protocol)
    {
        // legacy_version and random, then session id, cipher suites and compression methods, each with its length before it.
        if (!Skip(ref hello, 34) || !SkipVector(ref hello, 1) || !SkipVector(ref hello, 2) || !SkipVector(ref hello, 1)
            || !Take(ref hello, 2, out ReadOnlySpan<byte> extensions))
        {
            return false;
        }

        while (extensions.Length >= 2)
        {
            int type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            extensions = extensions[2..];
            if (!Take(ref extensions, 2, out ReadOnlySpan<byte> content))
            {
                return false;
            }

            // application_layer_protocol_negotiation (RFC 7301 §3.1)
            if (type == 16)
            {
                return Take(ref content, 2, out ReadOnlySpan<byte> names) && Contains(names, protocol);
            }
        }

        return false;
    }

    private static bool Contains(ReadOnlySpan<byte> names, ReadOnlySpan<byte> protocol)
    {
        while (Take(ref names, 1, out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual(protocol))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Skip(ref ReadOnlySpan<byte> bytes, int count)
    {
        bool enough = bytes.Length >= count;
        bytes = enough ? bytes[count..] : [];
        return enough;
    }

    private static bool SkipVector(ref ReadOnlySpan<byte> bytes, int lengthBytes) => Take(ref bytes, lengthBytes, out _);

    private static bool Take(ref ReadOnlySpan<byte> bytes, int lengthBytes, out ReadOnlySpan<byte> content)
    {
        content = [];
        if (bytes.Length < lengthBytes)
        {
            return false;
        }

        int length = lengthBytes == 1 ? bytes[0] : BinaryPrimitives.ReadUInt16BigEndian(bytes);
        if (bytes.Length - lengthBytes < length)
        {
            return false;
        }

        content = bytes.Slice(lengthBytes, length);
        bytes = bytes[(lengthBytes + length)..];
        return true;
    }
}
