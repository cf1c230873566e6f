using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Entra;

/// <summary>The stand-in token endpoint against a small issuer: what it accepts, and each mistake with its code.</summary>
public sealed class TokenEndpointStandInTests : IAsyncLifetime
{
    private const string Tenant = "00000000-0000-0000-0000-000000000000";
    private const string ClientId = "11111111-2222-3333-4444-555555555555";
    private const string Subject = "system:serviceaccount:azure-demo:azure-demo";
    private const string Audience = "api://AzureADTokenExchange";

    private static readonly DateTimeOffset now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<string, IReadOnlyList<FederatedRecord>> directory = new()
    {
        [ClientId] = [new FederatedRecord("https://other.example.com", Subject, Audience), new FederatedRecord(StaticIssuer.Identifier, Subject, Audience)],
        ["empty"] = [],
    };

    private StaticIssuer issuer = null!;
    private HttpClient internet = null!;
    private HttpClient client = null!;
    private TokenEndpointStandIn endpoint = null!;

    public async ValueTask InitializeAsync()
    {
        issuer = await StaticIssuer.StartAsync();
        internet = PublicIssuerReader.Internet([issuer.Certificate], new Dictionary<string, int> { [StaticIssuer.Host] = issuer.Port });
        client = PublicIssuerReader.Internet([issuer.Certificate]);
        endpoint = await TokenEndpointStandIn.StartAsync(new TokenEndpointOptions
        {
            Tenant = Tenant,
            Records = id => directory.GetValueOrDefault(id),
            Internet = internet,
            Certificate = issuer.Certificate,
            Time = new FixedTime(now),
        });
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        internet.Dispose();
        await endpoint.DisposeAsync();
        await issuer.DisposeAsync();
    }

    [Theory]
    [InlineData("client_credentials", null)]
    [InlineData("authorization_code", null)]
    [InlineData("refresh_token", null)]
    [InlineData("client_credentials", "JWT")]
    public async Task Grants_a_token_for_a_good_assertion(string grant, string? type)
    {
        (HttpStatusCode status, JsonElement response) = await ExchangeAsync(StaticIssuer.Mint(now, type: type), grant: grant);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("stand-in-access-token", response.GetProperty("access_token").GetString());
        Assert.Equal(grant != "client_credentials", response.TryGetProperty("id_token", out _));
    }

    [Fact]
    public async Task Grants_for_the_longest_life_and_within_five_minutes_of_skew()
    {
        JsonObject longest = new() { ["iat"] = now.AddMinutes(4).ToUnixTimeSeconds(), ["nbf"] = now.AddMinutes(4).ToUnixTimeSeconds(), ["exp"] = now.AddMinutes(4).AddHours(25).ToUnixTimeSeconds() };

        Assert.Equal(HttpStatusCode.OK, (await ExchangeAsync(StaticIssuer.Mint(now, longest))).Status);
    }

