using System.Text.RegularExpressions;
using IssuerGateway.EndToEnd.Kit;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.EndToEnd.Security;

/// <summary>What the workflows name exists: files, image targets, artifacts, secrets, and the permission that each step needs.</summary>
public sealed partial class WorkflowReferenceTests
{
    private const string Release = "release.yml";

    public static TheoryData<string> Workflows => WorkflowTests.Workflows;

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Every_file_that_a_script_names_is_there(string workflow) => Assert.Empty(MissingFiles(File.ReadAllText(PathOf(workflow))));

    [Fact]
    public void Every_image_target_is_in_the_Dockerfile()
    {
        string dockerfile = File.ReadAllText(Path.Combine(KitFolder.Root, "Dockerfile"));
        string[] targets = [.. Target().Matches(File.ReadAllText(PathOf(Release))).Select(match => match.Groups[1].Value).Distinct()];

        Assert.Equal(["build", "issuerctl"], targets.Order(StringComparer.Ordinal));
        Assert.All(targets, target => Assert.Matches($@"(?m)^FROM \S+ AS {target}$", dockerfile));
    }

    [Fact]
    public void Every_artifact_that_is_downloaded_was_uploaded_by_a_job_that_is_waited_for()
    {
        YamlMappingNode jobs = Jobs(Release);
        string[] awaited = [.. ((YamlSequenceNode)jobs["publish"]["needs"]).Select(job => $"{job}")];
        string[] uploaded = [.. awaited.SelectMany(job => With((YamlMappingNode)jobs[job], "actions/upload-artifact")).Select(with => $"{with["name"]}")];
        YamlMappingNode[] downloads = [.. With((YamlMappingNode)jobs["publish"], "actions/download-artifact")];

        Assert.Equal(3, downloads.Length);
        Assert.All(downloads, with => Assert.Contains(uploaded, name => with.Children.ContainsKey("pattern")
            ? name.StartsWith($"{with["pattern"]}".TrimEnd('*'), StringComparison.Ordinal)
            : name == $"{with["name"]}"));
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void No_secret_is_needed_but_the_token_of_the_workflow(string workflow) =>
        Assert.All(Secret().Matches(File.ReadAllText(PathOf(workflow))), match => Assert.Equal("GITHUB_TOKEN", match.Groups[1].Value));

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Each_job_has_the_permissions_of_its_steps(string workflow) =>
        Assert.All(Jobs(workflow).Children, job => Assert.Equal(Needed($"{job.Value["steps"]}"), Granted((YamlMappingNode)job.Value)));

    [Fact]
    public void A_missing_file_and_a_needed_permission_are_noticed()
    {
        Assert.Equal(["tests/no-such.sh"], MissingFiles("run: tests/no-such.sh issuerctl && node charts/package.mjs"));
        Assert.Equal(["id-token", "packages"], Needed("docker login ghcr.io; cosign sign --yes image"));
    }

    private static IEnumerable<string> MissingFiles(string text) => Named().Matches(text)
        .Select(match => match.Value.TrimEnd('.', '/', ':', ','))
        .Where(path => !path.Contains("artifacts", StringComparison.Ordinal) && !Path.Exists(Path.Combine(KitFolder.Root, path)))
        .Distinct();

    private static string[] Needed(string steps)
    {
        (string Step, string[] Permissions)[] needs =
        [
            ("docker login", ["packages"]), ("helm registry login", ["packages"]), ("cosign sign", ["id-token"]), ("cosign attest", ["id-token"]),
            ("actions/attest@", ["attestations", "id-token"]), ("gh release create", ["contents"]),
        ];
        return [.. needs.Where(need => steps.Contains(need.Step, StringComparison.Ordinal)).SelectMany(need => need.Permissions).Distinct().Order(StringComparer.Ordinal)];
    }

    private static string[] Granted(YamlMappingNode job) => job.Children.TryGetValue("permissions", out YamlNode? granted)
        ? [.. ((YamlMappingNode)granted).Children.Where(each => $"{each.Value}" == "write").Select(each => $"{each.Key}").Order(StringComparer.Ordinal)]
        : [];

    private static IEnumerable<YamlMappingNode> With(YamlMappingNode job, string action) => ((YamlSequenceNode)job["steps"]).Children.Cast<YamlMappingNode>()
        .Where(step => step.Children.TryGetValue("uses", out YamlNode? uses) && $"{uses}".StartsWith(action, StringComparison.Ordinal))
        .Select(step => (YamlMappingNode)step["with"]);

    private static YamlMappingNode Jobs(string workflow)
    {
        using StreamReader text = File.OpenText(PathOf(workflow));
        YamlStream yaml = [];
        yaml.Load(text);
        return (YamlMappingNode)yaml.Documents[0].RootNode["jobs"];
    }

    private static string PathOf(string workflow) => Path.Combine(KitFolder.Root, ".github", "workflows", workflow);

    // Not in an address, and not a part of a longer path.
    [GeneratedRegex(@"(?<![\w./$}-])(?:\.ci|tests|charts|manifests|src|docs)/[\w./-]+(?![\w./*$-])", RegexOptions.CultureInvariant)]
    private static partial Regex Named();

    [GeneratedRegex(@"--target (\S+)", RegexOptions.CultureInvariant)]
    private static partial Regex Target();

    [GeneratedRegex(@"\bsecrets\.(\w+)", RegexOptions.CultureInvariant)]
    private static partial Regex Secret();
}
