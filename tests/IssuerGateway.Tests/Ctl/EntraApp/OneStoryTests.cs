using System.Text.RegularExpressions;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>
/// The pages tell one story: the same app, host, namespace and ServiceAccount, each command whole, and below it what the
/// program prints. A command of one page with the namespace of another would end in AADSTS700213.
/// </summary>
public sealed partial class OneStoryTests : EntraProgramFixture
{
    private const string Tenant = "00000000-0000-0000-0000-000000000000";

    private static readonly string[] pages =
    [
        "charts/oauth2-proxy-workload/README.md", "docs/how-to/trust-entra.md", "docs/how-to/forward-auth.md", "docs/how-to/uninstall.md", "manifests/entra/README.md", "manifests/README.md", "README.md",
    ];

    [Theory]
    [InlineData("charts/oauth2-proxy-workload/README.md")]
    [InlineData("docs/how-to/trust-entra.md")]
    [InlineData("manifests/entra/README.md")]
    public async Task What_the_page_shows_is_what_apply_prints(string page)
    {
        (string command, string shown) = Commands(page).Single(each => each.Command.StartsWith("issuerctl trust apply entra-app ", StringComparison.Ordinal) && each.Output.Length > 0);

        ProgramResult run = await RunPageAsync(command);

        // A terminal shows what goes to standard error as well.
        string[] told = ForReaders(run.Error).Split('\n');
        string[] lines = shown.Split('\n');
        Assert.All(told, line => Assert.Contains(line, lines));
        Assert.Equal((0, string.Join('\n', lines.Where(line => !told.Contains(line)))), (run.ExitCode, ForReaders(run.Output)));
    }

    [Fact]
    public async Task Plan_of_the_page_shows_the_same_and_then_nothing_to_change()
    {
        string plan = Commands("docs/how-to/trust-entra.md").Single(each => each.Command.StartsWith("issuerctl trust plan entra-app ", StringComparison.Ordinal)).Command;
        string apply = Commands("docs/how-to/trust-entra.md").Single(each => each.Command.StartsWith("issuerctl trust apply entra-app ", StringComparison.Ordinal)).Command;

        Assert.Contains("9 to add, 0 to change, 0 to remove\n", (await RunPageAsync(plan)).Output, StringComparison.Ordinal);
        await RunPageAsync(apply);
        Assert.Contains("nothing to change\n", (await RunPageAsync(plan)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Remove_of_the_page_takes_away_what_apply_of_the_other_made()
    {
        string apply = Commands("docs/how-to/trust-entra.md").Single(each => each.Command.StartsWith("issuerctl trust apply entra-app ", StringComparison.Ordinal)).Command;
        string remove = Commands("docs/how-to/uninstall.md").Single(each => each.Command.StartsWith("issuerctl trust remove entra-app ", StringComparison.Ordinal)).Command;
        await RunPageAsync(apply);

        ProgramResult run = await RunPageAsync($"{remove} --yes");

        Assert.Equal(0, run.ExitCode);
        Assert.Null(Graph.Application);
    }

    [Fact]
    public void Each_command_about_the_workload_names_the_same_namespace()
    {
        string[] commands = [.. pages.SelectMany(Commands).Select(each => each.Command).Where(command =>
            (command.Contains(" entra-app ", StringComparison.Ordinal) && !command.Contains(" --app-name shop ", StringComparison.Ordinal)) || command.Contains("charts/oauth2-proxy-workload", StringComparison.Ordinal) || command.Contains("azure-demo", StringComparison.Ordinal))];

        Assert.True(commands.Length >= 10, string.Join('\n', commands));
        Assert.All(commands.SelectMany(command => Namespace().Matches(command)), match => Assert.Equal("azure-demo", match.Groups[1].Value));
        Assert.All(commands.Where(command => command.Contains("--app-name oauth2-proxy ", StringComparison.Ordinal)), command =>
        {
            Assert.Contains(" --host app.example.com ", command, StringComparison.Ordinal);
            Assert.Contains(" --service-account azure-demo", command, StringComparison.Ordinal);
        });
    }

    // Whole: nothing left out, no option without its value.
    [Fact]
    public void No_command_is_cut() => Assert.All(
        pages.SelectMany(Commands).Select(each => each.Command).Where(command => command.Contains("entra-app", StringComparison.Ordinal) || command.StartsWith("helm install azure-demo", StringComparison.Ordinal) || command.StartsWith("helm install auth", StringComparison.Ordinal)),
        command => Assert.DoesNotContain('…', command));

    private async Task<ProgramResult> RunPageAsync(string command)
    {
        string token = Path.Combine(Folder.FullName, "page-token");
        await File.WriteAllTextAsync(token, GraphStandIn.Token);
        return await RunLineAsync($"{command.Replace("TENANT_ID", Tenant, StringComparison.Ordinal)["issuerctl ".Length..]} --access-token-file {token} --graph-endpoint {Graph.Url}");
    }

    private static string ForReaders(string output) => output.TrimEnd('\n')
        .Replace(Tenant, "TENANT_ID", StringComparison.Ordinal)
        .Replace(GraphStandIn.AppId, "CLIENT_ID", StringComparison.Ordinal);

    // Each command of the shell blocks of a page, lines joined, with the block below it that shows the output of its last one.
    private static IEnumerable<(string Command, string Output)> Commands(string page)
    {
        MatchCollection blocks = Block().Matches(File.ReadAllText(Repository.File(page)));
        for (int i = 0; i < blocks.Count; i++)
        {
            if (blocks[i].Groups["language"].Value != "sh")
            {
                continue;
            }

            string[] commands = [.. Continued().Replace(Text(blocks[i]), " ").Split('\n', StringSplitOptions.RemoveEmptyEntries)];
            string output = i + 1 < blocks.Count && blocks[i + 1].Groups["language"].Value == "text" ? Text(blocks[i + 1]) : "";
            for (int each = 0; each < commands.Length; each++)
            {
                yield return (commands[each].Trim(), each == commands.Length - 1 ? output : "");
            }
        }
    }

    // Without the indentation of a list item.
    private static string Text(Match block) =>
        string.Join('\n', block.Groups["text"].Value.TrimEnd().Split('\n').Select(line => line.StartsWith(block.Groups["indent"].Value, StringComparison.Ordinal) ? line[block.Groups["indent"].Length..] : line));

    [GeneratedRegex(@"^(?<indent> *)```(?<language>\w*)\n(?<text>.*?)^\k<indent>```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@" *\\\n *")]
    private static partial Regex Continued();

    [GeneratedRegex(@"(?:--namespace|(?<=\s)-n) ([a-z0-9-]+)")]
    private static partial Regex Namespace();
}
