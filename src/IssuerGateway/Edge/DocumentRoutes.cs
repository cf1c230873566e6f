using System.Collections.Frozen;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using IssuerGateway.Transport;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace IssuerGateway.Edge;

/// <summary>One public URL: whose document it is, and which.</summary>
/// <param name="Host">Without port and brackets, in lower case.</param>
internal sealed record DocumentRoute(IssuerIdentifier Issuer, int Identifier, DocumentKind Kind, string Host);

/// <summary>
/// Finds the route of a request by host and raw target, without allocating for those that are spelled as they are
/// configured. Targets that RFC 9110 §4.2 and RFC 9112 §3.2.2 call equal are equal; the path is compared byte for byte
/// otherwise, the query not at all.
/// </summary>
internal sealed class DocumentRoutes
{
    private readonly FrozenDictionary<string, FrozenDictionary<string, DocumentRoute>> byAuthority;
    private readonly FrozenDictionary<string, FrozenDictionary<string, DocumentRoute>> byName;
    private readonly FrozenDictionary<string, FrozenDictionary<string, DocumentRoute>>.AlternateLookup<ReadOnlySpan<char>> authorities;
    private readonly FrozenDictionary<string, FrozenDictionary<string, DocumentRoute>>.AlternateLookup<ReadOnlySpan<char>> names;

    public DocumentRoutes(IEnumerable<Issuer> issuers)
    {
        (string Authority, string Target, DocumentRoute Route)[] all = [.. issuers.SelectMany(RoutesOf)];
        byAuthority = Group(all);

        // By the name alone, whatever the port: that of the listener, of a port forward, or none. Not where two issuers differ by it.
        byName = Group(all.GroupBy(entry => (entry.Route.Host, entry.Target)).Where(equal => equal.Count() == 1)
            .Select(equal => (equal.Key.Host, equal.Key.Target, equal.Single().Route)));
        authorities = byAuthority.GetAlternateLookup<ReadOnlySpan<char>>();
        names = byName.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public DocumentRoute? Find(ReadOnlySpan<char> host, ReadOnlySpan<char> rawTarget)
    {
        if (RequestTarget.TrySplitAbsolute(rawTarget, out ReadOnlySpan<char> authority, out ReadOnlySpan<char> origin))
        {
            // RFC 9112 §3.2.2: the host of the target counts, and the Host header does not.
            host = authority;
            rawTarget = origin;
        }

        int query = rawTarget.IndexOf('?');
        ReadOnlySpan<char> path = query < 0 ? rawTarget : rawTarget[..query];
        return (names.TryGetValue(RequestTarget.NameOf(host), out FrozenDictionary<string, DocumentRoute>? targets) ? FindIn(targets, path) : null)
            ?? (authorities.TryGetValue(host, out targets) ? FindIn(targets, path) : null);
    }

    /// <summary>
    /// Whether a request came by a connection that was opened for its host, as far as the client named one (SNI). One that
    /// was opened for another issuer's host is misdirected (RFC 9110 §15.5.20): what stands in between may have mixed them up.
    /// </summary>
    public bool IsOnItsConnection(DocumentRoute route, IFeatureCollection features, SocketConnection? connection)
    {
        if (connection is null || ReferenceEquals(connection.VerifiedFor, route))
        {
            return true;
        }

        ReadOnlySpan<char> name = (features[typeof(ITlsHandshakeFeature)] as ITlsHandshakeFeature)?.HostName;
        name = name.TrimEnd('.');
        bool isItsOwn = name.IsEmpty || name.Equals(route.Host, StringComparison.OrdinalIgnoreCase) || !names.ContainsKey(name);
        if (isItsOwn)
        {
            connection.VerifiedFor = route;
        }

        return isItsOwn;
    }

    private static DocumentRoute? FindIn(FrozenDictionary<string, DocumentRoute> targets, ReadOnlySpan<char> path)
    {
        FrozenDictionary<string, DocumentRoute>.AlternateLookup<ReadOnlySpan<char>> lookup = targets.GetAlternateLookup<ReadOnlySpan<char>>();
        return lookup.TryGetValue(path, out DocumentRoute? route) ? route
            : path.Contains('%') && targets.TryGetValue(RequestTarget.Normal(path), out route) ? route
            : null;
    }

    private static FrozenDictionary<string, FrozenDictionary<string, DocumentRoute>> Group(IEnumerable<(string Host, string Target, DocumentRoute Route)> routes) => routes
        .GroupBy(entry => entry.Host, StringComparer.OrdinalIgnoreCase)
        .ToFrozenDictionary(
            host => host.Key,
            host => host.SelectMany(Spellings).DistinctBy(entry => entry.Target).ToFrozenDictionary(entry => entry.Target, entry => entry.Route, StringComparer.Ordinal),
            StringComparer.OrdinalIgnoreCase);

    private static IEnumerable<(string Target, DocumentRoute Route)> Spellings((string Host, string Target, DocumentRoute Route) entry) =>
        [(entry.Target, entry.Route), (RequestTarget.Normal(entry.Target), entry.Route)];

    private static IEnumerable<(string Authority, string Target, DocumentRoute Route)> RoutesOf(Issuer issuer) =>
        issuer.AllIdentifiers.SelectMany((identifier, i) => ((string, string, DocumentRoute)[])
        [
            (identifier.Authority, identifier.DiscoveryTarget, new DocumentRoute(issuer.Identifier, i, DocumentKind.Discovery, NameOf(identifier))),
            (identifier.Authority, identifier.KeySetTarget, new DocumentRoute(issuer.Identifier, i, DocumentKind.KeySet, NameOf(identifier))),
        ]);

    private static string NameOf(IssuerIdentifier identifier) => RequestTarget.NameOf(identifier.Authority).ToString();
}
