using System.Text.RegularExpressions;
using IssuerGateway.EndToEnd.Kit;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.EndToEnd.Security;

/// <summary>The workflows hold no more rights than they need, and nothing that an outsider writes reaches a shell.</summary>
public sealed partial class WorkflowTests
{
    public static TheoryData<string> Workflows => [.. Directory.GetFiles(Path.Combine(KitFolder.Root, ".github", "workflows"), "*.yml").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Fact]
    public void The_YAML_is_clean()
    {
        Command lint = Command.Run("yamllint", "--strict", "--config-file", "tests/tools/yamllint.yaml", ".github");

        Assert.True(lint.ExitCode == 0, lint.Transcript);
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void GitHub_finds_nothing(string workflow)
    {
        Command check = Command.Run("node", "tests/tools/workflow.mjs", PathOf(workflow));

        Assert.True(check.ExitCode == 0, check.Transcript);
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void May_only_read_unless_a_job_says_more(string workflow)
    {
        YamlMappingNode permissions = Mapping(Root(workflow), "permissions");

        Assert.Equal(["contents: read"], permissions.Children.Select(each => $"{each.Key}: {each.Value}"));
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Every_job_ends(string workflow) =>
        Assert.All(Mapping(Root(workflow), "jobs").Children, job => Assert.True(((YamlMappingNode)job.Value).Children.ContainsKey("timeout-minutes"), $"{job.Key}"));

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Every_action_is_pinned_by_commit_and_says_its_version(string workflow) =>
        Assert.All(File.ReadLines(PathOf(workflow)).Where(line => line.Contains("uses:", StringComparison.Ordinal)), line => Assert.Matches(@"\A +- uses: [\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+\z", line));

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Scripts_are_clean_and_take_values_from_the_environment_only(string workflow)
    {
        foreach (string script in Steps(workflow).Where(step => step.Children.ContainsKey("run")).Select(step => $"{step["run"]}"))
        {
            Assert.DoesNotContain("${{", script, StringComparison.Ordinal);
            string file = Path.GetTempFileName();
            File.WriteAllText(file, $"#!/usr/bin/env bash\n{script}");
            Command check = Command.Run("shellcheck", file);
            File.Delete(file);
            Assert.True(check.ExitCode == 0, check.Transcript);
        }
    }

    [Fact]
    public void The_release_signs_what_it_pushes_and_builds_it_twice()
    {
        string release = string.Join('\n', Steps("release.yml").Select(step => $"{step}"));

        Assert.All(["cmp one/image/usr/bin/issuer-gateway two/image/usr/bin/issuer-gateway", "cmp pushed one/image/usr/bin/issuer-gateway", "dotnet restore IssuerGateway.sln --locked-mode", "cosign sign --yes --recursive", "cosign attest --yes --type cyclonedx", "cosign sign --yes \"$charts/$name@$digest\"", "actions/attest@"],
            part => Assert.Contains(part, release, StringComparison.Ordinal));
    }

    [Fact]
    public void The_release_stops_without_the_address_and_attaches_every_program()
    {
        string release = File.ReadAllText(PathOf("release.yml"));

        Assert.All(
            [
                "if [ \"$url\" != \"$GITHUB_SERVER_URL/$GITHUB_REPOSITORY\" ]; then", "tests/release.sh issuerctl", "issuer-gateway-linux-", "sha256sum -- * >SHA256SUMS", "cosign sign-blob --yes",
                "node charts/package.mjs packages --repository \"$REPOSITORY\" --image \"$IMAGE\" --digest \"$IMAGE_DIGEST\"",
            ],
            part => Assert.Contains(part, release, StringComparison.Ordinal));
    }

    [Fact]
    public void The_release_runs_issuerctl_on_every_platform_that_it_is_made_for()
    {
        YamlMappingNode job = (YamlMappingNode)Mapping(Root("release.yml"), "jobs")["platforms"];
        string[] programs = [.. ((YamlSequenceNode)job["strategy"]["matrix"]["include"]).Select(entry => $"{entry["program"]} {entry["runner"]}")];

        Assert.Equal(["issuerctl-linux-arm64 ubuntu-24.04-arm", "issuerctl-osx-arm64 macos-15", "issuerctl-osx-x64 macos-15-intel", "issuerctl-win-x64.exe windows-2025"], programs);
        Assert.Contains("tests/tools/platform.sh \"$PROGRAM\"", $"{job["steps"]}", StringComparison.Ordinal);
        Assert.Contains("platforms", $"{Mapping(Root("release.yml"), "jobs")["publish"]["needs"]}", StringComparison.Ordinal);
    }

    // The lines of the step that looks, on what this tree has.
    [Theory]
    [InlineData("https://github.com", "o/issuer-gateway", 1)]
    [InlineData("", "", 1)]
    public void The_step_that_looks_for_the_address_ends_the_job(string server, string repository, int exitCode)
    {
        string script = $"{Steps("release.yml").Single(step => step.Children.ContainsKey("id") && $"{step["id"]}" == "address")["run"]}";

        Command run = Command.Run("env", $"GITHUB_SERVER_URL={server}", $"GITHUB_REPOSITORY={repository}", "GITHUB_OUTPUT=/dev/null", "bash", "-e", "-c", script);

        Assert.True(run.ExitCode == exitCode, run.Transcript);
        Assert.StartsWith("::error::RepositoryUrl in Directory.Build.props is \"\"", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_workflow_that_was_never_run_says_so()
    {
        string kind = File.ReadAllText(PathOf("kind.yml"));

        Assert.Contains("# It has never been run:", kind, StringComparison.Ordinal);
        Assert.All(["charts/issuer-gateway", "charts/oauth2-proxy-workload", "charts/workload-identity", "service-account-issuer", "helm test gateway"], part => Assert.Contains(part, kind, StringComparison.Ordinal));
    }

    [Fact]
    public void Where_something_can_be_signed_no_tool_of_a_package_registry_runs()
    {
        YamlMappingNode[] signing = [.. Mapping(Root("release.yml"), "jobs").Children.Select(job => (YamlMappingNode)job.Value)
            .Where(job => job.Children.ContainsKey("permissions") && Mapping(job, "permissions").Children.ContainsKey("id-token"))];

        Assert.Single(signing);
        Assert.All(["sbom.sh", "dotnet", "npm", "setup-dotnet"], tool => Assert.DoesNotContain(tool, $"{signing[0]["steps"]}", StringComparison.Ordinal));
    }

    [Fact]
    public void Renovate_pins_digests()
    {
        string renovate = File.ReadAllText(Path.Combine(KitFolder.Root, ".github", "renovate.json"));

        Assert.Matches(Extends(), renovate);
    }

    [GeneratedRegex("\"extends\": \\[[^]]*\"docker:pinDigests\"[^]]*\"helpers:pinGitHubActionDigests\"")]
    private static partial Regex Extends();

    private static string PathOf(string workflow) => Path.Combine(KitFolder.Root, ".github", "workflows", workflow);

    private static YamlMappingNode Root(string workflow)
    {
        using StreamReader text = File.OpenText(PathOf(workflow));
        YamlStream yaml = [];
        yaml.Load(text);
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    private static IEnumerable<YamlMappingNode> Steps(string workflow) =>
        Mapping(Root(workflow), "jobs").Children.Values.SelectMany(job => ((YamlSequenceNode)job["steps"]).Children.Cast<YamlMappingNode>());

    private static YamlMappingNode Mapping(YamlMappingNode node, string key) => (YamlMappingNode)node[key];
}
