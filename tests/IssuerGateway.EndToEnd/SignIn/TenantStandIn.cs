using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.EndToEnd.Entra;
using IssuerGateway.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>
/// A stand-in for one tenant of Entra as a browser and OAuth2 Proxy meet it: discovery, authorize, token, keys, sign-out.
/// It rejects what Entra is documented or seen to reject, and validates the client assertion through the issuer's public URL.
/// It stands in for Entra, it is not Entra.
/// </summary>
internal sealed class TenantStandIn : IAsyncDisposable
{
    public const string Host = "login.microsoftonline.com";
    public const string GraphHost = "graph.microsoft.com";
    public const string Domain = "contoso.onmicrosoft.com";
    public const string SignInPage = "<title>Sign in to your account</title>";

    private const string SessionCookie = "ESTSAUTH";

    private static readonly string[] scopes = ["openid", "email", "profile", "offline_access", "User.Read"];

    private readonly WebApplication app;
    private readonly TenantDirectory directory;
    private readonly TenantTokens tokens;
    private readonly AssertionValidator validator;
    private readonly ConcurrentDictionary<string, CodeGrant> codes = [];
    private readonly ConcurrentDictionary<string, Person> refreshTokens = [];
    private readonly ConcurrentDictionary<string, Person> sessions = [];

    private TenantStandIn(TenantDirectory directory, HttpClient internet, X509Certificate2 certificate, TimeProvider time)
    {
        this.directory = directory;
        tokens = new TenantTokens(directory, time);
        validator = new AssertionValidator(new PublicIssuerReader(internet), time);
        app = LoopbackApp.Build(certificate);
        app.MapGet("/{tenant}/v2.0/.well-known/openid-configuration", Discovery);
        app.MapGet("/{tenant}/discovery/v2.0/keys", () => Json(TenantTokens.KeySet()));
        app.MapGet("/{tenant}/oauth2/v2.0/authorize", Authorize);
        app.MapPost("/{tenant}/login", LoginAsync);
        app.MapPost("/{tenant}/oauth2/v2.0/token", TokenAsync);
        app.MapGet("/{tenant}/oauth2/v2.0/logout", Logout);
        app.MapGet("/oidc/userinfo", () => Json(new JsonObject { ["sub"] = "of-graph" }));
    }

    public int Port { get; private set; }

    /// <summary>Each request to the token endpoint with the code of its rejection, 0 for a success.</summary>
    public ConcurrentQueue<(IReadOnlyDictionary<string, string> Form, int Code)> TokenRequests { get; } = [];

