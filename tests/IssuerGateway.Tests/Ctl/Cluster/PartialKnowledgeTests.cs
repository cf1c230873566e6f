using IssuerGateway.Ctl.Cluster;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>What a plan does with what it cannot know, and with a cluster that is not as it should be: it says so, and leaves no server behind.</summary>
public sealed class PartialKnowledgeTests
{
    private const string New = "https://oidc.example.com";
    private const string Old = FakeCluster.Old;

    [Fact]
    public async Task Without_the_right_to_read_nodes_and_pods_the_Leases_still_count()
    {
        ChangePlan plan = await PlanAsync(SampleClusters.Kubeadm(3, "v1beta4").Leases(3).Forbid(ObjectFetcher.Nodes, ObjectFetcher.Pods));

        Assert.Equal(3, plan.ServerCount);
        Has(plan, "servers-not-found", FindingLevel.Error);
        Assert.All(plan.Rolls, roll => Assert.Equal(3, roll.Steps.Select(step => step.Node).OfType<string>().Distinct().Count()));
    }

    [Fact]
    public async Task Addresses_of_the_servers_take_the_place_of_nodes_that_cannot_be_read()
    {
        ChangePlan plan = await PlanAsync(SampleClusters.Of("kubeadm-v1beta4", 3).Forbid(ObjectFetcher.Nodes, ObjectFetcher.Pods));

        Assert.Equal(["API server at 192.0.2.11", "API server at 192.0.2.12", "API server at 192.0.2.13"], plan.Servers);
        Assert.Contains("advertiseAddress: \"192.0.2.12\"", plan.Rolls[0].Steps[2].Content, StringComparison.Ordinal);
        Has(plan, "flags-unread", FindingLevel.Warning);
    }

    [Fact]
    public async Task With_no_count_at_all_several_servers_are_assumed()
    {
        ChangePlan plan = await PlanAsync(SampleClusters.Of("kubeadm-v1beta4", 1).Forbid(ObjectFetcher.Nodes, ObjectFetcher.Pods, ObjectFetcher.Leases, ObjectFetcher.EndpointSlices));

        Assert.Null(plan.ServerCount);
        Has(plan, "servers-unknown", FindingLevel.Error);
        Assert.Equal([RollKind.AddAsSecond, RollKind.MoveToFirst, RollKind.DropOld], plan.Rolls.Select(roll => roll.Kind));
    }

    [Fact]
    public async Task One_node_alone_is_not_taken_for_one_server()
    {
        ChangePlan plan = await PlanAsync(SampleClusters.Of("kubeadm-v1beta4", 1).Forbid(ObjectFetcher.Leases));

        Assert.Equal(RollKind.AddAsSecond, plan.Rolls[0].Kind);
    }

