using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace IssuerGateway.Edge;

/// <summary>A connection of the transport that keeps its place until its socket is closed.</summary>
internal sealed class HeldConnection(ConnectionContext inner, ConnectionPlaces places) : ConnectionContext
{
    private bool isHeld;

    /// <summary>Index among the held ones; belongs to <see cref="ConnectionPlaces"/>, as the next does.</summary>
    public int Place { get; set; }

    public bool IsLeaving { get; set; }

    public override string ConnectionId { get => inner.ConnectionId; set => inner.ConnectionId = value; }

    public override IFeatureCollection Features => inner.Features;

    public override IDictionary<object, object?> Items { get => inner.Items; set => inner.Items = value; }

    public override IDuplexPipe Transport { get => inner.Transport; set => inner.Transport = value; }

    public override CancellationToken ConnectionClosed { get => inner.ConnectionClosed; set => inner.ConnectionClosed = value; }

    public override EndPoint? LocalEndPoint { get => inner.LocalEndPoint; set => inner.LocalEndPoint = value; }

    public override EndPoint? RemoteEndPoint { get => inner.RemoteEndPoint; set => inner.RemoteEndPoint = value; }

    public override void Abort(ConnectionAbortedException abortReason) => inner.Abort(abortReason);

    public bool TryTakePlace() => isHeld = places.TryTake(this);

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        if (isHeld)
        {
            isHeld = false;
            places.GiveBack(this);
        }

        await base.DisposeAsync();
    }

    /// <summary>
    /// Time since the client sent a byte of data, or connected. The kernel notes it anyway, so that a request need not;
    /// null where it cannot be asked.
    /// </summary>
    public TimeSpan? SilentFor()
    {
        // tcp(7), struct tcp_info of linux/tcp.h: eight bytes, then numbers of 32 bits, tcpi_last_data_recv the 12th, in milliseconds.
        const int Tcp = 6;
        const int TcpInfo = 11;
        const int LastDataReceived = 8 + (11 * sizeof(uint));
        if (!OperatingSystem.IsLinux() || Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
        {
            return null;
        }

        Span<byte> info = stackalloc byte[LastDataReceived + sizeof(uint)];
        try
        {
            return socket.GetRawSocketOption(Tcp, TcpInfo, info) == info.Length
                ? TimeSpan.FromMilliseconds(BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(info[LastDataReceived..]) : BinaryPrimitives.ReadUInt32BigEndian(info[LastDataReceived..]))
                : null;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed meanwhile: it needs no closing.
            return null;
        }
    }
}