    public static async Task<TenantStandIn> StartAsync(TenantDirectory directory, HttpClient internet, X509Certificate2 certificate, TimeProvider time)
    {
        TenantStandIn tenant = new(directory, internet, certificate, time);
        await tenant.app.StartAsync();
        tenant.Port = tenant.app.Port();
        return tenant;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    // A domain name works as tenant, and the document names the tenant's GUID as issuer all the same.
    private IResult Discovery(string tenant)
    {
        if (tenant != directory.Tenant && tenant != Domain)
        {
            return Page(new Rejection(SignInText.UnknownTenant, tenant));
        }

        string root = $"https://{Host}/{tenant}";
        return Json(new JsonObject
        {
            ["token_endpoint"] = $"{root}/oauth2/v2.0/token",
            ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_post", "private_key_jwt", "client_secret_basic"),
            ["jwks_uri"] = $"{root}/discovery/v2.0/keys",
            ["response_modes_supported"] = new JsonArray("query", "fragment", "form_post"),
            ["subject_types_supported"] = new JsonArray("pairwise"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
            ["response_types_supported"] = new JsonArray("code", "id_token", "code id_token", "id_token token"),
            ["scopes_supported"] = new JsonArray("openid", "profile", "email", "offline_access"),
            ["issuer"] = $"https://{Host}/{directory.Tenant}/v2.0",
            ["userinfo_endpoint"] = $"https://{GraphHost}/oidc/userinfo",
            ["authorization_endpoint"] = $"{root}/oauth2/v2.0/authorize",
            ["end_session_endpoint"] = $"{root}/oauth2/v2.0/logout",
        });
    }

    private IResult Authorize(HttpContext context, string tenant)
    {
        IQueryCollection query = context.Request.Query;
        string redirect = query["redirect_uri"].ToString();
        string? scope = query["scope"].ToString().Split(' ').FirstOrDefault(each => !scopes.Contains(each));
        Rejection? rejection = tenant != directory.Tenant && tenant != Domain ? new Rejection(SignInText.UnknownTenant, tenant)
            : query["client_id"] != directory.ClientId ? new Rejection(AadstsText.NoApplication, query["client_id"].ToString(), tenant)
            : !directory.RedirectUrls.Contains(redirect) ? new Rejection(SignInText.UnknownRedirect, redirect, directory.ClientId)
            : query["response_type"] != "code" ? new Rejection(AadstsText.MissingParameter, "response_type")
            : scope is not null ? new Rejection(SignInText.UnknownScope, scope)
            : null;
        if (rejection is not null)
        {
            return Page(rejection);
        }

        if (context.Request.Cookies[SessionCookie] is not { } session || !sessions.TryGetValue(session, out Person? person))
        {
            return Results.Text($"<html>{SignInPage}</html>", "text/html");
        }

        if (Admit(person) is { } rejected)
        {
            return Page(rejected);
        }

        string code = NewSecret();
        codes[code] = new CodeGrant(person, redirect, query["scope"].ToString().Contains("offline_access", StringComparison.Ordinal), query["nonce"], query["code_challenge"], query["code_challenge_method"]);
        return Results.Redirect($"{redirect}?code={code}&state={Uri.EscapeDataString(query["state"].ToString())}&session_state={NewSecret()}");
    }

    private Rejection? Admit(Person person) => person.IsBlocked ? new Rejection(SignInText.Blocked)
        : !directory.IsConsented ? new Rejection(SignInText.ApprovalNeeded)
        : directory.RequiresAssignment && person.Roles.Count == 0 ? new Rejection(SignInText.NotAssigned, person.Name, directory.ClientId)
        : null;

    // The page with name and password; a session of Entra begins, and the request continues where it stopped.
    private async Task<IResult> LoginAsync(HttpContext context, string tenant)
    {
        IFormCollection form = await context.Request.ReadFormAsync(context.RequestAborted);
        string session = NewSecret();
        sessions[session] = directory.People[form["login"].ToString()];
        context.Response.Cookies.Append(SessionCookie, session, new CookieOptions { Secure = true, HttpOnly = true, SameSite = SameSiteMode.None, Path = "/" });
        return Results.Redirect($"https://{Host}/{tenant}/oauth2/v2.0/authorize{context.Request.QueryString}");
    }

    private async Task<IResult> TokenAsync(HttpContext context, string tenant)
    {
        IFormCollection form = await context.Request.ReadFormAsync(context.RequestAborted);
        (JsonObject? granted, Rejection? rejection) = await GrantAsync(form, tenant, context.RequestAborted);
        TokenRequests.Enqueue((form.ToDictionary(each => each.Key, each => each.Value.ToString()), rejection?.Code ?? 0));
        return granted is null ? TokenEndpointStandIn.Rejected(rejection!, TimeProvider.System) : Json(granted);
    }

    // The client is authenticated first (RFC 6749 §3.2.1), then the grant is looked at.
    private async Task<(JsonObject? Granted, Rejection? Rejection)> GrantAsync(IFormCollection form, string tenant, CancellationToken cancellation)
    {
        string clientId = form["client_id"].ToString();
        if (tenant != directory.Tenant || clientId != directory.ClientId)
        {
            return (null, new Rejection(AadstsText.NoApplication, clientId, tenant));
        }

        if (form["client_assertion_type"] != TokenEndpointStandIn.AssertionType)
        {
            return (null, new Rejection(AadstsText.MissingParameter, "client_assertion_type"));
        }

        if (await validator.ValidateAsync(clientId, [directory.Credential], form["client_assertion"].ToString(), cancellation) is { } rejection)
        {
            return (null, rejection);
        }

        return form["grant_type"].ToString() switch
        {
            "authorization_code" => Redeem(form),
            "refresh_token" => Refresh(form),
            { } other => (null, new Rejection(AadstsText.GrantType, other)),
        };
    }

    private (JsonObject?, Rejection?) Redeem(IFormCollection form)
    {
        if (!codes.TryRemove(form["code"].ToString(), out CodeGrant? grant))
        {
            return (null, new Rejection(SignInText.CodeUnknown));
        }

        if (form["redirect_uri"] != grant.RedirectUrl)
        {
            return (null, new Rejection(SignInText.UnknownRedirect, form["redirect_uri"].ToString(), directory.ClientId));
        }

        // RFC 7636 §4.6.
        bool proven = grant.ChallengeMethod == "S256"
            ? Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) == grant.Challenge
            : string.IsNullOrEmpty(grant.Challenge) && string.IsNullOrEmpty(form["code_verifier"]);
        return proven ? (Tokens(grant.Person, grant.Nonce, grant.IsOffline), null) : (null, new Rejection(SignInText.VerifierDiffers));
    }

    private (JsonObject?, Rejection?) Refresh(IFormCollection form) =>
        !refreshTokens.TryGetValue(form["refresh_token"].ToString(), out Person? person) ? (null, new Rejection(SignInText.RefreshTokenUnknown))
        : person.IsBlocked ? (null, new Rejection(SignInText.Blocked))
        : (Tokens(person, nonce: null, offline: true), null);

    private JsonObject Tokens(Person person, string? nonce, bool offline)
    {
        JsonObject granted = new()
        {
            ["token_type"] = "Bearer",
            ["scope"] = "openid profile email",
            ["expires_in"] = (long)directory.IdTokenLife.TotalSeconds,
            ["access_token"] = NewSecret(),
            ["id_token"] = tokens.IdToken(person, nonce),
        };
        if (offline)
        {
            // Entra's refresh tokens are more than a kilobyte long, and the one before stays valid.
            string refresh = $"{NewSecret()}{new string('r', 1100)}";
            refreshTokens[refresh] = person;
            granted["refresh_token"] = refresh;
        }

        return granted;
    }

    private IResult Logout(HttpContext context)
    {
        sessions.TryRemove(context.Request.Cookies[SessionCookie] ?? "", out _);
        context.Response.Cookies.Delete(SessionCookie, new CookieOptions { Secure = true, HttpOnly = true, SameSite = SameSiteMode.None, Path = "/" });
        return Results.Text("<html><title>You signed out of your account</title></html>", "text/html");
    }

    private static IResult Page(Rejection rejection) => Results.Text($"<html>Sorry, but we're having trouble signing you in. {rejection.Description}</html>", "text/html", statusCode: 400);

    private static IResult Json(JsonObject body) => Results.Text(body.ToJsonString(), "application/json; charset=utf-8");

    private static string NewSecret() => Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));

    private sealed record CodeGrant(Person Person, string RedirectUrl, bool IsOffline, string? Nonce, string? Challenge, string? ChallengeMethod);
}