    [Fact]
    public async Task A_single_readable_server_of_three_gets_a_step_for_each_other()
    {
        FakeCluster cluster = new FakeCluster().ConfigMap("kubeadm-config", "ClusterConfiguration", SampleClusters.ClusterConfiguration("v1beta4")).Documents(Old).Leases(3)
            .Node("cp1", "192.0.2.11", "v1.36.2").MirrorPod("cp1", SampleClusters.KubeadmFlags("192.0.2.11", $"--service-account-issuer={Old}"));

        ChangePlan plan = await PlanAsync(cluster);

        Assert.Equal(["cp1", "API server 2 of 3 (not found)", "API server 3 of 3 (not found)"], plan.Servers);
        Has(plan, "servers-not-found", FindingLevel.Error);
        Assert.Contains(plan.Rolls[0].Steps, step => step.Node == "API server 3 of 3 (not found)" && step.Content!.Contains("name: NODE-NAME", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_expired_Lease_is_no_server_and_a_silent_one_still_counts()
    {
        ClusterState expired = await SampleClusters.Kubeadm(1, "v1beta4").Leases(1, expired: 2).InspectAsync();

        Assert.Equal((1, 0), (expired.IdentityLeases, expired.SilentLeases));
    }

    [Fact]
    public async Task Rolls_that_every_server_has_behind_it_are_left_out()
    {
        Assert.Equal(["1", "2", "3"], (await PlanAsync(Running([Old], [Old], [Old]))).Rolls.Select(roll => roll.Number));
        Assert.Equal(["2", "3"], (await PlanAsync(Running([Old, New], [Old, New], [Old, New]))).Rolls.Select(roll => roll.Number));
        Assert.Equal(["2", "3"], (await PlanAsync(Running([New, Old], [New, Old], [New, Old]))).Rolls.Select(roll => roll.Number));
        Assert.Equal(["1", "2", "3"], (await PlanAsync(Running([Old, New], [Old, New], [Old]))).Rolls.Select(roll => roll.Number));
        Assert.Equal(["2", "3"], (await PlanAsync(Running([New, Old], [New, Old], [Old, New]))).Rolls.Select(roll => roll.Number));
    }

    [Fact]
    public async Task A_server_that_could_not_be_read_has_nothing_behind_it()
    {
        FakeCluster cluster = Running([Old, New], [Old, New]).Node("cp3", "192.0.2.13", "v1.36.2").Leases(1);

        Assert.Equal(["1", "2", "3"], (await PlanAsync(cluster)).Rolls.Select(roll => roll.Number));
    }

    [Fact]
    public async Task Servers_that_reject_each_other_are_an_error_and_get_the_first_roll()
    {
        ChangePlan plan = await PlanAsync(Running([New], [Old], [Old]));

        Has(plan, "servers-reject-each-other", FindingLevel.Error);
        Assert.Equal([Old, New], plan.Rolls[0].Issuers);
        Assert.Equal(RollKind.AddAsSecond, plan.Rolls[0].Kind);
    }

    [Fact]
    public async Task Servers_in_the_middle_of_a_roll_are_a_warning()
    {
        Has(await PlanAsync(Running([Old, New], [Old, New], [Old])), "servers-differ", FindingLevel.Warning);
    }

    [Fact]
    public async Task A_joined_issuer_is_named_and_kept_until_its_tokens_are_gone()
    {
        string joined = $"https://a.example.com,{Old}";
        ChangePlan plan = await PlanAsync(Running([joined], [joined], [joined]));

        Has(plan, "comma-joined", FindingLevel.Error);
        Assert.Equal([joined, New], plan.Rolls[0].Issuers);
    }

    [Fact]
    public async Task Flagz_with_a_joined_issuer_is_distinguished_from_two_by_the_discovery_document()
    {
        FakeCluster joined = new FakeCluster().Node("cp1", "192.0.2.10", "v1.36.2").Leases(1).Text(ObjectFetcher.Flagz, SampleClusters.Flagz($"{New},{Old}", Old)).Documents($"{New},{Old}");
        FakeCluster two = new FakeCluster().Node("cp1", "192.0.2.10", "v1.36.2").Leases(1).Text(ObjectFetcher.Flagz, SampleClusters.Flagz($"{New},{Old}", Old)).Documents(New);

        Assert.Equal([$"{New},{Old}"], TodaysIssuers.Of(await joined.InspectAsync()).All);
        Assert.Equal([New, Old], TodaysIssuers.Of(await two.InspectAsync()).All);
    }

    [Theory]
    [InlineData("=")]
    [InlineData(":")]
    [InlineData(": ")]
    [InlineData(" ")]
    public void Flagz_is_read_whatever_stands_between_name_and_value(string delimiter)
    {
        FlagSet flags = FlagSet.ParseFlagz(SampleClusters.Flagz($"{New},{Old}", "", delimiter));

        Assert.Equal([New, Old], flags.Issuers);
        Assert.Null(flags.Audiences);
        Assert.Null(flags.Last(FlagSet.KeySetUri));
        Assert.Equal(["allow-privileged", "audit-log-maxage", "v", "secure-port", "service-account-issuer", "service-account-key-file", "service-account-lookup"], flags.Flags.Select(flag => flag.Name).Distinct());
    }

    [Theory]
    [InlineData("\"https://a,https://b\"", "https://a,https://b")]
    [InlineData("https://a,https://b", "https://a|https://b")]
    [InlineData("\"https://a,https://b\",https://c", "https://a,https://b|https://c")]
    public void Flagz_tells_a_joined_issuer_from_two(string printed, string expected) =>
        Assert.Equal(expected, string.Join('|', FlagSet.ParseFlagz(SampleClusters.Flagz(printed, "", ": ")).Issuers));

    [Fact]
    public async Task Flags_of_one_server_do_not_hide_that_those_of_others_could_not_be_read()
    {
        FakeCluster readable = new FakeCluster().Leases(2).Documents(Old).Text(ObjectFetcher.Flagz, SampleClusters.Flagz(Old, Old));
        ClusterState state = await IssuerGateway.Ctl.Cluster.Inspection.ClusterInspector.InspectAsync(readable, [readable, new FakeCluster().Documents(Old).Forbid(ObjectFetcher.Flagz)], null, CancellationToken.None);

        Assert.Contains(state.Unread, item => item.What.StartsWith("/flagz of", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("v1beta3", "kubeadm-v1beta4", "      extraArgs:\n        audit-log-maxage: \"30\"\n")]
    [InlineData("v1beta4", "kubeadm-v1beta3", "      extraArgs:\n      - name: audit-log-path\n")]
    public async Task The_form_of_what_was_read_wins_over_the_distribution_that_was_given(string version, string given, string expected)
    {
        ChangePlan plan = IssuerPlanner.Plan(await SampleClusters.Kubeadm(3, version).Leases(3).InspectAsync(given), new PlanRequest(New)).Plan!;

        Assert.Contains(expected, plan.Rolls[0].Steps[0].Content, StringComparison.Ordinal);
        Assert.Contains($"apiVersion: kubeadm.k8s.io/{version}\nkind: InitConfiguration", plan.Rolls[0].Steps.First(step => step.Node == "cp1" && step.Place.StartsWith("/root/", StringComparison.Ordinal)).Content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kubeadm.k8s.io/v1beta2", "", "kubeadm-v1beta3")]
    [InlineData("kubeadm.k8s.io/v1beta5", "", "kubeadm-v1beta4")]
    [InlineData("kubeadm.k8s.io/v1beta5", "apiServer:\n  extraArgs:\n  - name: v\n    value: \"2\"\n", "kubeadm-v1beta4")]
    [InlineData("kubeadm.k8s.io/v1beta4", "apiServer: {}\n", "kubeadm-v1beta4")]
    public async Task The_form_of_a_configuration_is_what_stands_in_it(string version, string server, string expected)
    {
        FakeCluster cluster = new FakeCluster().ConfigMap("kubeadm-config", "ClusterConfiguration", $"apiVersion: {version}\nkind: ClusterConfiguration\n{server}").Documents(Old).Leases(1).Node("cp1", "192.0.2.11", "v1.36.2");

        Assert.Equal(expected, (await cluster.InspectAsync()).Distribution.Id);
    }

    [Fact]
    public async Task Audiences_that_only_some_servers_have_are_a_finding_and_are_given_to_all_before_the_old_issuer_goes()
    {
        FakeCluster cluster = new FakeCluster().ConfigMap("kubeadm-config", "ClusterConfiguration", "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n").Documents(Old).Leases(2)
            .Node("cp1", "192.0.2.11", "v1.36.2").MirrorPod("cp1", SampleClusters.KubeadmFlags("192.0.2.11", $"--service-account-issuer={Old}", $"--api-audiences={Old},vault"))
            .Node("cp2", "192.0.2.12", "v1.36.2").MirrorPod("cp2", SampleClusters.KubeadmFlags("192.0.2.12", $"--service-account-issuer={Old}"));

        ChangePlan plan = await PlanAsync(cluster);

        Has(plan, "audiences-differ", FindingLevel.Warning);
        Assert.Equal([New, Old, "vault"], plan.Rolls[^1].Audiences);
    }

    [Fact]
    public async Task More_addresses_than_missing_servers_leave_no_server_behind()
    {
        FakeCluster node = new FakeCluster("v1.35.1").Documents("https://kubernetes.default.svc").Leases(3).Endpoints(6443, "192.0.2.11", "192.0.2.12", "192.0.2.13")
            .Node("ctl1", "10.0.0.5", "v1.35.1+k0s.0");
        FakeCluster pod = SampleClusters.Kubeadm(0, "v1beta4").Leases(3).Endpoints(6443, "192.0.2.11", "192.0.2.12", "192.0.2.13")
            .MirrorPod("cp2", ["--etcd-servers=https://127.0.0.1:2379", $"--service-account-issuer={Old}"]).Forbid(ObjectFetcher.Nodes);
        FakeCluster uncounted = new FakeCluster().Documents(Old).Endpoints(6443, "192.0.2.11", "192.0.2.12").Node("cp1", "10.0.0.5", "v1.36.2").Forbid(ObjectFetcher.Leases);

        foreach ((FakeCluster cluster, int count) in ((FakeCluster, int)[])[(node, 3), (pod, 3), (uncounted, 2)])
        {
            ChangePlan plan = await PlanAsync(cluster);

            Assert.Contains("192.0.2.11, 192.0.2.12", Has(plan, "servers-not-found", FindingLevel.Error).Hint, StringComparison.Ordinal);
            Assert.Equal(count, plan.Servers.Count);
            Assert.DoesNotContain(plan.Servers, name => name.StartsWith("API server at", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Audiences_set_at_some_servers_only_differ_also_while_they_are_the_same_today()
    {
        FakeCluster cluster = SampleClusters.Kubeadm(0, "v1beta4").Documents(Old).Leases(2)
            .Node("cp1", "192.0.2.11", "v1.36.2").MirrorPod("cp1", SampleClusters.KubeadmFlags("192.0.2.11", $"--service-account-issuer={Old}", $"--api-audiences={Old}"))
            .Node("cp2", "192.0.2.12", "v1.36.2").MirrorPod("cp2", SampleClusters.KubeadmFlags("192.0.2.12", $"--service-account-issuer={Old}"));

        ChangePlan plan = await PlanAsync(cluster);

        Has(plan, "audiences-differ", FindingLevel.Warning);
        Assert.Equal([New, Old], plan.Rolls[^1].Audiences);
    }

    [Fact]
    public async Task Two_address_families_do_not_count_a_server_twice()
    {
        FakeCluster cluster = SampleClusters.Kubeadm(0, "v1beta4").Endpoints(6443, "192.0.2.11", "192.0.2.12").Endpoints(6443, "2001:db8::11", "2001:db8::12");

        ClusterState state = await cluster.InspectAsync();

        Assert.Equal(2, state.ServerCount);
    }

    [Fact]
    public async Task Two_rolls_never_leave_out_the_one_that_is_needed()
    {
        Assert.Equal(["1", "2"], (await PlanAsync(Running([Old], [Old], [Old]), rolls: 2)).Rolls.Select(roll => roll.Number));
        Assert.Equal(["2", "3"], (await PlanAsync(Running([Old]), rolls: 2)).Rolls.Select(roll => roll.Number));
        Assert.Equal(["1", "2", "3"], (await PlanAsync(Running([Old]), rolls: 3)).Rolls.Select(roll => roll.Number));
    }

    [Theory]
    [InlineData("v1.35.1", "v1.36.2")]
    [InlineData("v1.36.2", "v1.35.1")]
    public async Task Different_versions_are_a_warning(string node, string server)
    {
        FakeCluster cluster = new FakeCluster(server).ConfigMap("kubeadm-config", "ClusterConfiguration", SampleClusters.ClusterConfiguration("v1beta4")).Documents(Old).Leases(1)
            .Node("cp1", "192.0.2.11", node).MirrorPod("cp1", SampleClusters.KubeadmFlags("192.0.2.11", $"--service-account-issuer={Old}"), image: $"registry.k8s.io/kube-apiserver:{server}");

        ClusterFinding finding = Has(await PlanAsync(cluster), "versions-differ", FindingLevel.Warning);

        Assert.Equal("control-plane nodes and API servers have different versions: v1.35.1, v1.36.2", finding.Message);
    }

    [Fact]
    public async Task The_oldest_Talos_decides_what_can_be_written()
    {
        FakeCluster cluster = new FakeCluster("v1.35.4").Documents("https://api.example.test:6443").Leases(2)
            .Node("cp1", "192.0.2.11", "v1.35.4", os: "Talos (v1.13.2)").Node("cp2", "192.0.2.12", "v1.35.4", os: "Talos (v1.12.11)");

        Assert.Equal("talos-1.12", (await PlanAsync(cluster)).Distribution);
    }

    [Fact]
    public async Task A_manifest_changed_by_hand_is_a_finding()
    {
        FakeCluster cluster = new FakeCluster().ConfigMap("kubeadm-config", "ClusterConfiguration", SampleClusters.ClusterConfiguration("v1beta4")).Documents(Old).Leases(1)
            .Node("cp1", "192.0.2.11", "v1.36.2")
            .MirrorPod("cp1", SampleClusters.KubeadmFlags("192.0.2.11", "--audit-log-path=/elsewhere.log", "--audit-log-maxage=30", "--oidc-client-id=demo", $"--service-account-issuer={Old}"));

        ChangePlan plan = await PlanAsync(cluster);

        Assert.Equal(
        [
            "kube-apiserver-cp1 runs with --oidc-client-id, which kube-system/kubeadm-config does not contain",
            "kube-system/kubeadm-config has audit-log-path \"/var/log/kubernetes/audit.log\", kube-apiserver-cp1 runs with \"/elsewhere.log\"",
        ], plan.Findings.Where(finding => finding.Rule == "source-differs").Select(finding => finding.Message));
    }

    [Theory]
    [InlineData("--service-account-key-file=/etc/kubernetes/pki/old-sa.pub", "kube-apiserver-cp1 runs with --service-account-key-file \"/etc/kubernetes/pki/old-sa.pub\", which kube-system/kubeadm-config does not contain")]
    [InlineData("--service-account-issuer=https://second.example.com", "kube-apiserver-cp1 runs with --service-account-issuer \"https://second.example.com\", which kube-system/kubeadm-config does not contain")]
    public async Task A_second_value_that_only_the_manifest_has_is_a_finding(string flag, string message)
    {
        FakeCluster cluster = new FakeCluster().ConfigMap("kubeadm-config", "ClusterConfiguration", SampleClusters.ClusterConfiguration("v1beta4")).Documents(Old).Leases(1)
            .Node("cp1", "192.0.2.11", "v1.36.2")
            .MirrorPod("cp1", SampleClusters.KubeadmFlags("192.0.2.11", "--audit-log-path=/var/log/kubernetes/audit.log", "--audit-log-maxage=30", $"--service-account-issuer={Old}", flag));

        ChangePlan plan = await PlanAsync(cluster);

        Assert.Equal([message], plan.Findings.Where(finding => finding.Rule == "source-differs").Select(finding => finding.Message));
    }

    [Fact]
    public async Task An_issuer_changed_in_the_manifest_alone_is_a_finding_and_is_kept()
    {
        string configuration = SampleClusters.ClusterConfiguration("v1beta4").Replace("  - name: audit-log-maxage\n    value: \"30\"\n", $"  - name: service-account-issuer\n    value: {Old}\n", StringComparison.Ordinal);
        FakeCluster cluster = new FakeCluster().ConfigMap("kubeadm-config", "ClusterConfiguration", configuration).Documents("https://hand.example.com").Leases(1)
            .Node("cp1", "192.0.2.11", "v1.36.2").MirrorPod("cp1", SampleClusters.KubeadmFlags("192.0.2.11", "--audit-log-path=/var/log/kubernetes/audit.log", "--service-account-issuer=https://hand.example.com"));

        ChangePlan plan = await PlanAsync(cluster);

        Has(plan, "source-differs", FindingLevel.Warning);
        Assert.Equal([New, "https://hand.example.com"], plan.Rolls[0].Issuers);
    }

    [Fact]
    public async Task An_EC_key_gets_rolls_of_its_own()
    {
        FakeCluster cluster = SampleClusters.Of("kubeadm-v1beta4", 3).Documents(Old, "ES256");

        ChangePlan plan = await PlanAsync(cluster);

        Assert.Equal(["1", "2", "K1", "K2", "3", "K3"], plan.Rolls.Select(roll => roll.Number));
        Has(plan, "signing-key-ec", FindingLevel.Warning);
        Assert.All(plan.Rolls.Take(2).SelectMany(roll => roll.Steps), step => Assert.DoesNotContain("key-file", step.Content ?? "", StringComparison.Ordinal));
        Assert.All(plan.Rolls.SelectMany(roll => roll.GoBack.Steps).Where(step => step.Node is not null), step => Assert.Contains("kubeadm init phase", step.Command, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sa.key", "2,K2,3,K3")]
    [InlineData("sa-rsa.key", "2,3,K3")]
    public async Task A_change_of_the_key_that_was_begun_is_continued(string signer, string expected)
    {
        FakeCluster cluster = SampleClusters.Kubeadm(0, "v1beta4").Leases(1).Node("cp1", "192.0.2.11", "v1.36.2").MirrorPod("cp1",
        [
            .. SampleClusters.KubeadmFlags("192.0.2.11").Where(flag => !flag.StartsWith("--service-account-signing", StringComparison.Ordinal)), "--audit-log-path=/var/log/kubernetes/audit.log", "--audit-log-maxage=30",
            $"--service-account-signing-key-file=/etc/kubernetes/pki/{signer}", "--service-account-key-file=/etc/kubernetes/pki/sa-rsa.pub", $"--service-account-issuer={New}", $"--service-account-issuer={Old}",
        ]).Documents(New, "ES256\",\"RS256");

        ChangePlan plan = await PlanAsync(cluster);

        Has(plan, "signing-key-change-open", FindingLevel.Warning);
        Assert.Equal(expected, string.Join(',', plan.Rolls.Select(roll => roll.Number)));
    }

    [Fact]
    public async Task An_EC_key_that_cannot_be_swapped_safely_is_an_error()
    {
        ChangePlan plan = await PlanAsync(SampleClusters.Of("talos-1.13", 3).Documents("https://api.example.test:6443", "ES256"));

        Has(plan, "signing-key-ec", FindingLevel.Error);
        Assert.Equal(["1", "2", "3"], plan.Rolls.Select(roll => roll.Number));
    }

    [Theory]
    [InlineData("talos-1.12", "Upgrade to Talos 1.13 first")]
    [InlineData("k0s-1.34.0", "Upgrade to k0s 1.34.1 or later first")]
    [InlineData("eks-anywhere", "Create a new cluster")]
    [InlineData("kind", "Create the cluster again")]
    public async Task Where_two_issuers_cannot_be_held_it_says_so_with_the_next_best_way(string name, string way)
    {
        ChangePlan plan = await PlanAsync(SampleClusters.Of(name, 3));

        Assert.StartsWith(way, Has(plan, "one-issuer-only", FindingLevel.Error).Hint, StringComparison.Ordinal);
        Assert.Equal(RollKind.Replace, Assert.Single(plan.Rolls).Kind);
    }

    [Fact]
    public async Task Explicit_audiences_are_never_narrowed()
    {
        FakeCluster cluster = Running([Old, "https://second.example.com"], audiences: $"{Old},vault");

        ChangePlan plan = await PlanAsync(cluster);

        Assert.Equal([Old, "vault"], plan.TodayAudiences);
        Assert.All(plan.Rolls, roll => Assert.Null(roll.Audiences));

        // Only the manifest has the flag: without it in the configuration, kubeadm would remove it.
        Assert.All(plan.Rolls.SelectMany(roll => roll.Steps), step => Assert.Contains($"- name: api-audiences\n", step.Content, StringComparison.Ordinal));
        Assert.All(plan.Rolls.SelectMany(roll => roll.Steps), step => Assert.Contains($"value: {Old},vault\n", step.Content, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_earlier_issuer_stays_accepted_until_the_last_roll()
    {
        ChangePlan plan = await PlanAsync(Running([Old, "https://second.example.com"], [Old, "https://second.example.com"]));

        Assert.Equal([New, Old, "https://second.example.com"], plan.Rolls[1].Issuers);
        Assert.Equal([New, Old, "https://second.example.com"], plan.Rolls[2].Audiences);
    }

    [Fact]
    public async Task Arguments_that_k3s_appends_or_prepends_are_understood_and_replaced()
    {
        FakeCluster cluster = new FakeCluster("v1.35.4+k3s1").Documents(Old).Leases(2)
            .Node("server1", "192.0.2.11", "v1.35.4+k3s1", annotations: [("k3s.io/node-args", $"""["server","--kube-apiserver-arg","service-account-issuer+={New}"]""")])
            .Node("server2", "192.0.2.12", "v1.35.4+k3s1", annotations: [("k3s.io/node-args", $"""["server","--kube-apiserver-arg","service-account-issuer+={New}"]""")]);

        ChangePlan plan = await PlanAsync(cluster);

        Assert.Equal(["2", "3"], plan.Rolls.Select(roll => roll.Number));
        Assert.Equal($"kube-apiserver-arg:\n  - service-account-issuer={New}\n  - service-account-issuer={Old}\n  - service-account-jwks-uri={New}/openid/v1/jwks\n", plan.Rolls[0].Steps[0].Content);
    }

    [Fact]
    public async Task Other_values_of_the_configuration_survive_whatever_they_look_like()
    {
        string configuration = SampleClusters.ClusterConfiguration("v1beta4").Replace("    value: /var/log/kubernetes/audit.log\n",
            "    value: \"yes\"\n  - name: tls-cipher-suites\n    value: " + string.Join(',', Enumerable.Repeat("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 9)) + "\n  - name: odd\n    value: 'a: b # c  and a long tail of words that continues for long until it is longer than any line of eighty characters'\n", StringComparison.Ordinal);
        FakeCluster cluster = new FakeCluster().ConfigMap("kubeadm-config", "ClusterConfiguration", configuration).Documents(Old).Leases(1).Node("cp1", "192.0.2.11", "v1.36.2");

        string content = (await PlanAsync(cluster)).Rolls[0].Steps[0].Content!;

        string written = string.Join('\n', content.Split('\n').Skip(2).Select(line => line.Length > 4 ? line[4..] : line));
        Assert.StartsWith(configuration[..configuration.IndexOf("apiVersion", StringComparison.Ordinal)].TrimEnd(), written, StringComparison.Ordinal);
        Assert.EndsWith(configuration[configuration.IndexOf("apiVersion", StringComparison.Ordinal)..], written, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not: [yaml")]
    [InlineData("- a list")]
    [InlineData("")]
    public async Task A_configuration_that_cannot_be_read_is_not_written_over(string configuration)
    {
        FakeCluster cluster = new FakeCluster().ConfigMap("kubeadm-config", "ClusterConfiguration", configuration).Documents(Old).Leases(1)
            .Node("cp1", "192.0.2.11", "v1.36.2").MirrorPod("cp1", SampleClusters.KubeadmFlags("192.0.2.11", $"--service-account-issuer={Old}"), endpoint: "192.0.2.11:6443");

        ChangePlan plan = await PlanAsync(cluster);

        Assert.All(plan.Rolls.SelectMany(roll => roll.Steps).Where(step => step.Target.StartsWith("ConfigMap", StringComparison.Ordinal)),
            step => Assert.Contains("Do not apply this as it is", step.Note, StringComparison.Ordinal));
        Assert.All(plan.Rolls.SelectMany(roll => roll.Steps).Where(step => step.Place.StartsWith("/root/", StringComparison.Ordinal)), step => Assert.Contains("Put today's ClusterConfiguration here", step.Note, StringComparison.Ordinal));
        Has(plan, "source-unread", FindingLevel.Warning);
        Assert.Equal("kubeadm-v1beta4", plan.Distribution);
    }

    [Fact]
    public async Task Control_characters_of_a_cluster_do_not_reach_the_terminal()
    {
        FakeCluster cluster = new FakeCluster().Leases(1).Documents(Old).Node("cp1", "192.0.2.11", "v1.36.2")
            .MirrorPod("cp1", ["--etcd-servers=x", "--service-account-issuer=https://a.example.com/\u001b[2J"]);

        string text = IssuerGateway.Ctl.Cluster.Reports.PlanReport.Write(await PlanAsync(cluster), IssuerGateway.Ctl.Cluster.Reports.ReportWriter.Plain());

        Assert.DoesNotContain('\u001b', text);
    }

    [Theory]
    [InlineData("https://oidc.example.com/$(reboot)")]
    [InlineData("https://oidc.example.com/a;b")]
    [InlineData("https://oidc.example.com/'")]
    [InlineData("https://user@oidc.example.com")]
    [InlineData("https://oidc.example.com/a b")]
    [InlineData("https://oidc.example.com/../a")]
    public void An_issuer_that_a_shell_or_a_relying_party_reads_differently_is_rejected(string issuer) => Assert.NotNull(IssuerRules.Reject(issuer));

    [Theory]
    [InlineData("https://oidc.example.com")]
    [InlineData("https://oidc.example.com/clusters/a_b-c.d~e")]
    [InlineData("https://xn--bcher-kva.example")]
    public void A_plain_issuer_is_accepted(string issuer) => Assert.Null(IssuerRules.Reject(issuer));

    [Fact]
    public async Task Flags_behind_a_shell_are_read_with_their_quotes()
    {
        FakeCluster cluster = new FakeCluster().Leases(1).Documents(Old).Node("cp1", "192.0.2.11", "v1.36.2")
            .MirrorPod("cp1", ["-c", $"exec /usr/local/bin/kube-apiserver --etcd-servers=https://127.0.0.1:2379 --service-account-issuer=\"{Old}\" --service-account-issuer='{New}' --api-audiences {Old},vault >> /var/log/kube-apiserver.log 2>&1"], inArgs: true);

        ClusterState state = await cluster.InspectAsync();

        Assert.Equal([Old, New], state.Servers[0].Flags!.Issuers);
        Assert.Equal([Old, "vault"], state.Servers[0].Flags!.Audiences);
    }

    [Theory]
    [InlineData("a b", "a|b")]
    [InlineData("'a b'  \"c d\"", "a b|c d")]
    [InlineData("--a='x'y\"z\"", "--a=xyz")]
    [InlineData("a\\ b \"c\\\"d\" 'e\\f'", "a b|c\"d|e\\f")]
    [InlineData("''", "")]
    [InlineData("", null)]
    [InlineData("'open", "open")]
    public void Words_are_split_as_a_shell_does(string line, string? words) => Assert.Equal(words, FlagSet.Split(line) is { Count: > 0 } split ? string.Join('|', split) : null);

    [Fact]
    public async Task A_control_plane_that_others_run_is_an_error_that_says_so()
    {
        FakeCluster cluster = new FakeCluster("v1.34.3").Documents("https://issuer.managed.example.com/id/1").Leases(2)
            .Node("linux-1", "192.0.2.51", "v1.34.3", isControlPlane: false).Node("windows-1", "192.0.2.52", "v1.33.9", isControlPlane: false, os: "Windows Server 2025 Datacenter");

        ChangePlan plan = await PlanAsync(cluster);

        Has(plan, "control-plane-hidden", FindingLevel.Error);
        Has(plan, "issuer-public", FindingLevel.Information);
        Assert.DoesNotContain(plan.Findings, finding => finding.Rule == "versions-differ");
        Assert.DoesNotContain(plan.Servers, server => server.Contains("windows", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_jwks_uri_that_is_set_today_stays_until_the_new_issuer_signs()
    {
        string configuration = SampleClusters.ClusterConfiguration("v1beta4").Replace("  - name: audit-log-maxage\n    value: \"30\"\n", "  - name: service-account-jwks-uri\n    value: https://keys.example.com/jwks\n", StringComparison.Ordinal);
        FakeCluster cluster = new FakeCluster().ConfigMap("kubeadm-config", "ClusterConfiguration", configuration).Documents(Old).Leases(2)
            .Node("cp1", "192.0.2.11", "v1.36.2").Node("cp2", "192.0.2.12", "v1.36.2");

        ChangePlan plan = await PlanAsync(cluster);

        Assert.Contains("https://keys.example.com/jwks", plan.Rolls[0].Steps[0].Content, StringComparison.Ordinal);
        Assert.DoesNotContain("https://keys.example.com/jwks", plan.Rolls[1].Steps[0].Content, StringComparison.Ordinal);
        Assert.Contains($"{New}/openid/v1/jwks", plan.Rolls[1].Steps[0].Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prose_is_broken_at_the_width_of_a_terminal_and_commands_and_contents_are_not()
    {
        ChangePlan plan = await PlanAsync(SampleClusters.Of("kubeadm-v1beta3", 3));
        string whole = IssuerGateway.Ctl.Cluster.Reports.PlanReport.Write(plan, IssuerGateway.Ctl.Cluster.Reports.ReportWriter.Plain());

        string narrow = IssuerGateway.Ctl.Cluster.Reports.PlanReport.Write(plan, IssuerGateway.Ctl.Cluster.Reports.ReportWriter.Plain(80));

        Assert.Equal(Words(whole), Words(narrow));
        Assert.All(narrow.Split('\n').Where(line => line.Length > 80), line => Assert.Matches("^(      |    kubectl |  \\* issuerctl |Roll |Change |=|-|How |\\S+$)", line));
        Assert.Contains("\n  * Finish and verify one roll at every server before you begin the next. Keep a\n    token from before:\n    kubectl create token default --duration 24h > token-before.jwt\n", narrow, StringComparison.Ordinal);

        static IEnumerable<string> Words(string text) => text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
    }

    private static ClusterFinding Has(ChangePlan plan, string rule, FindingLevel level)
    {
        ClusterFinding finding = Assert.Single(plan.Findings, finding => finding.Rule == rule);
        Assert.Equal(level, finding.Level);
        return finding;
    }

    /// <summary>A kubeadm cluster whose servers run with these issuers.</summary>
    private static FakeCluster Running(params string[][] issuers) => Running(null, issuers);

    private static FakeCluster Running(string[] issuers, string audiences) => Running(audiences, issuers);

    private static FakeCluster Running(string? audiences, params string[][] issuers)
    {
        FakeCluster cluster = new FakeCluster().ConfigMap("kubeadm-config", "ClusterConfiguration", SampleClusters.ClusterConfiguration("v1beta4")).Documents(issuers[0][0]).Leases(issuers.Length);
        for (int i = 1; i <= issuers.Length; i++)
        {
            cluster.Node($"cp{i}", SampleClusters.Address(i), "v1.36.2").MirrorPod($"cp{i}", SampleClusters.KubeadmFlags(SampleClusters.Address(i),
                ["--audit-log-path=/var/log/kubernetes/audit.log", "--audit-log-maxage=30", .. issuers[i - 1].Select(issuer => $"--service-account-issuer={issuer}"), .. audiences is null ? Array.Empty<string>() : [$"--api-audiences={audiences}"]]));
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
