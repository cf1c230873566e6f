using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>kubeadm with both versions of its configuration.</summary>
internal static class Kubeadm
{
    private static readonly Fact[] detection =
    [
        Fact.Run("ConfigMap kube-system/kubeadm-config, and the annotation kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint of the API server's mirror pod. Today's flags are the command of that pod."),
        Fact.Unconfirmed("Kubespray looks the same, except that its certificates are in /etc/kubernetes/ssl."),
    ];

    private static readonly Fact[] defaults =
    [
        Fact.Source("Issuer https://kubernetes.default.svc.DOMAIN; --api-audiences unset, so all issuers."),
    ];

    private static readonly Fact[] rollingOut =
    [
        Fact.Run("Change ConfigMap kubeadm-config first: upgrades write the manifests again from it. An edited manifest alone is lost at the next upgrade."),
        Fact.Run("Then on one node after the other: kubeadm init phase control-plane apiserver --config FILE, each with its own localAPIEndpoint. --config and --patches do not mix."),
        Fact.Source("The kubelet restarts the API server of that node; nothing else restarts."),
    ];

    public static Distribution V1Beta4 { get; } = new()
    {
        Id = "kubeadm-v1beta4",
        Name = "kubeadm (v1beta4, kubeadm 1.31 and later)",
        Detection = detection,
        TwoIssuers = TwoIssuers.Held,
        Setting = [Fact.Run("apiServer.extraArgs is a list of name and value: service-account-issuer stands there twice and the order is kept.")],
        Defaults = defaults,
        SigningKey = [Fact.Run("RSA 2048; EC only with encryptionAlgorithm: ECDSA-*. The files are /etc/kubernetes/pki/sa.key and sa.pub.")],
        RollingOut = rollingOut,
        HasFilePerServer = true,
        Sources = "cmd/kubeadm of Kubernetes 1.36, run with init phase control-plane apiserver --dry-run; kubeadm#2735",
        Steps = KubeadmSteps.List,
    };

    public static Distribution V1Beta3 { get; } = new()
    {
        Id = "kubeadm-v1beta3",
        Name = "kubeadm (v1beta3)",
        Detection = detection,
        TwoIssuers = TwoIssuers.Held,
        Setting =
        [
            Fact.Run("apiServer.extraArgs is a map: the first issuer stands there, the others come from the patch file kube-apiserver0+json.yaml in the directory that InitConfiguration.patches.directory names. The patch appends, so the order is kept."),
            Fact.Run("A key given twice in the map is only a warning, and the last one wins: the other issuer is silently lost."),
            Fact.Run("kubeadm config migrate (1.31 and later) makes v1beta4 of it, which needs no patch."),
        ],
        Defaults = defaults,
        SigningKey = [Fact.Run("RSA 2048: /etc/kubernetes/pki/sa.key and sa.pub.")],
        RollingOut = [.. rollingOut, Fact.Run("The patch is lost at the next upgrade unless its directory is named again.")],
        HasFilePerServer = true,
        Sources = "cmd/kubeadm of Kubernetes 1.36, run with init phase control-plane apiserver --dry-run; kubeadm#2735",
        Steps = KubeadmSteps.Map,
    };
}
