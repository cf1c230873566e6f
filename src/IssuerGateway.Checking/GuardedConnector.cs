using System.Net;
using System.Net.Sockets;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>
/// Opens the connections of a check. The origin that a person typed may be anywhere. One that a document or a redirect
/// names is connected to only if all its addresses are public, because a document must not choose whom this machine
/// talks to (CWE-918). The decision is made on the addresses of the one lookup that the connection uses, so a name that
/// resolves differently a moment later changes nothing.
/// </summary>
public sealed class GuardedConnector(ConnectionOverrides overrides, DocumentUrl typed)
{
    private static readonly TimeSpan addressTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Addresses of the typed origin that earlier steps have connected to; null for a lookup here.</summary>
    public IReadOnlyList<IPAddress>? Pinned { get; set; }

    public bool IsTyped(DocumentUrl url) => IsTyped(url.Uri.IdnHost, url.Uri.Port);

    public async ValueTask<Stream> ConnectAsync(DnsEndPoint endpoint, CancellationToken cancellationToken)
    {
        IReadOnlyList<IPAddress> addresses = await AddressesAsync(endpoint, cancellationToken);
        SocketException? last = null;
        foreach (IPAddress address in addresses)
        {
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(addressTimeout);
            Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, endpoint.Port), limit.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                socket.Dispose();
                last = e;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                socket.Dispose();
                last = new SocketException((int)SocketError.TimedOut);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    private async Task<IReadOnlyList<IPAddress>> AddressesAsync(DnsEndPoint endpoint, CancellationToken cancellationToken)
    {
        // What the person stated on the command line was stated by nobody else.
        if (overrides.Resolve.TryGetValue($"{endpoint.Host}:{endpoint.Port}", out IPAddress? stated))
        {
            return [stated];
        }

        bool isTyped = IsTyped(endpoint.Host, endpoint.Port);
        if (isTyped && Pinned is { Count: > 0 } pinned)
        {
            return pinned;
        }

        IPAddress[] addresses = await overrides.AddressesAsync(endpoint.Host, cancellationToken);
        return isTyped || overrides.AllowPrivate || addresses.FirstOrDefault(HostScope.IsPrivate) is not { } address
            ? addresses
            : throw new PrivateAddressException(address);
    }

    private bool IsTyped(string host, int port) =>
        string.Equals(host, typed.Uri.IdnHost, StringComparison.OrdinalIgnoreCase) && port == typed.Uri.Port;
}

/// <summary>A document led to a private address, and no connection was made.</summary>
public sealed class PrivateAddressException(IPAddress address) : IOException($"{address} is a private address")
{
    public IPAddress Address => address;
}
