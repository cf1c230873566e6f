using System.Globalization;
using System.Text.Json;
using IssuerGateway.Demo.StandIn;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Demo;

public sealed class TokenRequestTests : IAsyncLifetime
{
    private const string Path = "/api/v1/namespaces/default/serviceaccounts/azure-demo/token";

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private StandInCluster cluster = null!;

    public async ValueTask InitializeAsync()
    {
        cluster = await StandInCluster.StartAsync(new() { Keys = [ServiceAccountKey.Create(SigningAlgorithm.ES256)], Time = time });
        cluster.AddAccount("default", "azure-demo");
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Theory]
    [InlineData("""{"spec":{"audiences":["api://AzureADTokenExchange"],"expirationSeconds":7200}}""", "api://AzureADTokenExchange", 7200)]
    [InlineData("""{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","spec":{}}""", "https://issuer.example.test", 3600)]
    public async Task Mints_for_the_audience_and_time_requested(string body, string audience, int seconds)
    {
        string response = await QueryAsync(body);

        Assert.StartsWith("HTTP/1.1 201 Created\n", response);
        using JsonDocument created = JsonDocument.Parse(response[(response.IndexOf("\n\n", StringComparison.Ordinal) + 2)..]);
        JsonElement status = created.RootElement.GetProperty("status");
        Assert.Equal(time.GetUtcNow().AddSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), status.GetProperty("expirationTimestamp").GetString());
        using JsonDocument claims = JsonDocument.Parse(Microsoft.IdentityModel.Tokens.Base64UrlEncoder.Decode(status.GetProperty("token").GetString()!.Split('.')[1]));
        Assert.Equal(["aud", "exp", "iat", "iss", "jti", "kubernetes.io", "nbf", "sub"], claims.RootElement.EnumerateObject().Select(claim => claim.Name));
        Assert.Equal(audience, Assert.Single(claims.RootElement.GetProperty("aud").EnumerateArray()).GetString());
        Assert.Equal(seconds, claims.RootElement.GetProperty("exp").GetInt64() - claims.RootElement.GetProperty("iat").GetInt64());
        Assert.Equal(time.GetUtcNow().ToUnixTimeSeconds(), claims.RootElement.GetProperty("iat").GetInt64());
        Assert.Equal("system:serviceaccount:default:azure-demo", claims.RootElement.GetProperty("sub").GetString());
    }

    [Theory]
    [InlineData("""{"spec":{"expirationSeconds":599}}""", "HTTP/1.1 422 Unprocessable Entity", "spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes")]
    [InlineData("""{"spec":{"boundObjectRef":{"kind":"Pod"}}}""", "HTTP/1.1 400 Bad Request", "no TokenRequest that this stand-in knows")]
    [InlineData("""{"spec":""", "HTTP/1.1 400 Bad Request", "no TokenRequest that this stand-in knows")]
    [InlineData("""{"spec":{"audiences":7}}""", "HTTP/1.1 400 Bad Request", "no TokenRequest that this stand-in knows")]
    public async Task Rejects_a_request_that_it_cannot_grant(string body, string line, string message)
    {
        string response = await QueryAsync(body);

        Assert.StartsWith(line + "\n", response);
        Assert.Contains(message, response);
    }

    [Fact]
    public async Task Knows_no_token_of_an_account_that_is_not_there()
    {
        string response = await RawConnection.QueryAsync(cluster, cluster.AdministratorToken, "POST", Path.Replace("azure-demo", "nobody"), body: "{\"spec\":{}}");

        Assert.StartsWith("HTTP/1.1 404 Not Found\n", response);
        Assert.Contains("\"serviceaccounts \\\"nobody\\\" not found\"", response);
    }

    [Fact]
    public async Task Lets_administrators_alone_mint()
    {
        string response = await RawConnection.QueryAsync(cluster, cluster.Server.Mint(cluster.Gateway).Text, "POST", Path, body: "{\"spec\":{}}");

        Assert.StartsWith("HTTP/1.1 403 Forbidden\n", response);
        Assert.Contains("cannot create resource \\\"serviceaccounts/token\\\"", response);
    }

    private Task<string> QueryAsync(string body) => RawConnection.QueryAsync(cluster, cluster.AdministratorToken, "POST", Path, body: body);
}
