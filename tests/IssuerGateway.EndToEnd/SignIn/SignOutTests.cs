using System.Net;
using IssuerGateway.EndToEnd.Kit;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>Sign-out as README.md and the notes describe it, with the real OAuth2 Proxy.</summary>
public sealed class SignOutTests
{
    [Theory]
    [InlineData("httproute")]
    [InlineData("everything-else", "signOutOfEntra=true")]
    public async Task The_link_of_the_notes_signs_out_of_the_application_and_of_Entra(string set, params string[] values)
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart(set, values));
        OAuth2Proxy proxy = await stage.StartProxyAsync();
        stage.AddMember("ada");
        Browser browser = stage.Open(proxy, "ada");
        await browser.OpenAsync(stage.Url);
        browser.Person = null;

        Reply left = await browser.OpenAsync(Link(set, values));
        Reply again = await browser.OpenAsync(stage.Url);

        Assert.Contains("You signed out of your account", left.Body, StringComparison.Ordinal);
        Assert.True(again.IsSignInPage, again.Body);
    }

    [Fact]
    public async Task Sign_out_alone_signs_in_again_at_once()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute"));
        OAuth2Proxy proxy = await stage.StartProxyAsync();
        stage.AddMember("ada");
        Browser browser = stage.Open(proxy, "ada");
        await browser.OpenAsync(stage.Url);
        browser.Person = null;

        await browser.SendAsync($"{stage.Url}/oauth2/sign_out");

        Assert.DoesNotContain("__Host-oauth2_proxy", browser.Cookies.NamesFor(stage.Url));
        Assert.Equal(HttpStatusCode.OK, (await browser.OpenAsync(stage.Url)).Status);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("https://login.microsoftonline.com.evil.example/")]
    [InlineData("//evil.example/")]
    public async Task Sign_out_leads_to_no_other_host(string address)
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute"));
        OAuth2Proxy proxy = await stage.StartProxyAsync();

        Reply reply = await stage.Open(proxy).SendAsync($"{stage.Url}/oauth2/sign_out?rd={Uri.EscapeDataString(address)}");

        Assert.Equal("/", reply.Location!.ToString());
    }

    private static string Link(string set, string[] values)
    {
        string notes = Helm.Notes(Helm.Four, RenderedChart.Workload, RenderedChart.ValuesFile(RenderedChart.Workload, set), values);
        return notes.Split('\n').Select(line => line.Trim()).Single(line => line.StartsWith("https://", StringComparison.Ordinal) && line.Contains("sign_out", StringComparison.Ordinal));
    }
}
