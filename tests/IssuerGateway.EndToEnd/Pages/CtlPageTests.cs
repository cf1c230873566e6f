using System.Globalization;
using System.Text.RegularExpressions;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.EndToEnd.Kit;
using IssuerGateway.EndToEnd.Story;
using IssuerGateway.Tests.Ctl.EntraApp;

namespace IssuerGateway.EndToEnd.Pages;

/// <summary>
/// Each command of docs/how-to/issuerctl.md prints what the page shows below it. They are run in the order of the page, on one
/// cluster and one tenant; in the page "…" stands for the rest of a line, or for lines that are left out.
/// </summary>
public sealed class CtlPageTests
{
    private const string Page = "docs/how-to/issuerctl.md";

    /// <summary>What was seen on the day of each walkthrough.</summary>
    private const string Record = "docs/contributing/walkthroughs.md";

    private static readonly PageBlock[] blocks = [.. PageBlock.Of(Page).Where(block => block.Language == "text" && block.Text.StartsWith("$ issuerctl ", StringComparison.Ordinal))];

    [Fact]
    public async Task Each_command_prints_what_the_page_shows()
    {
        await using StorySite site = await StorySite.StartAsync("127.77.0.2");
        site.Write("token-before.jwt", site.Cluster.Hosts[1].Mint(TimeSpan.FromHours(1)));
        List<string> faults = [];
        for (int i = 0; i < blocks.Length; i++)
        {
            await PrepareAsync(site, blocks[i].Text);
            faults.AddRange(Fault(site, blocks[i]));
        }

        Assert.True(faults.Count == 0, string.Join("\n\n", faults));
    }

    [Theory]
    [InlineData("issuerctl check")]
    [InlineData("issuerctl cluster inspect")]
    [InlineData("issuerctl cluster plan")]
    [InlineData("issuerctl cluster verify")]
    [InlineData("issuerctl trust render")]
    [InlineData("issuerctl trust plan")]
    [InlineData("issuerctl trust apply")]
    [InlineData("issuerctl trust verify")]
    [InlineData("issuerctl trust test")]
    [InlineData("issuerctl trust drift")]
    [InlineData("issuerctl trust remove")]
    public void Each_verb_is_shown(string verb) => Assert.Contains(blocks, block => block.Text.StartsWith($"$ {verb} ", StringComparison.Ordinal));

    // The pages that lead to a sign-in show what apply prints, for names of their own.
    [Fact]
    public void The_output_of_apply_is_the_same_on_every_page()
    {
        const string ends = "federated credential: created\nthe token endpoint may need some minutes more before the first sign-in works (AADSTS700211 until then)\nclient id: ";
        PageBlock[] shown = [.. PageBlock.Pages.Where(page => page != Record).SelectMany(PageBlock.Of).Where(block => block.Text.Contains("federated credential: created", StringComparison.Ordinal))];

        Assert.True(shown.Length >= 4, "the pages show no apply");
        Assert.All(shown, block => Assert.True(block.Text.Contains(ends, StringComparison.Ordinal), $"{block.Page}:{block.Line}"));
    }

    [Theory]
    [InlineData("a\nb\n", "a\nb\n", true)]
    [InlineData("a\n…\nd\n", "a\nb\nc\nd\n", true)]
    [InlineData("a\n…\nd\n", "a\nd\n", true)]
    [InlineData("at … UTC\n", "at 12:00 UTC\n", true)]
    [InlineData("at … UTC\n", "at 12:00\nUTC\n", false)]
    [InlineData("a\nc\n", "a\nb\n", false)]
    [InlineData("a\n", "a\nb\n", false)]
    [InlineData("a.c\n", "abc\n", false)]
    public void A_difference_is_noticed(string shown, string printed, bool fits) => Assert.Equal(fits, Fits(shown, printed));

