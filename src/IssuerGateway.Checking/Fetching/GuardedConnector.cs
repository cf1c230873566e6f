using System.Net;
using System.Net.Sockets;
using IssuerGateway.Checking.Fetching.Routing;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Fetching;

/// <summary>
/// Opens the connections of a check. The origin that a person typed may be anywhere. One that a document or a redirect
/// names is connected to only if all its addresses are public, because a document must not choose whom this machine
/// talks to (CWE-918). The decision is made on the addresses of the one lookup that the connection uses, so a name that
/// resolves differently a moment later changes nothing.
/// </summary>
internal sealed class GuardedConnector(ConnectionOverrides overrides, DocumentUrl typed)
{
    /// <summary>How long one address has to accept a connection.</summary>
    public static readonly TimeSpan AddressTimeout = TimeSpan.FromSeconds(4);

    /// <summary>Where the typed origin accepts connections, as earlier steps found; null for a lookup here.</summary>
    public IReadOnlyList<IPEndPoint>? Pinned { get; set; }

    public bool IsTyped(DocumentUrl url) => IsTyped(url.Uri.IdnHost, url.Uri.Port);

    public async ValueTask<Stream> ConnectAsync(DnsEndPoint endpoint, CancellationToken cancellationToken)
    {
        SocketException? last = null;
        foreach (IPEndPoint target in await LocateAsync(endpoint, cancellationToken))
        {
            (Socket? socket, SocketException? fault) = await ConnectAsync(target, cancellationToken);
            if (socket is not null)
            {
                return new NetworkStream(socket, ownsSocket: true);
            }

            // That one address cannot be reached from here explains nothing where another one did not respond.
            last = last is null || !NetworkFault.IsWithoutRoute(fault) ? fault : last;
        }

        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    /// <summary>A connected socket, or why there is none; never takes longer than <see cref="AddressTimeout"/>.</summary>
    public static async Task<(Socket? Socket, SocketException? Fault)> ConnectAsync(IPEndPoint target, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AddressTimeout);
        Socket socket = new(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target, limit.Token);
            return (socket, null);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            return (null, e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            return (null, new SocketException((int)SocketError.TimedOut));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<IReadOnlyList<IPEndPoint>> LocateAsync(DnsEndPoint endpoint, CancellationToken cancellationToken)
    {
        bool isTyped = IsTyped(endpoint.Host, endpoint.Port);
        if (isTyped && Pinned is { Count: > 0 } pinned)
        {
            return pinned;
        }

        // What the person stated on the command line was stated by nobody else.
        (IReadOnlyList<IPEndPoint> targets, ConnectionTarget stated) = await overrides.LocateAsync(endpoint.Host, endpoint.Port, cancellationToken);
        return isTyped || stated.IsStated || overrides.AllowPrivate || targets.FirstOrDefault(target => HostScope.IsPrivate(target.Address)) is not { } target
            ? targets
            : throw new PrivateAddressException(target.Address);
    }

    private bool IsTyped(string host, int port) =>
        string.Equals(host, typed.Uri.IdnHost, StringComparison.OrdinalIgnoreCase) && port == typed.Uri.Port;
}

/// <summary>A document led to a private address, and no connection was made.</summary>
internal sealed class PrivateAddressException(IPAddress address) : IOException($"{address} is a private address")
{
    public IPAddress Address => address;
}
