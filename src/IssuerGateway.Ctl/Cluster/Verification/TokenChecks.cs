using IssuerGateway.Base;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Cluster.Verification;

/// <summary>Tokens from before the roll and fresh ones of every server, each shown to every server.</summary>
internal static class TokenChecks
{
    public static async Task<IReadOnlyList<VerifyCheck>> OfAsync(IReadOnlyList<ObservedServer> servers, VerifyRequest request, CancellationToken cancellationToken)
    {
        List<VerifyCheck> checks = [];
        ObservedServer[] reached = [.. servers.Where(server => server.IsReached)];
        if (request.TokenBefore is { } before)
        {
            foreach (ObservedServer server in reached)
            {
                checks.Add(Foreign(server, reached, CompactToken.Parse(before)) ?? Before(server, await server.AcceptsAsync(before, cancellationToken), CompactToken.Parse(before), request));
            }
        }
        else if (request.AfterRoll is 1 or 2)
        {
            checks.Add(new VerifyCheck("token-before", null, CheckOutcome.Information, "no token from before the roll was given (--token-before), so only fresh tokens are compared"));
        }

        foreach (ObservedServer signer in reached)
        {
            checks.AddRange(Fresh(signer, request));
            if (signer.FreshToken is { } token)
            {
                checks.Add(await EverywhereAsync(signer, token, reached, cancellationToken));
            }
        }

        return checks;
    }

    /// <summary>A token that every API server rejects, whatever its issuers are: its rejection is no sign of a roll.</summary>
    private static VerifyCheck? Foreign(ObservedServer server, ObservedServer[] all, CompactToken? token)
    {
        string[] keys = [.. all.SelectMany(each => each.Documents.Keys).Select(key => key.KeyId)];
        if (token?.KeyId is { } kid && keys.Length > 0 && !keys.Contains(kid))
        {
            return new VerifyCheck("token-before", server.Name, CheckOutcome.Unknown, $"the token from before is signed with key {PrintableText.Of(kid)}, which no server publishes: it shows nothing about the issuers",
                "it is a token of another cluster, or its key was removed: use one of this cluster");
        }

        // A token for the API server carries its audiences: issuers, or what the flag gives.
        string[] own = [.. all.SelectMany(each => each.Fresh?.Audiences ?? []), .. all.Select(each => each.Documents.Issuer).OfType<string>(), token?.Issuer ?? ""];
        return token is null || token.Audiences.Any(own.Contains) || all.All(each => each.Fresh is null) ? null
            : new VerifyCheck("token-before", server.Name, CheckOutcome.Unknown, $"the token from before is for the audience {PrintableText.Of(string.Join(", ", token.Audiences))}, not for the API server: it shows nothing about the issuers",
                "use one without --audience: kubectl create token default --duration 24h > token-before.jwt");
    }

    private static VerifyCheck Before(ObservedServer server, bool? isAccepted, CompactToken? token, VerifyRequest request)
    {
        const string rule = "token-before";
        string issuer = PrintableText.Of(token?.Issuer);
        if (request.AfterRoll is 1 or 2 && token?.Issuer == request.Issuer)
        {
            return new VerifyCheck(rule, server.Name, CheckOutcome.Unknown, $"the token from before already carries {issuer}: it shows nothing about the old issuer", "use a token from before the roll that moved the new issuer to the first place");
        }

        bool mustBeRejected = request.AfterRoll == 3 && token?.Issuer != request.Issuer;
        return (isAccepted, mustBeRejected) switch
        {
            (null, _) => new VerifyCheck(rule, server.Name, CheckOutcome.Unknown, "the token from before could not be tried", "see whether the server responds"),
            (true, false) => new VerifyCheck(rule, server.Name, CheckOutcome.Passed, $"accepts the token from before, issuer {issuer}"),
            (false, true) => new VerifyCheck(rule, server.Name, CheckOutcome.Passed, $"rejects the token of the dropped issuer {issuer}"),
            (true, true) => new VerifyCheck(rule, server.Name, CheckOutcome.Failed, $"still accepts a token of {issuer}", "this server does not have roll 3 yet"),
            _ => new VerifyCheck(rule, server.Name, CheckOutcome.Failed, $"rejects the token from before with 401, issuer {issuer}, audience {PrintableText.Of(string.Join(", ", token?.Audiences ?? []))}",
                "workloads that hold such a token are rejected too: put the old issuer back as second, and see that --api-audiences, where it is set, still has the old audience. An expired token is rejected as well: take a newer one"),
        };
    }

    private static IEnumerable<VerifyCheck> Fresh(ObservedServer server, VerifyRequest request)
    {
        const string rule = "token-fresh";
        if (server.Fresh is not { } token)
        {
            yield return new VerifyCheck(rule, server.Name, CheckOutcome.Unknown, $"no token of {request.Namespace}/{request.ServiceAccount} could be requested: {server.TokenFault?.Reason ?? "the response holds none"}",
                server.TokenFault?.Status switch
                {
                    404 => "name a service account that exists: --namespace and --service-account",
                    0 => ApiResponse.SilentHint,
                    _ => $"needed right: create serviceaccounts/token in namespace {request.Namespace}",
                });
            yield break;
        }

        yield return token.Issuer == server.Documents.Issuer
            ? new VerifyCheck(rule, server.Name, CheckOutcome.Passed, $"a fresh token has issuer {PrintableText.Of(token.Issuer)}, audience {PrintableText.Of(string.Join(", ", token.Audiences))}, {PrintableText.Of(token.Algorithm)}")
            : new VerifyCheck(rule, server.Name, CheckOutcome.Failed, $"a fresh token has issuer {PrintableText.Quote(token.Issuer)}, the discovery document {PrintableText.Quote(server.Documents.Issuer)}",
                "several servers are behind this address, and they differ: reach each one by its own");
        if (token.Algorithm != "RS256")
        {
            yield return new VerifyCheck("token-algorithm", server.Name, CheckOutcome.Information, $"tokens are signed with {PrintableText.Of(token.Algorithm)}; Entra accepts RS256 only: see the rolls K1 to K3 of the plan");
        }
    }

    private static async Task<VerifyCheck> EverywhereAsync(ObservedServer signer, string token, ObservedServer[] servers, CancellationToken cancellationToken)
    {
        const string rule = "token-accepted-everywhere";
        List<string> rejecting = [];
        List<string> silent = [];
        foreach (ObservedServer server in servers)
        {
            bool? isAccepted = await server.AcceptsAsync(token, cancellationToken);
            (isAccepted switch { false => rejecting, null => silent, _ => [] }).Add(server.Name);
        }

        return (rejecting, silent) switch
        {
            ({ Count: > 0 }, _) => new VerifyCheck(rule, signer.Name, CheckOutcome.Failed, $"its fresh token is rejected with 401 by {string.Join(", ", rejecting)}",
                "make every server accept both issuers before one of them signs with the new one"),
            (_, { Count: > 0 }) => new VerifyCheck(rule, signer.Name, CheckOutcome.Unknown, $"its fresh token could not be tried at {string.Join(", ", silent)}", "see whether these servers respond"),
            _ => new VerifyCheck(rule, signer.Name, CheckOutcome.Passed, $"its fresh token is accepted by {servers.Length} of {servers.Length} servers"),
        };
    }
}
