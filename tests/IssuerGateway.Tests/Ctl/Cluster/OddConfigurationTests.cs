using IssuerGateway.Ctl.Cluster;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;
using IssuerGateway.Ctl.Cluster.Reports;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>A kubeadm-config in every form that YAML has is read, and written with today's values kept; what cannot be read is named with its line.</summary>
public sealed class OddConfigurationTests
{
    private const string New = "https://oidc.example.com";
    private const string Old = FakeCluster.Old;

    [Theory]
    [InlineData("v1beta4", "apiServer: {extraArgs: [{name: audit-log-maxage, value: \"30\"}]}\n")]
    [InlineData("v1beta4", "# of the platform team\napiServer:\n  # keep\n  extraArgs:\n  - name: \"audit-log-maxage\"   # days\n    value: '30'\n")]
    [InlineData("v1beta4", "apiServer:\r\n  extraArgs:\r\n  - name: audit-log-maxage\r\n    value: \"30\"\r\n")]
    [InlineData("v1beta4", "common: &age\n  name: audit-log-maxage\n  value: \"30\"\napiServer:\n  extraArgs:\n  - *age\n")]
    [InlineData("v1beta4", "\"apiServer\": {\"extraArgs\": [{\"value\": \"30\", \"name\": \"audit-log-maxage\"}]}\n")]
    [InlineData("v1beta4", "apiServer:\n  extraArgs:\n  - {name: audit-log-maxage, value: 30}\n")]
    [InlineData("v1beta4", "common: &age\n  value: \"30\"\napiServer:\n  extraArgs:\n  - <<: *age\n    name: audit-log-maxage\n")]
    [InlineData("v1beta3", "common: &age\n  audit-log-maxage: \"30\"\nother: &other\n  audit-log-maxage: \"7\"\napiServer:\n  extraArgs:\n    <<: [*age, *other]\n")]
    [InlineData("v1beta3", "common: &common\n  extraArgs:\n    audit-log-maxage: \"30\"\napiServer:\n  <<: *common\n")]
    [InlineData("v1beta3", "apiServer: {extraArgs: {audit-log-maxage: \"30\"}}\n")]
    [InlineData("v1beta3", "apiServer:\n  extraArgs:\n    ? audit-log-maxage\n    : \"30\"\n")]
    [InlineData("v1beta3", "apiServer:\n  extraArgs:\n    \"audit-log-maxage\": >-\n      30\n")]
    public async Task Every_form_is_read_and_keeps_its_values(string form, string server)
    {
        string configuration = $"{server}apiVersion: kubeadm.k8s.io/{form}\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.2\n";

        ChangePlan plan = await PlanAsync(configuration);

        Assert.DoesNotContain(plan.Findings, finding => finding.Rule is "source-differs" or "unread" or "key-twice");
        Assert.All(plan.Rolls, roll =>
        {
            string written = Written(roll);
            FlagSet flags = KubeadmConfiguration.ArgumentsOf(written)!;
            Assert.Equal("30", flags.Last("audit-log-maxage"));
            Assert.Equal(form == "v1beta4" ? roll.Issuers : [roll.Issuers[0]], flags.Issuers);
            Assert.Empty(YamlSource.KeysGivenTwice(written));
        });
    }

    [Fact]
    public async Task A_key_given_twice_is_named_and_the_last_value_counts()
    {
        string configuration = $"apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.2\napiServer:\n  extraArgs:\n    audit-log-maxage: \"30\"\n    service-account-issuer: {New}\n    service-account-issuer: {Old}\n";

        ChangePlan plan = await PlanAsync(configuration);

        ClusterFinding finding = Assert.Single(plan.Findings, finding => finding.Rule == "key-twice");
        Assert.Equal((FindingLevel.Warning, "kube-system/kubeadm-config has apiServer.extraArgs.service-account-issuer twice: only the last value counts, and the other is lost"), (finding.Level, finding.Message));
        Assert.Equal(["1", "2", "3"], plan.Rolls.Select(roll => roll.Number));
        Assert.Equal([Old], KubeadmConfiguration.ArgumentsOf(Written(plan.Rolls[0]))!.Issuers);
        Assert.Contains(InspectReport.Of(await Cluster(configuration).InspectAsync()).Findings, each => each.Rule == "key-twice");
    }

