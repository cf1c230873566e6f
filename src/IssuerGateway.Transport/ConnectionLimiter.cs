using System.Net;
using Microsoft.AspNetCore.Connections;

namespace IssuerGateway.Transport;

/// <summary>
/// Holds every connection of a listener and never more than there may be, and decides which one is closed when all places are
/// taken. (1) What counts is what a client was served: neither bytes nor PINGs nor denied requests keep a place. (2) A
/// client that holds several times as much as the others loses one first. (3) Then the connection that is idle longest,
/// if for a second at least: of those that were never served if one of them is overdue, else of the larger crowd, the
/// served or the others, so that neither floods of new connections close honest clients nor floods of requests honest new connections.
/// (4) When nobody is idle, the client that holds most, if it holds more than the new one's; (5) where nobody is known or
/// nobody holds more than two, still the one idle longest; (6) else one of the new one's own client. A reserve serves those for whom
/// nobody can make room at the moment one request each.
/// </summary>
/// <param name="rejected">Called with each connection that was closed or not taken; must neither block nor throw.</param>
/// <param name="changed">Called with the number of them; must neither block nor throw.</param>
public sealed class ConnectionLimiter(
    ConnectionLimits limits, PerAddressLimiter addresses, TimeProvider time, Action<RejectionReason, EndPoint?> rejected, Action<int> changed)
{
    /// <summary>Less than this is a handshake or a pause between two packets of a slow path, not idleness.</summary>
    private static readonly TimeSpan idle = TimeSpan.FromSeconds(1);

    /// <summary>No honest client takes as long from its first byte to its first document.</summary>
    private static readonly TimeSpan overdue = TimeSpan.FromSeconds(3);

    /// <summary>
    /// As in Redis' eviction: the oldest of a sample is nearly the oldest of all, and its cost does not grow with the
    /// number. A client that holds a sixteenth of all is missing from the sample twice in a hundred times.
    /// </summary>
    private const int SampleSize = 64;

    /// <summary>The reserve is so small a part of all connections.</summary>
    private const int ReserveShare = 16;

    /// <summary>Holding this many times as much as another is unfair, if it is more than a few connections.</summary>
    private const int Unfair = 4;

    /// <summary>Who opens the next connection before the last one is closed holds so many; a crowd of many addresses must not make it pay.</summary>
    private const int Few = 2;

    /// <summary>Closed, but with memory that is not given back yet; the memory limit has room for as many more.</summary>
    public const int MaxLeaving = 64;

    private readonly int reserve = Math.Max(1, limits.MaxConnections / ReserveShare);
    private readonly List<SocketConnection> held = [];
    private readonly Lock gate = new();
    private int leaving;

    public bool TryAcquire(SocketConnection incoming)
    {
        bool isAdmitted = TryAcquire(incoming, out SocketConnection? replaced);
        if (!isAdmitted)
        {
            rejected(RejectionReason.Total, incoming.RemoteEndPoint);
        }
        else if (replaced is not null)
        {
            rejected(RejectionReason.Replaced, replaced.RemoteEndPoint);
            replaced.Abort(new ConnectionAbortedException("another connection needed its place"));
        }

        return isAdmitted;
    }

    /// <summary>Gives its place back, if it has one.</summary>
    public void Release(SocketConnection connection)
    {
        lock (gate)
        {
            if (connection.Place < 0)
            {
                return;
            }

            SocketConnection last = held[^1];
            held[connection.Place] = last;
            last.Place = connection.Place;
            held.RemoveAt(held.Count - 1);
            connection.Place = -1;
            leaving -= connection.IsLeaving ? 1 : 0;
            changed(held.Count);
        }
    }

    private bool TryAcquire(SocketConnection incoming, out SocketConnection? replaced)
    {
        replaced = null;
        lock (gate)
        {
            int present = held.Count - leaving;
            if (present >= limits.MaxConnections - reserve && !incoming.IsOwn)
            {
                replaced = leaving < MaxLeaving ? Choose(incoming) : null;
                if (replaced is not null)
                {
                    replaced.IsLeaving = true;
                    leaving++;
                }
                else if (present < limits.MaxConnections)
                {
                    incoming.IsBrief = true;
                }
                else
                {
                    return false;
                }
            }

            incoming.Place = held.Count;
            held.Add(incoming);
            changed(held.Count);
            return true;
        }
    }

    private SocketConnection? Choose(SocketConnection incoming)
    {
        long now = time.GetTimestamp();
        Candidate waiting = default;
        Candidate served = default;
        Candidate heaviest = default;
        Candidate own = default;
        int balance = 0;
        bool isWhole = held.Count <= SampleSize;
        for (int i = 0; i < (isWhole ? held.Count : SampleSize); i++)
        {
            SocketConnection connection = held[isWhole ? i : Random.Shared.Next(held.Count)];
            if (!connection.IsLeaving && !connection.IsOwn)
            {
                Candidate candidate = new(connection, connection.IdleTime(now), addresses.WeightOf(connection.Client));
                if (connection.IsServed)
                {
                    balance++;
                    served = served.Or(candidate);
                }
                else
                {
                    balance--;
                    waiting = waiting.Or(candidate);
                }

                heaviest = candidate.Weight > heaviest.Weight || heaviest.Connection is null ? candidate
                    : candidate.Weight == heaviest.Weight ? heaviest.Or(candidate) : heaviest;
                own = connection.Client == incoming.Client ? own.Or(candidate) : own;
            }
        }

        Candidate longest = waiting.Idle >= overdue || balance < 0 || served.Connection is null ? waiting : served;
        if (heaviest.Weight > Unfair && heaviest.Weight > Unfair * longest.Weight)
        {
            return heaviest.Connection;
        }

        return longest.Idle >= idle || heaviest.Weight <= Few ? longest.Connection
            : heaviest.Weight > addresses.WeightOf(incoming.Client) ? heaviest.Connection
            : own.Connection;
    }

    private readonly record struct Candidate(SocketConnection? Connection, TimeSpan Idle, int Weight)
    {
        /// <summary>The one of both that is idle longer.</summary>
        public Candidate Or(Candidate other) => Connection is null || other.Idle > Idle ? other : this;
    }
}
