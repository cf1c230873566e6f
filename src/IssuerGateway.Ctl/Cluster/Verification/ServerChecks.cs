using IssuerGateway.Base;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Cluster.Verification;

/// <summary>The issuers of one server: which one signs, which others are accepted, and in which order.</summary>
internal static class ServerChecks
{
    public static IEnumerable<VerifyCheck> Of(ObservedServer server, ClusterState state, VerifyRequest request)
    {
        if (!server.IsReached)
        {
            UnreadItem why = server.Unread.Count > 0 ? server.Unread[0] : new UnreadItem("the discovery document", "it names no issuer", "see what responds at this address");
            yield return new VerifyCheck("server-reached", server.Name, CheckOutcome.Failed, $"{why.What} could not be read: {why.Why}", why.Hint);
            yield break;
        }

        yield return Issuer(server, request);
        yield return Accepted(server, state, request);
        if (Audiences(server, state, request) is { } fault)
        {
            yield return fault;
        }

        if (server.StaleTokens is { } stale)
        {
            yield return new VerifyCheck("stale-tokens", server.Name, CheckOutcome.Information, $"serviceaccount_stale_tokens_total is {stale:0}; compare with a day ago before the old issuer is dropped");
        }
    }

    private static VerifyCheck Issuer(ObservedServer server, VerifyRequest request)
    {
        const string rule = "issuer";
        string found = server.Documents.Issuer!;
        if (found.Contains(',', StringComparison.Ordinal))
        {
            return new VerifyCheck(rule, server.Name, CheckOutcome.Failed, $"\"{found}\" is one issuer with a comma in it: the issuers were joined instead of given one by one",
                "give each issuer a flag of its own");
        }

        bool isNew = found == request.Issuer;
        return (request.AfterRoll, isNew) switch
        {
            (1, false) => new VerifyCheck(rule, server.Name, CheckOutcome.Passed, $"signs with {found}, as before"),
            (1, true) => new VerifyCheck(rule, server.Name, CheckOutcome.Failed, $"signs with {found} already", "after roll 1 the old issuer must still be first: servers that do not accept the new one yet reject these tokens"),
            (_, true) => new VerifyCheck(rule, server.Name, CheckOutcome.Passed, $"signs with {found}"),
            _ => new VerifyCheck(rule, server.Name, CheckOutcome.Failed, $"signs with \"{found}\"", $"expected \"{request.Issuer}\", character for character: this server does not have the roll yet, or another spelling"),
        };
    }

    /// <summary>
    /// Explicit audiences without any old issuer: tokens from before carry the old one as audience and are 401, although
    /// their issuer is accepted. A token without audience shows the list, also where no token from before is at hand.
    /// </summary>
    private static VerifyCheck? Audiences(ObservedServer server, ClusterState state, VerifyRequest request)
    {
        if (server.Fresh is not { } token || !token.Audiences.Contains(request.Issuer) || KnownServer(server, state)?.Flags is not { } flags)
        {
            return null;
        }

        string[] old = [.. flags.Issuers.Where(issuer => issuer != request.Issuer)];
        return old.Length == 0 || old.Any(token.Audiences.Contains)
            ? null
            : new VerifyCheck("audiences", server.Name, CheckOutcome.Failed, $"accepts the audience {PrintableText.Of(string.Join(", ", token.Audiences))}, and none of the old issuers {PrintableText.Of(string.Join(", ", old))}",
                "tokens from before carry an old issuer as audience and are rejected with 401: add it to --api-audiences, or remove the flag");
    }

    private static ApiServerState? KnownServer(ObservedServer server, ClusterState state) =>
        state.Servers.FirstOrDefault(each => server.Name["https://".Length..] is var address && (each.Endpoint == address || each.ReachedAt == address)) ?? (state.Servers is [var only] && state.IdentityLeases == 1 ? only : null);

    /// <summary>The flags where they can be read; else the audiences of a fresh token, which are all issuers while the flag is unset.</summary>
    private static VerifyCheck Accepted(ObservedServer server, ClusterState state, VerifyRequest request)
    {
        const string rule = "issuers-accepted";
        ApiServerState? known = KnownServer(server, state);
        // While --api-audiences is not set, a token without audience carries every issuer; from roll 3 on it is set.
        IReadOnlyList<string>? issuers = known?.Flags is not null && TodaysIssuers.Of(state).Of(known) is { } configured ? configured
            : request.AfterRoll != 3 && server.Fresh is { } token && token.Audiences.Contains(token.Issuer ?? "") && token.Audiences.Contains(request.Issuer) ? token.Audiences
            : null;
        if (issuers is null)
        {
            // A token of the old issuer decides after roll 2 and 3; after roll 1 nothing but flags or audiences can.
            bool tokensDecide = request.AfterRoll is null or 2 || (request.AfterRoll == 3 && request.TokenBefore is { } before && CompactToken.Parse(before)?.Issuer != request.Issuer);
            return tokensDecide
                ? new VerifyCheck(rule, server.Name, CheckOutcome.Information, "the flags could not be read; acceptance is shown by tokens")
                : new VerifyCheck(rule, server.Name, CheckOutcome.Unknown, "which issuers are accepted could not be read: neither the flags nor the audiences of a token show it",
                    "needed right: list pods in kube-system, or role system:monitoring for /flagz; else look at the running process of this server");
        }

        string shown = string.Join(", then ", issuers);
        bool isRight = request.AfterRoll switch
        {
            1 => issuers.Contains(request.Issuer) && issuers[0] != request.Issuer,
            2 => issuers[0] == request.Issuer && issuers.Count > 1,
            3 => issuers.SequenceEqual([request.Issuer]),
            _ => issuers[0] == request.Issuer,
        };
        return isRight
            ? new VerifyCheck(rule, server.Name, CheckOutcome.Passed, $"accepts {shown}{(known?.Flags is null ? ", by the audiences of a fresh token, which holds while --api-audiences is not set" : "")}")
            : new VerifyCheck(rule, server.Name, CheckOutcome.Failed, $"accepts {shown}", request.AfterRoll switch
            {
                1 => $"{request.Issuer} must be there and not first: write roll 1 to this server",
                2 => $"{request.Issuer} must be first, with the old issuer behind it: write roll 2 to this server",
                3 => "only the new issuer must be left: write roll 3 to this server",
                _ => $"{request.Issuer} must be first",
            });
    }
}
