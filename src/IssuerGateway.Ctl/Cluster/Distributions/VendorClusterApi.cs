namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>Products built on Cluster API of which nothing public is known beyond that.</summary>
internal static class VendorClusterApi
{
    public static Distribution Vks { get; } = Of("vks", "VMware vSphere Kubernetes Service (VKS, TKG)",
        Fact.Reported("Node label run.tanzu.vmware.com/tkr, or a kubelet version that ends with +vmware.N. Today's flags are those of the mirror pods."));

    public static Distribution Nkp { get; } = Of("nkp", "Nutanix Kubernetes Platform (NKP)",
        Fact.Unconfirmed("As Cluster API. Give --distribution nkp."));

    private static Distribution Of(string id, string name, Fact detection) => ClusterApi.Distribution with
    {
        Id = id,
        Name = name,
        Detection = [detection],
        TwoIssuers = TwoIssuers.Unconfirmed,
        Setting =
        [
            Fact.Unconfirmed("Nothing public was found. Cluster API is underneath, so its way may hold: the first issuer in extraArgs, the others in a patch file."),
            Fact.Unconfirmed("The ClusterClass may own apiServer.extraArgs and undo a change of the KubeadmControlPlane. Ask the vendor which variable sets the issuer."),
        ],
        Defaults = [Fact.Unconfirmed("As kubeadm: issuer https://kubernetes.default.svc.DOMAIN, --api-audiences unset.")],
        SigningKey = [Fact.Unconfirmed("Secret CLUSTER-sa in the management cluster.")],
        CanAddKeys = null,
        RollingOut = [Fact.Unconfirmed("Every roll replaces all control-plane machines, one after the other.")],
        Sources = "the sources of Cluster API; nothing public was found of this product",
    };
}
