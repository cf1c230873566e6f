using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using IssuerGateway.Edge.Sockets;
using Microsoft.AspNetCore.Connections;

namespace IssuerGateway.Edge;

/// <summary>
/// Lets a connection in before TLS: (1) who is the client, by PROXY protocol where that is on; (2) has its address a
/// connection left, and (3) a handshake, before any cryptography is paid for.
/// </summary>
internal sealed class ClientAdmission(LimitSettings limits, AddressLedger ledger, Refusals refusals, TimeProvider time)
{
    /// <summary>A proxy sends the header first thing; a client of an untrusted source is waited for as TLS would wait.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(10);

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
                await next(connection);
                break;
            case (ProxyHeaderFinding.Absent, false):
                await AdmitAsync(connection, next, hasHandshake);
                break;
            case (ProxyHeaderFinding.Malformed, true):
                Refuse(connection, Refusal.ProxyHeaderMalformed);
                break;
            case (_, true):
                Refuse(connection, Refusal.ProxyHeaderMissing);
                break;
            case (ProxyHeaderFinding.Incomplete, false):
                connection.Abort(new ConnectionAbortedException("nothing came in time"));
                break;
            default:
                Refuse(connection, Refusal.ProxyHeaderUntrusted);
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

        // 2. A place for as long as it lasts.
        ulong key = AddressLedger.KeyOf(address);
        if (!ledger.TryEnter(key))
        {
            Refuse(connection, Refusal.Address);
            return;
        }

        try
        {
            // 3. A handshake, once.
            if (hasHandshake && !ledger.TryHandshake(key))
            {
                Refuse(connection, Refusal.HandshakeRate);
                return;
            }

            await next(connection);
        }
        finally
        {
            ledger.Leave(key);
        }
    }

    private void Refuse(ConnectionContext connection, Refusal refusal)
    {
        refusals.Note(refusal, connection.RemoteEndPoint);
        connection.Abort(new ConnectionAbortedException("refused by a limit"));
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
        using CancellationTokenSource limit = new(patience, time);
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
