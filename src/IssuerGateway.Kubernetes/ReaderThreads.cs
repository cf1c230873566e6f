using System.Collections.Concurrent;
using System.Diagnostics;

namespace IssuerGateway.Kubernetes;

/// <summary>
/// Threads that may block for as long as a volume does, kept for the next work: a hub reads the files of a thousand
/// clusters every half minute. One that is stuck is left to it, and work never waits for another's end.
/// </summary>
internal static class ReaderThreads
{
    /// <summary>How many are kept idle; more are made while more is read at once.</summary>
    private const int MaxIdle = 2;

    private static readonly ConcurrentBag<Reader> idle = [];

    /// <summary>Does the work; false when it has not ended in time, and continues alone.</summary>
    /// <param name="timeout">Of time that passes while this waits: a clock that is set meanwhile counts for nothing.</param>
    public static bool TryRun<T>(Func<T> work, TimeSpan timeout, out Task<T> running)
    {
        TaskCompletionSource<T> end = new();
        running = end.Task;
        Begin(() =>
        {
            try
            {
                end.SetResult(work());
            }
            catch (Exception e)
            {
                end.SetException(e);
            }
        });
        return IsCompletedInTime(end.Task, timeout);
    }

    private static void Begin(Action work)
    {
        if (!idle.TryTake(out Reader? reader))
        {
            reader = new Reader();
        }

        reader.Begin(work);
    }

    // In slices, of which none counts for more than it is.
    private static bool IsCompletedInTime(Task running, TimeSpan timeout)
    {
        TimeSpan slice = timeout / 50;
        TimeSpan waited = TimeSpan.Zero;
        while (waited < timeout && !running.IsCompleted)
        {
            long since = Stopwatch.GetTimestamp();
            if (HasEnded(running, slice))
            {
                return true;
            }

            TimeSpan elapsed = Stopwatch.GetElapsedTime(since);
            waited += elapsed < TimeSpan.Zero ? TimeSpan.Zero : elapsed > slice ? slice : elapsed;
        }

        return running.IsCompleted;
    }

    // Wait and not WaitAny: the end of this one needs no thread of the pool, all of which may be waiting here.
    private static bool HasEnded(Task running, TimeSpan slice)
    {
        try
        {
            return running.Wait(slice);
        }
        catch (AggregateException)
        {
            return true;
        }
    }

    private sealed class Reader
    {
        private readonly object gate = new();
        private Action? given;

        public Reader() => new Thread(Run) { IsBackground = true, Name = "file reader" }.Start();

        public void Begin(Action work)
        {
            lock (gate)
            {
                given = work;
                Monitor.Pulse(gate);
            }
        }

        private void Run()
        {
            do
            {
                Take()();
            }
            while (IsKept());
        }

        private Action Take()
        {
            lock (gate)
            {
                while (given is null)
                {
                    Monitor.Wait(gate);
                }

                Action work = given;
                given = null;
                return work;
            }
        }

        private bool IsKept()
        {
            if (idle.Count >= MaxIdle)
            {
                return false;
            }

            idle.Add(this);
            return true;
        }
    }
}
