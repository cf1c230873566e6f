using IssuerGateway.Configuration;
using IssuerGateway.Operations;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;

namespace IssuerGateway.Tests.Operations;

/// <summary>What the private listener responds, and to whom.</summary>
public sealed class OperationsServerTests
{
    [Theory]
    [InlineData("127.0.0.1:9090")]
    [InlineData("[::1]:9090")]
    [InlineData("10.1.2.3:9090")]
    [InlineData("localhost:9090")]
    [InlineData("issuer-gateway")]
    [InlineData("issuer-gateway.identity.svc:9090")]
    [InlineData("issuer-gateway.identity.svc.cluster.local:9090")]
    [InlineData("edge.example.com:9090")]
    [InlineData("")]
    public async Task Shows_its_status_under_addresses_and_names_of_its_own(string host) => Assert.Equal((200, true), await QueryAsync("GET", host));

    [Theory]
    [InlineData("attacker.example:9090")]
    [InlineData("attacker.example.")]
    [InlineData("127.0.0.1.attacker.example")]
    [InlineData("edge.example.com.attacker.example")]
    public async Task Shows_it_to_no_page_that_has_its_name_resolve_here(string host) => Assert.Equal((403, false), await QueryAsync("GET", host));

    [Theory]
    [InlineData("cross-site", 403)]
    [InlineData("same-site", 403)]
    [InlineData("none", 200)]
    [InlineData("same-origin", 200)]
    public async Task Shows_it_to_a_browser_only_when_a_person_opens_it(string site, int status) =>
        Assert.Equal(status, (await QueryAsync("GET", "127.0.0.1:9090", ("Sec-Fetch-Site", site))).Status);

    // A browser without Fetch Metadata.
    [Theory]
    [InlineData("https://attacker.example", 403)]
    [InlineData("null", 403)]
    [InlineData("http://127.0.0.1:9091", 403)]
    [InlineData("http://127.0.0.1:9090.attacker.example", 403)]
    [InlineData("http://127.0.0.1:9090", 200)]
    [InlineData("https://127.0.0.1:9090", 200)]
    public async Task Shows_it_to_no_page_of_another_origin(string origin, int status) =>
        Assert.Equal(status, (await QueryAsync("GET", "127.0.0.1:9090", ("Origin", origin))).Status);

    [Theory]
    [InlineData("GET", "127.0.0.1")]
    [InlineData("GET", "attacker.example")]
    [InlineData("POST", "127.0.0.1")]
    public async Task Nothing_of_it_is_kept_by_a_cache_or_taken_for_another_type(string method, string host)
    {
        HttpContext context = await RespondAsync(method, host);

        Assert.Equal(("no-store", "nosniff"), (context.Response.Headers.CacheControl.ToString(), context.Response.Headers.XContentTypeOptions.ToString()));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public async Task Takes_no_commands(string method) => Assert.Equal((404, false), await QueryAsync(method, "127.0.0.1:9090"));

    private static async Task<(int Status, bool HasResponse)> QueryAsync(string method, string host, params (string Name, string Value)[] headers)
    {
        HttpContext context = await RespondAsync(method, host, headers);
        return (context.Response.StatusCode, context.Items.ContainsKey("responded"));
    }

    private static async Task<HttpContext> RespondAsync(string method, string host, params (string Name, string Value)[] headers)
    {
        OperationsEndpoint endpoint = new(method, "/status", context =>
        {
            context.Items["responded"] = true;
            return Task.CompletedTask;
        });
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new("AllowedHosts:0", "edge.example.com")]).Build();
        using OperationsServer server = new(
            OperationsSettings.Read(new SettingsReader(configuration)), Metrics.NewCustomRegistry(), new NoChecks(), [endpoint], NullLoggerFactory.Instance);
        DefaultHttpContext context = new();
        context.Request.Method = method;
        context.Request.Path = "/status";
        context.Request.Headers.Host = host;
        foreach ((string name, string value) in headers)
        {
            context.Request.Headers[name] = value;
        }

        await server.DispatchAsync(context);
        return context;
    }

    private sealed class NoChecks : HealthCheckService
    {
        public override Task<HealthReport> CheckHealthAsync(Func<HealthCheckRegistration, bool>? predicate, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }
}
