using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using IssuerGateway.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;

namespace IssuerGateway.EndToEnd.Entra;

/// <summary>
/// A stand-in for Entra's token endpoint of one tenant, for the three grants that OAuth2 Proxy and a check use, and for a
/// person who signs in by device code (RFC 8628) and is always ready. The tokens that it returns are opaque: nothing
/// here or in a test reads them.
/// </summary>
internal sealed class TokenEndpointStandIn : IAsyncDisposable
{
    public const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    public const string AdministratorSecret = "stand-in-secret-of-a-pipeline";

    private const string PersonsCode = "device-code-of-a-person";

    private readonly WebApplication app;
    private readonly TokenEndpointOptions options;
    private readonly AssertionValidator validator;

    private TokenEndpointStandIn(TokenEndpointOptions options)
    {
        this.options = options;
        validator = new AssertionValidator(new PublicIssuerReader(options.Internet), options.Time);
        app = LoopbackApp.Build(options.Certificate);
        app.MapPost("/{tenant}/oauth2/v2.0/token", ExchangeAsync);
        app.MapPost("/{tenant}/oauth2/v2.0/devicecode", DeviceCode);
        app.MapGet("/{tenant}/v2.0/.well-known/openid-configuration", Discovery);
    }

    public int Port { get; private set; }

    public string Url => $"https://localhost:{Port}";

    public static async Task<TokenEndpointStandIn> StartAsync(TokenEndpointOptions options)
    {
        TokenEndpointStandIn standIn = new(options);
        await standIn.app.StartAsync();
        standIn.Port = standIn.app.Port();
        return standIn;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task<IResult> ExchangeAsync(HttpContext context, string tenant)
    {
        IFormCollection form = await context.Request.ReadFormAsync(context.RequestAborted);
        string clientId = form["client_id"].ToString();
        if (form["grant_type"].ToString().EndsWith("device_code", StringComparison.Ordinal) && form["device_code"] == PersonsCode)
        {
            return SignedIn();
        }

        // An administrator's pipeline, not the workload: the one caller that may have a secret.
        if (form["grant_type"] == "client_credentials" && form["client_secret"] == AdministratorSecret)
        {
            return Granted(form);
        }

        Rejection? rejection = Parameters(form)
            ?? (tenant != options.Tenant || options.Records(clientId) is not { } records
                ? new Rejection(AadstsText.NoApplication, clientId, tenant)
                : await validator.ValidateAsync(clientId, records, form["client_assertion"].ToString(), context.RequestAborted));
        return rejection is null ? Granted(form) : Rejected(rejection, options.Time);
    }

    // RFC 6749 §4.1.3, §4.4.2 and §6, with the client authentication of RFC 7521 §4.2 in each.
    private static Rejection? Parameters(IFormCollection form)
    {
        string grant = form["grant_type"].ToString();
        string[]? needed = grant switch
        {
            "client_credentials" => ["scope"],
            "authorization_code" => ["code", "redirect_uri"],
            "refresh_token" => ["refresh_token"],
            _ => null,
        };
        if (needed is null)
        {
            return new Rejection(AadstsText.GrantType, grant);
        }

        string? missing = needed.Concat(["client_id", "client_assertion", "client_assertion_type"]).FirstOrDefault(name => string.IsNullOrEmpty(form[name]));
        return missing is not null ? new Rejection(AadstsText.MissingParameter, missing)
            : form["client_assertion_type"] != AssertionType ? new Rejection(AadstsText.MissingParameter, "client_assertion_type")
            : null;
    }

    private IResult Granted(IFormCollection form)
    {
        JsonObject response = new() { ["token_type"] = "Bearer", ["expires_in"] = 3599, ["access_token"] = options.AccessToken };
        if (form["grant_type"] != "client_credentials")
        {
            response["id_token"] = "stand-in-id-token";
            response["refresh_token"] = "stand-in-refresh-token";
        }

        return Results.Text(response.ToJsonString(), "application/json; charset=utf-8");
    }

    private static IResult DeviceCode() => Results.Text(new JsonObject
    {
        ["user_code"] = "ABCD1234",
        ["device_code"] = PersonsCode,
        ["verification_uri"] = "https://login.example.com/device",
        ["expires_in"] = 900,
        ["interval"] = 1,
        ["message"] = "To sign in, open https://login.example.com/device and enter the code ABCD1234.",
    }.ToJsonString(), "application/json; charset=utf-8");

    // Libraries look up who signed in, in an id_token whose signature they leave to the connection, and in client_info.
    private IResult SignedIn()
    {
        string header = Base64UrlEncoder.Encode("""{"alg":"none"}""");
        string claims = Base64UrlEncoder.Encode($$"""{"aud":"a","iss":"{{Url}}/{{options.Tenant}}/v2.0","oid":"person","sub":"person","tid":"{{options.Tenant}}","preferred_username":"person@example.com"}""");
        return Results.Text(new JsonObject
        {
            ["token_type"] = "Bearer",
            ["scope"] = "https://graph.microsoft.com/.default",
            ["expires_in"] = 3599,
            ["access_token"] = options.AccessToken,
            ["id_token"] = $"{header}.{claims}.",
            ["client_info"] = Base64UrlEncoder.Encode($$"""{"uid":"person","utid":"{{options.Tenant}}"}"""),
        }.ToJsonString(), "application/json; charset=utf-8");
    }

    /// <summary>The response to a rejected request, as both stand-ins send it.</summary>
    public static IResult Rejected(Rejection rejection, TimeProvider time)
    {
        string timestamp = time.GetUtcNow().ToString("u", CultureInfo.InvariantCulture);
        string trace = Guid.NewGuid().ToString();
        string correlation = Guid.NewGuid().ToString();
        JsonObject response = new()
        {
            ["error"] = rejection.Text.Error,
            ["error_description"] = $"{rejection.Description} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}",
            ["error_codes"] = new JsonArray(rejection.Code),
            ["timestamp"] = timestamp,
            ["trace_id"] = trace,
            ["correlation_id"] = correlation,
            ["error_uri"] = $"https://login.microsoftonline.com/error?code={rejection.Code}",
        };
        return Results.Text(response.ToJsonString(), "application/json; charset=utf-8", statusCode: rejection.Text.Status);
    }

    private IResult Discovery(string tenant) => Results.Text(new JsonObject
    {
        ["issuer"] = $"{Url}/{tenant}/v2.0",
        ["authorization_endpoint"] = $"{Url}/{tenant}/oauth2/v2.0/authorize",
        ["token_endpoint"] = $"{Url}/{tenant}/oauth2/v2.0/token",
        ["jwks_uri"] = $"{Url}/{tenant}/discovery/v2.0/keys",
    }.ToJsonString(), "application/json; charset=utf-8");
}

/// <summary>The tenant that a stand-in plays, and its way to the internet.</summary>
internal sealed record TokenEndpointOptions
{
    public required string Tenant { get; init; }

    /// <summary>The federated credentials of an app by client id; null for an app that the tenant does not have.</summary>
    public required Func<string, IReadOnlyList<FederatedRecord>?> Records { get; init; }

    /// <summary>Made by <see cref="PublicIssuerReader.Internet"/>.</summary>
    public required HttpClient Internet { get; init; }

    public string AccessToken { get; init; } = "stand-in-access-token";

    /// <summary>For localhost.</summary>
    public required X509Certificate2 Certificate { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
