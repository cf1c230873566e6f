using System.Buffers;
using System.Net;
using System.Text;
using IssuerGateway.Edge.Connections;
using IssuerGateway.Fuzz.Targets;

namespace IssuerGateway.Tests.Edge.Connections;

public sealed class ProxyHeaderTests
{
    private const string Signature2 = "0D0A0D0A000D0A515549540A";
    private const string Tcp4 = "CB00710A" + "C0000201" + "D431" + "01BB";
    private const string Tcp6 = "20010DB8000000000000000000000001" + "20010DB8000000000000000000000002" + "D431" + "01BB";

    public static TheoryData<string, string?> Accepted1 => new()
    {
        { "PROXY TCP4 203.0.113.10 192.0.2.1 54321 443\r\n", "203.0.113.10:54321" },
        { "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535" },
        { "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0:0" },
        { "PROXY TCP6 2001:db8::1 2001:db8::2 54321 443\r\n", "[2001:db8::1]:54321" },
        { "PROXY TCP6 ::ffff:203.0.113.10 ::1 1 2\r\n", "[::ffff:203.0.113.10]:1" },
        { "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535" },
        { "PROXY UNKNOWN\r\n", null },
        { "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n", null },
        { "PROXY UNKNOWN whatever \0 it says\r\n", null },
    };

    public static TheoryData<string, string?> Accepted2 => new()
    {
        { $"{Signature2}2111000C{Tcp4}", "203.0.113.10:54321" },
        { $"{Signature2}21110013{Tcp4}04000401020304", "203.0.113.10:54321" },
        { $"{Signature2}21210024{Tcp6}", "[2001:db8::1]:54321" },
        { $"{Signature2}20000000", null },
        { $"{Signature2}2011000C{Tcp4}", null },
        { $"{Signature2}20110000", null },

        // §2.2: of LOCAL the family is ignored, whatever it is.
        { $"{Signature2}20550003616263", null },
        { $"{Signature2}20FF0000", null },
        { $"{Signature2}20410001{Tcp4[..2]}", null },
        { $"{Signature2}21000000", null },
        { $"{Signature2}2100000704000401020304", null },
        { $"{Signature2}2112000C{Tcp4}", null },
        { $"{Signature2}21220024{Tcp6}", null },
        { $"{Signature2}213100D8{new string('0', 2 * 216)}", null },
        { $"{Signature2}21110FF0{Tcp4}{new string('0', 2 * (0xFF0 - 12))}", "203.0.113.10:54321" },
    };

    public static TheoryData<string> Rejected1 =>
    [
        "PROXY \r\n",
        "PROXY TCP4\r\n",
        "PROXY TCP4 203.0.113.10 192.0.2.1 54321 443\n",
        "PROXY TCP4 203.0.113.10 192.0.2.1 54321\r\n",
        "PROXY TCP4 203.0.113.10 192.0.2.1 54321 443 1\r\n",
        "PROXY TCP4  203.0.113.10 192.0.2.1 54321 443\r\n",
        "PROXY TCP4 203.0.113.10 192.0.2.1 54321 443 \r\n",
        "PROXY tcp4 203.0.113.10 192.0.2.1 54321 443\r\n",
        "PROXY TCP5 203.0.113.10 192.0.2.1 54321 443\r\n",
        "PROXY TCP4 203.0.113.010 192.0.2.1 54321 443\r\n",
        "PROXY TCP4 203.0.113 192.0.2.1 54321 443\r\n",
        "PROXY TCP4 0xcb.0.113.10 192.0.2.1 54321 443\r\n",
        "PROXY TCP4 2001:db8::1 2001:db8::2 54321 443\r\n",
        "PROXY TCP4 203.0.113.10 2001:db8::2 54321 443\r\n",
        "PROXY TCP6 203.0.113.10 192.0.2.1 54321 443\r\n",
        "PROXY TCP6 [2001:db8::1] 2001:db8::2 54321 443\r\n",
        "PROXY TCP6 fe80::1%1 2001:db8::2 54321 443\r\n",
        "PROXY TCP6 2001:db8::1/64 2001:db8::2 54321 443\r\n",
        "PROXY TCP4 203.0.113.10 192.0.2.1 65536 443\r\n",
        "PROXY TCP4 203.0.113.10 192.0.2.1 054321 443\r\n",
        "PROXY TCP4 203.0.113.10 192.0.2.1 -1 443\r\n",
        "PROXY TCP4 203.0.113.10 192.0.2.1 54321\0 443\r\n",
        "PROXY TCP4 203.0.113.10 192.0.2.1 54321 443\0\r\n",
        "PROXY TCP4 203.0.113.10 192.0.2.1 +1 443\r\n",
        "PROXY TCP4 203.0.113.10 192.0.2.1 54321 443\r\r\n",
        "PROXY UNKNOWNS\r\n",
        "PROXY UNKNOWN " + "x".PadRight(107, 'x') + "\r\n",
        "PROXY " + "x".PadRight(101, 'x'),
    ];

