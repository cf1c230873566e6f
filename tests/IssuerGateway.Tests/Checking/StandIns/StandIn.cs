using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace IssuerGateway.Tests.Checking.StandIns;

/// <summary>
/// Stand-ins of the relying parties, written from the tables of facts (fetching, keys, tokens, responses) and from nothing
/// of the check: their own JSON reading, their own signature verification. Each returns what the facts record as the
/// party's response, or null when the party accepts the token.
/// </summary>
internal static class StandIn
{
    /// <summary>A rejection of which no text is recorded.</summary>
    public const string Rejected = "refused";

    private const string AwsKey = "Couldn't retrieve verification key from your identity provider";
    private const string AwsInvalid = "could not be validated";

    public static string? Entra(StandInInput input)
    {
        // Matching comes before fetching.
        if (Text(input.Payload, "iss") != input.Registered)
        {
            return "AADSTS700211";
        }

        if (Text(input.Payload, "sub") != input.Subject)
        {
            return "AADSTS700213";
        }

        if (Audiences(input.Payload) is not [var only] || only != input.Audience)
        {
            return "AADSTS700212";
        }

        if (input.Status != 200 || input.DiscoveryJson is not { ValueKind: JsonValueKind.Object } discovery || Text(discovery, "jwks_uri") is null)
        {
            return "AADSTS50166";
        }

        if (((string[])["response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported"])
            .Any(name => discovery.TryGetProperty(name, out JsonElement member) && member.ValueKind == JsonValueKind.Array && member.GetArrayLength() == 0))
        {
            return "AADSTS501661";
        }

        if (Keys(input) is not { } keys || keys.Length == 0 || keys.Any(key => Text(key, "kty") == "RSA" && Text(key, "n") is null))
        {
            return "AADSTS900612";
        }

        if (Text(input.Header, "alg") != "RS256")
        {
            return "AADSTS5002738";
        }

        if (input.Header.TryGetProperty("typ", out JsonElement type) && type.GetString() != "JWT")
        {
            return "AADSTS5002727";
        }

        if (keys.Take(100).FirstOrDefault(key => Text(key, "kid") == Text(input.Header, "kid")) is not { ValueKind: JsonValueKind.Object } key)
        {
            return "AADSTS7000272";
        }

        if (!IsSignedBy(input, key))
        {
            return "AADSTS7000274";
        }

        if (Time(input.Payload, "iat") is not { } issuedAt || Time(input.Payload, "exp") - issuedAt > 25 * 3600)
        {
            return "AADSTS70023";
        }

        return Time(input.Payload, "exp") < input.Now.ToUnixTimeSeconds() - 300 || Time(input.Payload, "nbf") > input.Now.ToUnixTimeSeconds() + 300 ? "AADSTS700024" : null;
    }

    public static string? Aws(StandInInput input)
    {
        if (Text(input.Payload, "iss") != input.Registered)
        {
            return "No OpenIDConnect provider found in your account";
        }

        if (((string[])["sub", "aud", "iat", "exp"]).FirstOrDefault(claim => !input.Payload.TryGetProperty(claim, out _)) is not null)
        {
            return "Missing a required claim";
        }

        if (input.Status != 200 || input.DiscoveryJson is not { } discovery
            || ((string[])["issuer", "jwks_uri", "response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported"])
                .Any(name => !discovery.TryGetProperty(name, out JsonElement member) || (member.ValueKind == JsonValueKind.Array && member.GetArrayLength() == 0)))
        {
            return input.Status != 200 ? AwsKey : "Please check .well-known/openid-configuration of provider";
        }

        // A key with key_ops, another use, a leading zero byte or a foreign certificate is no key; of equal kids the last wins.
        JsonElement[] usable = [.. (Keys(input) ?? []).Where(key => Text(key, "kid") is { Length: > 0 } && !key.TryGetProperty("key_ops", out _) && Text(key, "use") is null or "sig"
            && !(Text(key, "n") is { } modulus && Base64Url.DecodeFromChars(modulus) is [0, ..]))];
        string? kid = Text(input.Header, "kid");
        JsonElement? key = kid is null ? (usable.Length == 1 ? usable[0] : null) : usable.Where(each => Text(each, "kid") == kid).Select(each => (JsonElement?)each).LastOrDefault();
        if (key is not { } found || usable.Count(each => Text(each, "kty") == Text(found, "kty")) > 100)
        {
            return AwsKey;
        }

        string audience = Audiences(input.Payload) is [var only] ? only : Text(input.Payload, "azp") ?? "";
        if (Text(input.Header, "alg") is not ("RS256" or "RS384" or "RS512" or "ES256" or "ES384" or "ES512") || input.Header.TryGetProperty("crit", out _)
            || HasFraction(input.Payload) || audience != input.Audience || !IsSignedBy(input, found))
        {
            return AwsInvalid;
        }

        long now = input.Now.ToUnixTimeSeconds();
        return Time(input.Payload, "exp") < now - 300 ? "ExpiredTokenException"
            : Time(input.Payload, "iat") > now + 300 ? "Token issued in the future"
            : Text(input.Payload, "sub") != input.Subject ? "AccessDenied" : null;
    }

