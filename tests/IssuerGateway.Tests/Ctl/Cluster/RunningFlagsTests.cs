using IssuerGateway.Ctl.Cluster;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>Other flags of running servers that decide whether a new issuer can be given to them, and what a node is configured with beside what runs.</summary>
public sealed class RunningFlagsTests
{
    private const string New = "https://oidc.example.com";
    private const string Old = FakeCluster.Old;

    [Fact]
    public async Task An_issuer_that_the_servers_trust_for_users_is_an_error_because_they_would_not_start()
    {
        string[] flags = [$"--oidc-issuer-url={New}", $"--service-account-issuer={Old}"];

        ChangePlan plan = await PlanAsync(Cluster(flags, flags, flags));

        ClusterFinding finding = Assert.Single(plan.Findings, finding => finding.Rule == "issuer-of-users");
        Assert.Equal((FindingLevel.Error, $"kube-apiserver-cp1, kube-apiserver-cp2, kube-apiserver-cp3 have --oidc-issuer-url {New}: an API server does not start when the issuer of its users is one of its own"), (finding.Level, finding.Message));
    }

    [Fact]
    public async Task The_file_of_the_authentication_configuration_is_named_because_it_cannot_be_read()
    {
        string[] flags = ["--oidc-issuer-url=https://users.example.com", "--authentication-config=/etc/kubernetes/auth.yaml", $"--service-account-issuer={Old}"];

        ChangePlan plan = await PlanAsync(Cluster(flags));

        ClusterFinding finding = Assert.Single(plan.Findings, finding => finding.Rule == "issuer-of-users");
        Assert.Equal((FindingLevel.Information, "the servers read /etc/kubernetes/auth.yaml, which cannot be seen from here"), (finding.Level, finding.Message));
    }

    [Fact]
    public async Task Flags_with_underscores_are_read_as_the_server_reads_them()
    {
        ChangePlan plan = await PlanAsync(Cluster([$"--service_account_issuer={Old}", "--api_audiences", "vault"]));

        Assert.Equal([Old], plan.Today);
        Assert.Equal(["vault"], plan.TodayAudiences);
    }

    [Fact]
    public async Task What_an_RKE2_node_is_configured_with_and_its_server_does_not_run_with_is_named()
    {
        FakeCluster cluster = new FakeCluster().Documents(Old).Leases(1)
            .Node("server1", "192.0.2.11", "v1.36.2+rke2r1", annotations: [("rke2.io/node-args", $$"""["server", "--kube-apiserver-arg", "service-account-issuer+={{New}}", "--kube-apiserver-arg", "audit-log-maxage=30"]""")])
            .MirrorPod("server1", [$"--service-account-issuer={Old}", "--audit-log-maxage=30", $"--api-audiences={Old},rke2"], endpoint: "192.0.2.11:6443");

        ChangePlan plan = IssuerPlanner.Plan(await cluster.InspectAsync(), new PlanRequest(New)).Plan!;

        ClusterFinding finding = Assert.Single(plan.Findings, finding => finding.Rule == "source-differs");
        Assert.Equal($"the configuration of node server1 gives service-account-issuer+ \"{New}\", kube-apiserver-server1 runs with \"{Old}\"", finding.Message);
    }

    private static FakeCluster Cluster(params string[][] flags)
    {
        FakeCluster cluster = new FakeCluster().ConfigMap("kubeadm-config", "ClusterConfiguration", SampleClusters.ClusterConfiguration("v1beta4")).Documents(Old).Leases(flags.Length);
        for (int i = 1; i <= flags.Length; i++)
        {
            cluster.Node($"cp{i}", SampleClusters.Address(i), "v1.36.2").MirrorPod($"cp{i}", flags[i - 1], endpoint: $"{SampleClusters.Address(i)}:6443");
        }

        return cluster;
    }

    private static async Task<ChangePlan> PlanAsync(FakeCluster cluster) => IssuerPlanner.Plan(await cluster.InspectAsync(), new PlanRequest(New)).Plan!;
}
