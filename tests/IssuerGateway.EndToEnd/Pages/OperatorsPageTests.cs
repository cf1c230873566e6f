using System.Net;
using System.Text.RegularExpressions;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.EndToEnd.Kit;
using IssuerGateway.Publishing.Reporting;
using IssuerGateway.Tests.Cli.Page;

namespace IssuerGateway.EndToEnd.Pages;

/// <summary>The page as a browser renders it, and where it is served.</summary>
public sealed class OperatorsPageTests
{
    private static readonly bool isUpdating = Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";

    [Fact]
    public async Task The_gateway_serves_it_to_operators_and_not_to_the_internet()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync(servers: 3);
        await using GatewayRun gateway = await site.ServeUntilReadyAsync();
        using HttpClient relyingParty = site.Public();

        Command browser = Browser.Dump($"http://localhost:{site.OperationsPort}/");

        Assert.True(browser.ExitCode == 0, browser.Transcript);
        Assert.All(
            ["The issuer is published", site.Issuer, site.Cluster.Server.Keys[0].KeyId, site.Cluster.Servers[2].Url.Authority, "localhost"],
            text => Assert.Contains(text, browser.Output, StringComparison.Ordinal));
        Assert.Matches(@"last \d+ refreshes: \d+ accepted from every API server", browser.Output);
        Assert.DoesNotContain("Content Security Policy", browser.Error, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await relyingParty.GetAsync("/")).StatusCode);
        Assert.DoesNotContain(await File.ReadAllTextAsync(site.TokenFile), browser.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("loadbalancer-acme", "deployment")]
    [InlineData("hostports", "daemonset")]
    public void The_notes_name_the_command_and_the_URL(string set, string kind)
    {
        foreach (string helm in Helm.Versions)
        {
            string notes = Helm.Notes(helm, RenderedChart.Gateway, RenderedChart.ValuesFile(RenderedChart.Gateway, set));

            Assert.Contains($"at http://127.0.0.1:9090/ while this runs:\n  kubectl port-forward -n ns {kind}/rel-issuer-gateway 9090:9090\n", notes, StringComparison.Ordinal);
        }
    }

    // A page that another site made cannot read it: its name resolves here, or its request is cross-site.
    [Theory]
    [InlineData("Host", "attacker.example")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task The_gateway_does_not_serve_it_to_pages_of_others(string header, string value)
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using GatewayRun gateway = await site.ServeUntilReadyAsync();
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
        using HttpRequestMessage request = new(HttpMethod.Get, $"http://127.0.0.1:{site.OperationsPort}/");
        request.Headers.TryAddWithoutValidation(header, value);

        Assert.Equal(HttpStatusCode.Forbidden, (await http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task A_hostile_key_id_is_text()
    {
        const string text = SampleStatus.HostileText;
        IssuerStatus issuer = SampleStatus.Issuer("https://oidc.example.com") with
        {
            Keys = [SampleStatus.Key(text, age: 3)],
            Findings = [new FindingStatus("kid-conflict", "error", text, text)],
        };
        await using ServedPage page = await ServedPage.StartAsync(SampleStatus.Of(issuer));

        Command browser = Browser.Dump(page.Url);

        Assert.True(browser.ExitCode == 0, browser.Transcript);
        Assert.Contains("<title>The issuer is published, 1 finding to look at - issuer-gateway</title>", browser.Output, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;document.title='run'&lt;/script&gt;", browser.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", browser.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", browser.Output, StringComparison.Ordinal);
    }

    // What would happen if a text did become markup: the policy runs no script and applies no other style.
    [Fact]
    public async Task The_policy_stops_what_the_encoder_would_let_through()
    {
        await using ServedPage page = await ServedPage.StartAsync(SampleStatus.WithFindings);
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
        string policy = (await http.GetAsync(page.Url)).Headers.GetValues("Content-Security-Policy").Single();
        string file = Path.Combine(Directory.CreateTempSubdirectory("issuer-gateway-page-").FullName, "injected.html");
        await File.WriteAllTextAsync(file, $"<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\"><title>as it was</title><script>document.title='run'</script><p style=\"color:red\">");

        Command browser = Browser.Dump(new Uri(file).AbsoluteUri);

        Assert.Contains("<title>as it was</title>", browser.Output, StringComparison.Ordinal);
        Assert.Contains("Content Security Policy", browser.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thousand_issuers_are_rendered()
    {
        await using ServedPage page = await ServedPage.StartAsync(SampleStatus.Of([.. Enumerable.Range(0, 1000).Select(i => SampleStatus.Issuer($"https://oidc-{i}.example.com"))]));

        Command browser = Browser.Dump(page.Url);

        Assert.True(browser.ExitCode == 0, browser.Transcript);
        Assert.Equal(1000, Regex.Count(browser.Output, "<summary>"));
        Assert.EndsWith("</body></html>", browser.Output.Trim(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("operators-page", 900, 820)]
    [InlineData("operators-page-dark", 900, 820, "--force-dark-mode")]
    [InlineData("operators-page-phone", 500, 1000)]
    public async Task Findings_are_shown_in_light_and_dark_and_on_a_phone(string name, int width, int height, params string[] options)
    {
        await using ServedPage page = await ServedPage.StartAsync(SampleStatus.WithFindings);
        string file = isUpdating
            ? Path.Combine(KitFolder.Root, "docs", "images", $"{name}.png")
            : Path.Combine(Directory.CreateTempSubdirectory("issuer-gateway-page-").FullName, $"{name}.png");

        Command browser = Browser.Screenshot(page.Url, file, width, height, options);

        Assert.True(browser.ExitCode == 0 && File.Exists(file), browser.Transcript);
        Assert.DoesNotContain("Content Security Policy", browser.Error, StringComparison.Ordinal);
        Assert.True(new FileInfo(file).Length > 10_000, "an empty page");
    }
}
