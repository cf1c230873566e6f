using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>What is given to OAuth2 Proxy are flags that it knows, with the values that are safe.</summary>
public sealed class OAuth2ProxyFlagTests
{
    private static readonly string[] known = File.ReadAllLines(Path.Combine(KitFolder.Root, "tests", "fixtures", "oauth2-proxy", "flags-v7.15.3.txt"));

    public static TheoryData<string> WorkloadSets => [.. RenderedChart.All.Where(each => each.Chart == RenderedChart.Workload).Select(each => each.Set)];

    [Theory]
    [MemberData(nameof(WorkloadSets))]
    public void Every_argument_is_a_flag_that_OAuth2_Proxy_knows(string set)
    {
        IReadOnlyList<string> arguments = Proxy(set).Texts("args");

        Assert.All(arguments, argument => Assert.Contains(argument[2..argument.IndexOf('=')], known));
    }

    [Fact]
    public void The_schema_admits_exactly_the_flags_that_OAuth2_Proxy_knows()
    {
        JsonNode schema = JsonNode.Parse(File.ReadAllText(Path.Combine(KitFolder.Charts, RenderedChart.Workload, "values.schema.json")))!;

        Assert.Equal(known, schema.At("properties/proxy/properties/flags/properties")!.AsObject().Select(entry => entry.Key));
    }

    [Fact]
    public void The_flags_are_those_of_the_facts() => Assert.Equal(
        [
            "--allowed-group=aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "--client-id=66666666-7777-8888-9999-000000000000",
            "--code-challenge-method=S256",
            "--cookie-csrf-expire=5m",
            "--cookie-csrf-per-request=true",
            "--cookie-expire=8h",
            "--cookie-httponly=true",
            "--cookie-name=__Host-oauth2_proxy",
            "--cookie-refresh=30m",
            "--cookie-samesite=lax",
            "--cookie-secure=true",
            "--email-domain=*",
            "--entra-id-federated-token-auth=true",
            "--http-address=0.0.0.0:4180",
            "--oidc-issuer-url=https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0",
            "--provider=entra-id",
            "--redirect-url=https://app.example.com/oauth2/callback",
            "--reverse-proxy=true",
            "--scope=openid email profile offline_access",
            "--silence-ping-logging=true",
            "--skip-provider-button=true",
            "--trusted-proxy-ip=10.42.0.0/16",
            "--trusted-proxy-ip=2001:db8::/64",
            "--upstream=http://127.0.0.1:8080/",
            "--whitelist-domain=login.microsoftonline.com",
        ],
        Proxy("httproute").Texts("args"));

    [Theory]
    [InlineData("app-roles", "--oidc-groups-claim=roles")]
    [InlineData("app-roles", "--allowed-group=App.Users")]
    [InlineData("app-roles", "--oidc-email-claim=preferred_username")]
    [InlineData("redis", "--session-store-type=redis")]
    [InlineData("redis", "--redis-connection-url=rediss://redis.redis.svc:6380")]
    [InlineData("monitoring", "--metrics-address=0.0.0.0:44180")]
    [InlineData("own-app", "--upstream=http://127.0.0.1:3000/")]
    [InlineData("flags", "--cookie-csrf-samesite=lax")]
    [InlineData("flags", "--cookie-csrf-per-request-limit=8")]
    [InlineData("flags", "--skip-auth-route=GET=^/healthz$")]
    [InlineData("flags", "--skip-auth-route=GET=^/public/")]
    [InlineData("flags", "--set-xauthrequest=true")]
    [InlineData("flags", "--logging-max-size=100")]
    [InlineData("forward-auth", "--upstream=static://202")]
    [InlineData("forward-auth", "--cookie-domain=apps.example.com")]
    [InlineData("forward-auth", "--cookie-name=__Secure-oauth2_proxy")]
    [InlineData("forward-auth", "--whitelist-domain=shop.apps.example.com")]
    [InlineData("forward-auth", "--set-xauthrequest=true")]
    [InlineData("everything-else", "--real-client-ip-header=X-Envoy-External-Address")]
    public void A_value_becomes_a_flag(string set, string flag) => Assert.Contains(flag, Proxy(set).Texts("args"));

    [Theory]
    [InlineData("flags", "--silence-ping-logging")] // proxy.flags drops it
    [InlineData("flags", "--cookie-csrf-expire=5m")] // proxy.flags replaces it
    [InlineData("any-tenant-user", "--allowed-group")]
    [InlineData("any-tenant-user", "--reverse-proxy")] // without trusted ranges no header is believed
    [InlineData("httproute", "--cookie-domain")]
    [InlineData("httproute", "--client-secret")]
    [InlineData("ingress", "--cookie-secret")]
    [InlineData("everything-else", "--whitelist-domain")] // signOutOfEntra: false
    public void A_flag_is_absent(string set, string flag) =>
        Assert.DoesNotContain(Proxy(set).Texts("args"), argument => argument.StartsWith(flag, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(WorkloadSets))]
    public void The_configuration_is_tested_by_the_same_arguments_before_the_sidecar_starts(string set)
    {
        JsonNode pod = RenderedChart.Of(RenderedChart.Workload, set).One("Deployment").PodSpec()!;
        if (set == "flags")
        {
            Assert.DoesNotContain(pod.Each("initContainers"), each => (string)each["name"]! == "config-test");
            return;
        }

        JsonNode test = pod.At("initContainers/0")!;

        Assert.Equal("config-test", (string)test["name"]!);
        Assert.Equal([.. Proxy(set).Texts("args"), "--config-test"], test.Texts("args"));
        Assert.Equal(Proxy(set)["env"]!.ToJsonString(), test["env"]!.ToJsonString());
    }

    private static JsonObject Proxy(string set) =>
        RenderedChart.Of(RenderedChart.Workload, set).One("Deployment").PodSpec()!.AllContainers().Single(each => (string)each["name"]! == "oauth2-proxy");
}
