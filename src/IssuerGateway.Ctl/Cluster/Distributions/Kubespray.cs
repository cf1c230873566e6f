using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>Kubespray: group variables that become a kubeadm configuration and patches.</summary>
internal static class Kubespray
{
    public static Distribution Distribution { get; } = new()
    {
        Id = "kubespray",
        Name = "Kubespray 2.31",
        Detection = [Fact.Unconfirmed("As kubeadm, with certificatesDir /etc/kubernetes/ssl in kubeadm-config. Otherwise give --distribution kubespray.")],
        TwoIssuers = TwoIssuers.Held,
        Setting = [Fact.Documented("kube_kubeadm_apiserver_extra_args is a dictionary with one value a name (kubespray#9738); the other issuers come from kubeadm_patches with type json.")],
        Defaults = [Fact.Source("As kubeadm: issuer https://kubernetes.default.svc.DOMAIN, --api-audiences unset.")],
        SigningKey = [Fact.Documented("RSA-2048 (kube_asymmetric_encryption_algorithm).")],
        RollingOut = [Fact.Documented("upgrade-cluster.yml changes one control-plane node after the other (serial 1). cluster.yml restarts all of them at once.")],
        Breaks = [Fact.Run("A manifest or a ConfigMap changed by hand is written again by the next playbook run.")],
        Sources = "kubernetes-sigs/kubespray@46dbdd3; kubespray#9738",
        Steps = Steps,
    };

    private static IReadOnlyList<RollStep> Steps(RollContext context)
    {
        IEnumerable<string[]> arguments = context.Arguments.Select(argument => argument.Split('=', 2)).DistinctBy(pair => pair[0]);
        string content = $"kube_kubeadm_apiserver_extra_args:\n{string.Concat(arguments.Select(pair => $"  {pair[0]}: {YamlText.Scalar(pair[1])}\n"))}"
            + (context.Others.Count == 0
                ? "kubeadm_patches: []\n"
                : $"kubeadm_patches:\n  - target: kube-apiserver\n    type: json\n    patch:\n{YamlText.Indent(KubeadmSteps.Patch(context), 6)}");
        return
        [
            new RollStep
            {
                Target = "the inventory of the cluster",
                Place = "group_vars/k8s_cluster/k8s-cluster.yml",
                Content = content,
                Command = "ansible-playbook -i inventory/CLUSTER/hosts.yaml -b upgrade-cluster.yml",
                Note = $"Keep the other entries of kube_kubeadm_apiserver_extra_args and kubeadm_patches. {Kept(context)}",
            },
        ];
    }

    private static string Kept(RollContext context)
    {
        FlagSet? arguments = context.Cluster.Source is { } source ? KubeadmConfiguration.ArgumentsOf(source.Content) : null;
        string[] names = [.. arguments?.Flags.Select(flag => flag.Name).Where(name => !context.Writes(name)) ?? []];
        return names.Length == 0
            ? "ConfigMap kubeadm-config shows no others."
            : $"ConfigMap kubeadm-config shows: {string.Join(", ", names)} (most are set by Kubespray itself).";
    }
}
