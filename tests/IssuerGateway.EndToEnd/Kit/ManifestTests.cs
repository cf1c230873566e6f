using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>manifests/: plain files that are current, valid and safe.</summary>
public sealed class ManifestTests
{
    private static readonly string[] knownFlags = File.ReadAllLines(Path.Combine(KitFolder.Root, "tests", "fixtures", "oauth2-proxy", "flags-v7.15.3.txt"));

    public static TheoryData<string> Kustomizations => [.. Directory.GetFiles(KitFolder.Manifests, "kustomization.yaml", SearchOption.AllDirectories)
        .Where(file => File.ReadAllText(file).Contains("kind: Kustomization", StringComparison.Ordinal))
        .Select(file => Path.GetRelativePath(KitFolder.Manifests, Path.GetDirectoryName(file)!)).Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData(Helm.Three)]
    [InlineData(Helm.Four)]
    public void Rendered_manifests_equal_what_the_charts_render(string helm)
    {
        Command check = Command.Run("env", $"HELM={KitFolder.Tool(helm)}", Path.Combine(KitFolder.Manifests, "render.sh"), "--check");

        Assert.True(check.ExitCode == 0, check.Transcript);
    }

    [Fact]
    public void All_kustomizations_are_found() =>
        Assert.Equal(["examples/own-deployment", "export", "issuer-gateway", "oauth2-proxy-workload"], Kustomizations.Select(row => row.Data));

    [Theory]
    [MemberData(nameof(Kustomizations))]
    public void A_kustomization_builds_valid_objects_whose_pods_are_restricted(string folder)
    {
        (IReadOnlyList<JsonObject> objects, IReadOnlyList<string> errors) = Kustomize(folder);

        Assert.Empty(errors);
        Assert.Empty(objects.Select(each => each.PodSpec()).OfType<JsonObject>().SelectMany(pod => PodSecurity.Violations(pod)));
    }

    [Theory]
    [InlineData("walk-through.yaml", 7)]
    [InlineData("systemd/edge-access.yaml", 3)]
    [InlineData("systemd/long-lived-token.yaml", 1)]
    public void A_single_file_holds_valid_objects_whose_pods_are_restricted(string file, int count)
    {
        (IReadOnlyList<JsonObject> objects, IReadOnlyList<string> errors) = KubernetesSchemas.Validate(Path.Combine(KitFolder.Manifests, file));

        Assert.Empty(errors);
        Assert.Equal(count, objects.Count);
        Assert.Empty(objects.Select(each => each.PodSpec()).OfType<JsonObject>().SelectMany(pod => PodSecurity.Violations(pod)));
    }

    [Fact]
    public void The_component_adds_the_sidecar_before_the_init_containers_of_the_app()
    {
        JsonObject pod = Kustomize("examples/own-deployment").Objects.Single(each => each.Kind() == "Deployment").PodSpec()!;

        Assert.Equal(["config-test", "oauth2-proxy", "migrate", "shop"], pod.AllContainers().Select(container => (string)container["name"]!));
        Assert.Equal("Always", (string)pod.At("initContainers/1/restartPolicy")!);
        // No other key of the ConfigMap becomes a variable, such as OAUTH2_PROXY_SKIP_AUTH_ROUTES.
        Assert.All(pod.Each("initContainers").Take(2), container => Assert.Null(container["envFrom"]));
        JsonNode[] options = [.. pod.Each("initContainers/1/env").Select(each => each.At("valueFrom/configMapKeyRef")).OfType<JsonNode>()];
        Assert.Equal(["TENANT_ID", "CLIENT_ID", "HOST", "ALLOWED_GROUP", "UPSTREAM"], options.Select(each => (string)each["key"]!));
        Assert.All(options, each => Assert.StartsWith("oauth2-proxy-options-", (string)each["name"]!, StringComparison.Ordinal));
        Assert.Equal([.. pod.Texts("initContainers/1/args"), "--config-test", "--skip-auth-regex=$(ALLOWED_GROUP)+"], pod.Texts("initContainers/0/args"));
    }

    [Fact]
    public void The_component_says_the_same_flags_as_the_chart()
    {
        IEnumerable<string> ofComponent = Kustomize("examples/own-deployment").Objects.Single(each => each.Kind() == "Deployment").PodSpec().Texts("initContainers/1/args").Select(Name).Distinct();
        IEnumerable<string> ofChart = RenderedChart.Of(RenderedChart.Workload, "existing-account").One("Deployment").PodSpec().Texts("initContainers/1/args").Select(Name);

        Assert.Equal(ofChart, ofComponent);
    }

    [Fact]
    public void An_empty_group_of_the_component_admits_nobody_and_fails_the_test_before_start()
    {
        JsonObject pod = Kustomize("examples/own-deployment").Objects.Single(each => each.Kind() == "Deployment").PodSpec()!;

        // pflag reads "--allowed-group=" as no group at all: the second one keeps the list from being empty.
        Assert.Equal(["--allowed-group=$(ALLOWED_GROUP)", "--allowed-group=00000000-0000-0000-0000-000000000000"],
            pod.Texts("initContainers/1/args").Where(argument => argument.StartsWith("--allowed-group", StringComparison.Ordinal)));
        // "+" is no regular expression, and --config-test compiles it; with a group it is one.
        Assert.ThrowsAny<ArgumentException>(() => new System.Text.RegularExpressions.Regex("+"));
        _ = new System.Text.RegularExpressions.Regex("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee+");
    }

    [Fact]
    public void The_walk_through_gives_OAuth2_Proxy_flags_that_it_knows_and_no_published_secret()
    {
        (IReadOnlyList<JsonObject> objects, _) = KubernetesSchemas.Validate(Path.Combine(KitFolder.Manifests, "walk-through.yaml"));
        IReadOnlyList<string> flags = [.. objects.Single(each => each.Kind() == "Deployment").PodSpec().Texts("initContainers/0/args").Select(Name)];

        Assert.All(flags, flag => Assert.Contains(flag, knownFlags));
        Assert.Superset(new HashSet<string> { "allowed-group", "scope", "code-challenge-method", "redirect-url", "cookie-refresh", "cookie-expire", "cookie-name", "cookie-csrf-per-request", "cookie-csrf-expire" }, flags.ToHashSet());
        Assert.DoesNotContain(objects, each => each.Kind() == "Secret");
    }

    private static string Name(string argument) => argument[2..].Split('=')[0];

    private static (IReadOnlyList<JsonObject> Objects, IReadOnlyList<string> Errors) Kustomize(string folder)
    {
        Command built = Command.Run(KitFolder.Tool("kubectl"), "kustomize", Path.Combine(KitFolder.Manifests, folder));
        Assert.True(built.ExitCode == 0, built.Transcript);
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, built.Output);
            return KubernetesSchemas.Validate(file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
