using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using IssuerGateway.Edge.Limits;
using IssuerGateway.Transport;
using Microsoft.AspNetCore.Connections;

namespace IssuerGateway.Edge.Connections;

/// <summary>
/// Lets a connection in before TLS: (1) who is the client, by PROXY protocol where that is on; (2) has its address a
/// connection left, and (3) a handshake, before any cryptography is paid for.
/// </summary>
internal sealed class ClientAdmission(LimitSettings limits, PerAddressLimiter addresses, RejectionLog rejections, TimeProvider time)
{
    /// <summary>A proxy sends the header first thing; a client of an untrusted source is waited for as TLS would wait.</summary>
    private static readonly TimeSpan headerTimeout = TimeSpan.FromSeconds(10);

    /// <param name="hasHandshake">Whether TLS follows.</param>
    public ConnectionDelegate Before(ConnectionDelegate next, bool hasHandshake) => limits.ClientAddress switch
    {
        ClientAddressSource.Unknown => next,
        ClientAddressSource.Direct => connection => IsOwn(connection) ? next(connection) : AdmitAsync(connection, next, hasHandshake),
        _ => connection => IsOwn(connection) ? next(connection) : AdmitProxiedAsync(connection, next, hasHandshake),
    };

    private static bool IsOwn(ConnectionContext connection) => connection.Features.Get<SocketConnection>() is { IsOwn: true };

    private async Task AdmitProxiedAsync(ConnectionContext connection, ConnectionDelegate next, bool hasHandshake)
    {
        // 1. Trust is decided by the other end of the socket alone.
        bool isTrusted = connection.RemoteEndPoint is IPEndPoint peer && IsTrusted(peer.Address);
        ProxyHeader header = await PeekAsync(connection.Transport.Input);
        switch (header.Finding, isTrusted)
        {
            case (ProxyHeaderFinding.Client, true):
                connection.RemoteEndPoint = header.Client;
                await AdmitAsync(connection, next, hasHandshake);
                break;
            case (ProxyHeaderFinding.NoClient, true):
                // The load balancer's own, or a client that it hides: limits of the load balancer's address.
                await AdmitAsync(connection, next, hasHandshake);
                break;
            case (ProxyHeaderFinding.Absent, false):
                await AdmitAsync(connection, next, hasHandshake);
                break;
            case (ProxyHeaderFinding.Malformed, true):
                Reject(connection, RejectionReason.ProxyHeaderMalformed);
                break;
            case (_, true):
                Reject(connection, RejectionReason.ProxyHeaderMissing);
                break;
            case (ProxyHeaderFinding.Incomplete, false):
                connection.Abort(new ConnectionAbortedException("nothing came in time"));
                break;
            default:
                Reject(connection, RejectionReason.ProxyHeaderUntrusted);
                break;
        }
    }

    private async Task AdmitAsync(ConnectionContext connection, ConnectionDelegate next, bool hasHandshake)
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: { } address })
        {
            await next(connection);
            return;
        }

        // 2. One of its connections until it closes.
        ClientNetwork client = ClientNetwork.Of(address);
        if (!addresses.TryEnter(client))
        {
            Reject(connection, RejectionReason.Address);
            return;
        }

        try
        {
            if (connection.Features.Get<SocketConnection>() is { } own)
            {
                own.Client = client;
            }

            // 3. A handshake, once.
            if (hasHandshake && !addresses.TryHandshake(client))
            {
                Reject(connection, RejectionReason.HandshakeRate);
                return;
            }

            await next(connection);
        }
        finally
        {
            addresses.Leave(client);
        }
    }

    private void Reject(ConnectionContext connection, RejectionReason reason)
    {
        rejections.Note(reason, connection.RemoteEndPoint);
        connection.Abort(new ConnectionAbortedException("rejected by a limit"));
    }

    private bool IsTrusted(IPAddress address)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (IPNetwork network in limits.TrustedSources)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads a header and consumes it; leaves everything else for whoever comes next.</summary>
    private async Task<ProxyHeader> PeekAsync(PipeReader input)
    {
        using CancellationTokenSource limit = new(headerTimeout, time);
        try
        {
            while (true)
            {
                ReadResult result = await input.ReadAsync(limit.Token);
                ReadOnlySequence<byte> buffer = result.Buffer;
                ProxyHeader header = ProxyHeader.Read(buffer);
                if (header.Finding == ProxyHeaderFinding.Incomplete && !result.IsCompleted)
                {
                    input.AdvanceTo(buffer.Start, buffer.End);
                    continue;
                }

                // Examined no further than the header: otherwise TLS would wait for bytes that are here already.
                SequencePosition end = buffer.GetPosition(header.Length);
                input.AdvanceTo(end, end);
                return header;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return new ProxyHeader(ProxyHeaderFinding.Incomplete);
        }
    }
}