    // What the reader did between two commands: the rolls of the plan, the gateway, a token of the workload, the keys that were uploaded.
    private static async Task PrepareAsync(StorySite site, string block)
    {
        if (block.StartsWith("$ issuerctl cluster verify ", StringComparison.Ordinal) && block.Contains("--after-roll 1 ", StringComparison.Ordinal))
        {
            site.Cluster.RunAll($"--service-account-issuer={StorySite.Old}", $"--service-account-issuer={StorySite.New}");
        }
        else if (block.StartsWith("$ issuerctl check ", StringComparison.Ordinal))
        {
            site.Cluster.RunAll($"--service-account-issuer={StorySite.New}", $"--service-account-issuer={StorySite.Old}");
            await site.PublishAsync();
            site.Write("token.jwt", site.Mint(new ServiceAccount("apps", "shop", Guid.NewGuid()), "api://AzureADTokenExchange"));
            site.Write("graph-token", GraphStandIn.Token);
        }
        else if (block.StartsWith("$ issuerctl trust drift ", StringComparison.Ordinal))
        {
            using HttpClient party = site.Internet();
            string published = site.Write("keys.json", await party.GetStringAsync(new Uri($"{StorySite.New}/openid/v1/jwks")));
            site.Write("provider.json", (await File.ReadAllTextAsync(published)).Replace(site.Cluster.Hosts[0].Key.KeyId, "the-key-of-last-year", StringComparison.Ordinal));
        }
    }

    private static IEnumerable<string> Fault(StorySite site, PageBlock block)
    {
        Match parts = Regex.Match(block.Text, @"^\$ (?<command>(?:.*\\\n)*.*\n)(?<shown>(?:.*\n)*)$");
        string script = string.Join('\n', "exec 2>&1", $"issuerctl() {{ dotnet {CtlProgram.Path} \"$@\" {Options(site, block.Text)}; }}", OfSite(site, parts.Groups["command"].Value));
        string printed = OfPage(site, Command.RunIn(site.Directory.Path, "bash", "-c", script).Output);
        if (!Fits(parts.Groups["shown"].Value, printed))
        {
            yield return $"{Page}:{block.Line}: {parts.Groups["command"].Value}{printed}";
        }
    }

    // The way to the stand-ins.
    private static string Options(StorySite site, string command) => Regex.Match(command, @"^\$ issuerctl (\w+ \S+)").Groups[1].Value switch
    {
        ['c', 'l', 'u', ..] => $"--kubeconfig {site.Kubeconfig}",
        ['c', 'h', ..] => $"--ca {site.GatewayRoots} --resolve {site.Resolve}",
        "trust plan" or "trust apply" => $"--graph-endpoint {site.Graph.Url} --access-token-file graph-token --ca {site.Roots} --resolve {site.Resolve}",
        "trust verify" or "trust remove" => $"--graph-endpoint {site.Graph.Url} --access-token-file graph-token",
        "trust test" => $"--endpoint {site.Entra.Url} --ca {site.Roots}",
        _ => "",
    };

    private static string OfSite(StorySite site, string text) => Names(site).Aggregate(text, (result, name) => result.Replace(name.OnPage, name.AtSite, StringComparison.Ordinal));

    private static string OfPage(StorySite site, string text) => Names(site).Aggregate(text, (result, name) => result.Replace(name.AtSite, name.OnPage, StringComparison.Ordinal));

    private static IEnumerable<(string OnPage, string AtSite)> Names(StorySite site) =>
    [
        .. site.Cluster.Hosts.Select((host, i) => (string.Create(CultureInfo.InvariantCulture, $"192.0.2.1{i + 1}:6443"), $"127.0.0.1:{host.Port}")),
        ("TENANT_ID", StorySite.Tenant), ("CLIENT_ID", GraphStandIn.AppId),
        .. site.Entra is null ? [] : ((string, string)[])[("https://login.microsoftonline.com", site.Entra.Url)],
    ];

    private static bool Fits(string shown, string printed)
    {
        string pattern = string.Concat(shown.Split('\n', StringSplitOptions.None)[..^1].Select(line => line == "…" ? "(?:.*\n)*" : Regex.Escape(line).Replace("…", ".*", StringComparison.Ordinal) + "\n"));
        return Regex.IsMatch(printed, $@"\A{pattern}\z");
    }
}
