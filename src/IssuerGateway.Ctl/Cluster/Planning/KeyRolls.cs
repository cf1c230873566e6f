using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>
/// The rolls that bring an RSA key where the cluster signs with EC: publish it, sign with it, drop the old one. They
/// come after the issuer and are never part of its rolls, so that each can be undone alone.
/// </summary>
internal static class KeyRolls
{
    private const string Unknown = "PATH-OF-TODAYS-PUBLIC-KEY";

    public static bool SignsWithEllipticCurve(ClusterState state)
    {
        string[] algorithms = [.. state.Discovery.SelectMany(document => document.Algorithms).Distinct()];
        return algorithms.Length > 0 && algorithms.All(algorithm => algorithm.StartsWith("ES", StringComparison.Ordinal));
    }

    public static IReadOnlyList<Roll> Of(ClusterState state, Distribution distribution, IReadOnlyList<RollTarget> targets, string wanted)
    {
        if (!SignsWithEllipticCurve(state) || distribution.CanAddKeys == false || state.Servers.Any(server => server.Flags?.Last(FlagSet.SigningEndpoint) is not null))
        {
            return [];
        }

        string today = state.Servers.Select(server => server.Flags?.Last(FlagSet.KeyFile)).OfType<string>().FirstOrDefault() ?? Unknown;
        string folder = today == Unknown ? "/etc/kubernetes/pki" : today[..today.LastIndexOf('/')];
        KeyFiles files = new(today, $"{folder}/sa-rsa.pub", $"{folder}/sa-rsa.key");
        string where = distribution.CanAddKeys is null ? " (whether this distribution lets you set them is unconfirmed)" : "";
        return
        [
            Of(RollKind.AddPublicKey, "publish an RSA key beside the EC key, without signing with it", files, $"openssl genrsa -out {files.NewPrivate} 2048\nopenssl rsa -in {files.NewPrivate} -pubout -out {files.NewPublic}",
                $"Make the key pair once and copy it to every server. Set the flags in the place where the issuer rolls set theirs{where}.",
                "48 h, for relying parties that cache key sets (Entra publishes no figure); issuer-gateway keys shows when it is safe to sign.",
                "Remove the new public key again: nothing is signed with it yet."),
            Of(RollKind.SwitchSigningKey, "sign with the RSA key", files, $"# kube-controller-manager of the same node: --service-account-private-key-file={files.NewPrivate}",
                "Switch the API server and the controller manager of a node together.",
                "The longest token lifetime: 24 h, up to a year for extended tokens.",
                "Sign with the old key again; both public keys stay published."),
            Of(RollKind.DropOldKey, "later: stop publishing the EC key", files, null,
                "Tokens of service account Secrets signed with the old key are rejected from now on: recreate those Secrets first.",
                "Nothing.",
                "Publish the old public key again."),
        ];

        Roll Of(RollKind kind, string title, KeyFiles keys, string? command, string note, string wait, string back) => new()
        {
            Number = NumberOf(kind),
            Kind = kind,
            Title = title,
            Issuers = [],
            Steps =
            [
                .. targets.Select(target => new RollStep
                {
                    Target = KubeadmSteps.Name(target),
                    Node = target.Name,
                    Place = distribution.Id == Talos.V114.Id ? "machine configuration, document KubeServiceAccountConfig" : "the flags of kube-apiserver",
                    Language = distribution.Id == Talos.V114.Id ? "yaml" : "text",
                    Content = distribution.Id == Talos.V114.Id ? TalosContent(kind) : FlagContent(kind, keys),
                    Command = command,
                    Note = note,
                }),
            ],
            RollingOut = [.. distribution.RollingOut.Select(fact => fact.ToString())],
            Breaks = kind == RollKind.AddPublicKey ? ["Nothing, once every server has the key. Until then the servers publish different key sets."] : [],
            Wait = [wait],
            Verify = [$"issuerctl cluster verify --issuer {wanted} --after-roll {NumberOf(kind)}{RollTexts.ServerOptions(state)}"],
            GoBack = new GoBack(back, []),
        };
    }

    private static string NumberOf(RollKind kind) => $"K{(int)kind - (int)RollKind.Replace}";

    private static string FlagContent(RollKind kind, KeyFiles files) =>
        (kind == RollKind.DropOldKey ? "" : $"--{FlagSet.KeyFile}={files.TodayPublic}\n")
        + $"--{FlagSet.KeyFile}={files.NewPublic}\n"
        + (kind == RollKind.AddPublicKey ? "" : $"--{FlagSet.SigningKeyFile}={files.NewPrivate}\n");

    private static string TalosContent(RollKind kind) =>
        (kind == RollKind.AddPublicKey ? "" : "issuer:\n  privateKey: |\n    CONTENT OF sa-rsa.key\n")
        + kind switch
        {
            RollKind.AddPublicKey => "accepted:\n  publicKeys:\n    - |\n      CONTENT OF sa-rsa.pub\n",
            RollKind.SwitchSigningKey => "accepted:\n  publicKeys:\n    - |\n      PUBLIC KEY OF TODAY'S issuer.privateKey\n",
            _ => "accepted:\n  publicKeys: []\n",
        };

    private sealed record KeyFiles(string TodayPublic, string NewPublic, string NewPrivate);
}
