using System.Buffers.Text;
using System.Text.Json;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps.Keys;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>
/// Members of a token that the parties written in Go decode into a type, although nothing depends on their value: Vault and
/// OpenBao with the claims of go-jose, Kubernetes with the idToken of go-oidc, all with the header of go-jose. A null is none.
/// </summary>
internal static class GoClaims
{
    private static readonly string[] textsOfHeader = ["kid", "nonce"];

    // An iss of another type is another issuer, which is reported as such.
    private static readonly string[] textsOfVault = ["jti"];
    private static readonly string[] textsOfKubernetes = ["nonce", "at_hash"];

    /// <param name="fix">How a good token is created.</param>
    public static void Validate(StepBuilder step, TokenInput token, string fix)
    {
        string[] parts = token.Text.Split('.');
        using JsonDocument header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0])), payload = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
        foreach (IGrouping<string, RelyingParty> same in step.Parties.Where(party => party.IsWrittenInGo).GroupBy(party => string.Join(", ", Faults(party, header.RootElement, payload.RootElement)), StringComparer.Ordinal).Where(group => group.Key.Length > 0))
        {
            step.Report("token-member-type", same.Key, fix, same);
        }
    }

    private static IEnumerable<string> Faults(RelyingParty party, JsonElement header, JsonElement payload)
    {
        bool isKubernetes = party.Id == "kubernetes";
        foreach (string name in textsOfHeader.Where(name => IsNoText(header, name)))
        {
            yield return $"{name} of the header is not a string";
        }

        if (IsThere(header, "jwk", out JsonElement key) && HeaderKey.FaultOf(party, key) is { } fault)
        {
            yield return $"jwk of the header {fault}";
        }

        if (IsThere(header, "x5c", out JsonElement chain) && (chain.ValueKind != JsonValueKind.Array || KeyCertificates.HaveOddEntry(header, from: 0)))
        {
            yield return "x5c of the header is not an array of certificates";
        }

        // RFC 7797 §3: with false the payload is signed as it is, and so it is verified. What is no boolean go-jose takes for true.
        if (IsThere(header, "b64", out JsonElement encodes) && encodes.ValueKind == JsonValueKind.False)
        {
            yield return "b64 of the header is false";
        }

        // Any other entry that is no string is a matter of the audience, which each party looks at.
        if (!isKubernetes && payload.TryGetProperty("aud", out JsonElement audience) && audience.ValueKind == JsonValueKind.Array && audience.EnumerateArray().Any(each => each.ValueKind == JsonValueKind.Null))
        {
            yield return "aud has an entry that is null";
        }

        foreach (string name in (isKubernetes ? textsOfKubernetes : textsOfVault).Where(name => IsNoText(payload, name)))
        {
            yield return $"{name} is not a string";
        }
    }

    private static bool IsNoText(JsonElement json, string name) => IsThere(json, name, out JsonElement value) && value.ValueKind != JsonValueKind.String;

    private static bool IsThere(JsonElement json, string name, out JsonElement value) => json.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
}
