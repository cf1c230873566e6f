using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>What a roll breaks, how long to wait after it, how to verify it, and how to go back.</summary>
internal static class RollTexts
{
    private const string StaleCounter = "serviceaccount_stale_tokens_total";

    public static IReadOnlyList<string> Breaks(RollKind kind, Distribution distribution) => kind switch
    {
        RollKind.AddAsSecond => ["Nothing: tokens keep today's issuer. Each API server is unavailable while it restarts."],
        RollKind.MoveToFirst => [.. Texts(KubernetesFacts.Breaks), .. Texts(distribution.Breaks)],
        RollKind.WriteConfiguration => ["Nothing: the servers keep the issuers that they have. Each API server is unavailable while it restarts."],
        RollKind.DropOld => ["Every token that still carries the old issuer is rejected with 401.", .. Texts(distribution.Breaks)],
        _ =>
        [
            "Every token of the old issuer is rejected with 401 by each server from its restart on. Pods do not notice: the kubelet renews a token only at 80 % of its lifetime.",
            "With several servers, tokens of changed and unchanged servers reject each other until the last one is changed.",
            .. Texts(distribution.Breaks),
        ],
    };

    public static IReadOnlyList<string> Wait(RollKind kind, Distribution distribution, ClusterState state) => kind switch
    {
        RollKind.AddAsSecond => ["No waiting time. Continue when verify passes at every server."],
        RollKind.MoveToFirst when distribution.TwoIssuers == TwoIssuers.HeldByOperator =>
            ["Restart all pods within 24 h after the last server has the new revision. After that the operator drops the old issuer by itself; there is no further roll."],
        RollKind.MoveToFirst =>
        [
            "At least 24 h: the kubelet renews every projected token within that time.",
            .. ExtensionIsOff(state)
                ? ["--service-account-extend-token-expiration is false on every server, so no token lives longer than its pod requested."]
                : new[]
                {
                    $"Until {StaleCounter} has not risen for 24 h at any server: kubectl get --raw /metrics | grep {StaleCounter} (add --server for each address). While it rises, some client holds a token that was already replaced.",
                    "At worst a year, which extended tokens of the default mount live, unless every pod that started before this roll has been restarted: kubectl get pods --all-namespaces --sort-by=.status.startTime lists the oldest first.",
                },
        ],
        RollKind.WriteConfiguration => ["Nothing."],
        RollKind.DropOld => ["Nothing. Then remove the old issuer from the gateway (previousIdentifiers) and from the relying parties."],
        _ => ["Restart every pod as soon as the last server has changed: kubectl delete pods --all --all-namespaces, or a rollout restart of every workload."],
    };

    public static IReadOnlyList<string> Verify(RollKind kind, string wanted, ClusterState state)
    {
        string servers = ServerOptions(state);
        string roll = kind is RollKind.Replace or RollKind.WriteConfiguration ? "3" : ((int)kind).ToString();
        return
        [
            $"issuerctl cluster verify --issuer {wanted} --after-roll {roll}{(kind is RollKind.Replace or RollKind.WriteConfiguration ? "" : " --token-before token-before.jwt")}{servers}",
            .. servers.Length == 0 ? ["Add --server https://ADDRESS:PORT once for each API server, or run it inside with the Job that --print-job prints."] : Array.Empty<string>(),
            .. kind == RollKind.MoveToFirst ? ["authentication_attempts{result=\"error\"} in /metrics does not rise at any server."] : Array.Empty<string>(),
        ];
    }

    /// <summary>The known address of every server, as options.</summary>
    public static string ServerOptions(ClusterState state) => string.Concat(
        (state.Endpoints.Count > 0 ? state.Endpoints : state.Servers.Select(server => server.Endpoint).OfType<string>()).Select(endpoint => $" --server https://{endpoint}"));

    public static string GoBack(RollKind kind, Distribution distribution, string wanted)
    {
        string text = kind switch
        {
            RollKind.AddAsSecond => $"Nothing is signed with {wanted} yet, so it can be taken out again on every server.",
            RollKind.MoveToFirst when distribution.TwoIssuers == TwoIssuers.HeldByOperator => $"Write the earlier issuer as the new value; the operator then keeps {wanted} accepted.",
            RollKind.MoveToFirst => $"Put the old issuer first and keep {wanted} second. Never remove {wanted} now: every token that was signed with it would be rejected.{(distribution.WritesKeySetUri ? " The jwks_uri may stay: it does not decide which tokens are accepted." : "")}",
            RollKind.DropOld => "Accept the old issuer again as second.",
            RollKind.WriteConfiguration => "The servers accept the same issuers before and after. Keep a copy of today's configuration before you write it. Never apply that copy to a server: it would take the issuer away.",
            _ => $"Writing the old issuer again rejects every token that was signed with {wanted}: the same break a second time.",
        };
        return string.Join(' ', [text, .. Texts(distribution.GoingBack)]);
    }

    private static bool ExtensionIsOff(ClusterState state) =>
        state.Servers.Count > 0 && state.Servers.Count == state.ServerCount
        && state.Servers.All(server => server.Flags?.Last("service-account-extend-token-expiration") == "false");

    private static IEnumerable<string> Texts(IEnumerable<Fact> facts) => facts.Select(fact => fact.ToString());
}
