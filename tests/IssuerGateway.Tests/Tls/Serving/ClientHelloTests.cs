using System.Buffers;
using System.Net.Security;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tests.Tls.Serving;

public sealed class ClientHelloTests
{
    [Theory]
    [InlineData("acme-tls/1", true)]
    [InlineData("h2,acme-tls/1", true)]
    [InlineData("h2,http/1.1", false)]
    [InlineData("acme-tls/11", false)]
    [InlineData("", false)]
    public async Task Finds_the_protocol_among_those_that_a_real_client_offers(string offered, bool isThere)
    {
        byte[] hello = await RealHelloAsync(offered);

        Assert.Equal(isThere ? ClientHelloFinding.Offered : ClientHelloFinding.NotOffered, ClientHello.Offers(new ReadOnlySequence<byte>(hello), "acme-tls/1"u8));
    }

    [Fact]
    public async Task Wants_more_until_the_hello_is_complete_and_takes_it_in_any_pieces()
    {
        byte[] hello = await RealHelloAsync("acme-tls/1");

        for (int length = 0; length < hello.Length; length++)
        {
            Assert.Equal(ClientHelloFinding.Incomplete, ClientHello.Offers(new ReadOnlySequence<byte>(hello, 0, length), "acme-tls/1"u8));
        }

        Assert.Equal(ClientHelloFinding.Offered, ClientHello.Offers(InPieces(hello, 7), "acme-tls/1"u8));
    }

    [Fact]
    public async Task Follows_a_hello_over_several_records()
    {
        byte[] hello = await RealHelloAsync("acme-tls/1");
        List<byte> split = [];
        foreach (byte[] fragment in hello[5..].Chunk(50))
        {
            split.AddRange([22, 3, 1, 0, (byte)fragment.Length, .. fragment]);
        }

        Assert.Equal(ClientHelloFinding.Offered, ClientHello.Offers(new ReadOnlySequence<byte>([.. split]), "acme-tls/1"u8));
    }

    [Theory]
    [InlineData(16_000)]
    [InlineData(50)]
    [InlineData(1)]
    public async Task Is_looked_at_a_few_times_however_small_the_pieces_are_that_it_comes_in(int fragment)
    {
        byte[] hello = await RealHelloAsync("acme-tls/1");
        byte[] sent = [.. hello[5..].Chunk(fragment).SelectMany(each => (byte[])[22, 3, 1, (byte)(each.Length >> 8), (byte)each.Length, .. each])];
        ClientHelloFinding finding = ClientHelloFinding.Incomplete;
        long wanted = 0;
        int looks = 0;

        // As the middleware does with a client that sends single bytes.
        for (int length = 1; length <= sent.Length && finding == ClientHelloFinding.Incomplete; length++)
        {
            if (length >= wanted)
            {
                looks++;
                finding = ClientHello.Offers(new ReadOnlySequence<byte>(sent, 0, length), "acme-tls/1"u8, out wanted);
            }
        }

        Assert.Equal(ClientHelloFinding.Offered, finding);
        // One look at each field that says how much more is needed; single bytes would be 3,000.
        Assert.InRange(looks, 1, 64);
    }

    [Theory]
    [InlineData("474554202f20485454502f312e31")]
    [InlineData("1500000100")]
    [InlineData("160301000000")]
    [InlineData("16030100050200000100")]
    [InlineData("160301000401ffffff")]
    [InlineData("16030100080100000400000000")]
    public void Leaves_other_bytes_to_TLS(string hex) =>
        Assert.Equal(ClientHelloFinding.NotOffered, ClientHello.Offers(new ReadOnlySequence<byte>(Convert.FromHexString(hex)), "acme-tls/1"u8));

    [Fact]
    public void Wants_no_more_than_sixteen_kilobytes()
    {
        byte[] endless = [22, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xff, .. new byte[ClientHello.MaxBytes]];

        Assert.Equal(ClientHelloFinding.NotOffered, ClientHello.Offers(new ReadOnlySequence<byte>(endless), "acme-tls/1"u8));
    }

    [Fact]
    public async Task Never_throws_on_a_damaged_hello()
    {
        byte[] hello = await RealHelloAsync("h2,acme-tls/1");
        Random random = new(8446);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] damaged = [.. hello];
            for (int n = 0; n <= i % 4; n++)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            ClientHello.Offers(new ReadOnlySequence<byte>(damaged), "acme-tls/1"u8);
        }
    }

    private static async Task<byte[]> RealHelloAsync(string protocols)
    {
        using MemoryStream sent = new();
        await using SslStream stream = new(new OneWay(sent));
        await Assert.ThrowsAsync<IOException>(() => stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "a.example.test",
            ApplicationProtocols = [.. protocols.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(name => new SslApplicationProtocol(name))],
        }));
        byte[] all = sent.ToArray();
        return all[..(5 + (all[3] << 8) + all[4])];
    }

    private static ReadOnlySequence<byte> InPieces(byte[] bytes, int size)
    {
        Piece? first = null, last = null;
        foreach (byte[] piece in bytes.Chunk(size))
        {
            last = last is null ? first = new Piece(piece, 0) : last.Append(piece);
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(byte[] bytes, long index)
        {
            Memory = bytes;
            RunningIndex = index;
        }

        public Piece Append(byte[] bytes)
        {
            Piece next = new(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }

    /// <summary>Takes what is written and sends nothing back.</summary>
    private sealed class OneWay(Stream sent) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => 0;

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => sent.Write(buffer, offset, count);
    }
}
