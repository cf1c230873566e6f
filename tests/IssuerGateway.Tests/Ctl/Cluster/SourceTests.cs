using IssuerGateway.Ctl.Cluster;
using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>
/// The configuration that is not in the cluster, given with --source: every roll writes its field with today's other
/// values kept, nothing of it that is secret is shown, and a difference to the running flags is a finding.
/// </summary>
public sealed class SourceTests
{
    private const string New = "https://oidc.example.com";

    public static TheoryData<string> Names => new(SampleSources.All.Keys);

    [Fact]
    public void Every_distribution_with_a_source_of_its_own_has_a_sample() =>
        Assert.Equal(DistributionCatalog.All.Where(each => each.Source is not null && each.Id != "harvester" && each.Id != "openshift" && each.Id != "vks" && each.Id != "nkp" && each.Id != "k0s-1.34.0").Select(each => each.Id).Order(), SampleSources.All.Keys.Order());

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_roll_is_written_with_todays_other_values_kept(string name)
    {
        SampleSource sample = SampleSources.All[name];
        ChangePlan plan = await PlanAsync(name, sample.Text);
        SourceFormat format = DistributionCatalog.Find(name)!.Source!;

        Assert.DoesNotContain(plan.Findings, finding => finding.Rule is "source-unread" or "source-differs");
        Assert.All(plan.Rolls, roll =>
        {
            // Either a whole file, or a field that is put into the document as a merge patch does (RFC 7396).
            string after = name == "microk8s" ? roll.Steps[0].Content! : SampleSources.Merge(sample.Text, roll.Steps[0].Content!);
            FlagSet flags = format.Read(after)!;
            Assert.Equal(roll.Issuers.Where(issuer => !sample.AddedByItself.Contains(issuer)), flags.Issuers);
            Assert.All(sample.Kept, kept => Assert.Contains(kept, after, StringComparison.Ordinal));
            Assert.All(sample.Shown, shown => Assert.Contains(shown, roll.Steps[0].Content, StringComparison.Ordinal));
        });
        Assert.All(plan.Rolls.SelectMany(roll => roll.Steps.Concat(roll.GoBack.Steps)), step => Assert.DoesNotContain("c2VjcmV0", step.Content ?? "", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_source_that_was_changed_and_not_applied_is_a_finding(string name)
    {
        SampleSource sample = SampleSources.All[name];
        ChangePlan plan = await PlanAsync(name, sample.Changed);

        Assert.Contains(plan.Findings, finding => finding is { Rule: "source-differs", Level: FindingLevel.Warning } && finding.Message.Contains("https://changed.example.com", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("kube-apiserver-arg+:\n  - service-account-issuer+=https://changed.example.com\n", "service-account-issuer+")]
    [InlineData("kube-apiserver-arg:\n  - service-account-issuer-=https://changed.example.com\n", "service-account-issuer-")]
    public async Task An_issuer_that_is_appended_and_does_not_run_is_a_finding(string file, string name)
    {
        FakeCluster cluster = new FakeCluster().Documents(FakeCluster.Old).Leases(1).Node("server1", "192.0.2.11", "v1.36.2+rke2r1")
            .MirrorPod("server1", [$"--service-account-issuer={FakeCluster.Old}", $"--api-audiences={FakeCluster.Old},rke2"], endpoint: "192.0.2.11:6443");

        ChangePlan plan = IssuerPlanner.Plan(await cluster.InspectAsync(null, new ConfigurationSource(ConfigurationSource.File, "config.yaml", file)), new PlanRequest(New)).Plan!;

        Assert.Contains(plan.Findings, finding => finding.Rule == "source-differs" && finding.Message == $"config.yaml has {name} \"https://changed.example.com\", kube-apiserver-server1 runs with \"{FakeCluster.Old}\"");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_else_is_taken_for_it(string name)
    {
        SourceFormat format = DistributionCatalog.Find(name)!.Source!;

        // A config.yaml without its token may be empty.
        Assert.Equal(name is "k3s" or "rke2", format.Read("# token: of the cluster\n") is not null);
        Assert.Equal(name is "k3s" or "rke2", format.Read("") is not null);
        Assert.All((string[])["just text", "- a\n- list\n", "apiVersion: v1\nkind: ConfigMap\ndata: {}\n", "not: [yaml", "\u0000"], text => Assert.Null(format.Read(text)));
    }

    [Fact]
    public async Task What_in_the_source_speaks_against_the_plan_is_a_finding()
    {
        ChangePlan managed = await PlanAsync("gardener", SampleSources.All["gardener"].Text.Replace("  annotations: {}\n", "  annotations:\n    authentication.gardener.cloud/issuer: managed\n", StringComparison.Ordinal));
        ChangePlan bucket = await PlanAsync("kops", SampleSources.All["kops"].Text.Replace("spec:\n", "spec:\n  serviceAccountIssuerDiscovery:\n    discoveryStore: s3://demo\n", StringComparison.Ordinal));
        ChangePlan both = await PlanAsync("eks-anywhere", SampleSources.All["eks-anywhere"].Text.Replace("    count: 3\n", "    count: 3\n    apiServerExtraArgs:\n      service-account-issuer: https://b.example.com\n", StringComparison.Ordinal));
        ChangePlan earlier = await PlanAsync("talos-1.14", "version: v1alpha1\ncluster:\n  serviceAccount:\n    key: c2VjcmV0\n  apiServer: {}\n");

        Assert.Contains(managed.Findings, finding => finding is { Rule: "issuer-managed", Level: FindingLevel.Error });
        Assert.Contains(bucket.Findings, finding => finding is { Rule: "issuer-from-discovery-store", Level: FindingLevel.Warning });
        Assert.Contains(both.Findings, finding => finding is { Rule: "comma-joined", Level: FindingLevel.Error });
        Assert.Contains(earlier.Findings, finding => finding is { Rule: "service-account-in-cluster", Level: FindingLevel.Error });
    }

    [Theory]
    [InlineData("/etc/kubernetes/mypatches", "--profiling=false", "etcd+strategic.yaml")]
    [InlineData("/etc/kubernetes/patches", "--service-account-issuer=https://kubernetes.default.svc.cluster.local", "etcd+strategic.yaml")]
    [InlineData("/etc/kubernetes/patches", "--service-account-issuer=https://kubernetes.default.svc.cluster.local", "")]
    public async Task Patches_of_a_KubeadmControlPlane_stay_in_their_directory_and_give_each_flag_once(string folder, string argument, string other)
    {
        string text = "apiVersion: controlplane.cluster.x-k8s.io/v1beta1\nkind: KubeadmControlPlane\nmetadata: {name: c1, namespace: ns1}\nspec:\n  kubeadmConfigSpec:\n    files:\n"
            + $"    - path: {folder}/kube-apiserver5+json.yaml\n      content: |\n        - op: add\n          path: /spec/containers/0/command/-\n          value: {argument}\n"
            + (other.Length > 0 ? $"    - path: {folder}/{other}\n      content: |\n        spec: {{}}\n" : "")
            + $"    initConfiguration: {{patches: {{directory: {folder}}}}}\n    joinConfiguration: {{patches: {{directory: {folder}}}}}\n"
            + "    clusterConfiguration: {apiServer: {extraArgs: {service-account-issuer: \"https://first.example.com\"}}}\n";

        ChangePlan plan = await PlanAsync("cluster-api", text);

        Assert.All(plan.Rolls, roll =>
        {
            string after = SampleSources.Merge(text, roll.Steps[0].Content!);
            bool isNamed = other.Length > 0 || roll.Issuers.Count > 1;
            Assert.Equal(isNamed ? 2 : 0, after.Split($"\"directory\": \"{folder}\"").Length - 1 + after.Split($"directory: {folder}").Length - 1);
            Assert.Equal(roll.Issuers, ClusterApi.ArgumentsOf(after)!.Issuers);
            Assert.Equal(!argument.Contains("issuer", StringComparison.Ordinal), after.Contains("--profiling=false", StringComparison.Ordinal));
            Assert.Equal(other.Length > 0, after.Contains("etcd+strategic.yaml", StringComparison.Ordinal));
        });
    }

    [Theory]
    [InlineData("kube-apiserver-arg: audit-log-maxage=30\n", "")]
    [InlineData("kube-apiserver-arg: [\"audit-log-maxage=30\"]   # kept\r\nnode-ip: 192.0.2.11\r\n", "")]
    [InlineData("kube-apiserver-arg+:\n  - 'audit-log-maxage=30'\n", "The entries of kube-apiserver-arg+ are in it too: remove that key.")]
    [InlineData("kube-apiserver-arg: &a\n- --audit-log-maxage=30\nother: *a\n", "")]
    public async Task A_list_of_arguments_is_read_in_every_form(string text, string note)
    {
        ChangePlan plan = IssuerPlanner.Plan(await SampleClusters.Of("k3s", 1).InspectAsync(null, new ConfigurationSource(ConfigurationSource.File, "config.yaml", text)), new PlanRequest(New)).Plan!;

        Assert.Contains("audit-log-maxage=30", plan.Rolls[0].Steps[0].Content, StringComparison.Ordinal);
        Assert.EndsWith(note, plan.Rolls[0].Steps[0].Note, StringComparison.Ordinal);
        Assert.StartsWith("kube-apiserver-arg:\n", plan.Rolls[0].Steps[0].Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_server_gets_its_own_file()
    {
        ClusterState state = await SampleClusters.Of("microk8s", 2).InspectAsync(null,
            new ConfigurationSource(ConfigurationSource.File, "a", "--a=1\n--service-account-issuer=https://kubernetes.default.svc\n", "cp1"),
            new ConfigurationSource(ConfigurationSource.File, "b", "# kept\n--b=2\n", "cp2"));

        ChangePlan plan = IssuerPlanner.Plan(state, new PlanRequest(New)).Plan!;

        Assert.Equal("--a=1\n--service-account-issuer=https://kubernetes.default.svc\n--service-account-issuer=https://oidc.example.com\n", plan.Rolls[0].Steps[0].Content);
        Assert.Equal("# kept\n--b=2\n--service-account-issuer=https://kubernetes.default.svc\n--service-account-issuer=https://oidc.example.com\n", plan.Rolls[0].Steps[1].Content);
    }

    [Fact]
    public async Task A_server_without_its_own_file_is_a_finding()
    {
        ClusterState state = await SampleClusters.Of("microk8s", 2).InspectAsync(null, new ConfigurationSource(ConfigurationSource.File, "a", "--a=1\n", "cp1"));

        ClusterFinding finding = Assert.Single(IssuerPlanner.Plan(state, new PlanRequest(New)).Plan!.Findings, finding => finding.Rule == "source-unread");

        Assert.Equal("no --source was given for cp2", finding.Message);
    }

    [Fact]
    public async Task Audiences_of_others_stay_where_the_list_is_written()
    {
        string text = SampleSources.All["talos-1.14"].Text.Replace("    - https://api.example.test:6443\n", "    - https://api.example.test:6443\n    - registry.example.com\n", StringComparison.Ordinal);

        ChangePlan plan = await PlanAsync("talos-1.14", text);

        Assert.All(plan.Rolls, roll => Assert.Contains("    - registry.example.com\n", roll.Steps[0].Content, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Former_issuers_of_a_Shoot_are_known_from_it()
    {
        string text = SampleSources.All["gardener"].Text.Replace("extendTokenExpiration: false\n", "extendTokenExpiration: false\n        issuer: https://custom.example.com\n        acceptedIssuers:\n          - https://api.former.example.com\n", StringComparison.Ordinal);
        ClusterState state = await new FakeCluster("v1.34.3").ConfigMap("shoot-info", "domain", "demo.example.com").Documents("https://custom.example.com").InspectAsync(null, new ConfigurationSource(ConfigurationSource.File, "shoot.yaml", text));

        ChangePlan plan = IssuerPlanner.Plan(state, new PlanRequest(New)).Plan!;

        Assert.Equal(["https://custom.example.com", "https://api.former.example.com"], plan.Today);
        Assert.Contains("        issuer: https://oidc.example.com\n        acceptedIssuers:\n          - https://custom.example.com\n          - https://api.former.example.com\n", plan.Rolls.Single(roll => roll.Kind == RollKind.MoveToFirst).Steps[0].Content, StringComparison.Ordinal);
    }

    private static async Task<ChangePlan> PlanAsync(string name, string text) =>
        IssuerPlanner.Plan(await SampleClusters.Of(name, 3).InspectAsync(SampleClusters.Given(name), new ConfigurationSource(ConfigurationSource.File, "source.yaml", text)), new PlanRequest(New)).Plan!;
}
