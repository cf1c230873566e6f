using System.Text.Json.Nodes;
using IssuerGateway.Tests.Issuers;
using static IssuerGateway.Tests.Checking.RuleCases.RuleCase;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>Tokens as no API server writes them: members of another type than theirs, times that nobody lives to see, critical extensions, and keys under another name.</summary>
internal static class OddTokenCases
{
    public static IEnumerable<RuleCase> All =>
    [
        // go-jose, jwt/claims.go: anything but a string or an array of strings is ErrUnmarshalAudience, and so is null. go-oidc makes "" of null.
        new("token-audience", "a number", "EEEEEE--EEEE", () => Stage.Token((_, claims) => claims["aud"] = 5)),
        new("token-audience", "an array with a number", "EEEEEE--EEEE", () => Stage.Token((_, claims) => claims["aud"] = new JsonArray(5))),
        new("token-audience", "a boolean", "EEEEEE--EEEE", () => Stage.Token((_, claims) => claims["aud"] = true)),
        new("token-audience", "an object", "EEEEEE--EEEE", () => Stage.Token((_, claims) => claims["aud"] = new JsonObject { ["a"] = "vault" })),
        new("token-audience", "null", "EEEEEE--EEEE", () => Stage.Token((_, claims) => claims["aud"] = null)),
        new("token-claim-missing", "aud is a number, which is another audience", Accept, () => Stage.Token((_, claims) => claims["aud"] = 5)),
        new("token-claim-missing", "aud is null, which is another audience", Accept, () => Stage.Token((_, claims) => claims["aud"] = null)),

        // go-jose reads the key in the header, and rejects one that is not a public key (jws.go, RFC 7515 §4.1.3).
        new("token-member-type", "jwk of the header is of an unknown type", "---EEE------", () => Header("jwk", """{"kty":"zz"}""")),
        new("token-member-type", "jwk of the header is empty", "---EEE------", () => Header("jwk", "{}")),
        new("token-member-type", "jwk of the header has no modulus", "---EEE------", () => Header("jwk", """{"kty":"RSA","e":"AQAB"}""")),
        new("token-member-type", "jwk of the header has the exponent 0", "---EEE------", () => Header("jwk", With(Stage.GoodKey("b"), "e", "AA"))),
        new("token-member-type", "jwk of the header has a short coordinate", "---EEE------", () => Header("jwk", KeySamples.ShortCoordinate("b"))),
        new("token-member-type", "jwk of the header has a member twice", "---EEE------", () => Header("jwk", Stage.GoodKey("b").Replace("\"kid\":\"b\"", "\"kid\":\"b\",\"kid~\":\"b\"", StringComparison.Ordinal))),
        new("token-member-type", "jwk of the header is symmetric", "---EEE------", () => Header("jwk", """{"kty":"oct","k":"AAAA"}""")),
        new("token-member-type", "jwk of the header is private", "---EEE------", () => Header("jwk", With(Stage.GoodKey("b"), "d", "AQAB"))),
        new("token-member-type", "jwk of the header has a URL, which go-jose 2 reads as an object", "-----E------", () => Header("jwk", With(Stage.GoodKey("b"), "x5u", "https://a.example/x"))),
        new("token-member-type", "jwk of the header is a public key", Accept, () => Header("jwk", Stage.GoodKey("b"))),
        new("token-member-type", "jwk of the header is a public key of a short modulus and for another use", Accept, () => Header("jwk", """{"kty":"RSA","n":"Dw","e":"AQAB","use":"enc","alg":"RSA-OAEP"}""")),
        new("token-member-type", "jwk of the header is an Ed25519 key", Accept, () => Header("jwk", """{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}""")),

        // Only a reader of types rejects a kid that is no string; for the others it is a token without kid.
        new("token-member-type", "kid is a number", "EEEEEEWWWWWW", () => Header("kid", "5")),
        new("token-member-type", "kid is null", Accept, () => Header("kid", "null")),
        new("token-kid-missing", "kid is a number", Accept, () => Header("kid", "5")),
        new("token-signature", "kid is a number", Accept, () => Header("kid", "5")),
        new("token-issuer", "iss is a number, which Vault and OpenBao do not read", Reject, () => Stage.Token((_, claims) => claims["iss"] = 5)),
        new("token-issuer", "iss is null", "EEEWWEEEEEEE", () => Stage.Token((_, claims) => claims["iss"] = null)),
        new("token-member-type", "iss is a number, which is another issuer", Accept, () => Stage.Token((_, claims) => claims["iss"] = 5)),

        // go-jose knows b64 and no other (shared.go), and reads a list that is empty.
        new("token-critical", "an empty list", "EEE---EEEEEE", () => Header("crit", "[]")),
        new("token-critical", "b64", "EEE---EEEEEE", () => Header("crit", """["b64"]""")),
        new("token-critical", "b64 and another", Reject, () => Header("crit", """["b64","exp"]""")),
        new("token-critical", "a null in it", Reject, () => Header("crit", "[null]")),
        new("token-critical", "no array", Reject, () => Header("crit", "\"b64\"")),
        new("token-critical", "null, which is none", Accept, () => Header("crit", "null")),

        // A null is none, but to the types of go-oidc; that of exp is a missing claim to it.
        new("token-claim-missing", "iat is null, which also go-oidc does not take", "EEE--E-E----", () => Time("iat", "null")),
        new("token-claim-missing", "exp is null", "EEE--EEEEEEE", () => Time("exp", "null")),
        new("token-claim-missing", "sub is null", "EEEEEE---EE-", () => Time("sub", "null")),
        new("token-time-malformed", "iat is null, which is one that is missing", Accept, () => Time("iat", "null")),
        new("token-expired", "the second before the year 1", Reject, () => Time("exp", "-62135596801")),
        new("token-time-malformed", "the second before the year 1", Accept, () => Time("exp", "-62135596801")),
        new("token-expired", "a time that is endlessly past", Reject, () => Time("exp", "-1e300")),
        new("token-time-malformed", "a time that is endlessly past", Accept, () => Time("exp", "-1e300")),
        new("token-time-malformed", "nbf is null", Accept, () => Time("nbf", "null")),
        new("token-time-malformed", "exp is null", Accept, () => Time("exp", "null")),
        new("token-claim-missing", "no sub, and one was given", Reject, () => Stage.Token((_, claims) => claims.Remove("sub"), subject: Stage.Subject)),
        new("token-subject", "none, which is a missing claim", Accept, () => Stage.Token((_, claims) => claims.Remove("sub"), subject: Stage.Subject)),

        // RFC 7519 §2 has no last day; an exp that a party with a limit reads or does not read, it rejects.
        new("token-lifetime", "until the last day but one of the year 9999", "E-E----E---E", () => Time("exp", "253402214399")),
        new("token-time-malformed", "the last day but one of the year 9999", Accept, () => Time("exp", "253402214399")),
        new("token-time-malformed", "exp on the last day of the year 9999, which Go knows, and RFC 7519 does not forbid", "EEE----EEEEE", () => Time("exp", "253402300700")),
        new("token-time-malformed", "exp after the year 9999", "EEE----EEEEE", () => Time("exp", "253402300800")),
        new("token-time-malformed", "iat after the year 9999, which a standard reader does not compare", "EEE----EEEEE", () => Time("iat", "253402300800")),
        new("token-time-malformed", "nbf after the year 9999", "EEE---EEEEEE", () => Time("nbf", "253402300800")),
        new("token-time-malformed", "exp 1e30, which is long past in Go", "EEEEEE-EEEEE", () => Time("exp", "1e30")),
        new("token-time-malformed", "a second that overflows in Go, where it is long past", "EEEEEE-EEEEE", () => Time("exp", "9223372036854774784")),
        new("token-expired", "1e30, which is out of range", Accept, () => Time("exp", "1e30")),
        new("token-lifetime", "1e30, which is out of range", Accept, () => Time("exp", "1e30")),

        new("kid-duplicate", "a token signed by the first of two keys of that kid", "-E---------E", () => Stage.Token((_, _) => { }, keys: [Stage.GoodKey("a"), Build.Rsa("a")])),
        new("kid-duplicate", "a token signed by the last of two keys of that kid", Accept, () => Stage.Token((_, _) => { }, keys: [Build.Rsa("a"), Stage.GoodKey("a")])),
        new("token-signature", "by neither of two keys of that kid", Reject, () => Stage.Token((_, _) => { }, keys: [Build.Rsa("a"), Build.Rsa("a")])),
        new("token-signature", "by the second of two good keys, without kid", Accept, () => Stage.Token((header, _) => header.Remove("kid"), keys: [Build.Rsa("b"), Stage.GoodKey("a")])),
        new("kid-missing", "a token with kid, signed by a key without one", Reject, () => Stage.Token((_, _) => { }, keys: [Nameless])),
        new("kid-missing", "a token with kid, signed by a key without one beside a good one", Reject, () => Stage.Token((_, _) => { }, keys: [Nameless, Build.Rsa("b")])),
        new("kid-missing", "a token without kid, signed by a key without one", Accept, () => Stage.Token((header, _) => header.Remove("kid"), keys: [Nameless])),
        new("token-key-unpublished", "the kid of a key without kid", Accept, () => Stage.Token((_, _) => { }, keys: [Nameless])),
        new("token-key-unusable", "a key without kid", Accept, () => Stage.Token((_, _) => { }, keys: [Nameless, Build.Rsa("b")])),
    ];

    private static string Nameless => Stage.GoodKey("a").Replace("\"kid\":\"a\",", "", StringComparison.Ordinal);

    private static string With(string key, string member, string value)
    {
        JsonObject json = JsonNode.Parse(key)!.AsObject();
        json[member] = value;
        return json.ToJsonString();
    }

    private static Task<IEnumerable<IssuerGateway.Checking.CheckFinding>> Header(string member, string json) => Stage.Token((header, _) => header[member] = JsonNode.Parse(json));

    private static Task<IEnumerable<IssuerGateway.Checking.CheckFinding>> Time(string claim, string json) => Stage.Token((_, claims) => claims[claim] = JsonNode.Parse(json));
}
