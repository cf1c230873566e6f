using System.Collections.Immutable;
using System.Net;

namespace IssuerGateway.Edge.Watchdog;

/// <summary>The addresses that the public listeners are bound to, that of TLS first.</summary>
internal sealed class PublicPorts
{
    public ImmutableArray<IPEndPoint> Bound { get; private set; } = [];

    public void Add(IPEndPoint listener) => Bound = Bound.Add(listener);
}
