namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>Every distribution that is known, in the order of the page.</summary>
internal static class DistributionCatalog
{
    public static IReadOnlyList<Distribution> All { get; } =
    [
        Kubeadm.V1Beta4,
        Kubeadm.V1Beta3,
        Kubespray.Distribution,
        ClusterApi.Distribution,
        RancherServers.K3s,
        RancherServers.Rke2,
        RancherServers.Rancher,
        RancherServers.Harvester,
        Talos.V114,
        Talos.V113,
        Talos.Upto112,
        K0s.Current,
        K0s.Older,
        MicroK8s.Distribution,
        Kops.Distribution,
        OpenShift.Distribution,
        Gardener.Distribution,
        HostedControlPlanes.Kamaji,
        HostedControlPlanes.Vcluster,
        EksAnywhere.Distribution,
        VendorClusterApi.Vks,
        VendorClusterApi.Nkp,
        LocalClusters.Kind,
        LocalClusters.Minikube,
        General.Distribution,
    ];

    public static Distribution? Find(string id) => All.FirstOrDefault(distribution => distribution.Id == id);
}
