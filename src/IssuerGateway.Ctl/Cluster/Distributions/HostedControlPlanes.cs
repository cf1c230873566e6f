using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>Control planes that run as pods of another cluster: Kamaji and vcluster.</summary>
internal static class HostedControlPlanes
{
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
        Steps = context =>
        [
            new RollStep
            {
                Target = "TenantControlPlane NAMESPACE/NAME in the hosting cluster",
                Place = "spec.controlPlane.deployment.extraArgs.apiServer",
                Content = $"spec:\n  controlPlane:\n    deployment:\n      extraArgs:\n        apiServer:\n{YamlText.List(context.Arguments.Select(argument => $"--{argument}"), 10)}",
                Command = $"kubectl -n NAMESPACE patch tenantcontrolplane NAME --type merge --patch-file {context.Label}.yaml",
                Note = "A merge patch replaces the list: add today's other entries first; they are not visible from inside.",
            },
        ],
    };

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
        Steps = context =>
        [
            new RollStep
            {
                Target = "vcluster.yaml of the virtual cluster",
                Place = "controlPlane.distro.k8s.apiServer.extraArgs",
                Content = $"controlPlane:\n  distro:\n    k8s:\n      apiServer:\n        extraArgs:\n{YamlText.List(context.Arguments.Select(argument => $"--{argument}"), 10)}",
                Command = "vcluster create NAME --namespace NAMESPACE --upgrade --values vcluster.yaml",
                Note = "Keep the other entries of extraArgs. They are not visible from inside.",
            },
        ],
    };
}
