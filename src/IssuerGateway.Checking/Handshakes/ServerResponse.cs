using System.Buffers.Binary;
using System.Net.Security;
using System.Text;

namespace IssuerGateway.Checking.Handshakes;

/// <summary>The first record of a server: its hello, an alert, or something that is not TLS at all.</summary>
internal sealed record ServerResponse
{
    private const byte Alert = 21;
    private const byte Handshake = 22;
    private const byte ServerHello = 2;

    /// <summary>Of a record its type, version and length (RFC 8446 §5.1).</summary>
    public const int HeaderLength = 5;

    /// <summary>Of a hello its type and length, version, random and the length of the session id (RFC 8446 §4.1.3).</summary>
    private const int FixedLength = 39;

    /// <summary>The version on the wire; null when there is no hello.</summary>
    public ushort? Version { get; private init; }

    public TlsCipherSuite Suite { get; private init; }

    /// <summary>The group of the key exchange, which only TLS 1.3 shows here.</summary>
    public ushort? Group { get; private init; }

    /// <summary>Why the server rejects the handshake (RFC 8446 §6.2).</summary>
    public byte? AlertCode { get; private init; }

    /// <summary>What a server sent that does not speak TLS.</summary>
    public string? OtherText { get; private init; }

    /// <summary>How many bytes follow the header; null for what is no record of TLS.</summary>
    public static int? LengthOf(ReadOnlySpan<byte> header) =>
        header is [Alert or Handshake, 3, <= 4, var high, var low] && (high << 8) + low is var length and <= 16 * 1024 + 256 ? length : null;

    public static ServerResponse OfOther(ReadOnlySpan<byte> bytes) => new() { OtherText = Encoding.Latin1.GetString(bytes) };

    /// <summary>Null for a record that says nothing about the handshake.</summary>
    public static ServerResponse? Parse(byte type, ReadOnlySpan<byte> record) =>
        type == Alert ? record is [_, var code, ..] ? new ServerResponse { AlertCode = code } : null
        : record is [ServerHello, ..] && record.Length >= FixedLength ? ParseHello(record)
        : null;

    private static ServerResponse? ParseHello(ReadOnlySpan<byte> record)
    {
        ushort version = BinaryPrimitives.ReadUInt16BigEndian(record[4..]);
        int suite = FixedLength + record[FixedLength - 1];
        if (record.Length < suite + 3)
        {
            return null;
        }

        ServerResponse hello = new() { Version = version, Suite = (TlsCipherSuite)BinaryPrimitives.ReadUInt16BigEndian(record[suite..]) };

        // Suite, compression method and the length of the extensions come first.
        ReadOnlySpan<byte> extensions = record.Length > suite + 5 ? record[(suite + 5)..] : [];
        while (extensions.Length >= 4)
        {
            int type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            int length = BinaryPrimitives.ReadUInt16BigEndian(extensions[2..]);
            if (extensions.Length < 4 + length)
            {
                break;
            }

            ReadOnlySpan<byte> data = extensions.Slice(4, length);
            hello = (type, length) switch
            {
                // RFC 8446 §4.2.1, §4.2.8.
                (43, 2) => hello with { Version = BinaryPrimitives.ReadUInt16BigEndian(data) },
                (51, >= 2) => hello with { Group = BinaryPrimitives.ReadUInt16BigEndian(data) },
                _ => hello,
            };
            extensions = extensions[(4 + length)..];
        }

        return hello;
    }
}
