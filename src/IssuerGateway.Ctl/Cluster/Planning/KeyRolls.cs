using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;

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

    public static IReadOnlyList<Roll> Of(ClusterState state, Distribution distribution, IReadOnlyList<RollTarget> targets)
    {
        if (!SignsWithEllipticCurve(state) || distribution.CanAddKeys == false || state.Servers.Any(server => server.Flags?.Last(FlagSet.SigningEndpoint) is not null))
        {
            return [];
        }

        string today = state.Servers.Select(server => server.Flags?.Last(FlagSet.KeyFile)).OfType<string>().FirstOrDefault() ?? Unknown;
        string folder = today == Unknown ? "/etc/kubernetes/pki" : today[..today.LastIndexOf('/')];
        string publicKey = $"{folder}/sa-rsa.pub";
        string privateKey = $"{folder}/sa-rsa.key";
        string where = distribution.CanAddKeys is null ? " (whether this distribution lets you set them is unconfirmed)" : "";
        return
        [
            Of(RollKind.AddPublicKey, "publish an RSA key beside the EC key, without signing with it", distribution, targets,
                $"--{FlagSet.KeyFile}={today}\n--{FlagSet.KeyFile}={publicKey}\n",
                $"openssl genrsa -out {privateKey} 2048\nopenssl rsa -in {privateKey} -pubout -out {publicKey}",
                $"Make the key pair once and copy it to every server. Set the flags in the place where the issuer rolls set theirs{where}.",
                "48 h, for relying parties that cache key sets (Entra publishes no figure); issuer-gateway keys shows when it is safe to sign.",
                "Remove the new public key again: nothing is signed with it yet."),
            Of(RollKind.SwitchSigningKey, "sign with the RSA key", distribution, targets,
                $"--{FlagSet.KeyFile}={today}\n--{FlagSet.KeyFile}={publicKey}\n--{FlagSet.SigningKeyFile}={privateKey}\n",
                $"# kube-controller-manager of the same node: --service-account-private-key-file={privateKey}",
                "Switch the API server and the controller manager of a node together.",
                "The longest token lifetime: 24 h, up to a year for extended tokens.",
                "Sign with the old key again; both public keys stay published."),
            Of(RollKind.DropOldKey, "later: stop publishing the EC key", distribution, targets,
                $"--{FlagSet.KeyFile}={publicKey}\n--{FlagSet.SigningKeyFile}={privateKey}\n",
                null,
                "Tokens of service account Secrets signed with the old key are rejected from now on: recreate those Secrets first.",
                "Nothing.",
                "Publish the old public key again."),
        ];
    }

    private static Roll Of(RollKind kind, string title, Distribution distribution, IReadOnlyList<RollTarget> targets, string flags, string? command, string note, string wait, string back) => new()
    {
        Number = $"K{(int)kind - (int)RollKind.Replace}",
        Kind = kind,
        Title = title,
        Issuers = [],
        Steps =
        [
            .. targets.Select(target => new RollStep
            {
                Target = KubeadmSteps.Name(target),
                Node = target.Name,
                Place = distribution.Id == "talos-1.14" ? "document KubeServiceAccountConfig: accepted.publicKeys and issuer.privateKey, in the place of these flags" : "the flags of kube-apiserver",
                Language = "text",
                Content = flags,
                Command = command,
                Note = note,
            }),
        ],
        RollingOut = [.. distribution.RollingOut.Select(fact => fact.ToString())],
        Breaks = kind == RollKind.AddPublicKey ? ["Nothing, once every server has the key. Until then the servers publish different key sets."] : [],
        Wait = [wait],
        Verify = ["kubectl get --raw /openid/v1/jwks at every server shows the same keys."],
        GoBack = new GoBack(back, []),
    };
}
