using System.IO.Pipelines;
using System.Text;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.Edge.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Edge.Connections;

public sealed class FrameBatchingTests
{
    private const int PauseThreshold = 32 * 1024;

    [Theory]
    [InlineData("http/1.1")]
    [InlineData("")]
    public async Task Leaves_everything_but_HTTP_2_alone(string protocol)
    {
        Connection connection = new(protocol);
        IDuplexPipe transport = connection.Context.Transport;
        IDuplexPipe? seen = null;

        await connection.RunAsync(it =>
        {
            seen = it.Transport;
            return Task.CompletedTask;
        });

        Assert.Same(transport, seen);
    }

    [Fact]
    public async Task Sends_what_was_flushed_while_a_write_was_under_way_as_one_record()
    {
        Connection connection = new("h2");

        await connection.RunAsync(async it =>
        {
            await it.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes("first"));
            await connection.Output.Entered;
            for (int i = 0; i < 8; i++)
            {
                await it.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes($"frame {i},"));
            }

            connection.Output.Release();
        });

        Assert.Equal(["first", "frame 0,frame 1,frame 2,frame 3,frame 4,frame 5,frame 6,frame 7,"], connection.Output.Written);
    }

    [Fact]
    public async Task Sends_the_last_response_before_the_connection_ends()
    {
        Connection connection = new("h2");
        IDuplexPipe transport = connection.Context.Transport;
        connection.Output.Release();

        await connection.RunAsync(async it => await it.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes("goodbye")));

        Assert.Equal(["goodbye"], connection.Output.Written);
        Assert.Same(transport, connection.Context.Transport);
    }

    [Fact]
    public async Task Holds_up_the_writer_when_the_peer_does_not_read()
    {
        Connection connection = new("h2");
        byte[] frame = new byte[1024];
        int held = 0;

        await connection.RunAsync(async it =>
        {
            // The first frame leaves the buffer only when its write ends, which this peer does not let happen.
            Task flushed;
            do
            {
                flushed = it.Transport.Output.WriteAsync(frame).AsTask();
                held += frame.Length;
            }
            while (flushed.IsCompleted && held < 1024 * 1024);

            Assert.False(flushed.IsCompleted);
            connection.Output.Release();
            await flushed;
        });

        Assert.Equal(PauseThreshold, held);
        Assert.Equal(held, connection.Output.Written.Sum(text => text.Length));
    }

    [Fact]
    public async Task Tells_the_writer_that_the_peer_is_gone()
    {
        Connection connection = new("h2") { Output = { Fault = new ConnectionResetException("gone") } };
        connection.Output.Release();
        bool isCompleted = false;

        await connection.RunAsync(async it =>
        {
            while (!isCompleted)
            {
                isCompleted = (await it.Transport.Output.WriteAsync(new byte[PauseThreshold])).IsCompleted;
            }
        });

        Assert.True(isCompleted);
    }

    [Fact]
    public async Task Ends_the_connection_of_a_peer_that_does_not_read_the_last_response()
    {
        Connection connection = new("h2");
        connection.Context.ConnectionClosed.Register(() =>
        {
            connection.Output.Fault = new ConnectionAbortedException("aborted");
            connection.Output.Release();
        });
        Task run = connection.RunAsync(async it => await it.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes("never read")));
        await connection.Output.Entered;

        Assert.False(run.IsCompleted);
        connection.Time.Advance(TimeSpan.FromSeconds(5));
        await run;
    }

    [Fact]
    public async Task Lets_the_fault_of_what_comes_after_it_through()
    {
        Connection connection = new("h2");
        connection.Output.Release();

        await Assert.ThrowsAsync<InvalidDataException>(() => connection.RunAsync(_ => throw new InvalidDataException()));
    }

    private sealed class Connection
    {
        public Connection(string protocol)
        {
            Context = new DefaultConnectionContext("test") { Transport = new Duplex(PipeReader.Create(Stream.Null), Output) };
            Context.Features.Set<ITlsApplicationProtocolFeature>(new Alpn(Encoding.ASCII.GetBytes(protocol)));
        }

        public DefaultConnectionContext Context { get; }

        public HeldOutput Output { get; } = new();

        public FakeTimeProvider Time { get; } = new();

        public Task RunAsync(Func<ConnectionContext, Task> next)
        {
            ConnectionBuilder builder = new(new ServiceCollection().AddSingleton<TimeProvider>(Time).BuildServiceProvider());
            builder.UseFrameBatching();
            builder.Run(next);
            return builder.Build()(Context);
        }
    }

    private sealed record Alpn(ReadOnlyMemory<byte> ApplicationProtocol) : ITlsApplicationProtocolFeature;

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>An output that takes each write down, and ends none before it is released.</summary>
    private sealed class HeldOutput : PipeWriter
    {
        private readonly TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Entered => entered.Task;

        public List<string> Written { get; } = [];

        public Exception? Fault { get; set; }

        public void Release() => released.TrySetResult();

        public override async ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            entered.TrySetResult();
            await released.Task;
            Written.Add(Encoding.ASCII.GetString(source.Span));
            return Fault is null ? default(FlushResult) : throw Fault;
        }

        public override void Advance(int bytes) => throw new NotSupportedException();

        public override Memory<byte> GetMemory(int sizeHint = 0) => throw new NotSupportedException();

        public override Span<byte> GetSpan(int sizeHint = 0) => throw new NotSupportedException();

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override void CancelPendingFlush() => throw new NotSupportedException();

        public override void Complete(Exception? exception = null) => throw new NotSupportedException();
    }
}
