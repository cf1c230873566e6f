using System.Collections.Immutable;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Publishing.Reporting;

namespace IssuerGateway.Publishing;

/// <summary>
/// What one refresh makes of the state, as a pure function: (1) keys over all servers, (2) as many as fit, (3) the
/// discovery document, (4) what is found. A refresh without one accepted response changes no document.
/// </summary>
internal static class RefreshMerge
{
    /// <param name="now">The moment on the <see cref="SteadyClock"/>.</param>
    /// <param name="wall">The same on the wall clock.</param>
    public static PublisherState Apply(PublisherState state, Issuer issuer, IReadOnlyList<EvaluatedResponse> responses, PublishingSettings settings, DateTimeOffset now, DateTimeOffset wall)
    {
        // Two responses under one name would be one server with two votes.
        responses = [.. responses.DistinctBy(response => response.Server)];
        EvaluatedResponse[] accepted = [.. responses.Where(response => response.IsAccepted)];
        List<Finding> findings = [.. ServerFindings.Of(issuer, responses)];
        PublisherState next = state with
        {
            Failures = state.Failures + 1,
            IsOneAddress = accepted.Length > 0 ? responses.Count == 1 : state.IsOneAddress,
            UnauthorizedSince = IsUnauthorized(responses) ? state.UnauthorizedSince ?? wall : null,
            Servers = [.. responses.Select(response => ServerStateOf(response, state, wall))],
        };
        if (accepted.Length > 0)
        {
            (next, IReadOnlyList<Finding> ofUnion) = Merged(next, issuer, accepted, [.. responses.Select(response => response.Server)], KeyRetention.Of(settings, responses.Count == 1), now);
            findings.AddRange([.. Divergence.Of([.. accepted.Select(response => (response.Server, response.Keys!))]), .. ofUnion]);
        }

        return next with { Findings = [.. findings] };
    }

    private static (PublisherState Next, IReadOnlyList<Finding> Findings) Merged(
        PublisherState state, Issuer issuer, EvaluatedResponse[] accepted, string[] listed, KeyRetention retention, DateTimeOffset now)
    {
        // 1, 2
        KeyUnion all = state.Union.Merge([.. accepted.Select(response => new ServerKeys(response.Server, response.Keys!))], retention, issuer.RevokedKeys, now);
        (KeyUnion union, IReadOnlyList<TrackedKey> withheld, IReadOnlyList<string> leftOut) = KeyAdmission.Fit(all, listed, state.Union);
        KeySet keys = union.ToKeySet([.. accepted.Select(response => response.Keys!)], state.Keys, isWhole: accepted.Length == listed.Length);

        // 3
        ImmutableSortedDictionary<string, DiscoveryVote> votes = DiscoveryComposition.Count(
            state.Votes, accepted.Select(response => (response.Server, response.Discovery!)), listed, retention, now);
        DiscoveryDocument discovery = DiscoveryComposition.Compose([.. votes.Values.Select(vote => vote.Document)], state.Discovery, keys.Keys);
        PublisherState next = state with
        {
            Union = union,
            Keys = keys,
            Votes = votes,
            Discovery = discovery,
            UpstreamMaxAge = MaxAgeFloor.Of(accepted.Select(response => response.MaxAge)),
            ShortMaxAges = MaxAgeFloor.Below(state.ShortMaxAges, accepted, now),
            Failures = 0,
            HasRefreshed = true,
        };

        // 4
        SigningKey[] known = [.. keys.Keys, .. accepted.SelectMany(response => response.Keys!.Keys)];
        next = next with { UnmatchedRevocations = RevokedKeyFindings.Unmatched(issuer, known) };
        return (next,
        [
            .. UnionFindings.Withheld(withheld),
            .. leftOut.Count > 0 ? [UnionFindings.Full(issuer, leftOut)] : Array.Empty<Finding>(),
            .. UnionFindings.Discovery(accepted, discovery, known),
            .. UnionFindings.Keys(accepted, union),
            .. RevokedKeyFindings.Renamed(issuer, accepted),
            .. RevokedKeyFindings.Of(issuer, next.UnmatchedRevocations, [.. keys.Keys.Select(key => key.Identity)]),
            .. next.ShortMaxAges.Keys.Select(MaxAgeFloor.Finding),
        ]);
    }

    // Servers that are down say nothing of the credential.
    private static bool IsUnauthorized(IReadOnlyList<EvaluatedResponse> responses)
    {
        EvaluatedResponse[] responding = [.. responses.Where(response => !response.Findings.All(ServerFindings.IsUnavailable) || response.IsAccepted)];
        return responding.Length > 0 && responding.All(response => response.Findings.Any(finding => finding.Rule == "fetch-unauthorized"));
    }

    private static ServerState ServerStateOf(EvaluatedResponse response, PublisherState state, DateTimeOffset wall) => new(
        response.Server,
        response.IsAccepted,
        response.IsAccepted ? wall : state.Servers.FirstOrDefault(server => server.Server == response.Server)?.LastSuccess,
        [.. response.Findings]);
}
