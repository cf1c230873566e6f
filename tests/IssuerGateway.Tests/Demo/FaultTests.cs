using System.Text.Json;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Demo;

public sealed class FaultTests : IAsyncLifetime
{
    private const string Discovery = "/.well-known/openid-configuration";
    private const string KeySet = "/openid/v1/jwks";

    private readonly ServiceAccountKey key = ServiceAccountKey.Create(SigningAlgorithm.ES256);
    private StandInCluster cluster = null!;

    public async ValueTask InitializeAsync() => cluster = await StandInCluster.StartAsync(new() { Keys = [key] });

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Theory]
    [InlineData(401, "HTTP/1.1 401 Unauthorized", "application/json")]
    [InlineData(403, "HTTP/1.1 403 Forbidden", "application/json")]
    [InlineData(404, "HTTP/1.1 404 Not Found", "text/plain; charset=utf-8")]
    [InlineData(406, "HTTP/1.1 406 Not Acceptable", "application/json")]
    [InlineData(429, "HTTP/1.1 429 Too Many Requests", "text/plain; charset=utf-8")]
    [InlineData(500, "HTTP/1.1 500 Internal Server Error", "application/json")]
    [InlineData(503, "HTTP/1.1 503 Service Unavailable", "application/json")]
    [InlineData(418, "HTTP/1.1 418 I'm a teapot", "application/json")]
    public async Task Status_is_sent_in_the_words_of_an_api_server(int status, string line, string contentType)
    {
        cluster.Server.Break(Fault.OfStatus(status));

        string response = await QueryAsync(KeySet);

        Assert.StartsWith(line + "\n", response);
        Assert.Contains($"\nContent-Type: {contentType}\n", response);
        Assert.Contains("\nCache-Control: no-cache, private\n", response);
        Assert.Equal(status == 429, response.Contains("\nRetry-After: 1\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(FaultTarget.Discovery, "500", "200", "200")]
    [InlineData(FaultTarget.KeySet, "200", "500", "200")]
    [InlineData(FaultTarget.Documents, "500", "500", "200")]
    [InlineData(FaultTarget.Probes, "200", "200", "500")]
    [InlineData(FaultTarget.Everything, "500", "500", "500")]
    internal async Task Concerns_its_target_alone_until_it_is_repaired(FaultTarget on, params string[] expected)
    {
        string[] targets = [Discovery, KeySet, "/readyz"];
        cluster.Server.Break(Fault.OfStatus(500, on));
        Assert.Equal(expected, await Task.WhenAll(targets.Select(StatusAsync)));

        cluster.Server.Repair();
        Assert.Equal(["200", "200", "200"], await Task.WhenAll(targets.Select(StatusAsync)));
    }

    [Fact]
    public async Task Several_faults_stand_side_by_side()
    {
        cluster.Server.Break(Fault.OfStatus(404, FaultTarget.Discovery), new Fault(FaultKind.EmptySet));

        Assert.Equal("404", await StatusAsync(Discovery));
        Assert.Equal("""{"keys":[]}""", await BodyAsync(KeySet));
    }

    [Fact]
    public async Task Redirect_names_its_location()
    {
        cluster.Server.Break(new Fault(FaultKind.Redirect) { Location = "https://127.0.0.1:1/x" });

        string response = await QueryAsync(KeySet);

        Assert.StartsWith("HTTP/1.1 302 Found\n", response);
        Assert.Contains("\nLocation: https://127.0.0.1:1/x\n", response);
    }

    [Theory]
    [InlineData(FaultKind.DuplicateMember, """{"keys":[],"keys":[KEY]}""")]
    [InlineData(FaultKind.EmptySet, """{"keys":[]}""")]
    [InlineData(FaultKind.OtherIssuer, """{"keys":[KEY]}""")]
    internal async Task Spoils_the_key_set(FaultKind kind, string body)
    {
        cluster.Server.Break(kind);

        Assert.Equal(body.Replace("KEY", key.Jwk), await BodyAsync(KeySet));
    }

    [Theory]
    [InlineData(FaultKind.DuplicateMember, """{"issuer":"https://other.example.test","issuer":"https://issuer.example.test",REST""")]
    [InlineData(FaultKind.OtherIssuer, """{"issuer":"https://other.example.test",REST""")]
    [InlineData(FaultKind.EmptySet, """{"issuer":"https://issuer.example.test",REST""")]
    [InlineData(FaultKind.PrivateKey, """{"issuer":"https://issuer.example.test",REST""")]
    [InlineData(FaultKind.DuplicateKid, """{"issuer":"https://issuer.example.test",REST""")]
    internal async Task Spoils_the_discovery_document(FaultKind kind, string body)
    {
        string right = await BodyAsync(Discovery);
        cluster.Server.Break(kind);

        Assert.Equal(body.Replace("REST", right[right.IndexOf("\"jwks_uri\"", StringComparison.Ordinal)..]), await BodyAsync(Discovery));
    }

    [Fact]
    public async Task PrivateKey_publishes_the_private_half()
    {
        cluster.Server.Break(FaultKind.PrivateKey);

        Assert.Equal($$"""{"keys":[{{key.PrivateJwk()}}]}""", await BodyAsync(KeySet));
    }

    [Fact]
    public async Task DuplicateKid_publishes_two_keys_under_one_kid()
    {
        cluster.Server.Break(FaultKind.DuplicateKid);

        using JsonDocument set = JsonDocument.Parse(await BodyAsync(KeySet));
        JsonElement[] keys = [.. set.RootElement.GetProperty("keys").EnumerateArray()];
        Assert.Equal([key.KeyId, key.KeyId], keys.Select(each => each.GetProperty("kid").GetString()));
        Assert.NotEqual(keys[0].GetProperty("x").GetString(), keys[1].GetProperty("x").GetString());
    }

    [Fact]
    public async Task HtmlPage_is_a_proxys_error_page_with_status_200()
    {
        cluster.Server.Break(FaultKind.HtmlPage);

        string response = await QueryAsync(KeySet);

        Assert.StartsWith("HTTP/1.1 200 OK\n", response);
        Assert.Contains("\nContent-Type: text/html; charset=utf-8\n", response);
        Assert.Contains("\n\n<!DOCTYPE html>\n", response);
    }

    [Theory]
    [InlineData(false, "\nContent-Length: 300000\n")]
    [InlineData(true, "\nTransfer-Encoding: chunked\n")]
    public async Task Oversize_is_a_good_document_but_for_its_length(bool chunked, string framing)
    {
        cluster.Server.Break(new Fault(FaultKind.Oversize) { Size = 300_000, Chunked = chunked });

        string response = await QueryAsync(KeySet);

        Assert.Contains(framing, response);
        Assert.Contains($$"""{"keys":[{{key.Jwk}}]}    """, response);
        Assert.True(response.Length > 300_000, "shorter than requested");
    }

    [Fact]
    public async Task BrokenJson_is_half_a_document_with_a_length_that_agrees()
    {
        string right = await BodyAsync(KeySet);
        cluster.Server.Break(FaultKind.BrokenJson);

        Assert.Equal(right[..(right.Length / 2)], await BodyAsync(KeySet));
    }

    private Task<string> QueryAsync(string target) => RawConnection.QueryAsync(cluster, cluster.AdministratorToken, target: target);

    private async Task<string> StatusAsync(string target) => (await QueryAsync(target)).Split(' ')[1];

    private async Task<string> BodyAsync(string target)
    {
        string response = await QueryAsync(target);
        return response[(response.IndexOf("\n\n", StringComparison.Ordinal) + 2)..];
    }
}