    public static TheoryData<string> Rejected2 =>
    [
        $"{Signature2}1111000C",
        $"{Signature2}3111000C",
        $"{Signature2}2211000C",
        $"{Signature2}2110000C",
        $"{Signature2}2101000C",
        $"{Signature2}2141000C",
        $"{Signature2}2113000C",
        $"{Signature2}21FF0000",
        $"{Signature2}2111000B",
        $"{Signature2}21110000",
        $"{Signature2}21210023",
        $"{Signature2}213100D7",
        $"{Signature2}21110FF1",
        $"{Signature2}2011FFFF",
    ];

    [Theory]
    [MemberData(nameof(Accepted1))]
    public void Reads_version_1(string line, string? client) => Accept(Encoding.Latin1.GetBytes(line), client);

    [Theory]
    [MemberData(nameof(Accepted2))]
    public void Reads_version_2(string hexadecimal, string? client) => Accept(Convert.FromHexString(hexadecimal), client);

    [Theory]
    [MemberData(nameof(Rejected1))]
    public void Rejects_a_malformed_version_1(string line) =>
        Assert.Equal(ProxyHeaderFinding.Malformed, ProxyHeader.Read(Segments(Encoding.Latin1.GetBytes(line), 5)).Finding);

    [Theory]
    [MemberData(nameof(Rejected2))]
    public void Rejects_a_malformed_version_2_by_its_first_16_bytes(string hexadecimal) =>
        Assert.Equal(ProxyHeaderFinding.Malformed, ProxyHeader.Read(Segments(Convert.FromHexString(hexadecimal), 5)).Finding);

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("PUT / HTTP/1.1\r\n")]
    [InlineData("POST / HTTP/1.1\r\n")]
    [InlineData("PROXYTCP4")]
    [InlineData("proxy TCP4 ")]
    [InlineData("\r\n\r\nG")]
    [InlineData("\r\nGET / HTTP/1.1")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000")]
    [InlineData(" PROXY TCP4 203.0.113.10 192.0.2.1 54321 443\r\n")]
    public void Sees_that_there_is_none(string start) =>
        Assert.Equal(new ProxyHeader(ProxyHeaderFinding.Absent), ProxyHeader.Read(Segments(Encoding.Latin1.GetBytes(start), 2)));

    [Fact]
    public void Needs_a_first_byte() => Assert.Equal(new ProxyHeader(ProxyHeaderFinding.Incomplete), ProxyHeader.Read(ReadOnlySequence<byte>.Empty));

    // Every beginning of a good header needs more; the whole, with or without bytes after it, is read to its end and no further.
    private static void Accept(byte[] header, string? client)
    {
        ProxyHeader expected = client is null
            ? new(ProxyHeaderFinding.NoClient, header.Length)
            : new(ProxyHeaderFinding.Client, header.Length, IPEndPoint.Parse(client));
        for (int length = 0; length < header.Length; length++)
        {
            Assert.Equal(new ProxyHeader(ProxyHeaderFinding.Incomplete), ProxyHeader.Read(Segments(header[..length], 7)));
        }

        Assert.Equal(expected, ProxyHeader.Read(new ReadOnlySequence<byte>(header)));
        Assert.Equal(expected, ProxyHeader.Read(Segments(header, 1)));
        Assert.Equal(expected, ProxyHeader.Read(Segments([.. header, .. "\u0016\u0003\u0001\n"u8], 7)));
    }

    private static ReadOnlySequence<byte> Segments(byte[] bytes, int size)
    {
        Segment? first = null;
        Segment? last = null;
        foreach (byte[] chunk in bytes.Chunk(size))
        {
            last = new Segment(chunk, last);
            first ??= last;
        }

        return first is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] memory, Segment? before)
        {
            Memory = memory;
            RunningIndex = before is null ? 0 : before.RunningIndex + before.Memory.Length;
            before?.Next = this;
        }
    }
}
