using System.Collections.Concurrent;
using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Fetching.Routing;

/// <summary>Which entries of <c>--resolve</c> and <c>--connect-to</c> the connections of one command used, and why each of the others, or <c>--ca</c>, had no effect.</summary>
internal sealed class OverrideUse
{
    private readonly ConcurrentDictionary<object, bool> used = new(ReferenceEqualityComparer.Instance);
    private readonly ConcurrentQueue<Connection> connections = new();

    public void Add(string host, int port, ConnectionTarget target)
    {
        connections.Enqueue(new Connection(ResolveEntry.Canonical(host), port, target));
        foreach (object? entry in (object?[])[target.Route, target.Entry])
        {
            if (entry is not null)
            {
                used[entry] = true;
            }
        }
    }

    /// <summary>Whether nothing was connected to.</summary>
    public bool IsEmpty => connections.IsEmpty;

    public bool Has(object entry) => used.ContainsKey(entry);

    /// <summary>A sentence for each entry that had no effect.</summary>
    /// <param name="issuer">Named where it is known.</param>
    public IEnumerable<string> Notes(ConnectionOverrides overrides, IssuerIdentifier? issuer) =>
        overrides.ConnectTo.Where(entry => !Has(entry)).Select(entry => (entry.Shown, Why: WhyUnused(entry)))
            .Concat(overrides.Resolve.Where(entry => !Has(entry)).Select(entry => (entry.Shown, Why: WhyUnused(entry, overrides.Resolve))))
            .OrderBy(note => note.Shown, StringComparer.Ordinal)
            .Select(note => $"{note.Shown} had no effect: {note.Why ?? $"this command connected to no such host and port{(issuer is { } own ? $" (the issuer is on {Endpoint.Of(own).HostAndPort})" : "")}"}")
            .Concat(overrides.RootsFile is { } file && IsEmpty ? [$"--ca {PrintableText.Of(file, 100)} had no effect: this command connected to no issuer"] : []);

    private string? WhyUnused(ConnectTo entry) =>
        !entry.HasTarget ? "it names neither a host nor a port to connect to"
        : connections.Where(each => entry.Matches(each.Host, each.Port)).Select(each => each.Target.Route).FirstOrDefault(route => route is not null) is { } first
            ? $"the first that matches counts, and that is {first.Shown}"
        : null;

    private string? WhyUnused(ResolveEntry entry, IReadOnlyList<ResolveEntry> all) =>
        all.SkipWhile(each => !ReferenceEquals(each, entry)).Skip(1).FirstOrDefault(each => each.Host == entry.Host && each.Port == entry.Port) is { } later ? $"the last for a host and port counts, and that is {later.Shown}"
        : connections.FirstOrDefault(each => entry.Matches(each.Target.Host, each.Target.Port))?.Target.Entry is { } own ? $"{own.Shown} is for that very host"
        : connections.FirstOrDefault(each => entry.Matches(each.Host, each.Port) && each.Target.Route is not null)?.Target is { Route: { } route } target
            ? $"{route.Shown} applies first, so that {PrintableText.Of(target.Address)} is what --resolve would have to name"
        : null;

    private sealed record Connection(string Host, int Port, ConnectionTarget Target);
}