    [Fact]
    public async Task A_key_given_twice_is_named_also_when_the_servers_have_the_new_issuer_alone()
    {
        string configuration = $"apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.2\napiServer:\n  extraArgs:\n    service-account-issuer: {Old}\n    service-account-issuer: {New}\n";
        FakeCluster cluster = new FakeCluster().ConfigMap("kubeadm-config", "ClusterConfiguration", configuration).Documents(New).Leases(1)
            .Node("cp1", "192.0.2.11", "v1.36.2").MirrorPod("cp1", SampleClusters.KubeadmFlags("192.0.2.11", $"--service-account-issuer={New}"), endpoint: "192.0.2.11:6443");

        ChangePlan plan = IssuerPlanner.Plan(await cluster.InspectAsync(), new PlanRequest(New)).Plan!;

        Assert.Contains(plan.Findings, finding => finding.Rule == "key-twice");
        Assert.Equal(RollKind.WriteConfiguration, Assert.Single(plan.Rolls).Kind);
        Assert.Empty(YamlSource.KeysGivenTwice(Written(plan.Rolls[0])));
    }

    [Fact]
    public async Task The_recorded_configuration_with_a_key_twice_is_read_as_kubeadm_rendered_it()
    {
        string configuration = (await File.ReadAllTextAsync(Repository.File("tests/fixtures/distributions/kubeadm/v1beta3-key-twice-config.yaml"))).Split("---\n")[^1];
        string[] manifest = await File.ReadAllLinesAsync(Repository.File("tests/fixtures/distributions/kubeadm/v1beta3-key-twice-manifest.yaml"));

        FlagSet recorded = FlagSet.Parse(manifest.Select(line => line.Trim()).Where(line => line.StartsWith("- --", StringComparison.Ordinal)).Select(line => line[2..]));

        Assert.Equal(recorded.Issuers, KubeadmConfiguration.ArgumentsOf(configuration)!.Issuers);
        Assert.Equal(["apiServer.extraArgs.service-account-issuer"], YamlSource.KeysGivenTwice(configuration));
    }

