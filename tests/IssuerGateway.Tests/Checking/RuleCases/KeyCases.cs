using System.Text.Json.Nodes;
using IssuerGateway.Tests.Issuers;
using static IssuerGateway.Tests.Checking.RuleCases.RuleCase;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>The JWK Set. Vault, OpenBao and Kubernetes read it as a whole: one key that they cannot read breaks it.</summary>
internal static class KeyCases
{
    private const string Ed25519 = """{"kty":"OKP","crv":"Ed25519","kid":"d","alg":"EdDSA","use":"sig","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}""";
    private const string MlDsa = """{"kty":"AKP","kid":"m","alg":"ML-DSA-44","use":"sig","pub":"AQAB"}""";
    private const string P384 = """{"kty":"EC","crv":"P-384","kid":"p","alg":"ES384","use":"sig","x":"qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3","y":"NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f"}""";

    public static IEnumerable<RuleCase> All =>
    [
        new("key-set-malformed", "no keys member, which is no key to Go", Reject, () => Stage.KeySetText("{}")),
        new("key-set-malformed", "a key that is a text", Reject, () => Stage.KeySetText("""{"keys":["a"]}""")),
        new("key-set-malformed", "nested without end", Reject, () => Stage.KeySetText($"{{\"keys\":{new string('[', 10_000)}{new string(']', 10_000)}}}")),
        new("key-set-malformed", "a member twice, of which Go takes the last, which has no keys", Reject, () => Stage.KeySetText("""{"keys":[],"keys":[]}""")),
        new("key-set-empty", "no keys member, which has a finding of its own", Accept, () => Stage.KeySetText("{}")),
        new("key-set-empty", "an empty member, and a second one in other letters that Go reads", "EEE---EEEEEE", () => Stage.KeySetText($$"""{"keys":[],"KEYS":[{{Build.Rsa("a")}}]}""")),
        new("key-set-empty", "the member twice, which has a finding of its own", Accept, () => Stage.KeySetText($$"""{"keys":[{{Build.Rsa("a")}}],"keys":[]}""")),
        new("key-set-malformed", "the member in other letters, which Go reads", "EEE---EEEEEE", () => Stage.KeySetText($$"""{"Keys":[{{Build.Rsa("a")}}]}""")),
        new("key-set-malformed", "a key with a member twice, which go-jose rejects too", Reject, () => Stage.KeySetText($$"""{"keys":[{"ext":1,"ext":2,{{Build.Rsa("a")[1..]}}]}""")),
        new("key-set-malformed", "a member twice within a member, which go-jose reads", "EEE---EEEEEE", () => Stage.KeySetText($$$"""{"keys":[{"ext":{"a":1,"a":2},{{{Build.Rsa("a")[1..]}}}]}""")),
        new("key-set-malformed", "an unpaired surrogate in a kid, which Go replaces", "EEE---EEEEEE", () => Stage.KeySetText($$"""{"keys":[{{Build.Rsa("\\ud800")}}]}""")),
        new("key-set-malformed", "null in place of a key", Reject, () => Stage.KeySetText($$"""{"keys":[null,{{Build.Rsa("a")}}]}""")),
        new("key-set-malformed", "a set", Accept, () => Stage.Server(_ => { })),
        new("key-set-empty", "no key", Reject, () => Stage.Keys()),
        new("key-set-empty", "a key", Accept, () => Stage.Key(_ => { })),

        // Entra stores the first 100; AWS fails over 100 of one type, the other type continues.
        new("key-set-too-many", "101 RSA", "WE----W-----", () => Stage.Keys(Stage.ExchangeKids(101, "RSA"))),
        new("key-set-too-many", "100 RSA and one EC", "W-----W-----", () => Stage.Keys([.. Stage.ExchangeKids(100, "RSA"), KeySamples.P256()])),
        new("key-set-too-many", "101 RSA and one EC, of which AWS uses the EC key", "WW----W-----", () => Stage.Keys([.. Stage.ExchangeKids(101, "RSA"), KeySamples.P256()])),
        new("key-set-too-many", "100 EC, and the one key for Entra behind them", "E-----W-----", () => Stage.Keys([.. Stage.ExchangeKids(100, "EC"), Build.Rsa("a")])),
        new("key-set-too-many", "100 RSA", Accept, () => Stage.Keys(Stage.ExchangeKids(100, "RSA"))),
        new("private-key", "d", Reject, () => Stage.Key(key => key["d"] = "AQAB")),
        new("private-key", "a symmetric key", Reject, () => Stage.Keys("""{"kty":"oct","k":"AQAB","kid":"a"}""")),
        new("private-key", "members that are null, as serializers write what there is not", Accept, () => Stage.Key(key => { key["d"] = null; key["k"] = null; })),
        new("private-key", "an empty member, in which nothing is secret", Accept, () => Stage.Key(key => { key["d"] = ""; key["oth"] = new JsonArray(); })),
        new("key-malformed", "d without p and q, of which go-jose makes no key, and which has a finding of its own", Accept, () => Stage.Key(key => key["d"] = "AQAB")),
        new("key-malformed", "an empty d without p and q, of which go-jose makes no key", "---EEE------", () => Stage.Key(key => key["d"] = "")),
        new("private-key", "a member of that name in the discovery document, outside a key", Accept, () => Stage.Document(document => document["ext"] = new JsonObject { ["k"] = "y" })),
        new("private-key", "a private key in the discovery document", Reject, () => Stage.Document(document => document["ext"] = new JsonObject { ["kty"] = "EC", ["d"] = "AQAB" })),
        new("private-key", "public members", Accept, () => Stage.Key(_ => { })),

        // AWS and Keycloak take the last; Vault, OpenBao and Kubernetes try all.
        new("kid-duplicate", "two keys with one kid", "EWE---EEEEEW", () => Stage.Keys(Build.Rsa("a"), Build.Rsa("a"))),
        new("kid-duplicate", "two keys without kid", Accept, () => Stage.Keys(Without("kid", "a"), Without("kid", "b"))),
        new("key-malformed", "no modulus", Reject, () => Stage.Key(key => key.Remove("n"))),
        new("key-malformed", "base64 with padding", Reject, () => Stage.Key(key => key["e"] = "AQAB====")),
        new("key-malformed", "a space, and + in place of -", Reject, () => Stage.Key(key => key["e"] = "AQ AB")),
        new("key-malformed", "the alphabet of base64", Reject, () => Stage.Key(key => key["e"] = "A+/B")),
        new("key-malformed", "a member of another type, which go-jose decodes all the same", "---EEE------", () => Stage.Key(key => key["x"] = "=")),
        new("key-malformed", "a member of another type that is well-formed", Accept, () => Stage.Key(key => key["x"] = "AQAB")),
        new("key-malformed", "an empty modulus, which is the number zero to go-jose", "EWE---EEEEEE", () => Stage.Keys(Build.Rsa("b"), WithMember("a", "n", ""))),
        new("rsa-numbers", "an empty modulus, which is the number zero to go-jose", "---WWW------", () => Stage.Keys(Build.Rsa("b"), WithMember("a", "n", ""))),
        new("key-encoding", "a line break within the modulus", "EEE---EEEEEE", () => Stage.Key(key => key["n"] = $"{key["n"]!.GetValue<string>()[..64]}\n{key["n"]!.GetValue<string>()[64..]}")),
        new("key-encoding", "CR LF within the exponent, beside a good key", "EWE---EEEEEE", () => Stage.Keys(WithMember("a", "e", "AQ\r\nAB"), Build.Rsa("b"))),
        new("key-encoding", "bits behind the last byte", "EEE---EEEEEE", () => Stage.Key(key => key["e"] = "AAEAAR")),
        new("key-encoding", "a line break within a coordinate", "EEE---EEEEEE", () => Stage.Keys(KeySamples.P256().Replace("f83O", "f83O\\n", StringComparison.Ordinal))),
        new("key-encoding", "a line break within the x of Ed25519", "EEE---EEEEEE", () => Stage.Keys(Ed25519.Replace("11qY", "11qY\\n", StringComparison.Ordinal))),
        new("key-encoding", "a space", Accept, () => Stage.Key(key => key["e"] = "AQ AB")),
        new("key-encoding", "a good key", Accept, () => Stage.Key(_ => { })),
        new("key-malformed", "a line break, which has a rule of its own", Accept, () => Stage.Key(key => key["e"] = "AQ\nAB")),
        new("key-malformed", "Ed25519 with an empty x, which go-jose takes", "EWE---EEEEEE", () => Stage.Keys("""{"kty":"OKP","crv":"Ed25519","kid":"d","x":""}""", Build.Rsa("a"))),
        new("key-certificate-url", "of a certificate, at which go-jose 2.6.3 of Kubernetes stops", "--W--E------", () => Stage.Key(key => key["x5u"] = "https://issuer.example.test/a.pem")),

        // go-jose 2.6.3 has the type url.URL there, the fields of which it decodes from an object; go-jose 4 wants a string.
        new("key-certificate-url", "an object without fields of a URL", "--WEE-------", () => Stage.Key(key => key["x5u"] = new JsonObject { ["scheme"] = 1 })),
        new("key-certificate-url", "an object with the fields of a URL", "--WEE-------", () => Stage.Key(key => key["x5u"] = new JsonObject { ["Scheme"] = "https", ["Host"] = null, ["ForceQuery"] = true, ["User"] = new JsonObject() })),
        new("key-certificate-url", "an object with a field of another type", "--WEEE------", () => Stage.Key(key => key["x5u"] = new JsonObject { ["Path"] = 1 })),
        new("key-certificate-url", "an object with a user that is a string", "--WEEE------", () => Stage.Key(key => key["x5u"] = new JsonObject { ["User"] = "a" })),
        new("key-certificate-url", "an array", "--WEEE------", () => Stage.Key(key => key["x5u"] = new JsonArray())),
        new("key-certificate-url", "a number", "--WEEE------", () => Stage.Key(key => key["x5u"] = 1)),
        new("key-set-malformed", "an object in x5u with a member twice, which go-jose 2 rejects", Reject, () => Stage.KeySetText($$$"""{"keys":[{"x5u":{"a":1,"a":2},{{{Build.Rsa("a")[1..]}}}]}""")),
        new("key-certificate-url", "no URL", "--WEEE------", () => Stage.Key(key => key["x5u"] = "http://[::1")),
        new("key-certificate-url", "null", Accept, () => Stage.Key(key => key["x5u"] = null)),
        new("key-member-other", "a thumbprint", "--W---------", () => Stage.Key(key => key["x5t"] = Sized(20))),
        new("key-member-other", "ext", "--W---------", () => Stage.Key(key => key["ext"] = true)),
        new("key-member-other", "those of an API server", Accept, () => Stage.Key(_ => { })),
        new("key-malformed", "kid that is a number", Reject, () => Stage.Key(key => key["kid"] = 1)),
        new("key-malformed", "use that is an array", Reject, () => Stage.Key(key => key["use"] = new JsonArray("sig"))),
        new("key-malformed", "a point beside its curve", Reject, () => Stage.Keys(KeySamples.P256().Replace("x_FEzRu9", "x_FEzRu8", StringComparison.Ordinal))),
        new("key-malformed", "Ed25519 without x", Reject, () => Stage.Keys("""{"kty":"OKP","crv":"Ed25519","kid":"d"}""")),
        new("key-malformed", "no modulus, beside a good key", "EWEEEEEEEEEE", () => Stage.Keys(Without("n", "a"), Build.Rsa("b"))),
        new("key-malformed", "members that are null, as serializers write what there is not", Accept, () => Stage.Key(key => { key["crv"] = null; key["x"] = null; key["y"] = null; key["use"] = null; key["x5t"] = null; })),
        new("kid-missing", "null", "EEE---WWWWWW", () => Stage.Key(key => key["kid"] = null)),
        new("private-key", "a symmetric key, beside a good one", Reject, () => Stage.Keys("""{"kty":"oct","k":"AQAB","kid":"s"}""", Build.Rsa("b"))),
        new("key-type-unknown", "a symmetric key, which has a finding of its own", Accept, () => Stage.Keys("""{"kty":"oct","k":"AQAB","kid":"s"}""", Build.Rsa("b"))),
        new("key-use-missing", "of a symmetric key", Accept, () => Stage.Keys("""{"kty":"oct","k":"AQAB","kid":"s"}""", Build.Rsa("b"))),

        // go-jose reads the thumbprints; of the other parties nothing is known.
        new("key-thumbprint", "x5t in hexadecimal", "---EEE------", () => Stage.Key(key => key["x5t"] = "da39a3ee5e6b4b0d3255bfef95601890afd80709")),
        new("key-thumbprint", "x5t#S256 that is too short", "---EEE------", () => Stage.Key(key => key["x5t#S256"] = "AQAB")),
        new("key-thumbprint", "x5t that is a number", "---EEE------", () => Stage.Key(key => key["x5t"] = 1)),
        new("key-thumbprint", "x5t of another certificate than x5c", "---EEE------", () => Stage.Key(KeySamples.Spoiled("key-certificate"), key => key["x5t"] = Sized(20))),
        new("key-thumbprint", "x5t of 20 bytes without x5c", Accept, () => Stage.Key(key => key["x5t"] = Sized(20))),
        new("key-thumbprint", "x5t with a line break, and with bits behind its last byte", Accept, () => Stage.Key(key => key["x5t"] = "2jmj7l5rSw0yVb_v\nlWAYkK_YBwl")),
        new("key-thumbprint", "x5t in hexadecimal that is encoded once more, as some servers write it", Accept, () => Stage.Key(key => key["x5t"] = Encoded("da39a3ee5e6b4b0d3255bfef95601890afd80709"))),
        new("key-thumbprint", "40 characters that are no hexadecimal, encoded once more", "---EEE------", () => Stage.Key(key => key["x5t"] = Encoded(new string('x', 40)))),
        new("key-thumbprint", "an empty one", Accept, () => Stage.Key(key => { key["x5t#S256"] = Sized(32); key["x5t"] = ""; })),
        new("key-thumbprint", "x5t#S256 with padding, which go-jose 2.6.3 and 4 decode without", "---EEE------", () => Stage.Key(key => key["x5t#S256"] = Sized(32) + "=")),
        new("key-malformed", "a good key", Accept, () => Stage.Key(_ => { })),
        new("key-malformed", "a good EC key", Accept, () => Stage.Keys(P384)),
        new("key-type-unknown", "ML-DSA", "WWWEEEWWWWWW", () => Stage.Keys(Build.Rsa("a"), MlDsa)),
        new("key-type-unknown", "secp256k1", "WWWEEEWWWWWW", () => Stage.Keys(Build.Rsa("a"), KeySamples.P256().Replace("P-256", "secp256k1", StringComparison.Ordinal))),
        new("key-type-unknown", "Ed25519, which Vault, OpenBao and Kubernetes read", "WWW---WWWWWW", () => Stage.Keys(Build.Rsa("a"), Ed25519)),
        new("key-type-unknown", "RSA and EC", Accept, () => Stage.Keys(Build.Rsa("a"), P384)),
        new("ec-coordinate-length", "a dropped zero byte", "WWWEEEWWWWWW", () => Stage.Keys(KeySamples.ShortCoordinate("e"))),
        new("ec-coordinate-length", "the full length", Accept, () => Stage.Keys(KeySamples.P256())),
        new("rsa-leading-zero", "a sign byte", "WEW---WWWWWW", () => Stage.Keys(KeySamples.WithLeadingZero())),
        new("rsa-leading-zero", "none", Accept, () => Stage.Key(_ => { })),
        new("rsa-numbers", "exponent 1", Reject, () => Stage.Key(key => key["e"] = "AQ")),
        new("rsa-numbers", "an even exponent", Reject, () => Stage.Key(key => key["e"] = "AQAA")),
        new("rsa-numbers", "an exponent of 33 bits", Reject, () => Stage.Key(key => key["e"] = "AQAAAAE")),
        new("rsa-numbers", "512 bits", Reject, () => Stage.Keys(Build.Rsa("a", 512))),
        new("rsa-numbers", "exponent 1, beside a good key", Warn, () => Stage.Keys(WithExponent("a", "AQ"), Build.Rsa("b"))),
        new("rsa-numbers", "exponent 3", Accept, () => Stage.Key(key => key["e"] = "Aw")),
        new("rsa-numbers", "a sign byte", Accept, () => Stage.Keys(KeySamples.WithLeadingZero())),
        new("rsa-short", "1024 bits", Warn, () => Stage.Keys(Build.Rsa("a", 1024))),
        new("rsa-short", "2048 bits", Accept, () => Stage.Keys(Build.Rsa("a"))),
        new("kid-missing", "none", "EEE---WWWWWW", () => Stage.Key(key => key.Remove("kid"))),
        new("kid-missing", "none, beside a good key", "WWW---WWWWWW", () => Stage.Keys(Without("kid", "a"), Build.Rsa("b"))),
        new("key-use-other", "enc, beside a good key", "WWW---WWWWWW", () => Stage.Keys(KeySamples.Spoiled("key-use-other"), Build.Rsa("b"))),
        new("key-ops", "verify, beside a good key", "-WW---------", () => Stage.Keys(KeySamples.Spoiled("key-ops"), Build.Rsa("b"))),
        new("key-ops", "verify, beside a key without kid", "-EW---------", () => Stage.Keys(KeySamples.Spoiled("key-ops"), Without("kid", "b"))),
        new("rsa-leading-zero", "a sign byte, beside a good key", "WWW---WWWWWW", () => Stage.Keys(KeySamples.WithLeadingZero(), Build.Rsa("b"))),
        new("key-certificate-other", "of another key, beside a good key", "WWWEEEWWWWWW", () => Stage.Keys(KeySamples.Spoiled("key-certificate-other"), Build.Rsa("b"))),
        new("kid-missing", "an empty one", "EEE---WWWWWW", () => Stage.Key(key => key["kid"] = "")),
        new("kid-missing", "a kid", Accept, () => Stage.Key(_ => { })),
        new("key-use-missing", "none", "W-W---WWWWWE", () => Stage.Key(key => key.Remove("use"))),
        new("key-use-missing", "of a malformed key", Accept, () => Stage.Keys("{}")),
        new("key-use-missing", "sig", Accept, () => Stage.Key(_ => { })),
        new("key-alg-missing", "none", "W-W----WWWWW", () => Stage.Key(key => key.Remove("alg"))),
        new("key-alg-missing", "RS256", Accept, () => Stage.Key(_ => { })),
        new("key-use-other", "enc", "EEE---EEEEEE", () => Stage.Key(key => key["use"] = "enc")),
        new("key-use-other", "sig", Accept, () => Stage.Key(_ => { })),
        new("key-ops", "verify", "-EW---------", () => Stage.Key(key => key["key_ops"] = new JsonArray("verify"))),
        new("key-ops", "an empty array", "-EW---------", () => Stage.Key(key => key["key_ops"] = new JsonArray())),
        new("key-ops", "none", Accept, () => Stage.Key(_ => { })),
        new("key-certificate", "of this key", "--W---------", () => Stage.Keys(KeySamples.Spoiled("key-certificate"))),
        new("key-certificate", "none", Accept, () => Stage.Key(_ => { })),
        new("key-certificate-other", "of another key", "WEWEEEWWWWWW", () => Stage.Keys(KeySamples.Spoiled("key-certificate-other"))),
        new("key-certificate", "no certificate, which has a finding of its own", Accept, () => Stage.Key(key => key["x5c"] = new JsonArray("AQAB"))),
        new("key-certificate-other", "no certificate", "WEWEEEWWWWWW", () => Stage.Key(key => key["x5c"] = new JsonArray("AQAB"))),
        new("key-malformed", "a second certificate that is none, which go-jose reads too", "---EEE------", () => Stage.Key(KeySamples.Spoiled("key-certificate"), key => key["x5c"]!.AsArray().Add("AQAB"))),
        new("key-malformed", "a second certificate that is a number", "---EEE------", () => Stage.Key(KeySamples.Spoiled("key-certificate"), key => key["x5c"]!.AsArray().Add(1))),
        new("key-malformed", "the certificate twice", Accept, () => Stage.Key(KeySamples.Spoiled("key-certificate"), key => key["x5c"]!.AsArray().Add(key["x5c"]![0]!.GetValue<string>()))),
        new("key-certificate-other", "an empty chain", Accept, () => Stage.Key(key => key["x5c"] = new JsonArray())),
        new("key-certificate-other", "null", Accept, () => Stage.Key(key => key["x5c"] = null)),
        new("key-certificate-other", "a text", "WEWEEEWWWWWW", () => Stage.Key(key => key["x5c"] = "AQAB")),
        new("key-certificate-other", "of this key", Accept, () => Stage.Keys(KeySamples.Spoiled("key-certificate"))),

        // Entra RS256, Google and Databricks RS256 and ES256, AWS without PS, Vault also EdDSA.
        new("no-usable-key", "P-384 alone", "E-E-------E-", () => Stage.Keys(P384)),
        new("no-usable-key", "P-256 alone", Entra, () => Stage.Keys(KeySamples.P256())),
        new("no-usable-key", "Ed25519 alone", "EEE--E----E-", () => Stage.Keys(Ed25519)),
        // What is wrong with every key is one finding for all.
        new("no-usable-key", "a malformed key alone", Accept, () => Stage.Key(key => key.Remove("n"))),
        new("no-usable-key", "a malformed key and one of a curve that only Go knows", "EEE--E----E-", () => Stage.Keys(Without("n", "a"), Ed25519)),
        new("no-usable-key", "ML-DSA alone", Accept, () => Stage.Keys(MlDsa)),
        new("key-type-unknown", "ML-DSA alone, which breaks the set of Vault, OpenBao and Kubernetes and leaves the others without any key", Reject, () => Stage.Keys(MlDsa)),
        new("no-usable-key", "an EC key marked RS256, of which AWS, Vault, OpenBao and Kubernetes ignore the mark", "E-E---EEEEEE", () => Stage.Keys(KeySamples.P256().Replace("ES256", "RS256", StringComparison.Ordinal))),
        new("no-usable-key", "an RSA key marked ES256, of which AWS, Vault, OpenBao and Kubernetes ignore the mark", "E-E---EEEEEE", () => Stage.Key(key => key["alg"] = "ES256")),
        new("no-usable-key", "an RSA key marked for encryption by RSA-OAEP", "E-E---EEEEEE", () => Stage.Key(key => key["alg"] = "RSA-OAEP")),
        new("no-usable-key", "a symmetric key alone, which has a finding of its own", Accept, () => Stage.Keys("""{"kty":"oct","k":"AQAB","kid":"s","alg":"HS256"}""")),
        new("no-usable-key", "a symmetric key and an RSA key with which nobody can verify", Reject, () => Stage.Keys("""{"kty":"oct","k":"AQAB","kid":"s"}""", Stage.GoodKey("a").Replace("AQAB", "AQ", StringComparison.Ordinal))),
        new("no-usable-key", "an RSA key with an empty alg", Accept, () => Stage.Key(key => key["alg"] = "")),
        new("key-algorithm", "an RSA key marked ES256 beside a good one", "W-W-------W-", () => Stage.Keys(Build.Rsa("a"), Build.Rsa("b").Replace("RS256", "ES256", StringComparison.Ordinal))),
        new("no-usable-key", "RSA and P-384", Accept, () => Stage.Keys(Build.Rsa("a"), P384)),
        new("key-algorithm", "RSA and P-384", "W-W-------W-", () => Stage.Keys(Build.Rsa("a"), P384)),
        new("key-algorithm", "RSA and P-256", "W-----------", () => Stage.Keys(Build.Rsa("a"), KeySamples.P256())),
        new("key-algorithm", "RSA", Accept, () => Stage.Keys(Build.Rsa("a"), Build.Rsa("b"))),
    ];

    private static string Encoded(string text) => System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.ASCII.GetBytes(text));

    private static string Sized(int bytes) => System.Buffers.Text.Base64Url.EncodeToString(new byte[bytes]);

    private static string WithExponent(string kid, string exponent) => WithMember(kid, "e", exponent);

    private static string WithMember(string kid, string member, string value)
    {
        JsonObject key = JsonNode.Parse(Build.Rsa(kid))!.AsObject();
        key[member] = value;
        return key.ToJsonString();
    }

    private static string Without(string member, string kid)
    {
        JsonObject key = JsonNode.Parse(Build.Rsa(kid))!.AsObject();
        key.Remove(member);
        return key.ToJsonString();
    }
}
