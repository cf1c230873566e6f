using System.Text;

namespace IssuerGateway.Operations;

/// <summary>
/// Writes lines to a stream from a thread of its own, so that no caller ever waits for the stream: a pipe that nobody reads
/// costs lines, not service. Each lane holds a limited amount of text. A line that finds its lane full is dropped and counted,
/// and the stream gets one line about it once it takes lines again.
/// </summary>
internal sealed class LineQueue : IDisposable
{
    /// <summary>How long closing waits for a stream that takes nothing.</summary>
    public static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan noticeInterval = TimeSpan.FromMinutes(1);

    /// <summary>Text that is handed to the stream at once; no lane waits for more than this of another.</summary>
    private const int BatchCharacters = 32 * 1024;

    private readonly object gate = new();
    private readonly Stream stream;
    private readonly IReadOnlyList<LineLane> lanes;
    private readonly TimeProvider time;
    private Thread? writer;
    private bool isClosing;
    private bool isWriting;

    /// <param name="lanes">Served in turn, so that one that overflows does not delay another.</param>
    public LineQueue(Stream stream, IReadOnlyList<LineLane> lanes, TimeProvider time)
    {
        this.stream = stream;
        this.lanes = lanes;
        this.time = time;
    }

    /// <summary>Never waits for the stream. False when the line was dropped.</summary>
    public bool TryWrite(LineLane lane, string line)
    {
        lock (gate)
        {
            if (isClosing || !lane.TryEnqueue(line))
            {
                lane.Drop(1);
                return false;
            }

            if (writer is null)
            {
                // In the background: a write that never returns must not keep the process alive.
                writer = new Thread(Run) { IsBackground = true, Name = "line queue" };
                writer.Start();
            }

            Monitor.PulseAll(gate);
            return true;
        }
    }

    /// <summary>Waits until everything is written. False when the stream did not take it in time.</summary>
    public bool Flush(TimeSpan timeout)
    {
        long started = time.GetTimestamp();
        lock (gate)
        {
            while (isWriting || lanes.Any(lane => !lane.IsEmpty))
            {
                TimeSpan left = timeout - time.GetElapsedTime(started);
                if (left <= TimeSpan.Zero || !Monitor.Wait(gate, left))
                {
                    return false;
                }
            }

            return true;
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isClosing = true;
            Monitor.PulseAll(gate);
        }

        writer?.Join(CloseTimeout);
    }

    private void Run()
    {
        for (int turn = 0; TakeBatch(ref turn) is { } batch;)
        {
            bool isWritten = TryWrite(batch.Text);
            lock (gate)
            {
                isWriting = false;
                if (!isWritten)
                {
                    batch.Lane.Drop(batch.Lines);
                }

                Monitor.PulseAll(gate);
            }
        }
    }

    // A closed pipe and a full disk fail at once; what they do not take is counted like what does not fit.
    private bool TryWrite(string text)
    {
        try
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Flush();
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <returns>Null once everything is written and nothing more will come.</returns>
    private Batch? TakeBatch(ref int turn)
    {
        lock (gate)
        {
            while (true)
            {
                for (int i = 0; i < lanes.Count; i++)
                {
                    LineLane lane = lanes[turn++ % lanes.Count];
                    if (!lane.IsEmpty)
                    {
                        isWriting = true;
                        return Dequeue(lane);
                    }
                }

                if (isClosing)
                {
                    return null;
                }

                Monitor.Wait(gate);
            }
        }
    }

    private Batch Dequeue(LineLane lane)
    {
        StringBuilder text = new();
        text.Append(lane.TakeNotice(time, noticeInterval));
        int lines = 0;
        while (text.Length < BatchCharacters && lane.TryDequeue(out string? line))
        {
            text.Append(line);
            lines++;
        }

        return new Batch(lane, text.ToString(), lines);
    }

    private sealed record Batch(LineLane Lane, string Text, int Lines);
}
