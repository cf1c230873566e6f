using System.Diagnostics;
using System.Globalization;
using IssuerGateway.Cli;
using IssuerGateway.Operations;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Operations;

public sealed class LineQueueTests : IDisposable
{
    private readonly StuckStream stream = new();
    private readonly FakeTimeProvider time = new();
    private readonly LineLane errors;
    private readonly LineLane access;
    private long droppedErrors;
    private long droppedAccess;

    public LineQueueTests()
    {
        errors = new LineLane(1000, count => droppedErrors += count, count => string.Create(CultureInfo.InvariantCulture, $"dropped {count} errors\n"));
        access = new LineLane(1000, count => droppedAccess += count, count => string.Create(CultureInfo.InvariantCulture, $"dropped {count} access\n"));
    }

    public void Dispose() => stream.Dispose();

    [Fact]
    public void Drops_and_counts_what_a_stuck_stream_leaves_no_room_for_and_reports_it_once()
    {
        using LineQueue queue = new(stream, [errors, access], time);
        queue.TryWrite(errors, "first\n");
        stream.WaitUntilStuck();
        string line = new string('x', 99) + "\n";
        for (int i = 0; i < 25; i++)
        {
            queue.TryWrite(errors, line);
        }

        Assert.Equal(15, droppedErrors);
        stream.Read();
        Assert.True(queue.Flush(TimeSpan.FromMinutes(1)));
        Assert.Equal("first\ndropped 15 errors\n" + string.Concat(Enumerable.Repeat(line, 10)), stream.Text);

        // More of the same episode is not reported again until a minute has passed.
        queue.TryWrite(errors, new string('y', 1001));
        queue.TryWrite(errors, "second\n");
        queue.Flush(TimeSpan.FromMinutes(1));
        Assert.EndsWith(line + "second\n", stream.Text, StringComparison.Ordinal);
        time.Advance(TimeSpan.FromMinutes(1));
        queue.TryWrite(errors, "third\n");
        queue.Flush(TimeSpan.FromMinutes(1));
        Assert.EndsWith("second\ndropped 1 errors\nthird\n", stream.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lane_that_overflows_pushes_nothing_out_of_another()
    {
        using LineQueue queue = new(stream, [errors, access], time);
        queue.TryWrite(errors, "first\n");
        stream.WaitUntilStuck();
        for (int i = 0; i < 10_000; i++)
        {
            queue.TryWrite(access, "visit\n");
        }

        Assert.True(queue.TryWrite(errors, "error\n"));
        stream.Read();
        queue.Flush(TimeSpan.FromMinutes(1));

        Assert.Equal((0, 10_000 - 166), (droppedErrors, droppedAccess));
        Assert.Contains("error\n", stream.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Closing_a_stuck_stream_takes_a_second_and_a_working_one_loses_nothing()
    {
        LineQueue queue = new(stream, [errors], TimeProvider.System);
        queue.TryWrite(errors, "never\n");
        stream.WaitUntilStuck();
        long started = Stopwatch.GetTimestamp();
        queue.Dispose();

        // An upper bound that a loaded machine keeps: without the limit this never ends.
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(20));
        Assert.False(queue.TryWrite(errors, "too late\n"));

        StuckStream works = new();
        works.Read();
        LineQueue other = new(works, [access], TimeProvider.System);
        other.TryWrite(access, "written\n");
        other.Dispose();
        Assert.Equal("written\n", works.Text);
    }

    [Fact]
    public void A_stream_that_fails_costs_the_lines_that_it_rejected()
    {
        ClosedPipe pipe = new();
        using LineQueue queue = new(pipe, [errors], time);
        for (int i = 0; i < 3; i++)
        {
            queue.TryWrite(errors, "lost\n");
            queue.Flush(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(3, droppedErrors);
    }

    [Fact]
    public void Standard_error_is_waited_for_a_second_in_all()
    {
        using BoundedErrorWriter writer = new(stream);
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < 100; i++)
        {
            writer.WriteLine("issuer-gateway: error: something");
        }

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(50));
        stream.Read();
    }

    private sealed class ClosedPipe : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("Broken pipe");

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("Broken pipe");
    }
}
