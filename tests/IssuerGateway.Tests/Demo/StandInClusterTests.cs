using System.Text;
using System.Text.Json;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Demo;

public sealed class StandInClusterTests
{
    private const string Discovery = "/.well-known/openid-configuration";
    private const string KeySet = "/openid/v1/jwks";

    [Theory]
    [InlineData("discovery-default-jwks-uri", Discovery, "jwks-one-rsa", "https://issuer.example.test", null)]
    [InlineData("discovery-path-issuer", Discovery, "jwks-one-rsa", "https://issuer.example.test/clusters/a", null)]
    [InlineData("discovery-public-jwks-uri-rs256-es256", Discovery, "jwks-two-rsa-one-ec", "https://issuer.example.test", "https://issuer.example.test/openid/v1/jwks")]
    [InlineData("discovery-trailing-slash", Discovery + "/", "jwks-one-rsa", "https://issuer.example.test", null)]
    [InlineData("discovery-two-issuers-first-wins", Discovery, "jwks-one-rsa", "https://new.example.test", null)]
    [InlineData("jwks-one-rsa", KeySet, "jwks-one-rsa", "https://issuer.example.test", null)]
    [InlineData("jwks-one-rsa", KeySet + "/", "jwks-one-rsa", "https://issuer.example.test", null)]
    [InlineData("jwks-two-rsa-rotated", KeySet, "jwks-two-rsa-rotated", "https://issuer.example.test", null)]
    [InlineData("jwks-two-rsa-one-ec", KeySet, "jwks-two-rsa-one-ec", "https://issuer.example.test", null)]
    [InlineData("readyz", "/readyz", "jwks-one-rsa", "https://issuer.example.test", null)]
    [InlineData("readyz", "/livez", "jwks-one-rsa", "https://issuer.example.test", null)]
    [InlineData("error-404-non-https-issuer", KeySet, "jwks-one-rsa", "kubernetes/serviceaccount", null)]
    [InlineData("error-404-non-https-issuer", Discovery, "jwks-one-rsa", "https://issuer.example.test?a=b", null)]
    public async Task Responds_to_an_administrator_as_recorded(string recorded, string target, string keys, string issuer, string? jwksUri)
    {
        StandInOptions defaults = new();
        await using StandInCluster cluster = await StandInCluster.StartAsync(new()
        {
            Issuer = issuer,
            FurtherIssuers = ["https://issuer.example.test"],
            JwksUri = jwksUri ?? defaults.JwksUri,
            Keys = RecordedKeys.Of(keys),
        });

        Assert.Equal(ResponseOf(recorded), await RawConnection.QueryAsync(cluster, cluster.AdministratorToken, target: target));
    }

    [Theory]
    [InlineData("error-401-no-credentials", "nobody", "GET", "")]
    [InlineData("error-401-no-credentials", "unknown", "GET", "")]
    [InlineData("error-403-unbound-user", "plain", "GET", "")]
    [InlineData("error-403-service-account-head", "gateway", "HEAD", "")]
    [InlineData("error-406-accept-json", "admin", "GET", "Accept: application/json\r\n")]
    [InlineData("error-406-accept-json", "gateway", "GET", "Accept: application/*, application/json;q=0.5\r\n")]
    [InlineData("head-jwks", "admin", "HEAD", "")]
    [InlineData("post-jwks", "admin", "POST", "")]
    [InlineData("jwks-one-rsa", "gateway", "GET", "Accept: application/jwk-set+json\r\n")]
    [InlineData("jwks-one-rsa", "gateway", "GET", "Accept: text/html, */*;q=0.1\r\n")]
    [InlineData("jwks-accept-encoding-gzip", "gateway", "GET", "Accept-Encoding: gzip\r\n")]
    public async Task Treats_users_methods_and_accept_headers_as_recorded(string recorded, string user, string method, string headers)
    {
        ServiceAccountKey signing = ServiceAccountKey.Create(SigningAlgorithm.ES256);
        await using StandInCluster cluster = await StandInCluster.StartAsync(new() { Keys = [signing] });
        string? token = user switch
        {
            "admin" => cluster.AdministratorToken,
            "plain" => cluster.UnboundUserToken,
            "gateway" => cluster.AddUser(cluster.Gateway.Subject),
            "unknown" => "unknown",
            _ => null,
        };
        cluster.Server.SetKeys(RecordedKeys.Of("jwks-one-rsa"));

        Assert.Equal(ResponseOf(recorded), await RawConnection.QueryAsync(cluster, token, method, headers: headers));
    }

