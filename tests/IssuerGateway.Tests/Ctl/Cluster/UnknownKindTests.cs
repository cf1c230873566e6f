using IssuerGateway.Ctl.Cluster;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>Versions and mixtures that nobody has written down yet: named as an error with what is known, never taken in silence for what they resemble.</summary>
public sealed class UnknownKindTests
{
    private const string New = "https://oidc.example.com";

    [Theory]
    [InlineData("kubeadm.k8s.io/v1beta5", "v1beta1, v1beta2, v1beta3, v1beta4")]
    [InlineData("kubeadm.k8s.io/v1", "v1beta1, v1beta2, v1beta3, v1beta4")]
    public async Task A_kubeadm_configuration_of_an_unknown_version_is_an_error_that_names_the_known_ones(string version, string known)
    {
        FakeCluster cluster = SampleClusters.Kubeadm(3, "v1beta4").Leases(3).ConfigMap("kubeadm-config", "ClusterConfiguration", $"apiVersion: {version}\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.2\n");

        ChangePlan plan = IssuerPlanner.Plan(await cluster.InspectAsync(), new PlanRequest(New)).Plan!;

        ClusterFinding finding = Assert.Single(plan.Findings, finding => finding.Rule == "version-unknown");
        Assert.Equal((FindingLevel.Error, $"kube-system/kubeadm-config is of version {version}, which this issuerctl does not know; it knows {known}"), (finding.Level, finding.Message));
    }

    [Theory]
    [InlineData("cluster-api", "apiVersion: controlplane.cluster.x-k8s.io/v1beta3\nkind: KubeadmControlPlane\nspec:\n  kubeadmConfigSpec: {}\n", true)]
    [InlineData("cluster-api", "apiVersion: controlplane.cluster.x-k8s.io/v1beta2\nkind: KubeadmControlPlane\nspec:\n  kubeadmConfigSpec: {}\n", false)]
    [InlineData("k0s", "apiVersion: k0s.k0sproject.io/v1\nkind: ClusterConfig\nspec: {}\n", true)]
    [InlineData("k0s", "apiVersion: k0s.k0sproject.io/v1beta1\nkind: ClusterConfig\nspec: {}\n", false)]
    [InlineData("kops", "apiVersion: kops.k8s.io/v1\nkind: Cluster\nspec: {}\n", true)]
    [InlineData("talos-1.14", "version: v1alpha1\nmachine: {}\ncluster: {}\n---\napiVersion: v1alpha2\nkind: KubeServiceAccountConfig\n", true)]
    [InlineData("talos-1.14", "version: v1alpha1\nmachine: {}\ncluster: {}\n---\napiVersion: v1alpha1\nkind: KubeServiceAccountConfig\n", false)]
    public async Task So_is_a_configuration_that_was_given(string distribution, string content, bool isUnknown)
    {
        ClusterState state = await new FakeCluster().Documents(FakeCluster.Old).Leases(1).Node("cp1", "192.0.2.11", "v1.36.2").InspectAsync(distribution, new ConfigurationSource(ConfigurationSource.File, "given.yaml", content));

        Assert.Equal(isUnknown, IssuerPlanner.Plan(state, new PlanRequest(New)).Plan!.Findings.Any(finding => finding is { Rule: "version-unknown", Level: FindingLevel.Error }));
    }

    [Theory]
    [InlineData("Talos (v1.15.0)", true)]
    [InlineData("Talos (v2.0.0-alpha.0)", true)]
    [InlineData("Talos (v1.14.3)", false)]
    public async Task So_is_a_Talos_that_is_newer_than_what_is_known(string image, bool isUnknown)
    {
        FakeCluster cluster = new FakeCluster().Documents(FakeCluster.Old).Leases(1).Node("cp1", "192.0.2.11", "v1.36.2", os: image);

        ChangePlan plan = IssuerPlanner.Plan(await cluster.InspectAsync(), new PlanRequest(New)).Plan!;

        Assert.Equal(("talos-1.14", isUnknown), (plan.Distribution, plan.Findings.Any(finding => finding is { Rule: "version-unknown", Level: FindingLevel.Error })));
    }

    [Theory]
    [InlineData("Talos (v1.13)", "talos-1.13")]
    [InlineData("Talos (v1.9)", "talos-1.12")]
    [InlineData("Talos", "talos-1.12")]
    public async Task Talos_is_recognized_however_much_of_its_version_the_node_shows(string image, string expected) =>
        Assert.Equal(expected, (await new FakeCluster().Documents(FakeCluster.Old).Leases(1).Node("cp1", "192.0.2.11", "v1.36.2", os: image).InspectAsync()).Distribution.Id);

    [Theory]
    [InlineData("v1.33.4+rke2r1", "v1.33.4+k3s1", "cp1 rke2, cp2 k3s")]
    [InlineData("v1.33.4+k3s1", "v1.33.4", "cp1 k3s, cp2 none of the others")]
    public async Task Control_plane_nodes_of_two_distributions_are_an_error(string one, string other, string expected)
    {
        FakeCluster cluster = new FakeCluster().Documents(FakeCluster.Old).Leases(2).Node("cp1", "192.0.2.11", one).Node("cp2", "192.0.2.12", other);

        ChangePlan plan = IssuerPlanner.Plan(await cluster.InspectAsync(), new PlanRequest(New)).Plan!;

        ClusterFinding finding = Assert.Single(plan.Findings, finding => finding.Rule == "distributions-differ");
        Assert.Equal((FindingLevel.Error, $"control-plane nodes are of different distributions, by their kubelet versions: {expected}"), (finding.Level, finding.Message));
    }

    [Fact]
    public async Task A_worker_decides_nothing_while_control_plane_nodes_are_there()
    {
        FakeCluster cluster = SampleClusters.Kubeadm(1, "v1beta4").Leases(1).Node("edge", "192.0.2.90", "v1.33.4+k3s1", isControlPlane: false);

        ClusterState state = await cluster.InspectAsync();

        Assert.Equal("kubeadm-v1beta4", state.Distribution.Id);
        Assert.DoesNotContain(IssuerPlanner.Plan(state, new PlanRequest(New)).Plan!.Findings, finding => finding.Rule == "distributions-differ");
    }

    [Theory]
    [InlineData("Talos (v1.13.0-beta.1)", true)]
    [InlineData("Talos (v1.13.0)", false)]
    [InlineData("Talos (v1.13.1-dirty)", false)]
    public async Task A_pre_release_of_Talos_that_never_signs_with_the_new_issuer_is_an_error(string image, bool isError)
    {
        FakeCluster cluster = new FakeCluster().Documents("https://192.0.2.10:6443").Leases(1).Node("cp1", "192.0.2.11", "v1.36.2", os: image);

        ChangePlan plan = IssuerPlanner.Plan(await cluster.InspectAsync(), new PlanRequest(New)).Plan!;

        Assert.Equal("talos-1.13", plan.Distribution);
        Assert.Equal(isError, plan.Findings.Any(finding => finding is { Rule: "talos-pre-release", Level: FindingLevel.Error }));
    }
}
