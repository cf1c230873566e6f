using System.Globalization;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace IssuerGateway.Demo.RelyingParty;

/// <summary>
/// Validates ServiceAccount tokens with Microsoft.IdentityModel and, on top, every rule that Microsoft documents for
/// federated credentials. A validator that shares no code with the gateway; not a description of what Entra does.
/// </summary>
internal sealed class StrictRelyingParty(FederatedCredential credential, IDocumentRetriever documents, TimeProvider time)
{
    private const int MaxKeys = 100;
    private const int MaxCharacters = 600;
    private static readonly TimeSpan longestLifetime = TimeSpan.FromHours(25);

    /// <summary>
    /// 1. reads the token, 2. compares it with the credential, 3. fetches discovery document and keys, each time again,
    /// 4. compares the issuer, 5. verifies signature and times. Stops after the first stage that has an objection.
    /// </summary>
    public async Task<Verdict> ValidateAsync(string token, CancellationToken cancellationToken = default)
    {
        // 1.
        JsonWebTokenHandler handler = new() { MapInboundClaims = false };
        if (!handler.CanReadToken(token) || ReadToken(token) is not { } read)
        {
            return new Verdict(null, ["the token is no compact JWS"]);
        }

        // 2. Before keys are fetched, as relying parties do.
        string[] objections = [.. HeaderObjections(read), .. ClaimObjections(read)];
        if (objections.Length > 0)
        {
            return new Verdict(read.Kid, objections);
        }

        // 3. OIDC Discovery §4: a terminating slash of the issuer is removed before the well-known suffix.
        ConfigurationManager<OpenIdConnectConfiguration> discovery = new(
            $"{WithoutSlash(credential.Issuer)}/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(), documents);
        OpenIdConnectConfiguration published;
        try
        {
            published = await discovery.GetConfigurationAsync(cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            return new Verdict(read.Kid, [$"the documents could not be fetched: {e.GetBaseException().Message}"]);
        }

        // 4. OIDC Discovery §4.3; ConfigurationManager leaves it to its user.
        objections = [.. DocumentObjections(published)];
        return new Verdict(read.Kid, objections.Length > 0 ? objections : await SignatureObjectionsAsync(handler, token, published));
    }

    private static JsonWebToken? ReadToken(string token)
    {
        try
        {
            return new JsonWebToken(token);
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException or CryptographicException)
        {
            return null;
        }
    }

    private static IEnumerable<string> HeaderObjections(JsonWebToken token)
    {
        if (token.Alg != SecurityAlgorithms.RsaSha256)
        {
            yield return $"alg \"{token.Alg}\", only RS256 is supported";
        }

        if (token.TryGetHeaderValue("typ", out string? type) && type != "JWT")
        {
            yield return $"typ \"{type}\", expected none or \"JWT\"";
        }

        if (string.IsNullOrEmpty(token.Kid))
        {
            yield return "no kid";
        }
    }

    private IEnumerable<string> ClaimObjections(JsonWebToken token)
    {
        string[] audiences = [.. token.Audiences];
        (string Name, string Found, string Expected)[] compared =
        [
            ("iss", token.Issuer, credential.Issuer),
            ("sub", token.Subject, credential.Subject),
            ("aud", audiences.Length == 1 ? audiences[0] : $"{audiences.Length} audiences", credential.Audience),
        ];
        foreach ((string name, string found, string expected) in compared)
        {
            if (!string.Equals(found, expected, StringComparison.Ordinal))
            {
                yield return $"{name} \"{found}\", expected \"{expected}\"";
            }

            if (found.Length > MaxCharacters)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{name} has {found.Length} characters, at most {MaxCharacters}");
            }
        }

        if (!token.TryGetPayloadValue("iat", out long issued) || !token.TryGetPayloadValue("exp", out long expires))
        {
            yield return "iat or exp missing";
        }
        else if (expires - issued > longestLifetime.TotalSeconds)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"valid for {TimeSpan.FromSeconds(expires - issued).TotalHours:0.##} h, at most 25 h");
        }
    }

    private IEnumerable<string> DocumentObjections(OpenIdConnectConfiguration published)
    {
        if (!string.Equals(published.Issuer, credential.Issuer, StringComparison.Ordinal))
        {
            yield return $"the discovery document names issuer \"{published.Issuer}\", expected \"{credential.Issuer}\"";
        }

        int keys = published.JsonWebKeySet?.Keys.Count ?? 0;
        if (keys is 0 or > MaxKeys)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{keys} published keys, expected 1 to {MaxKeys}");
        }
    }

    private async Task<string[]> SignatureObjectionsAsync(JsonWebTokenHandler handler, string token, OpenIdConnectConfiguration published)
    {
        TokenValidationResult result = await handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = credential.Issuer,
            ValidAudience = credential.Audience,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
            IssuerSigningKeys = published.SigningKeys,

            // The key that the token names and no other.
            TryAllIssuerSigningKeys = false,
            ClockSkew = TimeSpan.Zero,
            RequireExpirationTime = true,
            LifetimeValidator = (notBefore, expires, _, _) =>
                (notBefore is null || time.GetUtcNow() >= notBefore) && time.GetUtcNow() < expires,
        });
        return result.IsValid ? [] : [Reason(result.Exception)];
    }

    private static string Reason(Exception exception) => exception switch
    {
        SecurityTokenSignatureKeyNotFoundException => "its signing key is not among the published keys",
        SecurityTokenInvalidSignatureException => "its signature is invalid",
        SecurityTokenInvalidLifetimeException => "not within its time",
        _ => exception.Message,
    };

    private static string WithoutSlash(string issuer) => issuer.EndsWith('/') ? issuer[..^1] : issuer;
}