    [Fact]
    public async Task Lets_any_user_read_the_discovery_document_and_only_bound_ones_the_keys()
    {
        await using StandInCluster cluster = await SmallAsync(new() { ServiceAccountsMayReadKeys = false });
        string gateway = cluster.Server.Mint(cluster.Gateway).Text;

        Assert.StartsWith("HTTP/1.1 200 OK\n", await RawConnection.QueryAsync(cluster, cluster.UnboundUserToken, target: Discovery));
        Assert.StartsWith("HTTP/1.1 200 OK\n", await RawConnection.QueryAsync(cluster, gateway, target: Discovery));
        Assert.EndsWith(Forbidden("system:serviceaccount:default:issuer-gateway", "get", KeySet), await RawConnection.QueryAsync(cluster, gateway));
    }

    [Fact]
    public async Task Forbids_a_service_account_every_path_that_it_has_no_role_for()
    {
        await using StandInCluster cluster = await SmallAsync();

        string response = await RawConnection.QueryAsync(cluster, cluster.Server.Mint(cluster.Gateway).Text, target: "/metrics");

        Assert.EndsWith(Forbidden("system:serviceaccount:default:issuer-gateway", "get", "/metrics"), response);
    }

    [Fact]
    public async Task Takes_the_user_from_a_client_certificate_of_its_ca()
    {
        await using StandInCluster cluster = await SmallAsync();
        using var administrator = cluster.Ca.IssueUserCertificate("kubernetes-admin", "system:masters");
        using var unbound = cluster.Ca.IssueUserCertificate("plain");
        using ClusterCa other = new();
        using var stranger = other.IssueUserCertificate("kubernetes-admin", "system:masters");

        Assert.StartsWith("HTTP/1.1 200 OK\n", await RawConnection.QueryAsync(cluster, null, user: administrator));
        Assert.EndsWith(Forbidden("plain", "get", KeySet), await RawConnection.QueryAsync(cluster, null, user: unbound));
        Assert.StartsWith("HTTP/1.1 401 Unauthorized\n", await RawConnection.QueryAsync(cluster, null, user: stranger));
    }

    [Fact]
    public async Task States_the_max_age_that_it_is_given()
    {
        await using StandInCluster cluster = await SmallAsync(new() { MaxAge = TimeSpan.Zero });

        Assert.Contains("\nCache-Control: public, max-age=0\n", await RawConnection.QueryAsync(cluster, cluster.AdministratorToken));
        cluster.Server.MaxAge = TimeSpan.FromSeconds(90);
        Assert.Contains("\nCache-Control: public, max-age=90\n", await RawConnection.QueryAsync(cluster, cluster.AdministratorToken));
    }

    [Fact]
    public async Task Names_its_announced_servers_in_endpoint_slices()
    {
        await using StandInCluster cluster = await SmallAsync(new() { Servers = 3 });
        cluster.Servers[1].Announced = false;
        string gateway = cluster.Server.Mint(cluster.Gateway).Text;
        const string path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

        string response = await RawConnection.QueryAsync(cluster, gateway, target: path + "?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes");

        using JsonDocument list = JsonDocument.Parse(response[(response.IndexOf("\n\n", StringComparison.Ordinal) + 2)..]);
        Assert.Equal("EndpointSliceList", list.RootElement.GetProperty("kind").GetString());
        Assert.Equal(
            [$"kubernetes 127.0.0.1:{cluster.Servers[0].Port}", $"kubernetes-1 127.0.0.1:{cluster.Servers[2].Port}"],
            list.RootElement.GetProperty("items").EnumerateArray().Select(slice =>
                $"{slice.GetProperty("metadata").GetProperty("name")} {slice.GetProperty("endpoints")[0].GetProperty("addresses")[0]}:{slice.GetProperty("ports")[0].GetProperty("port")}"));

        cluster.GatewayMayListEndpointSlices = false;
        Assert.StartsWith("HTTP/1.1 403 Forbidden\n", await RawConnection.QueryAsync(cluster, gateway, target: path));
    }

