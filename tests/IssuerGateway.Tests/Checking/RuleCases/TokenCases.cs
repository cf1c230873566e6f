using System.Text.Json.Nodes;
using IssuerGateway.Tests.Issuers;
using static IssuerGateway.Tests.Checking.RuleCases.RuleCase;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>Tokens: each party gets one with its own audience, which is good but for the one thing.</summary>
internal static class TokenCases
{
    private const string Other = "https://other.example.test";
    private const string Provider = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q";

    public static IEnumerable<RuleCase> All =>
    [
        new("token-foreign", "another issuer and another key", Reject, () => Stage.Token((header, claims) => (header["kid"], claims["iss"]) = ("x", Other))),
        new("token-foreign", "another issuer, and a key of the same name", Reject, () => Stage.Token((_, claims) => claims["iss"] = Other, alter: true)),
        new("token-foreign", "another issuer, and no kid", Reject, () => Stage.Token((header, claims) => { header.Remove("kid"); claims["iss"] = Other; }, alter: true)),
        new("token-foreign", "another issuer, no kid, and the published key", Accept, () => Stage.Token((header, claims) => { header.Remove("kid"); claims["iss"] = Other; })),
        new("token-foreign", "another issuer, the same key", Accept, () => Stage.Token((_, claims) => claims["iss"] = Other)),
        new("token-foreign", "another key, the same issuer", Accept, () => Stage.Token((header, _) => header["kid"] = "x")),
        new("token-legacy", "of a Secret", Reject, () => Stage.Token((_, claims) => claims["iss"] = "kubernetes/serviceaccount")),
        new("token-legacy", "projected", Accept, () => Stage.Token((_, _) => { })),
        new("token-newline", "a newline", Warn, () => Stage.Token((_, _) => { }, surplus: "ends with a newline")),
        new("token-newline", "none", Accept, () => Stage.Token((_, _) => { })),

        // AWS, Vault, OpenBao and Kubernetes do not look at typ.
        new("token-type", "at+jwt", "E-----W-----", () => Stage.Token((header, _) => header["typ"] = "at+jwt")),
        new("token-type", "jwt in small letters, which only Entra is known to refuse", "E-----------", () => Stage.Token((header, _) => header["typ"] = "jwt")),
        new("token-type", "application/jwt", "E-----------", () => Stage.Token((header, _) => header["typ"] = "application/jwt")),
        new("token-type", "an empty one", "E-----W-----", () => Stage.Token((header, _) => header["typ"] = "")),
        new("token-type", "JWT", Accept, () => Stage.Token((header, _) => header["typ"] = "JWT")),
        new("token-type", "none", Accept, () => Stage.Token((_, _) => { })),
        new("token-critical", "crit", Reject, () => Stage.Token((header, _) => header["crit"] = new JsonArray("exp"))),
        new("token-critical", "none", Accept, () => Stage.Token((_, _) => { })),
        new("token-long", "over 20,000 characters", "-E----------", () => Stage.Token((_, claims) => claims["pad"] = new string('a', 16_000))),
        new("token-long", "under 20,000 characters", Accept, () => Stage.Token((_, claims) => claims["pad"] = new string('a', 10_000))),
        new("token-algorithm", "PS256", "EEE-------E-", () => Stage.Token((header, _) => header["alg"] = "PS256")),
        new("token-algorithm", "ES384", "E-E-------E-", () => Stage.Token((header, _) => header["alg"] = "ES384", keys: [KeySamples.P384("a")])),
        new("token-algorithm", "ES256", Entra, () => Stage.Token((header, _) => header["alg"] = "ES256", keys: [KeySamples.P256(kid: "a")])),
        new("token-algorithm", "ES256 of an RSA key, which is reported as the signature", Accept, () => Stage.Token((header, _) => header["alg"] = "ES256")),
        new("token-signature", "ES256 of an RSA key", Reject, () => Stage.Token((header, _) => header["alg"] = "ES256")),

        // The flags --oidc-* of a Kubernetes API server take RS256, the file of --authentication-config all that go-jose takes.
        new("token-algorithm-flags", "ES384", "-----W------", () => Stage.Token((header, _) => header["alg"] = "ES384", keys: [KeySamples.P384("a")])),
        new("token-algorithm-flags", "PS256", "-----W------", () => Stage.Token((header, _) => header["alg"] = "PS256")),
        new("token-algorithm-flags", "EdDSA, which it does not accept at all", Accept, () => Stage.Token((header, _) => header["alg"] = "EdDSA")),
        new("token-algorithm-flags", "RS256", Accept, () => Stage.Token((_, _) => { })),
        new("token-algorithm", "EdDSA", "EEE--E----E-", () => Stage.Token((header, _) => header["alg"] = "EdDSA")),
        new("token-algorithm", "HS256", Reject, () => Stage.Token((header, _) => header["alg"] = "HS256")),
        new("token-algorithm", "none", Reject, () => Stage.Token((header, _) => header["alg"] = "none")),
        new("token-algorithm", "RS256", Accept, () => Stage.Token((_, _) => { })),
        // AWS takes a token without kid while exactly one usable key is published, each with its kid.
        new("token-kid-missing", "none, and two usable keys", "EEE---WWWWWW", () => Stage.Token((header, _) => header.Remove("kid"), keys: [Stage.GoodKey("a"), Build.Rsa("b")])),
        new("token-kid-missing", "none, and one usable key beside one with key_ops", "EWE---WWWWWW", () => Stage.Token((header, _) => header.Remove("kid"), keys: [Stage.GoodKey("b"), KeySamples.Spoiled("key-ops")])),
        new("token-kid-missing", "an empty one", "EWE---WWWWWW", () => Stage.Token((header, _) => header["kid"] = "")),
        new("token-kid-missing", "none, and a key without kid, which AWS does not use", "EEE---WWWWWW", () => Stage.Token((header, _) => header.Remove("kid"), keys: [Spoiled(key => key.Remove("kid"))])),
        new("token-kid-missing", "none", "EWE---WWWWWW", () => Stage.Token((header, _) => header.Remove("kid"))),
        new("token-kid-missing", "a kid", Accept, () => Stage.Token((_, _) => { })),
        new("token-key-unpublished", "another kid", Reject, () => Stage.Token((header, _) => header["kid"] = "x")),
        new("token-key-unpublished", "number 101 of 102, of which Entra has 100; that AWS has none is an error of the set", "E-----------", () => Stage.Token((_, _) => { }, keys: [.. Stage.ExchangeKids(100, "RSA"), Stage.GoodKey("a"), Build.Rsa("z")])),
        new("token-key-unpublished", "number 99 of 101, and an EC key, of which AWS has the latter only", "-E----------", () => Stage.Token((_, _) => { }, keys: [.. Stage.ExchangeKids(98, "RSA"), Stage.GoodKey("a"), Build.Rsa("y"), Build.Rsa("z"), KeySamples.P256()])),
        new("token-key-unpublished", "RSA beside 101 EC, of which AWS has none", Accept, () => Stage.Token((_, _) => { }, keys: [Stage.GoodKey("a"), .. Stage.ExchangeKids(101, "EC")])),
        new("token-key-unpublished", "the second of two", Accept, () => Stage.Token((_, _) => { }, keys: [Build.Rsa("b"), Stage.GoodKey("a")])),
        // Only AWS reads key_ops; use=enc hides a key from AWS, Google and Keycloak; the others have published keys that are good for them.
        new("token-key-unusable", "an RSA key marked ES256, beside a good key, of which AWS, Vault, OpenBao and Kubernetes ignore the mark", "E-E---EEEEEE", () => Stage.Token((_, _) => { }, keys: [Stage.GoodKey("a").Replace("RS256", "ES256", StringComparison.Ordinal), Build.Rsa("b")])),
        new("token-key-unpublished", "another kid than the one of its published key", Reject, () => Stage.Token((header, _) => header["kid"] = "z")),
        new("token-key-unpublished", "the text of a published kid that is a number, which has a finding of its own", Accept, () => Stage.Token((header, _) => header["kid"] = "5", keys: [Spoiled(key => key["kid"] = 5)])),
        new("token-key-unusable", "a published kid that is a number, beside a good key, which is an error of the set for all but AWS", "-E----------", () => Stage.Token((header, _) => header["kid"] = "5", keys: [Spoiled(key => key["kid"] = 5), Build.Rsa("b")])),
        new("token-key-unusable", "key_ops, beside a good key", "-E----------", () => Stage.Token((_, _) => { }, keys: [Spoiled(key => key["key_ops"] = new JsonArray("verify")), Build.Rsa("b")])),
        new("token-key-unusable", "use=enc, beside a good key", "EEE---EEEEEE", () => Stage.Token((_, _) => { }, keys: [Spoiled(key => key["use"] = "enc"), Build.Rsa("b")])),
        new("token-key-unusable", "key_ops, alone: the set is reported", Accept, () => Stage.Token((_, _) => { }, keys: [Spoiled(key => key["key_ops"] = new JsonArray("verify"))])),
        new("token-key-unusable", "the good one of two", Accept, () => Stage.Token((_, _) => { }, keys: [Stage.GoodKey("a"), KeySamples.Spoiled("key-ops").Replace("\"kid\":\"a\"", "\"kid\":\"b\"", StringComparison.Ordinal)])),
        new("token-key-unusable", "exponent 1, beside a good key", Reject, () => Stage.Token((_, _) => { }, keys: [Spoiled(key => key["e"] = "AQ"), Build.Rsa("b")])),
        new("token-key-unusable", "a line break within the modulus, beside a good key, which Go reads, and which is an error of the set for others but AWS", "-E----------", () => Stage.Token((_, _) => { }, keys: [Spoiled(key => key["n"] = key["n"]!.GetValue<string>().Insert(64, "\n")), Build.Rsa("b")])),
        new("token-key-unusable", "no modulus, beside a good key, which is an error of the set for all but AWS", "-E----------", () => Stage.Token((_, _) => { }, keys: [Spoiled(key => key.Remove("n")), Build.Rsa("b")])),
        new("token-signature", "by the one key, without kid", Accept, () => Stage.Token((header, _) => header.Remove("kid"))),
        new("token-signature", "by no key, without kid", "-E-EEEEEEEEE", () => Stage.Token((header, _) => header.Remove("kid"), alter: true)),
        new("token-signature", "by a key that cannot be read", Accept, () => Stage.Token((_, _) => { }, keys: [Spoiled(key => key.Remove("n"))])),
        new("token-signature", "by a key with members that nobody knows", Accept, () => Stage.Token((_, claims) => claims["exp"] = "1795476600", keys: [Spoiled(key => { key["alg"] = "RSA-OAEP-9000"; key["x5c"] = "garbage"; key["key_ops"] = 5; key["oth"] = 1e300; key.Remove("use"); })])),
        new("token-signature", "over something else", Reject, () => Stage.Token((_, _) => { }, alter: true)),
        new("token-signature", "by another key of that kid", Reject, () => Stage.Token((_, _) => { }, keys: [Build.Rsa("a")])),
        new("token-signature", "by the last of two keys of that kid", Accept, () => Stage.Token((_, _) => { }, keys: [Build.Rsa("a"), Stage.GoodKey("a")])),
        new("token-signature", "by the first of two keys of that kid, which is a duplicate kid", Accept, () => Stage.Token((_, _) => { }, keys: [Stage.GoodKey("a"), Build.Rsa("a")])),

        // Vault and OpenBao accept EdDSA, and of those whose algorithms are not documented it is not known.
        new("token-signature-unverified", "EdDSA", "---WW-WWWW-W", () => Stage.Token((header, _) => header["alg"] = "EdDSA")),
        new("token-signature-unverified", "EdDSA without kid", "---WW-WWWW-W", () => Stage.Token((header, _) => { header["alg"] = "EdDSA"; header.Remove("kid"); })),
        new("token-signature-unverified", "RS256", Accept, () => Stage.Token((_, _) => { })),

        // Vault and OpenBao compare it with bound_issuer only.
        new("token-issuer", "with a slash", "EEEWWEEEEEEE", () => Stage.Token((_, claims) => claims["iss"] = Stage.Issuer + "/")),
        new("token-issuer", "in other letter case", "EEEWWEEEEEEE", () => Stage.Token((_, claims) => claims["iss"] = "https://ISSUER.example.test")),
        new("token-issuer", "none", "EEEWWEEEEEEE", () => Stage.Token((_, claims) => claims.Remove("iss"))),
        new("token-issuer", "the same", Accept, () => Stage.Token((_, _) => { })),
        new("token-audience", "of the API server", "EEE------E--", () => Stage.Token((_, claims) => claims["aud"] = new JsonArray("https://kubernetes.default.svc"))),
        new("token-audience", "another than that which was given", Reject, () => Stage.Token((_, claims) => claims["aud"] = new JsonArray("b"), audience: "a")),
        new("token-audience", "its own", Accept, () => Stage.Token((_, _) => { })),
        new("token-audience", "its own as a text", Accept, () => Stage.Token((_, claims) => claims["aud"] = claims["aud"]![0]!.GetValue<string>())),
        new("token-audience", "its own and another", "EE---------E", () => Stage.Token((_, claims) => claims["aud"]!.AsArray().Add("other"))),
        // Google 256 characters each, Entra 600.
        new("token-audience-long", "257 characters that were given", "--E---------", () => Stage.Token((_, claims) => claims["aud"] = new string('a', 257), audience: new string('a', 257))),
        new("token-audience-long", "601 characters that were given, and another audience", "E-E---------", () => Stage.Token((_, _) => { }, audience: new string('a', 601))),
        new("token-audience-long", "601 characters in the token alone", "E-E---------", () => Stage.Token((_, claims) => claims["aud"] = new string('a', 601))),
        new("token-audience-long", "601 characters beside its own", Accept, () => Stage.Token((_, claims) => claims["aud"]!.AsArray().Add(new string('a', 601)))),
        new("token-audience-long", "256 characters that were given", Accept, () => Stage.Token((_, claims) => claims["aud"] = new string('a', 256), audience: new string('a', 256))),
        new("token-audience-long", "256 characters in 512 bytes", Accept, () => Stage.Token((_, claims) => claims["aud"] = new string('ä', 256), audience: new string('ä', 256))),
        new("token-subject", "another", Reject, () => Stage.Token((_, _) => { }, subject: "system:serviceaccount:Shop:web")),
        new("token-subject", "the same", Accept, () => Stage.Token((_, _) => { }, subject: Stage.Subject)),

        // Google 127 bytes, Snowflake 255 characters, Entra 600.
        new("token-subject-long", "128 bytes", "--E---------", () => Stage.Token((_, claims) => claims["sub"] = new string('a', 128))),
        new("token-subject-long", "256 bytes", "--E------E--", () => Stage.Token((_, claims) => claims["sub"] = new string('a', 256))),
        new("token-subject-long", "255 characters in 256 bytes", "--E---------", () => Stage.Token((_, claims) => claims["sub"] = new string('a', 254) + "ä")),
        new("token-subject-long", "601 bytes", "E-E------E--", () => Stage.Token((_, claims) => claims["sub"] = new string('a', 601))),
        new("token-subject-long", "599 characters in 600 bytes, and one more", "--E------E--", () => Stage.Token((_, claims) => claims["sub"] = new string('a', 599) + "ä")),
        new("token-subject-long", "127 bytes", Accept, () => Stage.Token((_, claims) => claims["sub"] = new string('a', 127))),
        new("token-claim-missing", "no iat", "EEE----E----", () => Stage.Token((_, claims) => claims.Remove("iat"))),
        new("token-claim-missing", "no exp", "EEE--EEEEEEE", () => Stage.Token((_, claims) => claims.Remove("exp"))),

        // Kubernetes requires aud, Keycloak compares it with the URL of the realm, OpenAI and Databricks with what was registered; Vault and OpenBao where the role binds one.
        new("token-claim-missing", "no aud", "---WWE------", () => Stage.Token((_, claims) => claims.Remove("aud"))),
        new("token-claim-missing", "an empty array of aud", "---WWE------", () => Stage.Token((_, claims) => claims["aud"] = new JsonArray())),
        new("token-audience", "none", "EEE-----EEEE", () => Stage.Token((_, claims) => claims.Remove("aud"))),
        new("token-audience", "none, and one was given", Reject, () => Stage.Token((_, claims) => claims.Remove("aud"), audience: "a")),
        new("token-audience", "Google's with https: in place of the one that was given", "EE-EEEEEEEEE", () => Stage.Token((_, claims) => claims["aud"] = "https:" + Provider, audience: Provider)),
        new("token-audience", "Google's without the https: of the one that was given", "EE-EEEEEEEEE", () => Stage.Token((_, claims) => claims["aud"] = Provider, audience: "https:" + Provider)),
        new("token-audience", "an allowed audience of Google's that only looks alike", Reject, () => Stage.Token((_, claims) => claims["aud"] = "https://iam.googleapis.com/x", audience: "//iam.googleapis.com/x")),
        new("token-claim-missing", "no sub", "EEEEEE---EE-", () => Stage.Token((_, claims) => claims.Remove("sub"))),
        new("token-claim-missing", "no time at all", Reject, () => Stage.Token((_, claims) => { claims.Remove("exp"); claims.Remove("iat"); claims.Remove("nbf"); })),
        new("token-claim-missing", "no nbf", Accept, () => Stage.Token((_, claims) => claims.Remove("nbf"))),
        new("token-time-malformed", "a text, which go-oidc of Kubernetes takes for the number that it is", "EEEEE-EEEEEE", () => Stage.Token((_, claims) => claims["exp"] = "1795476600")),
        new("token-time-malformed", "a text that is no number", Reject, () => Stage.Token((_, claims) => claims["exp"] = "soon")),
        new("token-expired", "after the year 9999", Accept, () => Stage.Token((_, claims) => claims["exp"] = 253402300800)),
        new("token-expired", "the last second that Go knows", Accept, () => Stage.Token((_, claims) => claims["exp"] = 9223371974719178752)),
        new("token-time-malformed", "1e400, which is no number in Go either", Reject, () => Stage.Token((_, claims) => claims["exp"] = JsonNode.Parse("1e400"))),
        new("token-early", "nbf 1e30", Accept, () => Stage.Token((_, claims) => claims["nbf"] = 1e30)),
        new("token-time-malformed", "seconds", Accept, () => Stage.Token((_, _) => { })),
        new("token-time-fraction", "half a second", "-E----------", () => Stage.Token((_, claims) => claims["exp"] = Stage.Now.AddMinutes(50).ToUnixTimeSeconds() + 0.5)),
        new("token-time-fraction", "whole seconds", Accept, () => Stage.Token((_, _) => { })),
        new("token-claim-case", "exp and EXP", "---EEE------", () => Stage.Token((_, claims) => claims["EXP"] = 1)),
        new("token-claim-case", "two that only a role may read", "---EE-------", () => Stage.Token((_, claims) => (claims["a"], claims["A"]) = (1, 1))),

        // Read in go-jose (Claims, Audience, rawHeader.sanitized, computeAuthData) and go-oidc (idToken).
        new("token-member-type", "a number among the audiences, which is reported as such", Accept, () => Stage.Token((_, claims) => claims["aud"] = AudiencesAnd(claims, 5))),
        new("token-audience", "a number among the audiences", "EE-EEE-----E", () => Stage.Token((_, claims) => claims["aud"] = AudiencesAnd(claims, 5))),
        new("token-member-type", "a null among the audiences", "---EE-------", () => Stage.Token((_, claims) => claims["aud"] = AudiencesAnd(claims, null))),
        new("token-member-type", "jti is a number", "---EE-------", () => Stage.Token((_, claims) => claims["jti"] = 5)),
        new("token-member-type", "nonce is a number", "-----E------", () => Stage.Token((_, claims) => claims["nonce"] = 5)),
        new("token-member-type", "nonce of the header is a number", "---EEE------", () => Stage.Token((header, _) => header["nonce"] = 5)),
        new("token-member-type", "jwk of the header is a number", "---EEE------", () => Stage.Token((header, _) => header["jwk"] = 5)),
        new("token-member-type", "x5c of the header has no certificate", "---EEE------", () => Stage.Token((header, _) => header["x5c"] = new JsonArray("AAAA"))),
        new("token-member-type", "b64 of the header is no boolean, which go-jose takes for true", Accept, () => Stage.Token((header, _) => header["b64"] = "x")),
        new("token-member-type", "b64 of the header is false", "---EEE------", () => Stage.Token((header, _) => header["b64"] = false)),
        new("token-member-type", "each of them is null", Accept, () => Stage.Token((header, claims) => header["nonce"] = header["jwk"] = header["x5c"] = header["b64"] = claims["jti"] = claims["nonce"] = null)),

        // go-oidc and cap read the payload with encoding/json, go-jose the header with a copy of it that rejects what is there twice; RFC 7519 §4 allows either.
        new("token-claim-duplicate", "sub twice", "EEE---WEEEEE", () => Stage.Token((_, claims) => claims["sub~"] = Stage.Subject)),
        new("token-claim-duplicate", "a name twice within a claim", "EEE---WEEEEE", () => Stage.Token((_, claims) => claims["kubernetes.io"] = new JsonObject { ["a"] = 1, ["a~"] = 2 })),
        new("token-claim-duplicate", "kid twice in the header", Accept, () => Stage.Token((header, _) => header["kid~"] = "a")),
        new("token-header-duplicate", "kid twice", "EEEEEEWEEEEE", () => Stage.Token((header, _) => header["kid~"] = "a")),
        new("token-header-duplicate", "sub twice in the payload", Accept, () => Stage.Token((_, claims) => claims["sub~"] = Stage.Subject)),
        new("token-claim-case", "distinct claims", Accept, () => Stage.Token((_, claims) => claims["expires"] = 1)),

        // Entra 25 h, Google less than 48 h, Anthropic 49 h, each from iat; Keycloak 1 h from now.
        new("token-lifetime", "25 h and 1 s", "E----------E", () => Lifetime(TimeSpan.FromHours(25) + TimeSpan.FromSeconds(1))),
        new("token-lifetime", "25 h", "-----------E", () => Lifetime(TimeSpan.FromHours(25))),
        new("token-lifetime", "48 h", "E-E--------E", () => Lifetime(TimeSpan.FromHours(48))),
        new("token-lifetime", "49 h and 1 s", "E-E----E---E", () => Lifetime(TimeSpan.FromSeconds(176_401))),
        new("token-lifetime", "1 h, from 3 s ahead", Accept, () => Ahead(TimeSpan.FromHours(1), withStart: true)),
        new("token-lifetime", "1 h, from an iat 3 s ahead without nbf", Accept, () => Ahead(TimeSpan.FromHours(1), withStart: false)),
        new("token-lifetime", "1 h and 1 s, from 3 s ahead", "-----------E", () => Ahead(TimeSpan.FromSeconds(3601), withStart: true)),

        // Keycloak takes no token that ends more than 1 h ahead of its clock: with a lifetime of 1 h it is the clock that is wrong.
        new("token-early", "1 h, from 3 s ahead", "-----------E", () => Ahead(TimeSpan.FromHours(1), withStart: true)),
        new("token-early", "1 h, from an iat 3 s ahead without nbf", "-----------E", () => Ahead(TimeSpan.FromHours(1), withStart: false)),
        new("token-early", "59 min, from an iat 3 s ahead without nbf", Accept, () => Ahead(TimeSpan.FromMinutes(59), withStart: false)),
        new("token-lifetime", "1 h", Accept, () => Lifetime(TimeSpan.FromHours(1))),

        // Kubernetes and Keycloak without mercy, Vault and OpenBao 60 s, AWS 5 min. Of the others it is not known: up to 5 min they might.
        new("token-expired", "an hour ago", Reject, () => Expired(TimeSpan.FromHours(1))),
        new("token-expired", "2 minutes ago", "E-EEEEEEEEEE", () => Expired(TimeSpan.FromMinutes(2))),
        new("token-expired", "30 s ago", "E-E--EEEEEEE", () => Expired(TimeSpan.FromSeconds(30))),
        new("token-expired", "5 s ago", "-----E-----E", () => Expired(TimeSpan.FromSeconds(5))),
        new("token-expired", "in a minute", Accept, () => Expired(TimeSpan.FromMinutes(-1))),
        new("token-early", "nbf in half an hour", Reject, () => Stage.Token((_, claims) => claims["nbf"] = Stage.Now.AddMinutes(30).ToUnixTimeSeconds())),
        new("token-early", "nbf in 2 minutes", "W-WEEEWWWWWE", () => Stage.Token((_, claims) => claims["nbf"] = Stage.Now.AddMinutes(2).ToUnixTimeSeconds())),

        // Google documents that iat has to be past; of Entra and those behind Kubernetes nobody knows whether they read it, and a standard does not ask for it.
        new("token-early", "iat in 2 minutes", "W-WEE--WWWWW", () => Stage.Token((_, claims) => { claims["iat"] = Stage.Now.AddMinutes(2).ToUnixTimeSeconds(); claims.Remove("nbf"); })),
        new("token-early", "iat in 30 s", "W-W----WWWWW", () => Stage.Token((_, claims) => { claims["iat"] = Stage.Now.AddSeconds(30).ToUnixTimeSeconds(); claims.Remove("nbf"); })),
        new("token-early", "iat in 5 s, as a clock may be that is synchronized", Accept, () => Stage.Token((_, claims) => { claims["iat"] = Stage.Now.AddSeconds(5).ToUnixTimeSeconds(); claims.Remove("nbf"); })),
        new("token-early", "iat in half an hour", "WEEEE--WWWWW", () => Stage.Token((_, claims) => { claims["iat"] = Stage.Now.AddMinutes(30).ToUnixTimeSeconds(); claims.Remove("nbf"); })),
        new("token-early", "exp alone, from 150 s before which it is valid to Vault and OpenBao", "---EE-------", () => Stage.Token((_, claims) => { claims.Remove("iat"); claims.Remove("nbf"); })),
        new("token-expired", "no exp, in place of which Vault and OpenBao take 150 s after iat", "---EE-------", () => Stage.Token((_, claims) => claims.Remove("exp"))),
        new("token-expired", "no exp, 150 s and the leeway of 60 s after iat", Accept, () => Only(("iat", -210))),
        new("token-expired", "no exp, a second more after iat", "---EE-------", () => Only(("iat", -211))),
        new("token-expired", "no exp, 150 s and the leeway of 60 s after nbf", Accept, () => Only(("nbf", -210), ("iat", -300))),
        new("token-expired", "no exp, a second more after nbf", "---EE-------", () => Only(("nbf", -211), ("iat", -300))),
        new("token-early", "exp alone, 150 s and the leeway of 60 s ahead", Accept, () => Only(("exp", 210))),
        new("token-early", "exp alone, a second more ahead", "---EE-------", () => Only(("exp", 211))),
        new("token-claim-missing", "times that are 0, which are none to Vault and OpenBao", "---EE-------", () => Stage.Token((_, claims) => { claims["exp"] = 0; claims["iat"] = 0; claims["nbf"] = 0; })),
        new("token-early", "nbf now", Accept, () => Stage.Token((_, claims) => claims["nbf"] = Stage.Now.ToUnixTimeSeconds())),
    ];

