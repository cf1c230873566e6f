using IssuerGateway.Edge.Sockets;
using Microsoft.AspNetCore.Connections;

namespace IssuerGateway.Edge;

/// <summary>
/// Holds every public connection and never more than there may be. When full, the one silent longest makes room, so that
/// nobody keeps others out by merely holding connections open; a client that asks is never the one.
/// </summary>
internal sealed class ConnectionPlaces(LimitSettings limits, Refusals refusals, EdgeMetrics metrics)
{
    /// <summary>Less than this is a pause between two packets of a slow path, not silence.</summary>
    private static readonly TimeSpan silence = TimeSpan.FromSeconds(1);

    /// <summary>As in Redis' eviction: the oldest of a sample is nearly the oldest of all, and its cost does not grow with the number.</summary>
    private const int SampleSize = 16;

    /// <summary>When none of the sample is silent: with one in ten silent, 16 looks find none 18 times in a hundred, 128 once in a million.</summary>
    private const int MostLooks = 8 * SampleSize;

    /// <summary>Closed, but not gone yet; a part of the descriptors that are set aside.</summary>
    private const int MostLeaving = LimitSettings.ReservedDescriptors / 2;

    private readonly List<SocketConnection> held = [];
    private readonly Lock gate = new();
    private int leaving;

    public bool TryTake(SocketConnection newcomer)
    {
        SocketConnection? silent = null;
        lock (gate)
        {
            bool isFull = !newcomer.IsOwn && held.Count - leaving >= limits.MaxConnections;
            if (isFull && (leaving >= MostLeaving || (silent = SilentLongest()) is null))
            {
                return false;
            }

            if (silent is not null)
            {
                silent.IsLeaving = true;
                leaving++;
            }

            newcomer.Place = held.Count;
            held.Add(newcomer);
            metrics.Connected(held.Count);
        }

        if (silent is not null)
        {
            refusals.Note(Refusal.Replaced, silent.RemoteEndPoint);
            silent.Abort(new ConnectionAbortedException("silent longest when another connection needed its place"));
        }

        return true;
    }

    public void GiveBack(SocketConnection connection)
    {
        lock (gate)
        {
            SocketConnection last = held[^1];
            held[connection.Place] = last;
            last.Place = connection.Place;
            held.RemoveAt(held.Count - 1);
            leaving -= connection.IsLeaving ? 1 : 0;
            metrics.Connected(held.Count);
        }
    }

    private SocketConnection? SilentLongest()
    {
        SocketConnection? found = null;
        TimeSpan longest = silence;
        for (int i = 0; i < SampleSize || (found is null && i < MostLooks); i++)
        {
            SocketConnection candidate = held[Random.Shared.Next(held.Count)];
            if (!candidate.IsLeaving && !candidate.IsOwn && candidate.SilentFor() is { } time && time >= longest)
            {
                (found, longest) = (candidate, time);
            }
        }

        return found;
    }
}
