using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>Gardener: fields of the Shoot in the garden cluster.</summary>
internal static class Gardener
{
    private static readonly string[] field = ["spec", "kubernetes", "kubeAPIServer", "serviceAccountConfig"];

    public static Distribution Distribution { get; } = new()
    {
        Id = "gardener",
        Name = "Gardener",
        Detection = [Fact.Documented("ConfigMap kube-system/shoot-info; node label worker.gardener.cloud/pool. Today's flags follow from the Shoot, in the garden cluster.")],
        TwoIssuers = TwoIssuers.Held,
        Setting =
        [
            Fact.Documented("spec.kubernetes.kubeAPIServer.serviceAccountConfig: issuer signs, acceptedIssuers are accepted. The default issuer stays accepted; a former custom one only if it is listed."),
            Fact.Documented("Or the annotation authentication.gardener.cloud/issuer=managed: Gardener publishes the documents itself, needs no gateway, and cannot be undone."),
        ],
        Defaults = [Fact.Documented("Issuer https://api.DOMAIN; --api-audiences explicit: kubernetes, gardener. It stays as it is.")],
        SetsAudiences = true,
        WritesKeySetUri = false,
        SigningKey = [Fact.Documented("RSA.")],
        CanAddKeys = false,
        KeyWay = "Gardener makes and rotates the key itself, by the annotation gardener.cloud/operation of the Shoot: rotate-serviceaccount-key-start, later rotate-serviceaccount-key-complete (unconfirmed). Its keys are RSA.",
        RollingOut = [Fact.Documented("The seed cluster rolls the API server Deployment after the Shoot has been reconciled.")],
        Reaching = [Fact.Documented("Anonymous requests are off."), Fact.Documented("All servers are behind one address (apiserver-proxy): they cannot be compared from inside.")],
        Sources = "gardener/gardener@b312835",
        Source = new SourceFormat
        {
            Name = "Shoot of this cluster (garden cluster)",
            Fetch = "kubectl -n garden-PROJECT get shoot SHOOT -o yaml > shoot.yaml",
            Read = content => Shoot(content) is { } shoot ? new FlagSet([.. Custom(shoot).Select(issuer => new Flag(FlagSet.Issuer, issuer))]) : null,
            Findings = content => YamlSource.TextAt(Shoot(content), "metadata", "annotations", "authentication.gardener.cloud/issuer") == "managed"
                ? [ClusterFinding.Error("issuer-managed", "the Shoot has the annotation authentication.gardener.cloud/issuer=managed, which is final: Gardener sets the issuer and publishes it",
                    "use the issuer that Gardener publishes; no gateway is needed")]
                : [],
        },
        Steps = Steps,
    };

    private static IReadOnlyList<RollStep> Steps(RollContext context)
    {
        YamlMappingNode? shoot = context.SourceOf(null) is { } source ? Shoot(source.Content) : null;

        // The default issuer is not written: Gardener adds it, and it signs while no other is set.
        bool IsDefault(string issuer) => issuer != context.New && (shoot is not null ? !Custom(shoot).Contains(issuer) : issuer.StartsWith("https://api.", StringComparison.Ordinal));
        string[] accepted = [.. context.Others.Where(issuer => !IsDefault(issuer))];
        string? standard = context.Issuers.FirstOrDefault(IsDefault);
        YamlMappingNode written = YamlSource.With(YamlSource.At(shoot, field),
            ("issuer", IsDefault(context.First) ? new YamlScalarNode("null") { Style = YamlDotNet.Core.ScalarStyle.Plain } : YamlSource.Scalar(context.First)),
            ("acceptedIssuers", YamlSource.List(accepted)));
        return
        [
            new RollStep
            {
                Target = $"Shoot {YamlSource.TextAt(shoot, "metadata", "name") ?? "SHOOT"} in the garden cluster",
                Place = string.Join('.', field),
                Content = YamlText.Field(field, written),
                Command = $"kubectl -n {YamlSource.TextAt(shoot, "metadata", "namespace") ?? "garden-PROJECT"} patch shoot {YamlSource.TextAt(shoot, "metadata", "name") ?? "SHOOT"} --type merge --patch-file {context.Label}.yaml",
                Note = string.Join(' ', Notes(context, shoot, standard)),
            },
        ];
    }

    private static IEnumerable<string> Notes(RollContext context, YamlMappingNode? shoot, string? standard)
    {
        if (context.Kind == RollKind.DropOld)
        {
            yield return "Gardener's default issuer stays accepted for good; only former custom issuers are dropped.";
            yield break;
        }

        if (context.First == standard)
        {
            yield return "null removes the field: Gardener's default issuer signs.";
        }

        yield return "Wait until the Shoot's last operation has succeeded.";
        if (standard is not null && shoot is null)
        {
            yield return $"{standard} is taken for Gardener's default issuer, which is not listed; if it is a former custom one, add it to acceptedIssuers.";
        }
    }

    private static YamlMappingNode? Shoot(string content) => YamlSource.ParseAll(content).FirstOrDefault(document => YamlSource.TextOf(document, "kind") == "Shoot");

    private static IReadOnlyList<string> Custom(YamlMappingNode shoot) =>
    [
        .. YamlSource.TextAt(YamlSource.At(shoot, field), "issuer") is { } issuer ? [issuer] : Array.Empty<string>(),
        .. YamlSource.TextsAt(YamlSource.At(shoot, field), "acceptedIssuers"),
    ];
}
