using System.Net;
using IssuerGateway.EndToEnd.Kit;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>The real OAuth2 Proxy with the rendered arguments of each value set: everyone who may enters, nobody else.</summary>
public sealed class SignInTests
{
    public static TheoryData<string> Sets => [.. Directory.GetFiles(Path.Combine(KitFolder.Charts, RenderedChart.Workload, "ci"), "*-values.yaml")
        .Select(file => Path.GetFileName(file).Replace("-values.yaml", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Sets))]
    public async Task A_member_enters_and_a_stranger_gets_403(string set)
    {
        if (OAuth2Proxy.IsAbsent() || (set == "redis" && OAuth2Proxy.IsAbsent("redis-server")))
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart(set));
        await using RedisServer? redis = set == "redis" ? await RedisServer.StartAsync() : null;
        OAuth2Proxy proxy = await stage.StartProxyAsync(environment => redis is null ? environment : environment with { RedisPort = redis.Port, RedisPassword = RedisServer.Password });
        stage.AddMember("ada");
        stage.AddStranger("eve");

        Reply member = await stage.Open(proxy, "ada").OpenAsync($"{stage.Url}/basket?item=1");
        Reply stranger = await stage.Open(proxy, "eve").OpenAsync($"{stage.Url}/basket?item=1");

        (HttpStatusCode entered, string body) = set == "forward-auth" ? (HttpStatusCode.Accepted, "Authenticated") : (HttpStatusCode.OK, "reached /basket\n");
        Assert.True(entered == member.Status, $"{member}\n{proxy.Log}");
        Assert.StartsWith(body, member.Body, StringComparison.Ordinal);
        Assert.Equal(set == "any-tenant-user" ? HttpStatusCode.OK : HttpStatusCode.Forbidden, stranger.Status);
        if (set != "forward-auth")
        {
            Assert.Contains("\nX-Forwarded-Email: ada@example.com\n", member.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_code_is_redeemed_with_PKCE_and_the_projected_token_in_place_of_a_secret()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute"));
        OAuth2Proxy proxy = await stage.StartProxyAsync();
        stage.AddMember("ada");
        Browser browser = stage.Open(proxy, "ada");

        Reply first = await browser.SendAsync(stage.Url);
        await browser.OpenAsync(stage.Url);

        Assert.Contains("&code_challenge_method=S256&", first.Location!.Query, StringComparison.Ordinal);
        Assert.Contains("&scope=openid+email+profile+offline_access&", first.Location.Query, StringComparison.Ordinal);
        (IReadOnlyDictionary<string, string> form, int code) = Assert.Single(stage.Tenant.TokenRequests);
        Assert.Equal(0, code);
        Assert.Equal(["client_assertion", "client_assertion_type", "client_id", "code", "code_verifier", "grant_type", "redirect_uri"], form.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(await File.ReadAllTextAsync(stage.ProxyEnvironment.TokenFile), form["client_assertion"]);
    }

    [Fact]
    public async Task Without_group_claims_every_member_gets_403()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute"));
        OAuth2Proxy proxy = await stage.StartProxyAsync();
        stage.AddMember("ada");
        stage.Directory.SendsGroups = false;

        Assert.Equal(HttpStatusCode.Forbidden, (await stage.Open(proxy, "ada").OpenAsync(stage.Url)).Status);
    }

    [Fact]
    public async Task Without_consent_the_sign_in_stops_at_Entra()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute"));
        OAuth2Proxy proxy = await stage.StartProxyAsync();
        stage.AddMember("ada");
        stage.Directory.IsConsented = false;

        Assert.Contains("Need admin approval", (await stage.Open(proxy, "ada").OpenAsync(stage.Url)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Four_restored_tabs_all_end_in_the_application()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        Assert.Equal("200 200 200 200", await FourTabsAsync(RenderedWorkload.OfChart("httproute")));
    }

    // What the default of the chart is for; should this pass with 200 one day, the default may go.
    [Fact]
    public async Task With_one_cookie_for_all_sign_ins_only_the_last_tab_gets_there()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        Assert.Equal("500 500 500 200", await FourTabsAsync(RenderedWorkload.OfChart("httproute", "proxy.flags.cookie-csrf-per-request=false")));
    }

    [Fact]
    public async Task Strict_cookies_are_not_sent_on_the_way_back_from_Entra()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute"));
        OAuth2Proxy proxy = await stage.StartProxyAsync(environment => environment with { MoreArguments = ["--cookie-samesite=strict"] });
        stage.AddMember("ada");

        Assert.Equal(HttpStatusCode.Forbidden, (await stage.Open(proxy, "ada").OpenAsync(stage.Url)).Status);
    }

    [Fact]
    public async Task A_domain_name_in_place_of_the_tenant_id_ends_OAuth2_Proxy()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute"));

        (int exitCode, string log) = await OAuth2Proxy.RunAsync(stage.Workload, stage.ProxyEnvironment with { MoreArguments = [$"--oidc-issuer-url=https://{TenantStandIn.Host}/{TenantStandIn.Domain}/v2.0"] });

        Assert.NotEqual(0, exitCode);
        Assert.Contains("issuer", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_group_would_admit_everybody()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("any-tenant-user"));
        OAuth2Proxy proxy = await stage.StartProxyAsync(environment => environment with { MoreArguments = ["--allowed-group="] });
        stage.AddStranger("eve");

        Assert.Equal(HttpStatusCode.OK, (await stage.Open(proxy, "eve").OpenAsync(stage.Url)).Status);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public async Task The_test_before_start_passes(string set)
    {
        if (OAuth2Proxy.IsAbsent() || (set == "redis" && OAuth2Proxy.IsAbsent("redis-server")))
        {
            return;
        }

        RenderedWorkload workload = RenderedWorkload.OfChart(set);
        await using SignInStage stage = await SignInStage.SetAsync(workload);
        // The test also writes a key to Redis.
        await using RedisServer? redis = set == "redis" ? await RedisServer.StartAsync() : null;
        ProxyEnvironment environment = stage.ProxyEnvironment with
        {
            RedisPort = redis?.Port ?? 0,
            RedisPassword = RedisServer.Password,
            MoreArguments = set == "flags" ? ["--config-test"] : [],
        };

        (int exitCode, string log) = await OAuth2Proxy.RunAsync(set == "flags" ? workload : workload with { Container = "config-test" }, environment);

        Assert.True(exitCode == 0, log);
    }

    private static async Task<string> FourTabsAsync(RenderedWorkload workload)
    {
        await using SignInStage stage = await SignInStage.SetAsync(workload);
        OAuth2Proxy proxy = await stage.StartProxyAsync();
        stage.AddMember("ada");
        Browser browser = stage.Open(proxy, "ada");
        string[] tabs = [$"{stage.Url}/one", $"{stage.Url}/two", $"{stage.Url}/three", $"{stage.Url}/four"];

        List<Reply> started = [];
        foreach (string tab in tabs)
        {
            started.Add(await browser.SendAsync(tab));
        }

        List<string> ended = [];
        foreach (Reply tab in started)
        {
            Reply reply = await browser.FollowAsync(tab.Location!.ToString());
            ended.Add($"{(int)reply.Status}");
            Assert.True(reply.Status != HttpStatusCode.OK || reply.Body.StartsWith($"reached {tab.Url.AbsolutePath}\n", StringComparison.Ordinal), reply.Body);
        }

        return string.Join(' ', ended);
    }
}
