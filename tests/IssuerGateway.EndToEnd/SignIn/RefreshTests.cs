using System.Net;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>What a refresh uses and what it bounds, with the real OAuth2 Proxy.</summary>
public sealed class RefreshTests
{
    private static readonly TimeSpan limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_refresh_uses_the_token_that_the_kubelet_has_put_in_place_since()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute", "cookie.refresh=1s"));
        OAuth2Proxy proxy = await stage.StartProxyAsync();
        stage.AddMember("ada");
        Browser browser = stage.Open(proxy, "ada");
        await browser.OpenAsync(stage.Url);
        string next = stage.ProjectToken(TimeProvider.System.GetUtcNow().AddMinutes(-1));

        (IReadOnlyDictionary<string, string> form, int code) = await UntilRefreshedAsync(stage, browser);

        Assert.Equal((next, 0), (form["client_assertion"], code));
        Reply after = await browser.SendAsync($"{stage.Url}/after");
        Assert.Equal((HttpStatusCode.OK, true), (after.Status, after.Body.StartsWith("reached /after\n", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_member_who_leaves_the_group_is_out_after_the_next_refresh()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute", "cookie.refresh=1s"));
        OAuth2Proxy proxy = await stage.StartProxyAsync();
        stage.AddMember("ada");
        Browser browser = stage.Open(proxy, "ada");
        await browser.OpenAsync(stage.Url);

        // The refresh token belongs to the person, whose groups are looked up again.
        stage.Directory.SendsGroups = false;
        Reply reply = await UntilAsync(browser, stage.Url, each => each.Status != HttpStatusCode.OK);

        Assert.Equal(HttpStatusCode.Forbidden, reply.Status);
    }

    [Fact]
    public async Task A_blocked_user_stays_until_the_id_token_ends_and_not_longer()
    {
        if (OAuth2Proxy.IsAbsent())
        {
            return;
        }

        await using SignInStage stage = await SignInStage.SetAsync(RenderedWorkload.OfChart("httproute", "cookie.refresh=1s"));
        OAuth2Proxy proxy = await stage.StartProxyAsync();
        Person ada = stage.AddMember("ada");
        stage.Directory.IdTokenLife = TimeSpan.FromSeconds(20);
        Browser browser = stage.Open(proxy, "ada");
        await browser.OpenAsync(stage.Url);

        ada.IsBlocked = true;
        (_, int code) = await UntilRefreshedAsync(stage, browser);
        Reply rejected = await UntilAsync(browser, stage.Url, each => each.Status != HttpStatusCode.OK);

        // UntilRefreshedAsync has seen nothing but 200: the rejected refresh did not end the session.
        Assert.Equal(50057, code);
        Assert.Contains("AADSTS50057", rejected.Body, StringComparison.Ordinal);
    }

    // Each request on the way is of a session that works.
    private static async Task<(IReadOnlyDictionary<string, string> Form, int Code)> UntilRefreshedAsync(SignInStage stage, Browser browser)
    {
        using CancellationTokenSource deadline = new(limit);
        while (true)
        {
            Reply reply = await browser.SendAsync($"{stage.Url}/page");
            Assert.Equal(HttpStatusCode.OK, reply.Status);
            if (stage.Tenant.TokenRequests.FirstOrDefault(each => each.Form["grant_type"] == "refresh_token") is { Form: not null } refreshed)
            {
                return refreshed;
            }

            await Task.Delay(200, deadline.Token);
        }
    }

    private static async Task<Reply> UntilAsync(Browser browser, string url, Func<Reply, bool> condition)
    {
        using CancellationTokenSource deadline = new(limit);
        while (true)
        {
            Reply reply = await browser.OpenAsync(url);
            if (condition(reply))
            {
                return reply;
            }

            await Task.Delay(200, deadline.Token);
        }
    }
}
