using IssuerGateway.Ctl.Cluster;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>
/// Arguments in the spellings that servers take, or that stand in files all the same: what a roll writes takes the place of every
/// one of them, because an issuer given twice stops the API server, and what it does not write stays.
/// </summary>
public sealed class ArgumentSpellingTests
{
    private const string New = "https://oidc.example.com";
    private const string Old = FakeCluster.Old;

    [Theory]
    [InlineData("--service-account-issuer=ISSUER|--audit-log-path=/x")]
    [InlineData("--service-account-issuer|ISSUER|--audit-log-path|/x")]
    [InlineData("--service_account_issuer=ISSUER|--audit_log_path=/x")]
    [InlineData("--service-account-issuer ISSUER|--audit-log-path=/x")]
    [InlineData("service-account-issuer=ISSUER|audit-log-path=/x")]
    public async Task A_list_of_words_is_read_and_written_in_every_spelling(string words)
    {
        string[] list = words.Replace("ISSUER", Old, StringComparison.Ordinal).Split('|');
        string kamaji = "apiVersion: kamaji.clastix.io/v1alpha1\nkind: TenantControlPlane\nspec:\n  controlPlane:\n    deployment:\n      extraArgs:\n        apiServer:\n" + string.Concat(list.Select(word => $"        - \"{word}\"\n"));
        string k0s = "apiVersion: k0s.k0sproject.io/v1beta1\nkind: ClusterConfig\nspec:\n  api:\n    rawArgs:\n" + string.Concat(list.Select(word => $"    - \"{word}\"\n"));

        foreach ((string distribution, string content, int issuers) in new[] { ("kamaji", kamaji, 2), ("k0s", k0s, 1) })
        {
            ChangePlan plan = await PlanAsync(distribution, "v1.36.2", null, content);

            Assert.Equal([Old], plan.Today);
            string written = plan.Rolls[0].Steps[0].Content!;
            Assert.Equal(issuers, Count(written, "service-account-issuer=") + Count(written, "service_account_issuer="));
            Assert.DoesNotContain("service-account-issuer ", written, StringComparison.Ordinal);
            Assert.Equal(1, Count(written, "/x"));
        }
    }

    [Theory]
    [InlineData("kube-apiserver-arg: [\"service_account_issuer=ISSUER\", \"audit-log-path=/x\"]\n")]
    [InlineData("kube-apiserver-arg:\n- --service_account_issuer=ISSUER # today\n- audit-log-path=/x\n")]
    public async Task The_list_of_k3s_loses_a_name_with_underscores_too(string content)
    {
        ChangePlan plan = await PlanAsync("k3s", "v1.36.2+k3s1", null, content.Replace("ISSUER", Old, StringComparison.Ordinal));

        Assert.Equal([Old], plan.Today);
        string written = plan.Rolls[0].Steps[0].Content!;
        Assert.DoesNotContain("service_account_issuer", written, StringComparison.Ordinal);
        Assert.Equal(2, Count(written, "service-account-issuer="));
        Assert.Contains("audit-log-path=/x", written, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("talos-1.13", "version: v1alpha1\nmachine: {}\ncluster:\n  apiServer:\n    extraArgs:\n      service_account_issuer: ISSUER\n      audit_log_path: /x\n")]
    [InlineData("kubespray", "kube_kubeadm_apiserver_extra_args:\n  service_account_issuer: ISSUER\n  audit_log_path: /x\n")]
    public async Task So_does_a_map(string distribution, string content)
    {
        ChangePlan plan = await PlanAsync(distribution, "v1.36.2", null, content.Replace("ISSUER", Old, StringComparison.Ordinal));

        Assert.Equal([Old], plan.Today);
        Assert.All(plan.Rolls, roll => Assert.DoesNotContain("service_account_issuer", roll.Steps[0].Content, StringComparison.Ordinal));
        Assert.Contains("audit_log_path: /x", plan.Rolls[0].Steps[0].Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EKS_Anywhere_is_never_given_an_issuer_in_both_of_its_fields()
    {
        ChangePlan plan = await PlanAsync("eks-anywhere", "v1.36.2", null, $"apiVersion: anywhere.eks.amazonaws.com/v1alpha1\nkind: Cluster\nspec:\n  controlPlaneConfiguration:\n    apiServerExtraArgs:\n      service_account_issuer: {Old}\n");

        RollStep step = Assert.Single(plan.Rolls[0].Steps);
        Assert.Equal("spec.controlPlaneConfiguration.apiServerExtraArgs", step.Place);
        Assert.DoesNotContain("service_account_issuer", step.Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_audiences_of_a_list_of_pairs_are_those_of_the_file()
    {
        ChangePlan plan = await PlanAsync("vcluster", "v1.36.2", null, $"controlPlane:\n  distro:\n    k8s:\n      apiServer:\n        extraArgs: [--service-account-issuer, \"{Old}\", --api-audiences, \"{Old},vault\"]\n");

        Assert.Equal([Old, "vault"], plan.TodayAudiences);
        Assert.Equal([New, Old, "vault"], plan.Rolls.Single(roll => roll.Kind == RollKind.MoveToFirst).Audiences);
    }

    [Fact]
    public async Task Other_arguments_on_the_line_of_an_issuer_stay_in_the_file_of_MicroK8s()
    {
        ChangePlan plan = await PlanAsync("microk8s", "v1.36.2", "cp1", $"# ours\n--service_account_issuer={Old} --audit-log-path=\"/x y\" --profiling\n--v=2\n");

        Assert.StartsWith($"# ours\n--audit-log-path=\"/x y\"\n--profiling=true\n--v=2\n--service-account-issuer=", plan.Rolls[0].Steps[0].Content, StringComparison.Ordinal);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static async Task<ChangePlan> PlanAsync(string distribution, string kubelet, string? node, string content)
    {
        FakeCluster cluster = new FakeCluster(kubelet).Leases(1).Node("cp1", "192.0.2.11", kubelet);
        return IssuerPlanner.Plan(await cluster.InspectAsync(distribution, new ConfigurationSource(ConfigurationSource.File, "given.yaml", content, node)), new PlanRequest(New)).Plan!;
    }
}
