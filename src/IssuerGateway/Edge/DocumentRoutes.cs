using System.Collections.Frozen;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;

namespace IssuerGateway.Edge;

/// <summary>One public URL: whose document it is, and which.</summary>
internal sealed record DocumentRoute(IssuerIdentifier Issuer, int Identifier, DocumentKind Kind);

/// <summary>
/// Finds the route of a request by host and raw target, without allocating. The host is compared without regard to
/// letter case and default port (RFC 9110 §4.2.3), the path byte for byte, the query not at all.
/// </summary>
internal sealed class DocumentRoutes
{
    private readonly FrozenDictionary<string, FrozenDictionary<string, DocumentRoute>> hosts;
    private readonly FrozenDictionary<string, FrozenDictionary<string, DocumentRoute>>.AlternateLookup<ReadOnlySpan<char>> byHost;

    public DocumentRoutes(IEnumerable<Issuer> issuers)
    {
        hosts = issuers
            .SelectMany(RoutesOf)
            .GroupBy(entry => entry.Host, StringComparer.OrdinalIgnoreCase)
            .ToFrozenDictionary(
                host => host.Key,
                host => host.ToFrozenDictionary(entry => entry.Target, entry => entry.Route, StringComparer.Ordinal),
                StringComparer.OrdinalIgnoreCase);
        byHost = hosts.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public DocumentRoute? Find(ReadOnlySpan<char> host, ReadOnlySpan<char> rawTarget)
    {
        if (!byHost.TryGetValue(WithoutDefaultPort(host), out FrozenDictionary<string, DocumentRoute>? targets))
        {
            return null;
        }

        int query = rawTarget.IndexOf('?');
        ReadOnlySpan<char> path = query < 0 ? rawTarget : rawTarget[..query];
        return targets.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(path, out DocumentRoute? route) ? route : null;
    }

    // Both defaults: behind a proxy that ends TLS the request arrives on plain HTTP.
    private static ReadOnlySpan<char> WithoutDefaultPort(ReadOnlySpan<char> host) =>
        host.EndsWith(":443") ? host[..^4] : host.EndsWith(":80") ? host[..^3] : host;

    private static IEnumerable<(string Host, string Target, DocumentRoute Route)> RoutesOf(Issuer issuer) =>
        issuer.AllIdentifiers.SelectMany((identifier, i) => ((string, string, DocumentRoute)[])
        [
            (identifier.Authority, identifier.DiscoveryTarget, new DocumentRoute(issuer.Identifier, i, DocumentKind.Discovery)),
            (identifier.Authority, identifier.KeySetTarget, new DocumentRoute(issuer.Identifier, i, DocumentKind.KeySet)),
        ]);
}
