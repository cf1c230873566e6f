using System.Collections.Concurrent;
using System.Net;

namespace IssuerGateway.Transport;

/// <summary>
/// Marks the connections that the gateway makes to its own public ports, so that no limit rejects them: a watchdog that
/// fails whenever the ports are full would restart a gateway under attack. Nobody else can have such a local address
/// while the gateway's own socket is bound to it.
/// </summary>
public sealed class OwnConnections
{
    private readonly ConcurrentDictionary<EndPoint, bool> local = new();

    /// <param name="address">Of a socket that is bound and not connected yet.</param>
    public void Add(EndPoint address) => local[address] = true;

    public void Remove(EndPoint address) => local.TryRemove(address, out _);

    public bool Contains(EndPoint? peer) => !local.IsEmpty && peer is IPEndPoint { } address && local.ContainsKey(Unmapped(address));

    // A listener for both families sees IPv4 peers as mapped addresses.
    private static IPEndPoint Unmapped(IPEndPoint address) =>
        address.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(address.Address.MapToIPv4(), address.Port) : address;
}
