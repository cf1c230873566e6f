using System.Net;
using System.Net.Sockets;
using IssuerGateway.Transport;

namespace IssuerGateway.Tests.Transport;

public sealed class SocketStreamTests : IDisposable
{
    private readonly Socket peer = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket socket;
    private readonly SocketStream stream;

    public SocketStreamTests()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        peer.Connect(listener.LocalEndPoint!);
        socket = listener.Accept();
        stream = new SocketStream(socket, () => { });
    }

    public void Dispose()
    {
        stream.Dispose();
        socket.Dispose();
        peer.Dispose();
    }

    [Theory]
    [InlineData(16 * 1024)]
    [InlineData(1024)]
    [InlineData(27)]
    public async Task Lets_others_have_their_turn_after_4_KB_of_a_peer_that_does_not_pause(int bufferSize)
    {
        byte[] sent = [.. Enumerable.Range(0, 32 * 1024).Select(i => (byte)(i * 167))];
        await SendAsync(sent);
        List<byte> received = [];
        byte[] buffer = new byte[bufferSize];
        int withoutPause = 0;
        int pauses = 0;
        while (received.Count < sent.Length)
        {
            // A caller that yields posts itself here, before the call returns; whether the read is complete by then is a race.
            Turns turns = new();
            SynchronizationContext.SetSynchronizationContext(turns);
            ValueTask<int> reading = stream.ReadAsync(buffer);
            SynchronizationContext.SetSynchronizationContext(null);
            bool isPause = turns.Count > 0;
            int count = await reading;
            received.AddRange(buffer.AsSpan(0, count));
            withoutPause = isPause ? 0 : withoutPause + count;
            pauses += isPause ? 1 : 0;
            Assert.True(withoutPause < 4096, $"{withoutPause} bytes without a pause");
        }

        Assert.Equal(sent, received);
        Assert.True(pauses is > 0 and <= 8, $"{pauses} pauses");
    }

    [Fact]
    public async Task Does_not_pause_for_requests_of_a_peer_that_waits_for_their_responses()
    {
        byte[] request = new byte[1024];
        byte[] buffer = new byte[16 * 1024];
        for (int i = 0; i < 20; i++)
        {
            // As a pipe reads it: waits without a buffer, then takes what is there.
            ValueTask<int> waiting = stream.ReadAsync(Memory<byte>.Empty);
            Assert.False(waiting.IsCompleted);
            await SendAsync(request);
            Assert.Equal(0, await waiting);
            ValueTask<int> reading = stream.ReadAsync(buffer);
            Assert.True(reading.IsCompleted, $"request {i}");
            Assert.Equal(request.Length, await reading);
        }
    }

    private sealed class Turns : SynchronizationContext
    {
        public int Count { get; private set; }

        public override void Post(SendOrPostCallback d, object? state)
        {
            Count++;
            base.Post(d, state);
        }
    }

    private async Task SendAsync(byte[] bytes)
    {
        await peer.SendAsync(bytes);
        while (socket.Available < bytes.Length)
        {
            await Task.Yield();
        }
    }
}
