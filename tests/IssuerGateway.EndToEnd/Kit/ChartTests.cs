using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>What holds for both charts with every value set.</summary>
public sealed class ChartTests
{
    public static TheoryData<string> WorkloadSets => OAuth2ProxyFlagTests.WorkloadSets;

    [Fact]
    public void At_least_25_value_sets_are_rendered() => Assert.True(RenderedChart.All.Count() >= 25);

    [Theory]
    [InlineData(RenderedChart.Gateway)]
    [InlineData(RenderedChart.Workload)]
    [InlineData(RenderedChart.Identity)]
    public void Lints_strictly_without_any_value(string chart)
    {
        foreach (string helm in Helm.Versions)
        {
            Command lint = Helm.Lint(helm, chart);

            Assert.True(lint.ExitCode == 0, lint.Transcript);
            Assert.DoesNotContain("[WARNING]", lint.Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(RenderedChart.Sets), MemberType = typeof(RenderedChart))]
    public void Lints_strictly(string chart, string set)
    {
        foreach (string helm in Helm.Versions)
        {
            Command lint = Helm.Lint(helm, chart, "--values", RenderedChart.ValuesFile(chart, set));

            Assert.True(lint.ExitCode == 0, lint.Transcript);
            Assert.DoesNotContain("[WARNING]", lint.Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(RenderedChart.Sets), MemberType = typeof(RenderedChart))]
    public void Helm_3_and_4_render_the_same(string chart, string set) =>
        Assert.Equal(RenderedChart.Of(chart, set).TextByHelm3, RenderedChart.Of(chart, set).TextByHelm4);

    [Theory]
    [MemberData(nameof(RenderedChart.Sets), MemberType = typeof(RenderedChart))]
    public void Every_object_is_valid_and_has_no_unknown_field(string chart, string set)
    {
        Assert.Empty(RenderedChart.Of(chart, set).SchemaErrors);
        Assert.NotEmpty(RenderedChart.Of(chart, set).Objects);
    }

    [Theory]
    [MemberData(nameof(RenderedChart.Sets), MemberType = typeof(RenderedChart))]
    public void Pods_satisfy_Pod_Security_restricted_but_for_the_ports_of_a_node(string chart, string set) =>
        Assert.Empty(RenderedChart.Of(chart, set).PodSpecs().SelectMany(pod => PodSecurity.Violations(pod, hostPortsAllowed: set == "hostports")));

    [Fact]
    public void Only_hostPorts_break_Pod_Security_restricted() =>
        Assert.Equal(
            ["container issuer-gateway binds a port of the node"],
            RenderedChart.Of(RenderedChart.Gateway, "hostports").PodSpecs().SelectMany(pod => PodSecurity.Violations(pod)));

    [Theory]
    [InlineData(RenderedChart.Gateway)]
    [InlineData(RenderedChart.Workload)]
    public void OpenShift_assigns_the_ids_of_users_and_groups(string chart)
    {
        JsonObject[] pods = [.. RenderedChart.Of(chart, "openshift").PodSpecs()];

        Assert.Equal(2, pods.Length);
        Assert.All(pods.SelectMany(pod => pod.AllContainers().Prepend(pod)), each =>
            Assert.DoesNotContain(each["securityContext"]!.AsObject(), member => member.Key is "runAsUser" or "runAsGroup" or "fsGroup" or "fsGroupChangePolicy"));
    }

    [Theory]
    [MemberData(nameof(RenderedChart.Sets), MemberType = typeof(RenderedChart))]
    public void Containers_have_a_read_only_root_and_no_token_of_the_Kubernetes_API_by_default(string chart, string set)
    {
        foreach (JsonObject pod in RenderedChart.Of(chart, set).PodSpecs())
        {
            Assert.False((bool)pod["automountServiceAccountToken"]!);
            foreach (JsonObject container in pod.AllContainers().Where(each => (string)each["name"]! != "migrate"))
            {
                Assert.True((bool?)container.At("securityContext/readOnlyRootFilesystem"), $"{container["name"]} of {set}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(RenderedChart.Sets), MemberType = typeof(RenderedChart))]
    public void Two_objects_never_share_kind_and_name(string chart, string set)
    {
        string[] keys = [.. RenderedChart.Of(chart, set).Objects.Select(each => $"{each.Kind()} {each.Namespace()}/{each.Name()}")];

        Assert.Equal(keys.Distinct(), keys);
    }

    [Theory]
    [InlineData(RenderedChart.Gateway, "monitoring")]
    [InlineData(RenderedChart.Workload, "everything-else")]
    public void Long_names_are_cut_within_the_limits_and_stay_apart(string chart, string set)
    {
        string[] names = [.. "ab".Select(last => NamesOf(chart, set, new string('n', 62) + last))];

        Assert.NotEqual(names[0], names[1]);
    }

    [Theory]
    [InlineData(RenderedChart.Gateway, "loadbalancer-acme", "helm test rel -n ns --logs")]
    [InlineData(RenderedChart.Workload, "exchange-test", "helm test rel -n ns --logs")]
    [InlineData(RenderedChart.Workload, "httproute", "kubectl create token -n ns rel --audience api://AzureADTokenExchange | issuerctl trust test entra-app --token - --tenant 11111111-2222-3333-4444-555555555555 --client-id 66666666-7777-8888-9999-000000000000")]
    public void Notes_end_with_the_next_command(string chart, string set, string command)
    {
        foreach (string helm in Helm.Versions)
        {
            Assert.Equal(command, Helm.Notes(helm, chart, RenderedChart.ValuesFile(chart, set)).TrimEnd().Split('\n')[^1].Trim());
        }
    }

    // A pod cannot be updated, and that of `helm test` has a container for each issuer: docs/how-to/upgrade.md says to leave it out.
    [Theory]
    [InlineData(RenderedChart.Gateway, "loadbalancer-acme")]
    [InlineData(RenderedChart.Workload, "exchange-test")]
    public void Without_hooks_no_pod_is_rendered_that_could_not_be_updated(string chart, string set)
    {
        string[] values = ["--values", RenderedChart.ValuesFile(chart, set)];

        Assert.Contains("\nkind: Pod\n", Helm.Template(Helm.Four, chart, values).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\nkind: Pod\n", Helm.Template(Helm.Four, chart, [.. values, "--no-hooks"]).Output, StringComparison.Ordinal);
    }

    /// <summary>UPDATE_GOLDEN=1 writes them again.</summary>
    [Theory]
    [MemberData(nameof(WorkloadSets))]
    public void The_notes_of_the_workload_are_as_recorded(string set)
    {
        string file = Path.Combine(KitFolder.Root, "tests", "IssuerGateway.EndToEnd", "Kit", "notes", $"{set}.txt");
        string notes = Helm.Notes(Helm.Four, RenderedChart.Workload, RenderedChart.ValuesFile(RenderedChart.Workload, set)).TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(file, notes);
        }

        Assert.Equal(File.ReadAllText(file), notes);
    }

    [Theory]
    [InlineData(RenderedChart.Gateway, "loadbalancer-acme")]
    [InlineData(RenderedChart.Workload, "httproute")]
    public void Kubernetes_before_1_30_is_rejected(string chart, string set)
    {
        foreach (string helm in Helm.Versions)
        {
            Command old = Helm.Template(helm, chart, "--values", RenderedChart.ValuesFile(chart, set), "--kube-version", "1.29.9");

            Assert.Contains("chart requires kubeVersion: >=1.30.0-0 which is incompatible with Kubernetes v1.29.9", old.Error, StringComparison.Ordinal);
        }
    }

    private static string NamesOf(string chart, string set, string name)
    {
        Command command = Helm.Template(Helm.Four, chart, "--values", RenderedChart.ValuesFile(chart, set), "--set", $"fullnameOverride={name},serviceAccount.name=");
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, command.Output);
            IReadOnlyList<JsonObject> objects = KubernetesSchemas.Validate(file).Objects;
            // A Secret's name may be a DNS subdomain: it ends with the host that the certificate is for.
            Assert.All(objects, each => Assert.True(each.Name().Length <= (each.Kind() == "Secret" ? 253 : 63) && !each.Name().EndsWith('-'), each.Name()));
            return objects.First(each => each.Kind() is "Deployment").Name();
        }
        finally
        {
            File.Delete(file);
        }
    }
}
