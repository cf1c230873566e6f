using IssuerGateway.Ctl.Cluster;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>Manifests that were changed by hand, beside a configuration that does not know of it: what runs is planned, kept and named.</summary>
public sealed class HandEditedTests
{
    private const string New = "https://oidc.example.com";
    private const string Old = FakeCluster.Old;
    private const string Audit = "--audit-log-path=/var/log/kubernetes/audit.log";
    private const string MaxAge = "--audit-log-maxage=30";

    [Theory]
    [InlineData("v1beta4", 1)]
    [InlineData("v1beta4", 3)]
    [InlineData("v1beta3", 1)]
    [InlineData("v1beta3", 3)]
    public async Task A_new_issuer_that_only_the_servers_have_is_written_into_the_configuration(string form, int servers)
    {
        ChangePlan plan = await PlanAsync(Cluster(form, [.. Enumerable.Repeat<string[]>([$"--service-account-issuer={New}"], servers)]));

        Roll roll = Assert.Single(plan.Rolls);
        Assert.Equal(("C", RollKind.WriteConfiguration), (roll.Number, roll.Kind));
        Assert.Equal([New], roll.Issuers);
        Assert.Contains(New, roll.Steps[0].Content, StringComparison.Ordinal);
        Assert.Equal(servers, roll.Steps.Select(step => step.Node).OfType<string>().Distinct().Count());
        Assert.All(roll.Steps.Where(step => step.Place.EndsWith("issuer-write-configuration.yaml", StringComparison.Ordinal)), step => Assert.Contains(New, step.Content, StringComparison.Ordinal));
        Assert.Equal(servers, Messages(plan).Count(message => message.EndsWith($"runs with --service-account-issuer \"{New}\", which kube-system/kubeadm-config does not contain", StringComparison.Ordinal)));
        Assert.DoesNotContain(RollPlanner.UnknownIssuer, Text(plan), StringComparison.Ordinal);
        Assert.Contains("--after-roll 3", roll.Verify[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_that_still_has_the_old_issuer_gets_what_runs_and_both_are_named()
    {
        ChangePlan plan = await PlanAsync(Cluster("v1beta4", Given("service-account-issuer", Old), [$"--service-account-issuer={New}"], [$"--service-account-issuer={New}"], [$"--service-account-issuer={New}"]));

        Assert.Equal([New], Assert.Single(plan.Rolls).Issuers);
        Assert.Equal(3, Messages(plan).Count(message => message.StartsWith($"kube-system/kubeadm-config has service-account-issuer \"{Old}\", kube-apiserver-cp", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_issuer_that_is_done_leaves_the_rolls_of_the_signing_key()
    {
        string[] flags = [$"--service-account-issuer={New}"];

        ChangePlan plan = await PlanAsync(Cluster("v1beta4", Given("service-account-issuer", New), flags, flags, flags).SignWithEllipticCurve());

        Assert.Equal(["K1", "K2", "K3"], plan.Rolls.Select(roll => roll.Number));
        Assert.All(plan.Rolls.SelectMany(roll => roll.Steps.Concat(roll.GoBack.Steps)).Where(step => step.Content is not null), step => Assert.Contains($"- name: service-account-issuer\n", step.Content!.Replace("      ", "", StringComparison.Ordinal).Replace("    ", "", StringComparison.Ordinal), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_roll_made_by_hand_is_made_again_so_that_the_configuration_has_it()
    {
        string[] flags = [$"--service-account-issuer={New}", $"--service-account-issuer={Old}"];

        Assert.Equal(["2", "3"], (await PlanAsync(Cluster("v1beta4", flags, flags, flags))).Rolls.Select(roll => roll.Number));
        Assert.Equal(["2"], (await PlanAsync(Cluster("v1beta4", flags, flags, flags), rolls: 2)).Rolls.Select(roll => roll.Number));
        Assert.Equal(["3"], (await PlanAsync(Cluster("v1beta4", Given("service-account-issuer", New, Old), flags, flags, flags))).Rolls.Select(roll => roll.Number));
    }

    [Fact]
    public async Task A_server_that_could_not_be_read_beside_one_with_the_new_issuer_keeps_the_issuer_of_the_configuration()
    {
        FakeCluster cluster = Cluster("v1beta4", [$"--service-account-issuer={New}"]).Leases(2).Node("cp2", "192.0.2.12", "v1.36.2").Node("cp3", "192.0.2.13", "v1.36.2");

        ChangePlan plan = await PlanAsync(cluster);

        Assert.Equal(["1", "2", "3"], plan.Rolls.Select(roll => roll.Number));
        Assert.Equal([Old, New], plan.Rolls[0].Issuers);
        Assert.Equal(3, plan.Rolls[0].Steps.Select(step => step.Node).OfType<string>().Distinct().Count());
    }

    [Fact]
    public async Task Without_a_configuration_the_issuer_of_unread_servers_is_an_error()
    {
        FakeCluster cluster = new FakeCluster().Documents(New).Leases(3).Node("cp1", "192.0.2.11", "v1.36.2").Node("cp2", "192.0.2.12", "v1.36.2").Node("cp3", "192.0.2.13", "v1.36.2")
            .MirrorPod("cp1", SampleClusters.KubeadmFlags("192.0.2.11", $"--service-account-issuer={New}"));

        ChangePlan plan = await PlanAsync(cluster);

        Assert.Contains(plan.Findings, finding => finding is { Rule: "issuer-unknown", Level: FindingLevel.Error } && finding.Message.Contains(New, StringComparison.Ordinal));
        Assert.Equal(["1", "2", "3"], plan.Rolls.Select(roll => roll.Number));
    }

    [Fact]
    public async Task An_issuer_that_is_only_known_from_the_discovery_document_is_not_planned()
    {
        PlanResult result = IssuerPlanner.Plan(await SampleClusters.Of("kubeadm-v1beta4", 3).Documents(New).Forbid(ObjectFetcher.Pods).InspectAsync(), new PlanRequest(New));

        Assert.Equal($"--issuer: \"{New}\" is today's issuer already; which others the servers accept could not be read", result.Error);
    }

    [Fact]
    public async Task What_tokens_depend_on_is_kept_and_what_else_only_the_manifest_has_is_named()
    {
        string[] flags = [$"--service-account-issuer={Old}", "--service-account-key-file=/etc/kubernetes/pki/sa-old.pub", $"--api-audiences={Old},vault", "--feature-gates=SomeGate=true", "--enable-admission-plugins=NodeRestriction,PodNodeSelector", "--secure-port=443"];

        ChangePlan plan = await PlanAsync(Cluster("v1beta4", flags, flags, flags));

        FlagSet written = IssuerGateway.Ctl.Cluster.Rendering.KubeadmConfiguration.ArgumentsOf(Configuration(plan.Rolls[0]))!;
        Assert.Equal(["/etc/kubernetes/pki/sa.pub", "/etc/kubernetes/pki/sa-old.pub"], written.All(FlagSet.KeyFile));
        Assert.Equal([Old, "vault"], written.Audiences);
        Assert.Contains("kube-apiserver-cp1 runs with --api-audiences, --feature-gates, which kube-system/kubeadm-config does not contain", Messages(plan));
        Assert.Contains("kube-apiserver-cp1 runs with --enable-admission-plugins \"NodeRestriction,PodNodeSelector\", which kube-system/kubeadm-config does not contain", Messages(plan));
        Assert.Contains("kube-apiserver-cp1 runs with --secure-port \"443\", which kube-system/kubeadm-config does not contain", Messages(plan));
        Assert.Contains("kube-apiserver-cp1 runs with --service-account-key-file \"/etc/kubernetes/pki/sa-old.pub\", which kube-system/kubeadm-config does not contain", Messages(plan));
    }

    [Fact]
    public async Task Defaults_that_flagz_shows_are_no_difference()
    {
        FakeCluster cluster = new FakeCluster().ConfigMap("kubeadm-config", "ClusterConfiguration", SampleClusters.ClusterConfiguration("v1beta4")).Documents(Old).Leases(1).Node("cp1", "192.0.2.10", "v1.36.2").Forbid(ObjectFetcher.Pods)
            .Text(ObjectFetcher.Flagz, SampleClusters.Flagz($"{Old},https://second.example.com", ""));

        ChangePlan plan = await PlanAsync(cluster);

        Assert.Contains("cp1 runs with --service-account-issuer \"https://second.example.com\", which kube-system/kubeadm-config does not contain", Messages(plan));
        Assert.DoesNotContain(Messages(plan), message => message.Contains("allow-privileged", StringComparison.Ordinal) || message.Contains("--v", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_file_that_kubeadm_would_not_mount_is_named_and_not_written()
    {
        string[] flags = [$"--service-account-issuer={Old}", "--service-account-key-file=/srv/old.pub"];

        ChangePlan plan = await PlanAsync(Cluster("v1beta4", flags));

        Assert.DoesNotContain("/srv/old.pub", Text(plan), StringComparison.Ordinal);
        Assert.Contains("extraVolumes", plan.Findings.Single(finding => finding.Message.Contains("/srv/old.pub", StringComparison.Ordinal)).Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_flag_that_kubeadm_renders_otherwise_is_named()
    {
        string[] flags = [$"--service-account-issuer={Old}"];
        foreach (string flag in (string[])["authorization-mode=Node,RBAC,Webhook", "etcd-servers=https://192.0.2.9:2379", "service-cluster-ip-range=10.0.0.0/16", "client-ca-file=/srv/ca.crt", "allow-privileged=false"])
        {
            ChangePlan plan = await PlanAsync(Cluster("v1beta4", [[.. flags, $"--{flag}"]], without: flag[..flag.IndexOf('=', StringComparison.Ordinal)]));

            Assert.Contains($"kube-apiserver-cp1 runs with --{flag.Replace("=", " \"", StringComparison.Ordinal)}\", which kube-system/kubeadm-config does not contain", Messages(plan));
        }
    }

    [Fact]
    public async Task A_version_or_a_registry_that_kubeadm_would_change_is_named()
    {
        FakeCluster cluster = new FakeCluster("v1.36.2").ConfigMap("kubeadm-config", "ClusterConfiguration", SampleClusters.ClusterConfiguration("v1beta4").Replace("v1.36.2", "v1.34.1\nimageRepository: mirror.example.test", StringComparison.Ordinal)).Documents(Old).Leases(1)
            .Node("cp1", "192.0.2.11", "v1.36.2").MirrorPod("cp1", SampleClusters.KubeadmFlags("192.0.2.11", Audit, MaxAge, $"--service-account-issuer={Old}"));

        ChangePlan plan = await PlanAsync(cluster);

        Assert.Contains(plan.Findings, finding => finding is { Rule: "source-differs", Level: FindingLevel.Error } && finding.Message == "kube-system/kubeadm-config has kubernetesVersion v1.34.1, kube-apiserver-cp1 runs v1.36.2: kubeadm would write the manifest for v1.34.1");
        Assert.Contains("kube-system/kubeadm-config has imageRepository mirror.example.test, kube-apiserver-cp1 runs registry.k8s.io/kube-apiserver", Messages(plan));
    }

    [Fact]
    public async Task The_recorded_manifest_is_what_its_configuration_renders()
    {
        foreach (string name in (string[])["v1beta4-two-issuers", "v1beta3-with-patch"])
        {
            string configuration = (await File.ReadAllTextAsync(Repository.File($"tests/fixtures/distributions/kubeadm/{name}-config.yaml"))).Split("---\n")[^1];
            FlagSet manifest = FlagSet.Parse((await File.ReadAllLinesAsync(Repository.File($"tests/fixtures/distributions/kubeadm/{name}-manifest.yaml"))).Select(line => line.Trim()).Where(line => line.StartsWith("- --", StringComparison.Ordinal)).Select(line => line[2..]));

            FlagSet rendered = IssuerGateway.Ctl.Cluster.Rendering.KubeadmManifest.FlagsOf(configuration, "192.0.2.10:6443");

            string[] patched = name == "v1beta3-with-patch" ? [FlagSet.Issuer] : [];
            Assert.All(manifest.Flags.Where(flag => !patched.Contains(flag.Name) && flag.Name != "service-cluster-ip-range"), flag => Assert.Contains(flag, rendered.Flags));
            Assert.All(rendered.Flags.Where(flag => flag.Name is not "insecure-port"), flag => Assert.Contains(flag, manifest.Flags));
        }
    }

    [Theory]
    [InlineData(2, "2")]
    [InlineData(3, "2,3")]
    [InlineData(null, "2,3")]
    public async Task Two_rolls_after_the_first_leave_the_old_issuer_accepted(int? rolls, string expected)
    {
        string[] flags = [$"--service-account-issuer={Old}", $"--service-account-issuer={New}"];

        Assert.Equal(expected, string.Join(',', (await PlanAsync(Cluster("v1beta4", Given("service-account-issuer", Old, New), flags, flags, flags), rolls)).Rolls.Select(roll => roll.Number)));
    }

    [Fact]
    public async Task Two_rolls_that_are_done_are_called_so()
    {
        string[] flags = [$"--service-account-issuer={New}", $"--service-account-issuer={Old}"];

        PlanResult result = IssuerPlanner.Plan(await Cluster("v1beta4", Given("service-account-issuer", New, Old), flags, flags, flags).InspectAsync(), new PlanRequest(New, 2));

        Assert.StartsWith("--rolls: two rolls are done", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData($"{New},{Old}", New, "Error", "without " + Old)]
    [InlineData($"https://b.example.com,https://a.example.com", "https://b.example.com", "Warning", "without https://a.example.com")]
    [InlineData(Old, "vault", "Warning", "and none of its issuers " + Old)]
    [InlineData($"{Old},{New}", Old, null, "")]
    [InlineData($"{New},{Old}", Old, null, "")]
    [InlineData($"{New},{Old}", $"{New},{Old}", null, "")]
    public async Task Audiences_that_reject_accepted_tokens_are_a_finding_of_inspect_and_plan(string issuers, string audiences, string? level, string message)
    {
        string[] flags = [.. issuers.Split(',').Select(issuer => $"--service-account-issuer={issuer}"), $"--api-audiences={audiences}"];
        ClusterState state = await Cluster("v1beta4", flags, flags).InspectAsync();

        foreach (IReadOnlyList<ClusterFinding> findings in (IReadOnlyList<ClusterFinding>[])[IssuerGateway.Ctl.Cluster.Reports.InspectReport.Of(state).Findings, IssuerPlanner.Plan(state, new PlanRequest(New)).Plan!.Findings])
        {
            ClusterFinding[] found = [.. findings.Where(finding => finding.Rule == "audiences-lack-issuer")];
            Assert.Equal(level is null ? 0 : 2, found.Length);
            Assert.All(found, finding => Assert.Equal(level, finding.Level.ToString()));
            Assert.All(found, finding => Assert.EndsWith(message, finding.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Audiences_that_follow_the_issuers_are_named_before_one_is_dropped()
    {
        ClusterState state = await Cluster("v1beta4", [$"--service-account-issuer={Old}"]).InspectAsync();

        Assert.Contains(IssuerGateway.Ctl.Cluster.Reports.InspectReport.Of(state).Findings, finding => finding is { Rule: "audiences-follow-issuers", Level: FindingLevel.Information });
        Assert.Contains(IssuerPlanner.Plan(state, new PlanRequest(New)).Plan!.Findings, finding => finding.Rule == "audiences-follow-issuers");
    }

    private static string Text(ChangePlan plan) => string.Concat(plan.Rolls.SelectMany(roll => roll.Steps.Concat(roll.GoBack.Steps)).Select(step => step.Content));

    /// <summary>The ClusterConfiguration that the first step of a roll writes.</summary>
    private static string Configuration(Roll roll) => string.Join('\n', roll.Steps[0].Content!.Split('\n').Skip(2).Select(line => line.Length > 4 ? line[4..] : line));

    private static string[] Messages(ChangePlan plan) => [.. plan.Findings.Where(finding => finding.Rule == "source-differs").Select(finding => finding.Message)];

    private static string Given(string name, params string[] values) => string.Concat(values.Select(value => $"  - name: {name}\n    value: {value}\n"));

    private static FakeCluster Cluster(string form, params string[][] flags) => Cluster(form, "", flags, null);

    private static FakeCluster Cluster(string form, string given, params string[][] flags) => Cluster(form, given, flags, null);

    private static FakeCluster Cluster(string form, string[][] flags, string without) => Cluster(form, "", flags, without);

    private static FakeCluster Cluster(string form, string given, string[][] flags, string? without)
    {
        string version = form == "v1beta4" ? "v1.36.2" : "v1.30.4";
        string configuration = SampleClusters.ClusterConfiguration(form).Replace("  - name: audit-log-path\n", $"{given}  - name: audit-log-path\n", StringComparison.Ordinal);
        string signer = flags[0].First(flag => flag.StartsWith("--service-account-issuer=", StringComparison.Ordinal))["--service-account-issuer=".Length..];
        FakeCluster cluster = new FakeCluster(version).ConfigMap("kubeadm-config", "ClusterConfiguration", configuration).Documents(signer).Leases(flags.Length);
        for (int i = 1; i <= flags.Length; i++)
        {
            cluster.Node($"cp{i}", SampleClusters.Address(i), version).MirrorPod($"cp{i}",
                [.. SampleClusters.KubeadmFlags(SampleClusters.Address(i)).Where(flag => without is null || !flag.StartsWith($"--{without}=", StringComparison.Ordinal)), Audit, MaxAge, .. flags[i - 1]],
                image: $"registry.k8s.io/kube-apiserver:{version}", endpoint: $"{SampleClusters.Address(i)}:6443");
        }

        return cluster;
    }

    private static async Task<ChangePlan> PlanAsync(FakeCluster cluster, int? rolls = null)
    {
        PlanResult result = IssuerPlanner.Plan(await cluster.InspectAsync(), new PlanRequest(New, rolls));
        Assert.Null(result.Error);
        return result.Plan!;
    }
}
