using System.Collections.Immutable;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing.Keys;

/// <summary>A published key and the servers that keep it in the set, by name.</summary>
internal sealed record TrackedKey(SigningKey Key, ImmutableSortedDictionary<string, KeySource> Sources)
{
    /// <summary>Servers that are remembered for one key; a list of servers has at most 32.</summary>
    private const int MaxSources = 64;

    /// <summary>Stands for the servers of a key whose state was written without them, by an earlier version.</summary>
    public const string UnknownServer = "(unknown)";

    public static ImmutableSortedDictionary<string, KeySource> NoSources { get; } = ImmutableSortedDictionary.Create<string, KeySource>(StringComparer.Ordinal);

    public string Identity => Key.Identity;

    /// <summary>When the first server published it, of those that still keep it.</summary>
    public DateTimeOffset Since => Sources.Values.Min(source => source.Since);

    public bool IsCurrent => Sources.Values.Any(source => source.IsCurrent);

    /// <summary>The same with what another replica or an earlier run knows of its servers.</summary>
    public TrackedKey WithSources(ImmutableSortedDictionary<string, KeySource> other) => this with { Sources = Bounded(Merge(Sources, other)) };

    public static ImmutableSortedDictionary<string, KeySource> Merge(ImmutableSortedDictionary<string, KeySource> a, ImmutableSortedDictionary<string, KeySource> b)
    {
        ImmutableSortedDictionary<string, KeySource>.Builder both = a.ToBuilder();
        foreach ((string server, KeySource source) in b)
        {
            both[server] = both.TryGetValue(server, out KeySource? known) ? known.Merge(source) : source;
        }

        return both.ToImmutable();
    }

    public static ImmutableSortedDictionary<string, KeySource> Bounded(ImmutableSortedDictionary<string, KeySource> sources) => sources.Count <= MaxSources
        ? sources
        : sources.RemoveRange(sources.OrderByDescending(source => source.Value.LastPublished).Skip(MaxSources).Select(source => source.Key));
}