    [Fact]
    public async Task Records_every_request_with_all_that_crossed()
    {
        await using StandInCluster cluster = await SmallAsync(new() { Servers = 2 });

        await RawConnection.QueryAsync(cluster, "unknown", target: KeySet + "?a=b", headers: "X-Seen: 1\r\n");
        await RawConnection.QueryAsync(cluster, null, target: Discovery);

        Assert.Equal(2, cluster.Server.Requests.Count());
        Assert.Equal(1, cluster.Server.Requests.Count(KeySet));
        Assert.Empty(cluster.Servers[1].Requests.All);
        ReceivedRequest request = cluster.Server.Requests.All[0];
        Assert.Equal(("GET", KeySet + "?a=b", "HTTP/1.1"), (request.Method, request.Target, request.Protocol));
        Assert.Equal(["Authorization", "Connection", "Host", "X-Seen"], request.Headers.Keys.Order());
        Assert.NotEqual(request.Connection, cluster.Server.Requests.All[1].Connection);
    }

    [Fact]
    public async Task Lets_servers_differ_during_a_rotation()
    {
        ServiceAccountKey first = ServiceAccountKey.Create(SigningAlgorithm.ES256);
        await using StandInCluster cluster = await StandInCluster.StartAsync(new() { Servers = 2, Keys = [first] });
        ServiceAccountKey second = ServiceAccountKey.Create(SigningAlgorithm.ES384);

        cluster.Servers[0].AddKey(second);
        cluster.Servers[0].SignWith(second);

        Assert.Equal([first, second], cluster.Servers[0].Keys);
        Assert.Equal([first], cluster.Servers[1].Keys);
        Assert.Equal([second, first], cluster.Servers.Select(server => server.Mint(cluster.Gateway).Key));

        cluster.Servers[0].RemoveKey(first);
        Assert.Equal([second], cluster.Servers[0].Keys);
    }

    [Fact]
    public async Task Rejects_a_token_once_its_key_is_withdrawn_its_time_is_over_or_it_is_revoked()
    {
        ServiceAccountKey first = ServiceAccountKey.Create(SigningAlgorithm.ES256);
        Microsoft.Extensions.Time.Testing.FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        await using StandInCluster cluster = await StandInCluster.StartAsync(new() { Keys = [first], Time = time });
        string revoked = cluster.Server.Mint(cluster.Gateway).Text;
        string foreign = cluster.Server.Mint(cluster.Gateway, ["api://AzureADTokenExchange"]).Text;
        string good = cluster.Server.Mint(cluster.Gateway, lifetime: TimeSpan.FromMinutes(10)).Text;
        cluster.Revoke(revoked);

        Assert.StartsWith("HTTP/1.1 401 ", await RawConnection.QueryAsync(cluster, revoked));
        Assert.StartsWith("HTTP/1.1 401 ", await RawConnection.QueryAsync(cluster, foreign));
        Assert.StartsWith("HTTP/1.1 200 ", await RawConnection.QueryAsync(cluster, good));
        cluster.Server.SetKeys(ServiceAccountKey.Create(SigningAlgorithm.ES256));
        Assert.StartsWith("HTTP/1.1 401 ", await RawConnection.QueryAsync(cluster, good));
        cluster.Server.SetKeys(first);
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.StartsWith("HTTP/1.1 401 ", await RawConnection.QueryAsync(cluster, good));
    }

    private static Task<StandInCluster> SmallAsync(StandInOptions? options = null) =>
        StandInCluster.StartAsync((options ?? new()) with { Keys = [ServiceAccountKey.Create(SigningAlgorithm.ES256)] });

    private static string ResponseOf(string recorded) => RawConnection.Normal(Encoding.UTF8.GetString(Recorded.Raw(recorded)));

    private static string Forbidden(string user, string verb, string path) =>
        Encoding.UTF8.GetString(Recorded.Body("error-403-unbound-user")).Replace("plain", user).Replace("get", verb).Replace(KeySet, path);
}
