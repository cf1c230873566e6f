using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>kOps, with its own field for further issuers.</summary>
internal static class Kops
{
    private const string Roll = "kops update cluster CLUSTER --yes\nkops rolling-update cluster CLUSTER --instance-group-roles control-plane --yes";

    public static Distribution Distribution { get; } = new()
    {
        Id = "kops",
        Name = "kOps 1.28.5 and later",
        Detection = [Fact.Documented("Node label kops.k8s.io/instancegroup. Today's flags are the args of the mirror pod (its command is /go-runner).")],
        TwoIssuers = TwoIssuers.Held,
        Setting =
        [
            Fact.Documented("kubeAPIServer.serviceAccountIssuer signs, additionalServiceAccountIssuers (kOps 1.28.5 and later) are accepted."),
            Fact.Documented("Or serviceAccountIssuerDiscovery with discoveryStore, which publishes to a bucket and needs no gateway."),
        ],
        Defaults = [Fact.Documented("Issuer https://api.internal.CLUSTER, or the public name if anonymous access is on and open; --api-audiences explicit: kubernetes.svc.default. It stays as it is. jwks_uri always follows the issuer.")],
        SetsAudiences = true,
        WritesKeySetUri = false,
        SigningKey = [Fact.Documented("RSA.")],
        CanAddKeys = null,
        RollingOut = [Fact.Documented("kops rolling-update replaces the control-plane machines, one after the other, at every roll.")],
        Reaching = [Fact.Documented("Anonymous requests are off."), Fact.Unconfirmed("The servers listen on port 443.")],
        Sources = "kubernetes/kops@268927e docs/operations/service_account_issuer_migration.md; kops#16497",
        Source = new SourceFormat
        {
            Name = "kOps cluster specification",
            Fetch = "kops get cluster CLUSTER -o yaml > cluster.yaml",
            Read = content => Cluster(content) is { } cluster ? new FlagSet([.. IssuersOf(cluster).Select(issuer => new Flag(FlagSet.Issuer, issuer))]) : null,
            Findings = content => YamlSource.At(Cluster(content), "spec", "serviceAccountIssuerDiscovery") is YamlMappingNode { Children.Count: > 0 }
                ? [ClusterFinding.Warning("issuer-from-discovery-store", "spec.serviceAccountIssuerDiscovery sets the issuer and publishes the documents to a bucket", "decide between it and the gateway: remove it in the roll that moves the new issuer to the first place")]
                : [],
        },
        KeyPair = _ => null,
        KeySteps = context =>
        [
            new RollStep
            {
                Target = "the state store of kOps",
                Place = "keyset service-account (unconfirmed)",
                Command = (context.Kind, context.IsBack) switch
                {
                    (RollKind.AddPublicKey, false) => $"kops create keypair service-account\n{Roll}",
                    (RollKind.SwitchSigningKey, false) => $"kops promote keypair service-account NEW-KEY-ID\n{Roll}",
                    (RollKind.DropOldKey, false) => $"kops distrust keypair service-account OLD-KEY-ID\n{Roll}",
                    (RollKind.AddPublicKey, _) => $"kops distrust keypair service-account NEW-KEY-ID\n{Roll}",
                    (RollKind.SwitchSigningKey, _) => $"kops promote keypair service-account OLD-KEY-ID\n{Roll}",
                    _ => null,
                },
                Note = "kops get keypairs service-account shows the ids. kOps makes the key; see that it is RSA before you promote it (unconfirmed).",
            },
        ],
        Steps = Steps,
    };

    private static IReadOnlyList<RollStep> Steps(RollContext context)
    {
        YamlMappingNode? cluster = context.SourceOf(null) is { } source ? Cluster(source.Content) : null;
        YamlMappingNode written = YamlSource.With(YamlSource.At(cluster, "spec", "kubeAPIServer"),
            ("serviceAccountIssuer", YamlSource.Scalar(context.First)),
            ("additionalServiceAccountIssuers", YamlSource.List(context.Others)));
        string name = YamlSource.TextAt(cluster, "metadata", "name") ?? "CLUSTER";
        return
        [
            new RollStep
            {
                Target = "the kOps cluster specification",
                Place = "spec.kubeAPIServer",
                Content = YamlText.Field(["spec", "kubeAPIServer"], written),
                Command = $"kops edit cluster {name}\n{Roll.Replace("CLUSTER", name, StringComparison.Ordinal)}",
                Note = cluster is null
                    ? "Change only these two fields of kubeAPIServer. Issuers that kOps adds by itself must not be listed twice."
                    : "kubeAPIServer as a whole, with today's other fields. Issuers that kOps adds by itself must not be listed twice.",
            },
        ];
    }

    private static YamlMappingNode? Cluster(string content) => YamlSource.ParseAll(content).FirstOrDefault(document =>
        YamlSource.TextOf(document, "kind") == "Cluster" && YamlSource.TextOf(document, "apiVersion")?.StartsWith("kops.k8s.io/", StringComparison.Ordinal) == true);

    private static IReadOnlyList<string> IssuersOf(YamlMappingNode cluster) =>
    [
        .. YamlSource.TextAt(cluster, "spec", "kubeAPIServer", "serviceAccountIssuer") is { } issuer ? [issuer] : Array.Empty<string>(),
        .. YamlSource.TextsAt(cluster, "spec", "kubeAPIServer", "additionalServiceAccountIssuers"),
    ];
}
