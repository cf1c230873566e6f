using System.Collections.Immutable;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing.Keys;

/// <summary>
/// The least that a max-age of an API server counts for: one server alone must not forbid all caches to keep anything. An
/// external signer counts its max-age down to 0, so a server that was below the floor is named for an hour.
/// </summary>
internal static class MaxAgeFloor
{
    public static readonly TimeSpan Floor = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan namedFor = TimeSpan.FromHours(1);

    public static TimeSpan? Of(IEnumerable<TimeSpan?> maxAges) => maxAges.Min() is { } least ? least < Floor ? Floor : least : null;

    public static ImmutableSortedDictionary<string, DateTimeOffset> Below(ImmutableSortedDictionary<string, DateTimeOffset> before, IEnumerable<EvaluatedResponse> accepted, DateTimeOffset now)
    {
        ImmutableSortedDictionary<string, DateTimeOffset>.Builder below = before.ToBuilder();
        below.RemoveRange([.. before.Where(server => now - server.Value >= namedFor).Select(server => server.Key)]);
        foreach (EvaluatedResponse response in accepted.Where(response => response.MaxAge < Floor))
        {
            below[response.Server] = now;
        }

        return below.ToImmutable();
    }

    public static Finding Finding(string server) => Issuers.Finding.Warning("max-age-short",
        $"server {server}: sends a max-age below {Floor.TotalSeconds:0} s; {Floor.TotalSeconds:0} s is used",
        "an external signer counts down to 0, which does no harm; else find out what responds in place of the API server");
}