    public static TheoryData<string, int, string> Mistakes => new()
    {
        { "slash", 700211, "No matching federated identity record found for presented assertion issuer 'https://oidc.example.com/'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation" },
        { "case", 700211, "No matching federated identity record found for presented assertion issuer 'https://OIDC.example.com'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation" },
        { "issuer-blank", 700211, "No matching federated identity record found for presented assertion issuer 'https://oidc.example.com '. " },
        { "audience", 700212, "No matching federated identity record found for presented assertion audience 'https://kubernetes.default.svc'. " },
        { "two-audiences", 700212, "No matching federated identity record found for presented assertion audience 'api://AzureADTokenExchange,second'. " },
        { "no-audience", 700212, "No matching federated identity record found for presented assertion audience ''. " },
        { "subject", 700213, "No matching federated identity record found for presented assertion subject 'system:serviceaccount:azure-demo:other'. " },
        { "namespace", 700213, "No matching federated identity record found for presented assertion subject 'system:serviceaccount:other:azure-demo'. " },
        { "subject-case", 7002138, "No matching federated identity record found for presented assertion subject 'system:serviceaccount:azure-demo:Azure-Demo'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. " },
        { "rotated-key", 7000272, "The certificate with identifier key-1 used to sign the federated credential could not be found in the metadata of identity provider https://oidc.example.com. " },
        { "hundred-first-key", 7000272, "The certificate with identifier key-1 " },
        { "no-kid", 7000272, "The certificate with identifier  used to sign" },
        { "ec-key", 5002738, "Invalid JWT token. 'ES256' is not a supported signature algorithm." },
        { "alg-none", 5002738, "Invalid JWT token. 'none' is not a supported signature algorithm." },
        { "typ", 5002727, "Invalid JWT token. 'at+jwt' is not a supported token type." },
        { "expired", 700024, "Client assertion is not within its valid time range. Current time: 2026-11-24T12:00:00.0000000+00:00, expiry time of assertion 2026-11-24T11:54:59.0000000+00:00. " },
        { "not-yet", 700024, "Client assertion is not within its valid time range. " },
        { "over-long", 70023, "External OIDC Provider token must have a lifetime of less than or equal to 1.01:00:00. Token issued at 1795521600. Token expires on 1795611601." },
        { "no-iat", 70023, "External OIDC Provider token must have a lifetime of less than or equal to 1.01:00:00. Token issued at . " },
        { "unpublished", 50166, "Request to External OIDC endpoint failed." },
        { "redirect", 50166, "Request to External OIDC endpoint failed." },
        { "keys-unpublished", 50166, "Request to External OIDC endpoint failed." },
        { "keys-on-http", 50166, "Request to External OIDC endpoint failed." },
        { "untrusted", 50166, "Request to External OIDC endpoint failed." },
        { "huge", 50166, "Request to External OIDC endpoint failed." },
        { "document-of-another", 501661, "Request to External OIDC endpoint failed." },
        { "document-html", 501661, "Request to External OIDC endpoint failed." },
        { "document-empty-member", 501661, "Request to External OIDC endpoint failed." },
        { "keys-html", 900612, "The keys of the external OIDC endpoint could not be parsed." },
        { "altered", 7000274, "The signature of the federated credential is not valid." },
        { "no-jwt", 50027, "JWT token is invalid or malformed." },
        { "unknown-app", 700016, $"Application with identifier 'unknown' was not found in the directory '{Tenant}'. " },
        { "unknown-tenant", 700016, $"Application with identifier '{ClientId}' was not found in the directory 'other'. " },
        { "no-credentials", 70025, "The client 'empty' has no configured federated identity credentials." },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Rejects_with_the_code_of_the_mistake(string mistake, int code, string description)
    {
        (HttpStatusCode status, JsonElement response) = await ExchangeAsync(
            Prepare(mistake),
            clientId: mistake switch { "unknown-app" => "unknown", "no-credentials" => "empty", _ => ClientId },
            tenant: mistake == "unknown-tenant" ? "other" : Tenant);

        AadstsText text = AadstsText.All.Single(text => text.Code == code);
        Assert.Equal((text.Status, text.Error), ((int)status, response.GetProperty("error").GetString()));
        Assert.StartsWith($"AADSTS{code}: {description}", response.GetProperty("error_description").GetString(), StringComparison.Ordinal);
        Assert.Equal([code], response.GetProperty("error_codes").EnumerateArray().Select(each => each.GetInt32()));
        Assert.Equal($"https://login.microsoftonline.com/error?code={code}", response.GetProperty("error_uri").GetString());
    }

    [Theory]
    [InlineData("client_assertion", 900144)]
    [InlineData("client_assertion_type", 900144)]
    [InlineData("client_id", 900144)]
    [InlineData("scope", 900144)]
    [InlineData("grant_type", 70003)]
    public async Task Rejects_a_request_without_a_parameter(string parameter, int code)
    {
        Dictionary<string, string> form = Form(StaticIssuer.Mint(now), ClientId, "client_credentials");
        form.Remove(parameter);

        Assert.Equal(code, (await PostAsync(form, Tenant)).Response.GetProperty("error_codes")[0].GetInt32());
    }

    [Fact]
    public async Task A_mismatch_is_reported_although_the_issuer_is_unreachable()
    {
        string wrong = With("sub", "system:serviceaccount:azure-demo:other");
        issuer.Responses.Clear();

        Assert.Equal(700213, (await ExchangeAsync(wrong)).Response.GetProperty("error_codes")[0].GetInt32());
    }

    private string Prepare(string mistake)
    {
        const string discovery = "/.well-known/openid-configuration";
        const string keys = "/openid/v1/jwks";
        string good = issuer.Responses[discovery].Body;
        switch (mistake)
        {
            case "rotated-key": issuer.Publish("key-2"); break;
            case "hundred-first-key": issuer.Publish([.. Enumerable.Range(100, 100).Select(i => $"key-{i}"), "key-1"]); break;
            case "unpublished": issuer.Responses.Clear(); break;
            case "redirect": issuer.Responses[discovery] = (302, ""); break;
            case "keys-unpublished": issuer.Responses.Remove(keys); break;
            case "keys-on-http": issuer.Responses[discovery] = (200, good.Replace("\"jwks_uri\":\"https:", "\"jwks_uri\":\"http:", StringComparison.Ordinal)); break;
            case "huge": issuer.Responses[keys] = (200, new string(' ', 300_000)); break;
            case "document-of-another": issuer.Responses[discovery] = (200, good.Replace("\"issuer\":\"https://oidc", "\"issuer\":\"https://other", StringComparison.Ordinal)); break;
            case "document-html": issuer.Responses[discovery] = (200, "<html>"); break;
            case "document-empty-member": issuer.Responses[discovery] = (200, good.Replace("[\"id_token\"]", "[]", StringComparison.Ordinal)); break;
            case "keys-html": issuer.Responses[keys] = (200, "<html>"); break;
            case "untrusted":
                directory[ClientId] = [new FederatedRecord($"https://127.0.0.1:{issuer.Port}", Subject, Audience)];
                return StaticIssuer.Mint(now, new JsonObject { ["iss"] = $"https://127.0.0.1:{issuer.Port}" });
        }

        return mistake switch
        {
            "slash" => With("iss", "https://oidc.example.com/"),
            "case" => With("iss", "https://OIDC.example.com"),
            "issuer-blank" => With("iss", "https://oidc.example.com "),
            "audience" => With("aud", "https://kubernetes.default.svc"),
            "two-audiences" => With("aud", new JsonArray(Audience, "second")),
            "no-audience" => With("aud", null),
            "subject" => With("sub", "system:serviceaccount:azure-demo:other"),
            "namespace" => With("sub", "system:serviceaccount:other:azure-demo"),
            "subject-case" => With("sub", "system:serviceaccount:azure-demo:Azure-Demo"),
            "no-kid" => StaticIssuer.Mint(now, keyId: ""),
            "ec-key" => StaticIssuer.Mint(now, keyId: "key-ec", algorithm: "ES256"),
            "alg-none" => StaticIssuer.Mint(now, algorithm: "none"),
            "typ" => StaticIssuer.Mint(now, type: "at+jwt"),
            "expired" => StaticIssuer.Mint(now.AddHours(-1).AddMinutes(-5).AddSeconds(-1)),
            "not-yet" => StaticIssuer.Mint(now.AddMinutes(5).AddSeconds(1)),
            "over-long" => With("exp", now.AddHours(25).AddSeconds(1).ToUnixTimeSeconds()),
            "no-iat" => With("iat", null),
            "altered" => Altered(StaticIssuer.Mint(now)),
            "no-jwt" => "not-a-token",
            _ => StaticIssuer.Mint(now),
        };
    }

    private static string With(string claim, JsonNode? value) => StaticIssuer.Mint(now, new JsonObject { [claim] = value });

    // The last character of an RSA-2048 signature in base64url carries padding bits; one in the middle does not.
    private static string Altered(string token)
    {
        int middle = token.LastIndexOf('.') + 100;
        return token[..middle] + (token[middle] == 'A' ? 'B' : 'A') + token[(middle + 1)..];
    }

    private Task<(HttpStatusCode Status, JsonElement Response)> ExchangeAsync(string assertion, string grant = "client_credentials", string clientId = ClientId, string tenant = Tenant) =>
        PostAsync(Form(assertion, clientId, grant), tenant);

    private static Dictionary<string, string> Form(string assertion, string clientId, string grant) => new()
    {
        ["grant_type"] = grant,
        ["client_id"] = clientId,
        ["client_assertion"] = assertion,
        ["client_assertion_type"] = TokenEndpointStandIn.AssertionType,
        ["scope"] = "https://graph.microsoft.com/.default",
        ["code"] = "code",
        ["redirect_uri"] = "https://app.example.com/oauth2/callback",
        ["refresh_token"] = "refresh",
    };

    private async Task<(HttpStatusCode Status, JsonElement Response)> PostAsync(Dictionary<string, string> form, string tenant)
    {
        using FormUrlEncodedContent content = new(form);
        using HttpResponseMessage response = await client.PostAsync(new Uri($"{endpoint.Url}/{tenant}/oauth2/v2.0/token"), content);
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