    private static string Spoiled(Action<JsonObject> spoil)
    {
        JsonObject key = JsonNode.Parse(Stage.GoodKey("a"))!.AsObject();
        spoil(key);
        return key.ToJsonString();
    }

    private static Task<IEnumerable<IssuerGateway.Checking.CheckFinding>> Lifetime(TimeSpan lifetime) => Stage.Token((_, claims) =>
    {
        claims["iat"] = Stage.Now.ToUnixTimeSeconds();
        claims["exp"] = (Stage.Now + lifetime).ToUnixTimeSeconds();
    });

    /// <summary>A token whose times, and nbf where it has one, are those of a clock that is 3 s ahead.</summary>
    private static Task<IEnumerable<IssuerGateway.Checking.CheckFinding>> Ahead(TimeSpan lifetime, bool withStart) => Stage.Token((_, claims) =>
    {
        DateTimeOffset start = Stage.Now.AddSeconds(3);
        claims["iat"] = start.ToUnixTimeSeconds();
        claims["exp"] = (start + lifetime).ToUnixTimeSeconds();
        claims.Remove("nbf");
        if (withStart)
        {
            claims["nbf"] = start.ToUnixTimeSeconds();
        }
    });

    private static JsonArray AudiencesAnd(JsonObject claims, JsonNode? more)
    {
        JsonArray all = (JsonArray)claims["aud"]!.DeepClone();
        all.Add(more);
        return all;
    }

    /// <summary>A token with these times, in seconds from now, and no other.</summary>
    private static Task<IEnumerable<IssuerGateway.Checking.CheckFinding>> Only(params (string Claim, int Seconds)[] times) => Stage.Token((_, claims) =>
    {
        Array.ForEach((string[])["iat", "nbf", "exp"], claim => claims.Remove(claim));
        Array.ForEach(times, time => claims[time.Claim] = Stage.Now.ToUnixTimeSeconds() + time.Seconds);
    });

    private static Task<IEnumerable<IssuerGateway.Checking.CheckFinding>> Expired(TimeSpan ago) => Stage.Token((_, claims) => claims["exp"] = (Stage.Now - ago).ToUnixTimeSeconds());
}
