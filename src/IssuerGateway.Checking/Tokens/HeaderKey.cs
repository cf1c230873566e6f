using System.Text;
using System.Text.Json;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps.Keys;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>
/// The <c>jwk</c> in the header of a token (RFC 7515 §4.1.3), which nobody verifies with. go-jose reads it nevertheless as it
/// reads a key of a set, and rejects the token over one that it cannot read, or that is not public (jws.go).
/// </summary>
internal static class HeaderKey
{
    private const string Unread = "is not a key that the party reads";

    /// <summary>What is wrong with it, to follow its name; null for nothing.</summary>
    public static string? FaultOf(RelyingParty party, JsonElement jwk) =>
        jwk.ValueKind != JsonValueKind.Object ? "is not an object"
        : StrictJson.TextOf(jwk, "kty") == "oct" || (jwk.TryGetProperty("d", out JsonElement exponent) && exponent.ValueKind != JsonValueKind.Null) ? "is not a public key"
        : !IsRead(party, jwk) || HasNoExponent(jwk) ? Unread
        : null;

    // In a set such a key only verifies nothing; here it makes the token invalid (JSONWebKey.Valid).
    private static bool HasNoExponent(JsonElement jwk) => StrictJson.TextOf(jwk, "kty") == "RSA" && GoBase64.Decode(StrictJson.TextOf(jwk, "e") ?? "") is { } number && number.All(digit => digit == 0);

    // What makes the party give up on a whole set is what it cannot read.
    private static bool IsRead(RelyingParty party, JsonElement jwk)
    {
        if (GoJson.ReadKeys(Encoding.UTF8.GetBytes($"{{\"keys\":[{jwk.GetRawText()}]}}"), strict: null) is not { } set)
        {
            return false;
        }

        StepBuilder step = new("jwks", [party], TimeProvider.System);
        KeySetValidation.Validate(step, set, set);
        return step.Done("").Findings.SelectMany(finding => finding.Responses).All(entry => entry.Severity != Severity.Error || entry.Response is not (Responses.VaultKeys or Responses.KubernetesKeys));
    }
}
