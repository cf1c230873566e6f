using System.Net;

namespace IssuerGateway.Checking.Fetching.Routing;

/// <summary>Where a connection goes by <c>--connect-to</c> and <c>--resolve</c>, before any lookup.</summary>
/// <param name="Route">The entry of <c>--connect-to</c> that applies; null for none.</param>
/// <param name="Entry">The entry of <c>--resolve</c> for the host and port of the route; null for DNS.</param>
public sealed record ConnectionTarget(string Host, int Port, ConnectTo? Route, ResolveEntry? Entry)
{
    /// <summary>Whether the person who runs the command has stated the host or its addresses. A port alone leaves the host to whoever named it.</summary>
    public bool IsStated => Route?.ToHost is not null || Entry is not null;

    /// <summary>What a program is to connect to, without a lookup where there is an address.</summary>
    public string Address => Entry is { Addresses: [var address, ..] } ? new IPEndPoint(address, Port).ToString() : $"{(Host.Contains(':') && !Host.StartsWith('[') ? $"[{Host}]" : Host)}:{Port}";

    /// <summary>The options that apply; null for none.</summary>
    public string? Options => (Route, Entry) switch
    {
        (null, null) => null,
        (not null, null) => "--connect-to",
        (null, not null) => "--resolve",
        _ => "--connect-to and --resolve",
    };
}
