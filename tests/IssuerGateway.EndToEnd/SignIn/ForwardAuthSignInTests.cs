using System.Net;
using IssuerGateway.EndToEnd.Kit;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>Forward-auth as a person meets it: the example of nginx or Caddy in front of the application, and the real OAuth2 Proxy behind both.</summary>
public sealed class ForwardAuthSignInTests
{
    private const string Shop = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
    private const string Wiki = "bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee";

    public static TheoryData<string> Proxies => ["nginx", "caddy"];

    [Theory]
    [MemberData(nameof(Proxies))]
    public Task A_member_is_sent_to_sign_in_and_comes_back_to_the_page(string proxy) => PlayAsync(proxy, async (stage, browser) =>
    {
        browser.Person = "ada";

        Reply reply = await browser.OpenAsync($"https://{ForwardAuthExample.Host}/basket?item=1");

        Assert.Equal($"https://{ForwardAuthExample.Host}/basket?item=1", reply.Url.ToString());
        Assert.StartsWith("reached /basket\n", reply.Body, StringComparison.Ordinal);
        Assert.Contains("\nX-Forwarded-Email: ada@example.com\n", reply.Body, StringComparison.Ordinal);
        Assert.Contains($"\nX-Forwarded-Groups: {Shop}\n", reply.Body, StringComparison.Ordinal);
    });

    [Theory]
    [MemberData(nameof(Proxies))]
    public Task A_member_of_another_application_gets_403_here(string proxy) => PlayAsync(proxy, async (stage, browser) =>
    {
        browser.Person = "bob";

        Assert.Equal(HttpStatusCode.Forbidden, (await browser.OpenAsync($"https://{ForwardAuthExample.Host}/basket")).Status);
    });

    [Theory]
    [MemberData(nameof(Proxies))]
    public Task A_stranger_gets_403_at_the_sign_in(string proxy) => PlayAsync(proxy, async (stage, browser) =>
    {
        browser.Person = "eve";

        Assert.Equal(HttpStatusCode.Forbidden, (await browser.OpenAsync($"https://{ForwardAuthExample.Host}/basket")).Status);
    });

    [Theory]
    [InlineData("nginx", "X-Forwarded-Uri", "/public/x")]
    [InlineData("caddy", "X-Forwarded-Uri", "/public/x")]
    [InlineData("nginx", "X-Real-IP", "192.0.2.1")]
    [InlineData("caddy", "X-Real-IP", "192.0.2.1")]
    [InlineData("nginx", "X-Forwarded-For", "192.0.2.1")]
    [InlineData("caddy", "X-Forwarded-For", "192.0.2.1")]
    public Task A_header_of_the_client_opens_nothing(string proxy, string header, string value) => PlayAsync(proxy, async (stage, browser) =>
    {
        Reply reply = await browser.OpenAsync($"https://{ForwardAuthExample.Host}/basket", (header, value));

        Assert.True(reply.IsSignInPage, reply.Body);
    }, "--skip-auth-route=GET=^/public/", "--trusted-ip=192.0.2.1");

    [Theory]
    [InlineData("nginx", "X-Forwarded-User")]
    [InlineData("caddy", "X-Forwarded-User")]
    [InlineData("nginx", "X-Forwarded-Groups")]
    [InlineData("caddy", "X-Forwarded-Groups")]
    [InlineData("nginx", "X-Forwarded-Preferred-Username")]
    [InlineData("caddy", "X-Forwarded-Preferred-Username")]
    [InlineData("nginx", "X-Auth-Request-Email")]
    [InlineData("caddy", "X-Auth-Request-Email")]
    public Task A_signed_in_member_is_nobody_else(string proxy, string header) => PlayAsync(proxy, async (stage, browser) =>
    {
        browser.Person = "ada";

        Reply reply = await browser.OpenAsync($"https://{ForwardAuthExample.Host}/basket", (header, "root"));

        Assert.Contains("\nX-Forwarded-Email: ada@example.com\n", reply.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("root", reply.Body, StringComparison.Ordinal);
    });

    [Theory]
    [MemberData(nameof(Proxies))]
    public Task After_sign_in_nobody_is_sent_to_another_host(string proxy) => PlayAsync(proxy, async (stage, browser) =>
    {
        browser.Person = "ada";

        Reply reply = await browser.OpenAsync($"{stage.Url}/oauth2/start?rd=https%3A%2F%2Fevil.example%2F");

        Assert.Equal(stage.Workload.Host, reply.Url.Host);
    });

    private static async Task PlayAsync(string proxy, Func<SignInStage, Browser, Task> play, params string[] more)
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("forward-auth"));
        // nginx and Caddy run on this machine, so its loopback is the range that is trusted.
        OAuth2Proxy auth = await stage.StartProxyAsync(environment => environment with { TrustedRange = "127.0.0.0/8", MoreArguments = more });
        await using ForwardAuthExample example = await ForwardAuthExample.StartAsync(proxy, auth.Port, stage.App.Port);
        stage.Directory.Add(new Person("ada") { Groups = [Shop] });
        stage.Directory.Add(new Person("bob") { Groups = [Wiki] });
        stage.AddStranger("eve");

        await play(stage, stage.Open(new Dictionary<string, Front>
        {
            [stage.Workload.Host] = stage.Gateway(auth),
            [ForwardAuthExample.Host] = new Front(example.Port) { From = IPAddress.Loopback },
        }));
    }
}