    public static string? Google(StandInInput input)
    {
        if (Text(input.Payload, "iss") != input.Registered || input.Status != 200 || Keys(input) is not { } keys)
        {
            return "Error connecting to the given credential's issuer";
        }

        if (input.DiscoveryJson is { } discovery && Text(discovery, "issuer") != input.Registered)
        {
            return "does not match the issuer specified in the request";
        }

        string kid = Text(input.Header, "kid") ?? "";
        if (keys.FirstOrDefault(key => Text(key, "kid") == kid) is not { ValueKind: JsonValueKind.Object } key)
        {
            return kid.Length == 0 ? Rejected : "Error connecting to the given credential's issuer";
        }

        if (Text(input.Header, "alg") is not ("RS256" or "ES256"))
        {
            return Rejected;
        }

        if (!Audiences(input.Payload).Contains(input.Audience))
        {
            return "does not match the expected audience";
        }

        return !IsSignedBy(input, key) ? "Unable to verify the ID Token signature"
            : Time(input.Payload, "exp") < input.Now.ToUnixTimeSeconds() - 300 ? "is stale to sign-in"
            : Text(input.Payload, "sub") != input.Subject ? "rejected by the attribute condition" : null;
    }

    public static string? Vault(StandInInput input) => JwtMethod(input);

    // The facts of the two differ where no audience is bound, which is never staged, and in what they take as configuration.
    public static string? OpenBao(StandInInput input) => JwtMethod(input);

    private static string? JwtMethod(StandInInput input)
    {
        if (input.Status != 200 || input.DiscoveryJson is not { } discovery || Text(discovery, "issuer") != input.Registered)
        {
            return "error checking oidc discovery URL";
        }

        return GoKeys(input) is not { } keys ? "fetching keys"
            : !IsSignedByAny(input, keys) ? "failed to verify id token signature"
            : Time(input.Payload, "exp") < input.Now.ToUnixTimeSeconds() - 60 ? "token is expired"
            : !Audiences(input.Payload).Contains(input.Audience) ? "audience claim does not match any expected audience"
            : Text(input.Payload, "sub") != input.Subject ? "invalid subject (sub) claim" : null;
    }

    public static string? Kubernetes(StandInInput input)
    {
        if (Text(input.Payload, "iss") != input.Registered)
        {
            return "401";
        }

        if (input.Status != 200 || input.DiscoveryJson is not { } discovery)
        {
            return "is not initialized";
        }

        if (Text(discovery, "issuer") != input.Registered)
        {
            return "issuer did not match the issuer returned by provider";
        }

        return !Audiences(input.Payload).Contains(input.Audience) ? "expected audience in"
            : Time(input.Payload, "exp") < input.Now.ToUnixTimeSeconds() ? "token is expired"
            : GoKeys(input) is not { } keys ? "get keys failed"
            : !IsSignedByAny(input, keys) ? "failed to verify id token signature" : null;
    }

    // go-jose reads the set as a whole: one key that it does not know or that is malformed breaks it.
    private static JsonElement[]? GoKeys(StandInInput input) => Keys(input) is { } keys && keys.All(IsReadByGo) ? keys : null;

    private static bool IsReadByGo(JsonElement key) => Text(key, "kty") switch
    {
        "RSA" => Text(key, "n") is { Length: > 0 } && Text(key, "e") is { Length: > 0 },
        "EC" => Text(key, "crv") is var curve && Length(key, "x") == Length(key, "y") && Length(key, "x") == curve switch { "P-256" => 32, "P-384" => 48, "P-521" => 66, _ => -2 },
        "OKP" => Text(key, "crv") == "Ed25519",
        "oct" => true,
        _ => false,
    };

    private static int Length(JsonElement key, string member) => Text(key, member) is { } text ? Base64Url.DecodeFromChars(text).Length : -1;

    private static JsonElement[]? Keys(StandInInput input) =>
        input.KeysJson is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty("keys", out JsonElement keys) && keys.ValueKind == JsonValueKind.Array ? [.. keys.EnumerateArray()] : null;

    private static bool IsSignedByAny(StandInInput input, JsonElement[] keys) =>
        keys.Where(key => Text(input.Header, "kid") is null || Text(key, "kid") == Text(input.Header, "kid")).Any(key => IsSignedBy(input, key));

    private static bool IsSignedBy(StandInInput input, JsonElement key)
    {
        string[] parts = input.Token.Split('.');
        byte[] signed = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}");
        byte[] signature = Base64Url.DecodeFromChars(parts[2]);
        HashAlgorithmName hash = Text(input.Header, "alg") is ['R' or 'E', 'S', .. var bits] ? new HashAlgorithmName($"SHA{bits}") : HashAlgorithmName.SHA256;
        if (Text(key, "kty") == "RSA")
        {
            using RSA rsa = RSA.Create(new RSAParameters { Modulus = Base64Url.DecodeFromChars(Text(key, "n")!), Exponent = Base64Url.DecodeFromChars(Text(key, "e")!) });
            return rsa.VerifyData(signed, signature, hash, RSASignaturePadding.Pkcs1);
        }

        ECCurve curve = Text(key, "crv") switch { "P-384" => ECCurve.NamedCurves.nistP384, "P-521" => ECCurve.NamedCurves.nistP521, _ => ECCurve.NamedCurves.nistP256 };
        using ECDsa ec = ECDsa.Create(new ECParameters { Curve = curve, Q = new ECPoint { X = Base64Url.DecodeFromChars(Text(key, "x")!), Y = Base64Url.DecodeFromChars(Text(key, "y")!) } });
        return ec.VerifyData(signed, signature, hash);
    }

    private static bool HasFraction(JsonElement payload) =>
        ((string[])["iat", "nbf", "exp"]).Any(claim => payload.TryGetProperty(claim, out JsonElement value) && !value.TryGetInt64(out _));

    private static double? Time(JsonElement payload, string claim) => payload.TryGetProperty(claim, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static string[] Audiences(JsonElement payload) => !payload.TryGetProperty("aud", out JsonElement value) ? []
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(each => each.GetString()!)] : [value.GetString()!];

    private static string? Text(JsonElement json, string member) => json.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
