using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>Control planes that run as pods of another cluster: Kamaji and vcluster.</summary>
internal static class HostedControlPlanes
{
    private static readonly string[] kamajiField = ["spec", "controlPlane", "deployment", "extraArgs", "apiServer"];
    private static readonly string[] vclusterField = ["controlPlane", "distro", "k8s", "apiServer", "extraArgs"];

    private static readonly Fact[] keyNotes = [Fact.Unconfirmed("The new key files have to be mounted into the pods of the API server and the controller manager in the hosting cluster first.")];

    private static readonly Fact[] detection = [Fact.Documented("No API server pod and no sign of another distribution. Give --distribution kamaji or vcluster; the configuration is in the hosting cluster.")];

    public static Distribution Kamaji { get; } = new()
    {
        Id = "kamaji",
        Name = "Kamaji 26.5.2-edge and later",
        Detection = detection,
        TwoIssuers = TwoIssuers.Held,
        Setting = [Fact.Documented("spec.controlPlane.deployment.extraArgs.apiServer of the TenantControlPlane is a list. Repeated flags are kept since kamaji#1130 (April 2026, 26.5.2-edge); earlier versions keep one value, so upgrade Kamaji first.")],
        Defaults = [Fact.Source("As kubeadm: issuer https://kubernetes.default.svc.DOMAIN, --api-audiences unset.")],
        SigningKey = [Fact.Unconfirmed("RSA.")],
        CanAddKeys = null,
        RollingOut = [Fact.Documented("The hosting cluster rolls the Deployment.")],
        Breaks = [Fact.Documented("On Kamaji before 26.5.2-edge only one of the two issuers would survive.")],
        Reaching = [Fact.Documented("All servers are behind one address: they cannot be compared there. Compare the pods of the Deployment in the hosting cluster.")],
        Sources = "clastix/kamaji@ddbabd8; kamaji#1130",
        KeyNotes = keyNotes,
        Source = new SourceFormat
        {
            Name = "TenantControlPlane of this cluster (hosting cluster)",
            Fetch = "kubectl -n NAMESPACE get tenantcontrolplane NAME -o yaml > tenant.yaml",
            Read = content => Tenant(content) is { } tenant ? new FlagSet(ArgumentFields.ReadWords(YamlSource.At(tenant, kamajiField))) : null,
        },
        Steps = InKamaji,
    };

    private static IReadOnlyList<RollStep> InKamaji(RollContext context)
    {
        YamlMappingNode? tenant = context.SourceOf(null) is { } source ? Tenant(source.Content) : null;
        string name = YamlSource.TextAt(tenant, "metadata", "name") ?? "NAME";
        string space = YamlSource.TextAt(tenant, "metadata", "namespace") ?? "NAMESPACE";
        YamlMappingNode arguments = YamlSource.With(YamlSource.At(tenant, kamajiField.AsSpan()[..^1]),
            ("apiServer", ArgumentFields.WordList(YamlSource.At(tenant, kamajiField), context, context.Flags, "--")));
        if (context.ControllerKey is { } key)
        {
            arguments = YamlSource.With(arguments, ("controllerManager", Controller(YamlSource.At(arguments, "controllerManager"), key)));
        }

        return
        [
            new RollStep
            {
                Target = $"TenantControlPlane {space}/{name} in the hosting cluster",
                Place = string.Join('.', kamajiField),
                Content = YamlText.Field(kamajiField[..^1], arguments),
                Command = $"kubectl -n {space} patch tenantcontrolplane {name} --type merge --patch-file {context.Label}.yaml",
                Note = tenant is null
                    ? "A merge patch replaces the list: add today's other entries first; they are not visible from inside."
                    : "A merge patch replaces the list: it holds today's other entries too.",
            },
        ];
    }

    private static YamlSequenceNode Controller(YamlNode? today, string key)
    {
        const string name = $"--{KubeadmConfiguration.ControllerKey}=";
        return YamlSource.List([.. YamlSource.TextsAt(today).Where(word => !word.StartsWith(name, StringComparison.Ordinal)), name + key]);
    }

    private static YamlMappingNode? Tenant(string content) => YamlSource.ParseAll(content).FirstOrDefault(document => YamlSource.TextOf(document, "kind") == "TenantControlPlane");

    public static Distribution Vcluster { get; } = new()
    {
        Id = "vcluster",
        Name = "vcluster",
        Detection = detection,
        TwoIssuers = TwoIssuers.Held,
        Setting =
        [
            Fact.Documented("controlPlane.distro.k8s.apiServer.extraArgs: the issuers in order, and --api-audiences with the defaults, because vcluster stamps its own audience into tokens (vcluster PR #2342)."),
            Fact.Documented("Code of the 0.20 era appended extraArgs to the defaults: there the default issuer stays first and the new one never signs."),
        ],
        Defaults = [Fact.Source("As kubeadm: issuer https://kubernetes.default.svc.DOMAIN, --api-audiences unset.")],
        WritesAudiences = true,
        SigningKey = [Fact.Unconfirmed("Type and rotation of the key.")],
        CanAddKeys = null,
        RollingOut = [Fact.Documented("The hosting cluster rolls the StatefulSet or Deployment.")],
        Breaks = [Fact.Reported("Tokens that vcluster writes into pods live 10 years and are never renewed (vcluster#969, #1579): recreate every pod before the old issuer is dropped.")],
        Reaching = [Fact.Documented("All servers are behind one address (the endpoint reconciler is off): they cannot be compared there.")],
        Sources = "loft-sh/vcluster@0003ba0; vcluster#969, #1579, PR #2342",
        KeyNotes = keyNotes,
        Source = new SourceFormat
        {
            Name = "vcluster.yaml of this virtual cluster",
            Fetch = "helm -n NAMESPACE get values NAME -o yaml > vcluster.yaml",
            Read = content => Values(content) is { } values ? new FlagSet(ArgumentFields.ReadWords(YamlSource.At(values, vclusterField))) : null,
        },
        Steps = InVcluster,
    };

    private static IReadOnlyList<RollStep> InVcluster(RollContext context)
    {
        YamlMappingNode? values = context.SourceOf(null) is { } source ? Values(source.Content) : null;
        string content = YamlText.Field(vclusterField, ArgumentFields.WordList(YamlSource.At(values, vclusterField), context, context.Flags, "--"));
        if (context.ControllerKey is { } key)
        {
            content += YamlText.Indent(YamlText.Field(["controllerManager", "extraArgs"], Controller(YamlSource.At(values, "controlPlane", "distro", "k8s", "controllerManager", "extraArgs"), key)), 6);
        }

        return
        [
            new RollStep
            {
                Target = "vcluster.yaml of the virtual cluster",
                Place = string.Join('.', vclusterField),
                Content = content,
                Command = "vcluster create NAME --namespace NAMESPACE --upgrade --values vcluster.yaml",
                Note = values is null
                    ? "Keep the other entries of extraArgs. They are not visible from inside. Every other value of the file stays."
                    : "The list is whole: today's other entries are in it. Every other value of the file stays.",
            },
        ];
    }

    // Values have no kind; an object of a cluster is none of them.
    private static YamlMappingNode? Values(string content) => YamlSource.Parse(content)?.Root is { } root && YamlSource.Find(root, "kind") is null
        && root.Children.Keys.Any(key => key is YamlScalarNode { Value: "controlPlane" or "sync" or "experimental" or "exportKubeConfig" or "networking" or "policies" or "rbac" }) ? root : null;
}
