using System.Net;
using System.Text.Json.Nodes;
using System.Web;
using IssuerGateway.Ctl.Parties.EntraApp;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Ctl.Parties.Exchange;

/// <summary>
/// The token endpoints of the parties, made from what is known of them (their documentation, source, and recorded calls):
/// which token each accepts, and its own words for each mistake. They share no code with issuerctl.
/// </summary>
internal sealed class PartyStandIn : IDisposable
{
    public const string AccessToken = "secret-access-token-of-the-party";

    private readonly LoopbackApi api;
    private readonly JsonArray keys;

    public PartyStandIn(JsonArray keys)
    {
        this.keys = keys;
        api = new LoopbackApi((context, body) =>
        {
            Received.Add(body);
            return Hangs ? null : Always ?? Respond(context.Request, body);
        });
    }

    public string Url => api.Url;

    /// <summary>The bodies that were received, in order.</summary>
    public List<string> Received { get; } = [];

    /// <summary>Replaces every response.</summary>
    public (int Status, string Body)? Always { get; set; }

    /// <summary>Does not respond at all.</summary>
    public bool Hangs { get; set; }

    public void Dispose() => api.Dispose();

    private (int Status, string Body) Respond(HttpListenerRequest request, string body)
    {
        string path = request.Url!.AbsolutePath;
        string? bearer = request.Headers["Authorization"]?.Replace("Bearer ", "", StringComparison.Ordinal);
        return path switch
        {
            "/" => Aws(HttpUtility.ParseQueryString(body)),
            "/v1/token" => Google(HttpUtility.ParseQueryString(body)),
            "/v1/auth/jwt/login" => Vault(JsonNode.Parse(body)!),
            "/apis/authentication.k8s.io/v1/selfsubjectreviews" => Kubernetes(bearer ?? ""),
            _ when path.EndsWith(":generateAccessToken", StringComparison.Ordinal) => Impersonate(path, bearer),
            _ when path.EndsWith("/oauth2/v2.0/token", StringComparison.Ordinal) => Entra(HttpUtility.ParseQueryString(body)),
            _ => (404, """{"errors":["no handler for route"]}"""),
        };
    }

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    // 5 minutes of skew on iat, nbf and exp; one audience; the order of the recorded calls.
    private (int Status, string Body) Aws(System.Collections.Specialized.NameValueCollection form)
    {
        (int Status, string Body) Error(string code, string message) => (400, $"""<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>""");
        if (form["Action"] != "AssumeRoleWithWebIdentity" || form["Version"] != "2011-06-15" || form["RoleSessionName"] is null || int.Parse(form["DurationSeconds"]!) is < 900 or > 43200)
        {
            return Error("ValidationError", "bad request");
        }

        TokenValidator token = TokenValidator.Read(form["WebIdentityToken"]!)!;
        return token switch
        {
            { Issuer: not ClusterTokens.Issuer } => Error("InvalidIdentityToken", "No OpenIDConnect provider found in your account for " + token.Issuer),
            _ when token.Algorithm is not ("RS256" or "ES256") => Error("InvalidIdentityToken", "The web identity token provided could not be validated"),
            _ when token.Time("exp") is not { } => Error("InvalidIdentityToken", "Missing a required claim: exp"),
            _ when token.Time("exp") < Now - 300 => Error("ExpiredTokenException", $"Token expired: current date/time {Now} must be before the expiration date/time {token.Time("exp")}"),
            _ when token.Time("iat") > Now + 300 => Error("InvalidIdentityToken", "Token issued in the future"),
            _ when !keys.Any(key => (string?)key!["kid"] == (string?)token.Header["kid"]) => Error("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"),
            _ when !token.IsSignedBy(keys) || !token.Audiences.SequenceEqual(["sts.amazonaws.com"]) => Error("InvalidIdentityToken", "The web identity token provided could not be validated"),
            _ when token.Subject != ClusterTokens.Subject || form["RoleArn"] != "arn:aws:iam::111122223333:role/shop" => (403, Error("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity").Body),
            _ => (200, $"""<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><SubjectFromWebIdentityToken>{token.Subject}</SubjectFromWebIdentityToken><Audience>{token.Audiences[0]}</Audience><Credentials><AccessKeyId>AKIA{AccessToken}</AccessKeyId><SecretAccessKey>{AccessToken}</SecretAccessKey><SessionToken>{AccessToken}</SessionToken><Expiration>2026-11-28T22:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""),
        };
    }

    private (int Status, string Body) Google(System.Collections.Specialized.NameValueCollection form)
    {
        (int Status, string Body) Error(string error, string description) => (400, new JsonObject { ["error"] = error, ["error_description"] = description }.ToJsonString());
        const string audience = "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/clusters/providers/shop";
        if (form["grant_type"] != "urn:ietf:params:oauth:grant-type:token-exchange" || form["subject_token_type"] != "urn:ietf:params:oauth:token-type:jwt"
            || form["requested_token_type"] != "urn:ietf:params:oauth:token-type:access_token" || form["scope"] is null)
        {
            return Error("invalid_request", "bad request");
        }

        TokenValidator token = TokenValidator.Read(form["subject_token"]!)!;
        return token switch
        {
            _ when form["audience"] != audience => Error("invalid_target", "The target service indicated by the \"audience\" parameters is invalid."),
            { Issuer: not ClusterTokens.Issuer } => Error("invalid_grant", "Error connecting to the given credential's issuer."),
            _ when token.Time("exp") < Now => Error("invalid_grant", $"ID Token issued at {token.Time("iat")} is stale to sign-in."),
            _ when !token.Audiences.Any(each => each == audience || each == "https:" + audience) => Error("invalid_grant", $"The audience in ID Token [{token.Audiences[0]}] does not match the expected audience."),
            _ when !token.IsSignedBy(keys) => Error("invalid_grant", "Unable to verify the ID Token signature."),
            _ when token.Subject != ClusterTokens.Subject => Error("unauthorized_client", "The given credential is rejected by the attribute condition."),
            _ => (200, $$"""{"access_token":"{{AccessToken}}","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":3599}"""),
        };
    }

    private static (int Status, string Body) Impersonate(string path, string? bearer) =>
        bearer != AccessToken ? (401, """{"error":{"code":401,"message":"Request had invalid authentication credentials.","status":"UNAUTHENTICATED"}}""")
        : path.Contains("shop@shop-prod.iam.gserviceaccount.com", StringComparison.Ordinal) ? (200, $$"""{"accessToken":"{{AccessToken}}","expireTime":"2026-11-28T22:00:00Z"}""")
        : (403, """{"error":{"code":403,"message":"Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).","status":"PERMISSION_DENIED"}}""");

    // RS, ES and PS; 60 s of leeway; one key that go-jose cannot read breaks the set.
    private (int Status, string Body) Vault(JsonNode login)
    {
        (int Status, string Body) Error(string message) => (400, new JsonObject { ["errors"] = new JsonArray(message) }.ToJsonString());
        TokenValidator token = TokenValidator.Read((string)login["jwt"]!)!;
        return token switch
        {
            _ when (string?)login["role"] != "shop" => Error($"role \"{login["role"]}\" could not be found"),
            _ when !TokenValidator.IsWholeSetReadable(keys) || !token.IsSignedBy(keys) => Error("error validating token: error verifying token signature: no known key successfully validated the token signature"),
            _ when token.Time("exp") + 60 < Now => Error("error validating token: invalid expiration time (exp) claim: token is expired"),
            { Issuer: not ClusterTokens.Issuer } => Error("error validating token: invalid issuer (iss) claim"),
            _ when !token.Audiences.Contains("https://vault.example.com") => Error("error validating token: invalid audience (aud) claim: audience claim does not match any bound audience"),
            _ when token.Subject != ClusterTokens.Subject => Error("error validating claims: sub claim does not match bound subject"),
            _ => (200, $$"""{"auth":{"client_token":"{{AccessToken}}","policies":["default","shop-read"],"lease_duration":3600} }"""),
        };
    }

    // No leeway on exp, one minute on nbf, iat not read; a client learns nothing but 401.
    private (int Status, string Body) Kubernetes(string bearer)
    {
        TokenValidator? token = TokenValidator.Read(bearer);
        bool accepted = token is not null && TokenValidator.IsWholeSetReadable(keys) && token.IsSignedBy(keys) && token.Issuer == ClusterTokens.Issuer
            && token.Audiences.Contains("other-cluster") && token.Time("exp") > Now && (token.Time("nbf") ?? 0) <= Now + 60;
        return accepted
            ? (201, $$$"""{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1","status":{"userInfo":{"username":"shop-cluster:{{{token!.Subject}}}"} } }""")
            : (401, """{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}""");
    }

    private (int Status, string Body) Entra(System.Collections.Specialized.NameValueCollection form)
    {
        (int Status, string Body) Error(string text) => (400, new JsonObject { ["error"] = "invalid_client", ["error_description"] = text + " Trace ID: 1 Correlation ID: 2 Timestamp: 3" }.ToJsonString());
        TokenValidator token = TokenValidator.Read(form["client_assertion"]!)!;
        return token switch
        {
            _ when form["client_assertion_type"] != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || form["grant_type"] != "client_credentials" => Error("AADSTS900144: bad request."),
            _ when form["client_id"] != Samples.Guid => Error($"AADSTS700016: Application with identifier '{form["client_id"]}' was not found in the directory."),
            { Issuer: not ClusterTokens.Issuer } => Error("AADSTS700211: No matching federated identity record found for presented assertion issuer."),
            _ when token.Algorithm != "RS256" => Error("AADSTS5002738: algorithm not supported."),
            _ when !token.Audiences.SequenceEqual(["api://AzureADTokenExchange"]) => Error("AADSTS700212: No matching federated identity record found for presented assertion audience."),
            _ when token.Subject != ClusterTokens.Subject => Error("AADSTS700213: No matching federated identity record found for presented assertion subject."),
            _ when !token.IsSignedBy(keys) => Error("AADSTS7000272: signing key not found."),
            _ when token.Time("exp") < Now - 300 => Error("AADSTS700024: Client assertion is not within its valid time range."),
            _ => (200, $$"""{"token_type":"Bearer","expires_in":3599,"access_token":"{{AccessToken}}"}"""),
        };
    }
}
