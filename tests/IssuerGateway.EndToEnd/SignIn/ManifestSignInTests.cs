using System.Net;
using System.Text.RegularExpressions;
using IssuerGateway.EndToEnd.Kit;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>The walk-through, the component and the commands of the pages, with the real OAuth2 Proxy.</summary>
public sealed partial class ManifestSignInTests
{
    [Theory]
    [InlineData("charts/oauth2-proxy-workload/README.md", "azure-demo")]
    [InlineData("manifests/entra/README.md", "azure-demo")]
    [InlineData("docs/how-to/trust-entra.md", "azure-demo")]
    [InlineData("docs/how-to/forward-auth.md", "auth")]
    public async Task The_install_line_of_the_page_gives_the_subject_that_was_registered_and_signs_a_member_in(string page, string name)
    {
        string text = await File.ReadAllTextAsync(Path.Combine(KitFolder.Root, page));
        RenderedWorkload workload = Installed(text, name);

        Assert.Equal($"system:serviceaccount:azure-demo:{name}", workload.Credential.Subject);
        Assert.Contains($"--namespace azure-demo --service-account {name}", text, StringComparison.Ordinal);
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(workload);
        OAuth2Proxy proxy = await stage.StartProxyAsync();
        stage.AddMember("ada");
        stage.AddStranger("eve");

        Reply member = await stage.Open(proxy, "ada").OpenAsync(stage.Url);
        Reply stranger = await stage.Open(proxy, "eve").OpenAsync(stage.Url);

        Assert.Equal((name == "auth" ? HttpStatusCode.Accepted : HttpStatusCode.OK, HttpStatusCode.Forbidden), (member.Status, stranger.Status));
    }

    [Fact]
    public async Task The_walk_through_signs_a_member_in()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        string text = (await File.ReadAllTextAsync(Path.Combine(KitFolder.Manifests, "walk-through.yaml")))
            .Replace("<tenant-id>", "11111111-2222-3333-4444-555555555555", StringComparison.Ordinal)
            .Replace("<client-id>", "66666666-7777-8888-9999-000000000000", StringComparison.Ordinal)
            .Replace("<group-object-id>", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", StringComparison.Ordinal);

        await SignInAsync(RenderedWorkload.OfText(text));
    }

    [Fact]
    public async Task The_component_signs_a_member_in()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await SignInAsync(Component());
    }

    [Theory]
    [InlineData("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", true)]
    [InlineData("", false)]
    public async Task The_component_s_test_before_start_fails_for_an_empty_group(string group, bool passes)
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        RenderedWorkload workload = WithGroup(Component(), group);
        await using SignInStage stage = await SignInStage.SetAsync(workload);

        (int exitCode, string log) = await OAuth2Proxy.RunAsync(workload with { Container = "config-test" }, stage.ProxyEnvironment);

        Assert.True(passes == (exitCode == 0), log);
        Assert.Equal(!passes, log.Contains("error compiling regex /+/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_component_with_an_empty_group_admits_nobody()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(WithGroup(Component(), ""));
        OAuth2Proxy proxy = await stage.StartProxyAsync();
        stage.AddStranger("eve");

        Assert.Equal(HttpStatusCode.Forbidden, (await stage.Open(proxy, "eve").OpenAsync(stage.Url)).Status);
    }

    private static async Task SignInAsync(RenderedWorkload workload)
    {
        await using SignInStage stage = await SignInStage.SetAsync(workload);
        OAuth2Proxy proxy = await stage.StartProxyAsync();
        stage.AddMember("ada");
        stage.AddStranger("eve");

        Reply member = await stage.Open(proxy, "ada").OpenAsync($"{stage.Url}/basket");
        Reply stranger = await stage.Open(proxy, "eve").OpenAsync($"{stage.Url}/basket");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (member.Status, stranger.Status));
        Assert.Contains("\nX-Forwarded-Email: ada@example.com\n", member.Body, StringComparison.Ordinal);
    }

    // The command as it stands on the page, only by "template" in place of "install".
    private static RenderedWorkload Installed(string page, string name)
    {
        string line = Continued().Replace(page, " ").Split('\n').Select(each => each.Trim()).First(each => each.StartsWith($"helm install {name} charts/oauth2-proxy-workload ", StringComparison.Ordinal))
            .Replace("helm install", $"'{KitFolder.Tool(Helm.Four)}' template", StringComparison.Ordinal)
            .Replace("OTHER_GROUP_OBJECT_ID", "bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee", StringComparison.Ordinal)
            .Replace("GROUP_OBJECT_ID", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", StringComparison.Ordinal)
            .Replace("TENANT_ID", "11111111-2222-3333-4444-555555555555", StringComparison.Ordinal)
            .Replace("CLIENT_ID", "66666666-7777-8888-9999-000000000000", StringComparison.Ordinal);
        Command command = Command.Run("bash", "-c", line);
        Assert.True(command.ExitCode == 0, command.Transcript);
        return RenderedWorkload.OfText(command.Output);
    }

    [GeneratedRegex(@" *\\\n *")]
    private static partial Regex Continued();

    private static RenderedWorkload Component()
    {
        Command built = Command.Run(KitFolder.Tool("kubectl"), "kustomize", Path.Combine(KitFolder.Manifests, "examples", "own-deployment"));
        Assert.True(built.ExitCode == 0, built.Transcript);
        return RenderedWorkload.OfText(built.Output);
    }

    private static RenderedWorkload WithGroup(RenderedWorkload workload, string group)
    {
        workload.Objects.Single(each => each.Kind() == "ConfigMap" && each["data"]!["ALLOWED_GROUP"] is not null)["data"]!["ALLOWED_GROUP"] = group;
        return workload;
    }
}
