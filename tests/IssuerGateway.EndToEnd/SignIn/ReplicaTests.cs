using System.Net;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>Two replicas behind one Service, each request at another one, with sessions in the cookie and in Redis.</summary>
public sealed class ReplicaTests
{
    [Fact]
    public async Task A_sign_in_that_one_replica_started_ends_at_the_other()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute"));
        stage.AddMember("ada");
        OAuth2Proxy[] replicas = [await stage.StartProxyAsync(), await stage.StartProxyAsync()];

        Assert.Equal("200 200 200 200", await PlayAsync(stage, replicas));
    }

    [Fact]
    public async Task Replicas_with_different_cookie_secrets_reject_each_other_s_sign_ins()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute"));
        stage.AddMember("ada");
        OAuth2Proxy[] replicas = [await stage.StartProxyAsync(), await stage.StartProxyAsync(environment => environment with { CookieSecret = "aZ3vQ9sT1uW5yB7dF0hK2mN4pR6tV8xB" })];

        Assert.StartsWith("403 ", await PlayAsync(stage, replicas), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_Redis_the_cookie_is_small_and_sign_out_ends_a_copied_one_at_every_replica()
    {
        if (OAuth2Proxy.IsAbsent() || OAuth2Proxy.IsAbsent("redis-server"))
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("redis"));
        await using RedisServer redis = await RedisServer.StartAsync();
        stage.AddMember("ada");
        Task<OAuth2Proxy> Start() => stage.StartProxyAsync(environment => environment with { RedisPort = redis.Port, RedisPassword = RedisServer.Password });
        OAuth2Proxy[] replicas = [await Start(), await Start()];

        Assert.Equal("200 200 200 200", await PlayAsync(stage, replicas));
        Assert.Equal((true, HttpStatusCode.Found), await AfterSignOutAsync(stage, replicas));
    }

    [Fact]
    public async Task Without_Redis_a_copied_cookie_outlives_the_sign_out()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute"));
        stage.AddMember("ada");
        OAuth2Proxy[] replicas = [await stage.StartProxyAsync(), await stage.StartProxyAsync()];

        Assert.Equal((false, HttpStatusCode.OK), await AfterSignOutAsync(stage, replicas));
    }

    private static async Task<(bool IsSmall, HttpStatusCode OfCopy)> AfterSignOutAsync(SignInStage stage, OAuth2Proxy[] replicas)
    {
        Dictionary<string, Front> service = new() { [stage.Workload.Host] = stage.Gateway(replicas[0]) };
        Browser browser = stage.Open(service, "ada");
        await browser.OpenAsync(stage.Url);
        bool isSmall = browser.Cookies.HeaderFor(new Uri(stage.Url), null).Length < 1000;
        using Browser thief = browser.Stolen();
        await browser.SendAsync($"{stage.Url}/oauth2/sign_out");
        service[stage.Workload.Host] = stage.Gateway(replicas[1]);
        return (isSmall, (await thief.SendAsync(stage.Url)).Status);
    }

    // Each request at the other replica than the one before.
    private static async Task<string> PlayAsync(SignInStage stage, OAuth2Proxy[] replicas)
    {
        Dictionary<string, Front> service = new() { [stage.Workload.Host] = stage.Gateway(replicas[0]) };
        Browser browser = stage.Open(service, "ada");
        Reply started = await browser.SendAsync($"{stage.Url}/0");
        List<string> ended = [];
        for (int i = 1; i <= 4; i++)
        {
            service[stage.Workload.Host] = stage.Gateway(replicas[i % 2]);
            Reply reply = await browser.FollowAsync(i == 1 ? started.Location!.ToString() : $"{stage.Url}/{i}");
            ended.Add($"{(int)reply.Status}");
        }

        return string.Join(' ', ended);
    }
}