    [Theory]
    [InlineData("apiServer:\n\textraArgs:\n", "line ")]
    [InlineData("apiServer: [unclosed\n", "line 2, column 1)")]
    [InlineData("a: *nowhere\n", "line ")]
    public async Task What_is_no_YAML_is_named_with_its_place(string configuration, string where)
    {
        ChangePlan plan = await PlanAsync(configuration);

        Assert.Contains(plan.Findings, finding => finding.Rule == "unread" && finding.Message.StartsWith($"ConfigMap kube-system/kubeadm-config could not be read: data.ClusterConfiguration is no valid YAML ({where}", StringComparison.Ordinal));
        Assert.Contains("Do not apply this as it is", plan.Rolls[0].Steps[0].Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData($"{New},{Old}", "comma-joined")]
    [InlineData(Old, "issuer-twice")]
    public async Task A_configuration_that_no_server_can_take_is_an_error_before_it_reaches_one(string second, string rule)
    {
        string configuration = $"apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.2\napiServer:\n  extraArgs:\n  - name: audit-log-maxage\n    value: \"30\"\n  - name: service-account-issuer\n    value: {Old}\n  - name: service-account-issuer\n    value: {second}\n";

        ChangePlan plan = await PlanAsync(configuration);

        Assert.Contains(plan.Findings, finding => finding.Rule == rule && finding.Level == FindingLevel.Error && finding.Message.StartsWith("kube-system/kubeadm-config has ", StringComparison.Ordinal));
        Assert.Equal([Old, New], KubeadmConfiguration.ArgumentsOf(Written(plan.Rolls[0]))!.Issuers);
    }

    [Fact]
    public void A_document_that_is_too_deep_is_no_configuration()
    {
        Assert.Null(YamlSource.Parse("a: " + new string('[', 50_000)));
        Assert.NotNull(YamlSource.FaultOf("a: " + new string('[', 50_000) + new string(']', 50_000)));
    }

    [Theory]
    [InlineData("http://oidc.example.com", "is not an https URL", "write https://HOST")]
    [InlineData("https://oidc.example.com?x", "contains a query, fragment or backslash", "write https://HOST")]
    [InlineData("https://oidc.example.com#x", "contains a query, fragment or backslash", "write https://HOST")]
    [InlineData("https://", "has no valid host after https://", "host name")]
    [InlineData("https://oidc.example.com//a", "has a path with empty or dot segments", "plain path")]
    [InlineData("https://oidc.example.com/.well-known/openid-configuration", "is the URL of a discovery document, not the issuer", "remove")]
    [InlineData("https://oidc.example.com/", "ends with a slash", "write \"https://oidc.example.com\"")]
    [InlineData("https://oidc.example.com:8443", "names port 8443", "on port 443")]
    [InlineData("https://oidc.example.com:443/a", "names port 443", "https://oidc.example.com/a")]
    [InlineData("https://a.example.com,https://b.example.com", "contains a comma", "one issuer")]
    [InlineData("https://oidc.example.com/ä", "is not printable ASCII", "xn--")]
    [InlineData("https://OIDC.example.com", "has upper case letters in its host", "write \"https://oidc.example.com\"")]
    [InlineData("HTTPS://oidc.example.com", "is not an https URL", "write https://HOST")]
    [InlineData("https://oidc.example.com.", "has a host that ends with a dot", "write \"https://oidc.example.com\"")]
    [InlineData("https://oidc.example.com./a", "has a host that ends with a dot", "write \"https://oidc.example.com/a\"")]
    [InlineData("https://oidc_1.example.com", "has an underscore in its host", "dashes")]
    public void A_rejection_reads_as_a_sentence_and_its_hint_is_about_the_new_issuer(string issuer, string message, string hint)
    {
        (string Message, string Hint) rejected = IssuerRules.Reject(issuer)!.Value;

        Assert.StartsWith(message, rejected.Message, StringComparison.Ordinal);
        Assert.Contains(hint, rejected.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain("--service-account-issuer of the API server", rejected.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kubeadm-v1beta4")]
    [InlineData("kubeadm-v1beta3")]
    [InlineData("k3s")]
    [InlineData("microk8s")]
    [InlineData("talos-1.14")]
    public async Task What_nodes_have_in_common_is_printed_once_and_no_node_is_left_out(string name)
    {
        ChangePlan plan = IssuerPlanner.Plan(await SampleClusters.Of(name, 3).InspectAsync(), new PlanRequest(New)).Plan!;

        string text = PlanReport.Write(plan, ReportWriter.Plain());

        foreach (Roll roll in plan.Rolls)
        {
            string section = text[text.IndexOf($"Roll {roll.Number}: ", StringComparison.Ordinal)..];
            string[] headings = [.. section.Split('\n').Where(line => line.StartsWith($"Step {roll.Number}.", StringComparison.Ordinal))];
            RollStep[] nodes = [.. roll.Steps.Where(step => step.Node is not null)];
            Assert.All(plan.Servers, server => Assert.Contains(headings, heading => heading.Contains(server, StringComparison.Ordinal)));
            Assert.Equal(nodes.Length / 3, headings.Count(heading => heading.Contains(plan.Servers[0], StringComparison.Ordinal)));
            Assert.Equal(roll.Steps.Count - nodes.Length + (nodes.Length / 3), headings.Length);

            // Every line of every node's content is there.
            Assert.All(roll.Steps.SelectMany(step => (step.Content ?? "").Split('\n')), line => Assert.Contains(line.TrimEnd(), section, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Nodes_that_differ_have_their_own_steps()
    {
        ClusterState state = await SampleClusters.Of("microk8s", 3).InspectAsync(null,
            new ConfigurationSource(ConfigurationSource.File, "a", "--a=1\n", "cp1"), new ConfigurationSource(ConfigurationSource.File, "b", "--b=1\n--c=1\n--d=1\n--e=1\n--f=1\n--g=1\n", "cp2"), new ConfigurationSource(ConfigurationSource.File, "a", "--a=1\n", "cp3"));

        string text = PlanReport.Write(IssuerPlanner.Plan(state, new PlanRequest(New)).Plan!, ReportWriter.Plain());

        Assert.Contains("Step 1.1: nodes cp1, cp3, one after the other\n", text, StringComparison.Ordinal);
        Assert.Contains("Step 1.2: node cp2\n", text, StringComparison.Ordinal);
    }

    /// <summary>The ClusterConfiguration that the first step of a roll writes.</summary>
    private static string Written(Roll roll) => string.Join('\n', roll.Steps[0].Content!.Split('\n').Skip(2).Select(line => line.Length > 4 ? line[4..] : line));

    private static FakeCluster Cluster(string configuration) => new FakeCluster().ConfigMap("kubeadm-config", "ClusterConfiguration", configuration).Documents(Old).Leases(2)
        .Node("cp1", "192.0.2.11", "v1.36.2").MirrorPod("cp1", SampleClusters.KubeadmFlags("192.0.2.11", "--audit-log-maxage=30", $"--service-account-issuer={Old}"), endpoint: "192.0.2.11:6443")
        .Node("cp2", "192.0.2.12", "v1.36.2").MirrorPod("cp2", SampleClusters.KubeadmFlags("192.0.2.12", "--audit-log-maxage=30", $"--service-account-issuer={Old}"), endpoint: "192.0.2.12:6443");

    private static async Task<ChangePlan> PlanAsync(string configuration)
    {
        PlanResult result = IssuerPlanner.Plan(await Cluster(configuration).InspectAsync(), new PlanRequest(New));
        Assert.Null(result.Error);
        return result.Plan!;
    }
}
