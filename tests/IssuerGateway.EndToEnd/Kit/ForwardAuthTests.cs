using System.Net;
using System.Text.Json.Nodes;
using IssuerGateway.Demo;
using IssuerGateway.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>
/// The examples of forward-auth in a real nginx and a real Caddy. In place of OAuth2 Proxy stands a server that responds as
/// its /oauth2/auth is documented and recorded to: 401 without a session, 403 for other groups, 202 with headers; and that
/// lets in whoever sends X-Forwarded-Uri below /public/, as a route without sign-in would.
/// </summary>
public sealed class ForwardAuthTests : IAsyncLifetime
{
    private const string Group = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
    private readonly int authPort = FreePorts.Take(1)[0];
    private readonly int appPort = FreePorts.Take(1)[0];
    private WebApplication auth = null!;
    private WebApplication shop = null!;

    public static TheoryData<string> Proxies => ["nginx", "caddy"];

    public async ValueTask InitializeAsync()
    {
        auth = await StartAsync(authPort, AuthAsync);
        shop = await StartAsync(appPort, context => context.Response.WriteAsync(
            string.Join("|", ((string[])["X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups", "X-Forwarded-Uri"]).Select(name => $"{context.Request.Headers[name]}"))));
    }

    public async ValueTask DisposeAsync()
    {
        await auth.DisposeAsync();
        await shop.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public Task A_signed_in_member_reaches_the_application_with_headers_of_the_proxy(string proxy) => PlayAsync(proxy, async get =>
    {
        HttpResponseMessage response = await get("/basket", [("Cookie", "session=member"), ("X-Forwarded-User", "root"), ("X-Forwarded-Email", "root@example.com"), ("X-Auth-Request-User", "root")]);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith($"ada|ada@example.com|{Group}|", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    });

    [Theory]
    [MemberData(nameof(Proxies))]
    public Task Without_a_session_the_browser_is_sent_to_sign_in_and_comes_back_here(string proxy) => PlayAsync(proxy, async get =>
    {
        HttpResponseMessage response = await get("/basket", []);

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal("https://auth.apps.example.com/oauth2/start?rd=https://shop.apps.example.com/basket", response.Headers.Location!.OriginalString);
    });

    [Theory]
    [MemberData(nameof(Proxies))]
    public Task A_member_of_another_group_gets_403(string proxy) => PlayAsync(proxy, async get =>
        Assert.Equal(HttpStatusCode.Forbidden, (await get("/basket", [("Cookie", "session=other")])).StatusCode));

    [Theory]
    [InlineData("nginx", "X-Forwarded-Uri", "/public/x")]
    [InlineData("caddy", "X-Forwarded-Uri", "/public/x")]
    [InlineData("nginx", "X-Real-IP", "192.0.2.1")]
    [InlineData("caddy", "X-Real-IP", "192.0.2.1")]
    [InlineData("nginx", "X-Auth-Request-User", "root")]
    [InlineData("caddy", "X-Auth-Request-User", "root")]
    public Task A_header_of_the_client_opens_nothing(string proxy, string header, string value) => PlayAsync(proxy, async get =>
        Assert.Equal(HttpStatusCode.Found, (await get("/basket", [(header, value)])).StatusCode));

    [Theory]
    [MemberData(nameof(Proxies))]
    public Task A_session_cookie_of_8_KB_passes_both_ways(string proxy) => PlayAsync(proxy, async get =>
    {
        HttpResponseMessage response = await get("/basket", [("Cookie", $"session=member; other={new string('a', 7000)}")]);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    });

    [Fact]
    public void The_example_of_Envoy_Gateway_holds_against_its_schema_and_says_that_it_is_not_run()
    {
        string file = Path.Combine(KitFolder.Charts, RenderedChart.Workload, "examples", "envoy-gateway.yaml");
        string text = File.ReadAllText(file);

        Assert.Contains("\n# Not run in the tests", text, StringComparison.Ordinal);
        (IReadOnlyList<JsonObject> objects, IReadOnlyList<string> errors) = KubernetesSchemas.Validate(file);
        Assert.Empty(errors);
        Assert.Equal(["HTTPRoute", "SecurityPolicy", "ReferenceGrant"], objects.Select(each => each.Kind()));
        Assert.Equal(["cookie", "x-forwarded-host", "x-forwarded-proto"], objects[1].Texts("spec/extAuth/headersToExtAuth"));
        Assert.False((bool)objects[1].At("spec/extAuth/failOpen")!);
    }

    [Theory]
    [InlineData("failOpen: false", "failOpen: sometimes", "SecurityPolicy shop: /spec/extAuth/failOpen must be boolean")]
    [InlineData("headersToExtAuth:", "headersToAuth:", "SecurityPolicy shop: /spec/extAuth must NOT have additional properties")]
    [InlineData("kind: HTTPRoute\n      name: shop", "kind: Ingress\n      name: shop", "SecurityPolicy shop: /spec/targetRefs/0/kind must be equal to one of the allowed values")]
    public void The_schema_of_Envoy_Gateway_rejects_a_mistake(string right, string wrong, string error)
    {
        string text = File.ReadAllText(Path.Combine(KitFolder.Charts, RenderedChart.Workload, "examples", "envoy-gateway.yaml"));
        string file = Path.GetTempFileName();
        File.WriteAllText(file, text.Replace(right, wrong, StringComparison.Ordinal));

        Assert.StartsWith(error, Assert.Single(KubernetesSchemas.Validate(file).Errors), StringComparison.Ordinal);
        File.Delete(file);
    }

    // Recorded of v7.15.3: X-Forwarded-Uri decides about routes without sign-in, X-Real-IP about trusted addresses.
    private static Task AuthAsync(HttpContext context)
    {
        string cookie = context.Request.Headers.Cookie.ToString();
        bool skips = context.Request.Headers["X-Forwarded-Uri"].ToString().StartsWith("/public/", StringComparison.Ordinal) || context.Request.Headers["X-Real-IP"] == "192.0.2.1";
        if (context.Request.Path != "/oauth2/auth")
        {
            context.Response.StatusCode = 404;
        }
        else if (!skips && !cookie.Contains("session=", StringComparison.Ordinal))
        {
            context.Response.StatusCode = 401;
        }
        else if (!skips && (cookie.Contains("session=other", StringComparison.Ordinal) || context.Request.Query["allowed_groups"] != Group))
        {
            context.Response.StatusCode = 403;
        }
        else
        {
            context.Response.StatusCode = 202;
            context.Response.Headers["X-Auth-Request-User"] = "ada";
            context.Response.Headers["X-Auth-Request-Email"] = "ada@example.com";
            context.Response.Headers["X-Auth-Request-Groups"] = Group;
            context.Response.Headers.SetCookie = $"session=member{new string('b', 8000)}";
        }

        return Task.CompletedTask;
    }

    private async Task PlayAsync(string proxy, Func<Func<string, (string, string)[], Task<HttpResponseMessage>>, Task> play)
    {
        await using ForwardAuthExample example = await ForwardAuthExample.StartAsync(proxy, authPort, appPort);
        using SocketsHttpHandler handler = new() { AllowAutoRedirect = false, UseCookies = false };
        using HttpClient client = new(handler) { BaseAddress = new Uri($"http://127.0.0.1:{example.Port}") };
        await play((path, headers) =>
        {
            HttpRequestMessage request = new(HttpMethod.Get, path) { Headers = { Host = ForwardAuthExample.Host } };
            foreach ((string name, string value) in headers)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            return client.SendAsync(request);
        });
    }

    private static async Task<WebApplication> StartAsync(int port, RequestDelegate respond)
    {
        WebApplication app = LoopbackApp.Build(port: port);
        app.Run(respond);
        await app.StartAsync();
        return app;
    }
}
