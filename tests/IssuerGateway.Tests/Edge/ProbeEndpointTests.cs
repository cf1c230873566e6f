using IssuerGateway.Configuration;
using IssuerGateway.Edge;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Tests.Edge;

/// <summary>G32: the probe of a load balancer on a public port, off by default.</summary>
public sealed class ProbeEndpointTests
{
    private const string Good = "HTTP/1.1 200 OK\nCache-Control: no-store\nConnection: close\nContent-Length: 0\nX-Content-Type-Options: nosniff\n\n";

    [Theory]
    [InlineData("GET /healthz HTTP/1.0\r\n\r\n")]
    [InlineData("OPTIONS /healthz HTTP/1.0\r\n\r\n")]
    [InlineData("GET /healthz HTTP/1.0\r\nHost: 10.0.0.5\r\n\r\n")]
    [InlineData("HEAD /healthz HTTP/1.1\r\nHost: 10.0.0.5:8443\r\n\r\n")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: issuer.example.test\r\n\r\n")]
    public async Task Responds_200_without_a_body_to_any_host_and_without_documents(string request)
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync(isPublished: false, further: "Edge:ProbePath=/healthz");

        Assert.Equal(Good, EdgeFixture.Normal(await edge.SendAsync(request)));
    }

    [Fact]
    public async Task Responds_503_once_the_gateway_drains()
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync(further: "Edge:ProbePath=/healthz");
        edge.Services.GetRequiredService<DrainState>().Begin();

        Assert.StartsWith("HTTP/1.1 503 Service Unavailable\n", EdgeFixture.Normal(await edge.SendAsync("GET /healthz HTTP/1.0\r\n\r\n")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/healthz/")]
    [InlineData("GET", "/healthz?x")]
    [InlineData("GET", "/HEALTHZ")]
    [InlineData("GET", "/%68ealthz")]
    [InlineData("POST", "/healthz")]
    public async Task Anything_else_is_as_without_it(string method, string target)
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync(further: "Edge:ProbePath=/healthz");
        await using EdgeFixture without = await EdgeFixture.StartAsync();

        Assert.Equal(await without.QueryAsync(method, target), await edge.QueryAsync(method, target));
    }

    [Fact]
    public async Task Is_off_by_default()
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync();

        Assert.StartsWith("HTTP/1.1 404 ", await edge.SendAsync("GET /healthz HTTP/1.0\r\n\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("healthz")]
    [InlineData("/")]
    [InlineData("/a b")]
    [InlineData("/%68ealthz")]
    [InlineData("/../healthz")]
    [InlineData("/a/./b")]
    [InlineData("//healthz")]
    [InlineData("/healthz/")]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/clusters/a/openid/v1/jwks")]
    public void A_path_that_could_be_another_one_or_a_document_s_is_rejected(string path)
    {
        SettingsReader reader = EdgeBuild.Reader($"Edge:ProbePath={path}");

        EdgeSettings.Read(reader);

        Assert.StartsWith($"Edge:ProbePath: found \"{path}\", expected a path such as /healthz", Assert.Single(reader.Errors()).ToString(), StringComparison.Ordinal);
    }
}
