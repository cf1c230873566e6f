using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Checking.StandIns;

/// <summary>
/// Mistakes as people make them, staged at a real TLS listener. For each the stand-in of the party, made from the facts,
/// says how the party responds; the check must have predicted it. Where the party accepts, the check must not report an error.
/// </summary>
public sealed class StagedMistakeTests
{
    private const string Issuer = "https://" + CheckFixture.Host;
    private const string Subject = "system:serviceaccount:shop:web";
    private const string GoogleAudience = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q";

    private static readonly DateTimeOffset now = TimeProvider.System.GetUtcNow();
    private static readonly RSA signingKey = RSA.Create(2048);
    private static readonly RSA otherKey = RSA.Create(2048);
    private static readonly ECDsa ecKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);

    private static readonly Dictionary<string, Func<StandInInput, string?>> parties = new()
    {
        ["entra"] = StandIn.Entra,
        ["aws"] = StandIn.Aws,
        ["google"] = StandIn.Google,
        ["vault"] = StandIn.Vault,
        ["openbao"] = StandIn.OpenBao,
        ["kubernetes"] = StandIn.Kubernetes,
    };

    /// <summary>Party, mistake, and the rule of the first error when the party rejects it; the table of the issue: twelve for Entra, eight for AWS, five each for the others.</summary>
    public static TheoryData<string, string, string?> Mistakes => new()
    {
        { "entra", "none", null },
        { "entra", "404", "http-status" },
        { "entra", "503", "http-status" },
        { "entra", "html", "discovery-malformed" },
        { "entra", "no-jwks-uri", "jwks-uri-missing" },
        { "entra", "empty-member", "discovery-required-empty" },
        { "entra", "no-keys", "key-set-empty" },
        { "entra", "malformed-key", "key-malformed" },
        { "entra", "slash-in-credential", "issuer-mismatch" },
        { "entra", "case-in-credential", "issuer-mismatch" },
        { "entra", "audience", "token-audience" },
        { "entra", "two-audiences", "token-audience" },
        { "entra", "subject", "token-subject" },
        { "entra", "unpublished-key", "token-key-unpublished" },
        { "entra", "beyond-100-keys", "token-key-unpublished" },
        { "entra", "altered", "token-signature" },
        { "entra", "es384", "token-algorithm" },
        { "entra", "typ", "token-type" },
        { "entra", "lifetime", "token-lifetime" },
        { "entra", "expired", "token-expired" },
        { "entra", "foreign-key-type", null },
        { "aws", "none", null },
        { "aws", "es384", null },
        { "aws", "rs384", null },
        { "aws", "404", "http-status" },
        { "aws", "member-missing", "discovery-member-missing" },
        { "aws", "empty-member", "discovery-required-empty" },
        { "aws", "bom", "byte-order-mark" },
        { "aws", "leading-zero", "rsa-leading-zero" },
        { "aws", "key-ops", "key-ops" },
        { "aws", "key-ops-of-another-key", null },
        { "aws", "key-ops-beside-a-good-key", "token-key-unusable" },
        { "google", "use-enc-of-another-key", null },
        { "aws", "use-enc", "key-use-other" },
        { "aws", "key-without-kid", "kid-missing" },
        { "aws", "slash-in-credential", "issuer-mismatch" },
        { "aws", "audience", "token-audience" },
        { "aws", "two-audiences", "token-audience" },
        { "aws", "two-audiences-azp", null },
        { "aws", "subject", "token-subject" },
        { "aws", "fraction", "token-time-fraction" },
        { "aws", "crit", "token-critical" },
        { "aws", "expired", "token-expired" },
        { "aws", "no-iat", "token-claim-missing" },
        { "aws", "future", "token-early" },
        { "aws", "typ", null },
        { "aws", "beyond-100-keys", "key-set-too-many" },
        { "aws", "altered", "token-signature" },
        { "aws", "unpublished-key", "token-key-unpublished" },
        { "google", "none", null },
        { "google", "404", "http-status" },
        { "google", "unpublished-key", "token-key-unpublished" },
        { "google", "discovery-issuer", "issuer-mismatch" },
        { "google", "audience", "token-audience" },
        { "google", "altered", "token-signature" },
        { "google", "expired", "token-expired" },
        { "google", "https-audience", null },
        { "google", "key-without-kid", "kid-missing" },
        { "google", "es384", "token-algorithm" },
        { "google", "subject", "token-subject" },
        { "vault", "none", null },
        { "vault", "leading-zero", null },
        { "vault", "key-without-kid", null },
        { "vault", "es384", null },
        { "vault", "two-audiences", null },
        { "vault", "foreign-key-type", "key-type-unknown" },
        { "vault", "malformed-key", "key-malformed" },
        { "vault", "short-coordinate", "ec-coordinate-length" },
        { "vault", "discovery-issuer", "issuer-mismatch" },
        { "vault", "audience", "token-audience" },
        { "vault", "subject", "token-subject" },
        { "vault", "altered", "token-signature" },
        { "vault", "expired", "token-expired" },
        { "openbao", "foreign-key-type", "key-type-unknown" },
        { "openbao", "expired", "token-expired" },
        { "openbao", "subject", "token-subject" },
        { "openbao", "altered", "token-signature" },
        { "openbao", "two-audiences", null },
        { "kubernetes", "none", null },
        { "kubernetes", "two-audiences", null },
        { "kubernetes", "404", "http-status" },
        { "kubernetes", "discovery-issuer", "issuer-mismatch" },
        { "kubernetes", "foreign-key-type", "key-type-unknown" },
        { "kubernetes", "audience", "token-audience" },
        { "kubernetes", "unpublished-key", "token-key-unpublished" },
        { "kubernetes", "just-expired", "token-expired" },
        { "kubernetes", "malformed-key", "key-malformed" },
        { "kubernetes", "altered", "token-signature" },
        { "kubernetes", "rs384", null },
        { "kubernetes", "key-without-kid", null },
        { "vault", "404", "http-status" },
        { "vault", "html", "discovery-malformed" },
        { "vault", "bom", "byte-order-mark" },
        { "openbao", "audience", "token-audience" },
        { "openbao", "leading-zero", null },
    };

    /// <summary>Mistakes that the party rejects; those that it accepts beside them show that the check is not merely strict.</summary>
    [Theory]
    [InlineData("entra", 12)]
    [InlineData("aws", 8)]
    [InlineData("google", 5)]
    [InlineData("vault", 5)]
    [InlineData("kubernetes", 5)]
    public void Enough_mistakes_are_staged_for_each_party(string party, int least) =>
        Assert.InRange(Mistakes.Count(row => row.Data is (string of, _, not null) && of == party), least, int.MaxValue);

    [Fact]
    public void At_least_forty_mistakes_are_staged_with_at_least_five_of_the_sign_in_side()
    {
        int signIn = Ctl.EntraApp.StagedSignInTests.Mistakes.Count(row => row.Data.Item2 is not null);

        Assert.InRange(signIn, 5, int.MaxValue);
        Assert.InRange(Mistakes.Count(row => row.Data.Item3 is not null) + signIn, 40, int.MaxValue);
    }

    /// <summary>Mistakes that break more than one rule, each of which needs its own fix, in the order in which they are reported.</summary>
    private static readonly Dictionary<(string Party, string Mistake), string[]> further = new()
    {
        // The key and the header lack it, and these two read both.
        [("aws", "key-without-kid")] = ["token-kid-missing"],
        [("google", "key-without-kid")] = ["token-kid-missing"],
    };

    /// <summary>Mistakes of which nobody has said what the party does about them.</summary>
    private static readonly (string Party, string Mistake)[] mightReject =
    [
        // Recorded is a member that is missing, and not one that is empty.
        ("aws", "empty-member"),
    ];

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task The_check_predicts_the_response_of_the_party(string party, string mistake, string? rule)
    {
        await using CheckFixture server = await CheckFixture.StartAsync();
        StandInInput staged = Stage(party, mistake);
        server.Misbehave = async http =>
        {
            bool isDiscovery = http.Request.Path.Value!.EndsWith("openid-configuration", StringComparison.Ordinal);
            byte[] body = isDiscovery ? staged.Discovery : staged.Keys;
            http.Response.StatusCode = staged.Status;
            http.Response.ContentType = isDiscovery ? "application/json" : "application/jwk-set+json";
            http.Response.ContentLength = body.Length;
            http.Response.Headers.CacheControl = "public, max-age=300";
            await http.Response.Body.WriteAsync(body);
            return true;
        };

        string? response = parties[party](staged);
        CheckReport report = await new IssuerCheck(Request(party, staged, server), upstream: null, exchange: null, TimeProvider.System).RunAsync(CancellationToken.None);

        Assert.Equal(rule is not null, response is not null);
        CheckFinding[] errors = [.. report.Findings.Where(finding => finding.Severity == Severity.Error)];
        Assert.Equal(rule is null ? [] : [rule, .. further.GetValueOrDefault((party, mistake), [])], errors.Select(finding => finding.Id));
        Assert.Equal(rule is null ? Verdict.Accepts : mightReject.Contains((party, mistake)) ? Verdict.MightReject : Verdict.Rejects, report.VerdictOf(RelyingParty.Find(party)!));

        // That the party rejects is a fact; of some rejections nobody has recorded the text.
        if (response is not null && response != StandIn.Rejected)
        {
            Assert.Contains(response, Assert.Single(errors[0].Responses).Response, StringComparison.Ordinal);
        }
    }

    private static CheckRequest Request(string party, StandInInput staged, CheckFixture server) => new()
    {
        Issuer = Build.Identifier(staged.Registered),
        Parties = [RelyingParty.Find(party)!],
        Tokens = [new TokenInput { Name = "token.jwt", Text = staged.Token }],
        Audience = party is "vault" or "openbao" or "kubernetes" ? staged.Audience : null,
        Subject = staged.Subject,
        Overrides = new ConnectionOverrides { ConnectTo = [new ConnectTo(null, null, "127.0.0.1", server.Port)], Roots = [server.Authority.Root] },
    };

    private static StandInInput Stage(string party, string mistake)
    {
        string audience = party switch { "entra" => "api://AzureADTokenExchange", "aws" => "sts.amazonaws.com", "google" => GoogleAudience, _ => "vault" };
        JsonObject discovery = new()
        {
            ["issuer"] = Issuer,
            ["jwks_uri"] = $"{Issuer}/openid/v1/jwks",
            ["response_types_supported"] = new JsonArray("id_token"),
            ["subject_types_supported"] = new JsonArray("public"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
        };
        JsonArray keys = [KeySamples.Rsa(signingKey)];
        JsonObject header = new() { ["alg"] = "RS256", ["kid"] = "a" };
        JsonObject claims = new()
        {
            ["iss"] = Issuer,
            ["sub"] = Subject,
            ["aud"] = new JsonArray(audience),
            ["iat"] = now.AddMinutes(-10).ToUnixTimeSeconds(),
            ["nbf"] = now.AddMinutes(-10).ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(50).ToUnixTimeSeconds(),
        };
        Spoil(mistake, audience, discovery, keys, header, claims);
        byte[] document = Encoding.UTF8.GetBytes(discovery.ToJsonString());
        return new StandInInput
        {
            Registered = mistake switch { "slash-in-credential" => Issuer + "/", "case-in-credential" => "https://ISSUER.example.test", _ => Issuer },
            Audience = audience,
            Subject = Subject,
            Discovery = mistake switch { "html" => "<html>"u8.ToArray(), "bom" => [0xEF, 0xBB, 0xBF, .. document], _ => document },
            Keys = Encoding.UTF8.GetBytes(new JsonObject { ["keys"] = keys }.ToJsonString()),
            Token = Sign(mistake, header, claims),
            Now = now,
            Status = mistake switch { "404" => 404, "503" => 503, _ => 200 },
        };
    }

    private static void Spoil(string mistake, string audience, JsonObject discovery, JsonArray keys, JsonObject header, JsonObject claims)
    {
        JsonObject key = keys[0]!.AsObject();
        switch (mistake)
        {
            case "no-jwks-uri": discovery.Remove("jwks_uri"); break;
            case "member-missing": discovery.Remove("subject_types_supported"); break;
            case "empty-member": discovery["subject_types_supported"] = new JsonArray(); break;
            case "discovery-issuer": discovery["issuer"] = "https://other.example.test"; break;
            case "no-keys": keys.Clear(); break;
            case "malformed-key": key.Remove("n"); break;
            case "foreign-key-type": keys.Add(new JsonObject { ["kty"] = "AKP", ["kid"] = "m", ["alg"] = "ML-DSA-44", ["use"] = "sig", ["pub"] = "AQAB" }); break;
            case "short-coordinate": keys.Add(JsonNode.Parse(KeySamples.ShortCoordinate("e"))); break;
            case "leading-zero": key["n"] = Base64Url.EncodeToString([0, .. signingKey.ExportParameters(includePrivateParameters: false).Modulus!]); break;
            case "key-ops": key["key_ops"] = new JsonArray("verify"); break;
            case "key-ops-of-another-key": keys.Add(Other(other => other["key_ops"] = new JsonArray("verify"))); break;
            case "use-enc-of-another-key": keys.Add(Other(other => other["use"] = "enc")); break;
            case "key-ops-beside-a-good-key": key["key_ops"] = new JsonArray("verify"); keys.Add(Other(_ => { })); break;
            case "use-enc": key["use"] = "enc"; break;
            case "key-without-kid": key.Remove("kid"); header.Remove("kid"); break;
            case "unpublished-key": key["kid"] = "b"; break;
            case "beyond-100-keys":
                for (int i = 0; i < 100; i++)
                {
                    keys.Insert(0, JsonNode.Parse(Build.Rsa($"k{i}")));
                }

                break;
            case "es384":
                ECParameters point = ecKey.ExportParameters(includePrivateParameters: false);
                keys.Add(new JsonObject { ["kty"] = "EC", ["crv"] = "P-384", ["kid"] = "e", ["alg"] = "ES384", ["use"] = "sig", ["x"] = Base64Url.EncodeToString(point.Q.X), ["y"] = Base64Url.EncodeToString(point.Q.Y) });
                (header["alg"], header["kid"]) = ("ES384", "e");
                break;
            case "rs384": (header["alg"], key["alg"]) = ("RS384", "RS384"); break;
            case "audience": claims["aud"] = new JsonArray("https://kubernetes.default.svc"); break;
            case "two-audiences": claims["aud"] = new JsonArray(audience, "other"); break;
            case "two-audiences-azp": (claims["aud"], claims["azp"]) = (new JsonArray(audience, "other"), audience); break;
            case "https-audience": claims["aud"] = new JsonArray("https:" + audience, audience); break;
            case "subject": claims["sub"] = "system:serviceaccount:Shop:web"; break;
            case "typ": header["typ"] = "at+jwt"; break;
            case "crit": header["crit"] = new JsonArray("exp"); break;
            case "lifetime": claims["exp"] = now.AddHours(26).ToUnixTimeSeconds(); break;
            case "expired": Shift(claims, TimeSpan.FromHours(-2)); break;
            case "just-expired": claims["exp"] = now.AddSeconds(-30).ToUnixTimeSeconds(); break;
            case "future": Shift(claims, TimeSpan.FromMinutes(30)); claims.Remove("nbf"); break;
            case "fraction": claims["exp"] = now.AddMinutes(50).ToUnixTimeSeconds() + 0.5; break;
            case "no-iat": claims.Remove("iat"); break;
        }
    }

    private static JsonObject Other(Action<JsonObject> spoil)
    {
        JsonObject other = KeySamples.Rsa(otherKey, "z");
        spoil(other);
        return other;
    }

    private static void Shift(JsonObject claims, TimeSpan by)
    {
        foreach (string claim in (string[])["iat", "nbf", "exp"])
        {
            claims[claim] = claims[claim]!.GetValue<long>() + (long)by.TotalSeconds;
        }
    }

    private static string Sign(string mistake, JsonObject header, JsonObject claims)
    {
        string signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        byte[] bytes = Encoding.ASCII.GetBytes(signed);
        byte[] signature = mistake switch
        {
            "es384" => ecKey.SignData(bytes, HashAlgorithmName.SHA384),
            "rs384" => signingKey.SignData(bytes, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
            "altered" => otherKey.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            _ => signingKey.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        };
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }
}
