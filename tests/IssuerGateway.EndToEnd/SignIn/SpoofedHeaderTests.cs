using System.Net;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>Headers that a client, another pod or a signed-in user sends: none of them opens anything or makes anybody somebody else.</summary>
public sealed class SpoofedHeaderTests
{
    private const string Public = "proxy.flags.skip-auth-route={GET=^/public/}";

    [Fact]
    public async Task A_client_that_sends_X_Forwarded_Uri_does_not_skip_the_sign_in()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute", Public));
        OAuth2Proxy proxy = await stage.StartProxyAsync();
        Front gateway = stage.Gateway(proxy);
        (string, string) header = ("X-Forwarded-Uri", "/public/x");

        Assert.Equal(HttpStatusCode.OK, (await stage.Open(gateway).SendAsync($"{stage.Url}/public/x")).Status);
        Assert.Equal(HttpStatusCode.Found, (await stage.Open(gateway).SendAsync($"{stage.Url}/admin", header)).Status);
        // Another pod is not a trusted proxy, so its header is not believed.
        Front pod = gateway with { From = IPAddress.Loopback, IsGateway = false, RemovedHeaders = [] };
        Assert.Equal(HttpStatusCode.Found, (await stage.Open(pod).SendAsync($"{stage.Url}/admin", header)).Status);
        // Without the filter of the HTTPRoute it would: what the guards are for.
        Assert.Equal(HttpStatusCode.OK, (await stage.Open(gateway with { RemovedHeaders = [] }).SendAsync($"{stage.Url}/admin", header)).Status);
    }

    [Fact]
    public async Task A_client_that_sends_X_Real_IP_is_no_trusted_address()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute", "proxy.flags.trusted-ip=192.0.2.1", "acknowledgedRisks={trusted-ip}"));
        OAuth2Proxy proxy = await stage.StartProxyAsync();
        Front gateway = stage.Gateway(proxy);
        (string, string) header = ("X-Real-IP", "192.0.2.1");

        Assert.Equal(HttpStatusCode.Found, (await stage.Open(gateway).SendAsync($"{stage.Url}/admin", header)).Status);
        // Why trusted-ip needs an acknowledgement even behind an HTTPRoute: from another pod, no trusted proxy, the header counts too.
        Assert.Equal(HttpStatusCode.OK, (await stage.Open(gateway with { From = IPAddress.Loopback, IsGateway = false, RemovedHeaders = [] }).SendAsync($"{stage.Url}/admin", header)).Status);
    }

    [Fact]
    public async Task A_trusted_address_of_the_Gateway_admits_everybody_behind_it()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        // Where no forwarded header is believed, all requests have the address of the Gateway.
        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("ingress", "proxy.flags.trusted-ip=127.42.0.0/16", "acknowledgedRisks={trusted-ip}"));
        OAuth2Proxy proxy = await stage.StartProxyAsync();

        Assert.Equal(HttpStatusCode.OK, (await stage.Open(stage.Gateway(proxy)).SendAsync($"{stage.Url}/admin")).Status);
    }

    [Theory]
    [InlineData("X-Forwarded-User")]
    [InlineData("X-Forwarded-Email")]
    [InlineData("X-Forwarded-Groups")]
    [InlineData("X-Forwarded-Preferred-Username")]
    [InlineData("X_Forwarded_User")]
    [InlineData("X-Forwarded_Email")]
    public async Task Nobody_can_tell_the_application_who_has_come(string header)
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute", Public));
        OAuth2Proxy proxy = await stage.StartProxyAsync();
        stage.AddMember("ada");
        Browser browser = stage.Open(proxy, "ada");
        await browser.OpenAsync(stage.Url);

        Reply signedIn = await browser.SendAsync($"{stage.Url}/basket", (header, "root"));
        Reply without = await stage.Open(proxy).SendAsync($"{stage.Url}/public/x", (header, "root"));

        Assert.StartsWith("reached /basket\n", signedIn.Body, StringComparison.Ordinal);
        Assert.StartsWith("reached /public/x\n", without.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("root", signedIn.Body + without.Body, StringComparison.Ordinal);
    }

    // What the guards of these flags are for.
    [Theory]
    [InlineData("root", "--pass-user-headers=false", "--pass-basic-auth=false")]
    [InlineData("root,subject-of-ada", "--skip-auth-strip-headers=false")]
    public async Task Without_the_headers_of_the_proxy_those_of_the_client_reach_the_application(string user, params string[] arguments)
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute"));
        OAuth2Proxy proxy = await stage.StartProxyAsync(environment => environment with { MoreArguments = arguments });
        stage.AddMember("ada");
        Browser browser = stage.Open(proxy, "ada");
        await browser.OpenAsync(stage.Url);

        Assert.Contains($"\nX-Forwarded-User: {user}\n", (await browser.SendAsync(stage.Url, ("X-Forwarded-User", "root"))).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Forwarded-Host", "evil.example")]
    [InlineData("X-Forwarded-Proto", "http")]
    [InlineData("X-Auth-Request-Redirect", "https://evil.example/")]
    [InlineData("Forwarded", "host=evil.example;proto=http")]
    public async Task A_sign_in_leads_to_the_host_whatever_the_client_sends(string header, string value)
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute"));
        OAuth2Proxy proxy = await stage.StartProxyAsync();
        stage.AddMember("ada");

        Reply reply = await stage.Open(proxy, "ada").OpenAsync($"{stage.Url}/basket", (header, value));

        Assert.Equal((HttpStatusCode.OK, stage.Workload.Host), (reply.Status, reply.Url.Host));
    }

    [Fact]
    public async Task The_log_has_the_address_that_the_Gateway_states()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute", "clientAddressHeader=X-Envoy-External-Address"));
        OAuth2Proxy proxy = await stage.StartProxyAsync();

        await stage.Open(proxy).SendAsync($"{stage.Url}/basket", ("X-Forwarded-For", "203.0.113.66"), ("X-Real-IP", "203.0.113.66"), ("X-Envoy-External-Address", "203.0.113.66"));

        Assert.Contains("198.51.100.7", proxy.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("203.0.113.66", proxy.Log, StringComparison.Ordinal);
    }
}
