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
        ["openbao"] = StandIn.Vault,
        ["kubernetes"] = StandIn.Kubernetes,
    };

    /// <summary>Party, mistake, and whether the party rejects it; the table of the issue: twelve for Entra, eight for AWS, five each for the others.</summary>
    public static TheoryData<string, string, bool> Mistakes => new()
    {
        { "entra", "none", false },
        { "entra", "404", true },
        { "entra", "503", true },
        { "entra", "html", true },
        { "entra", "no-jwks-uri", true },
        { "entra", "empty-member", true },
        { "entra", "no-keys", true },
        { "entra", "malformed-key", true },
        { "entra", "slash-in-credential", true },
        { "entra", "case-in-credential", true },
        { "entra", "audience", true },
        { "entra", "two-audiences", true },
        { "entra", "subject", true },
        { "entra", "unpublished-key", true },
        { "entra", "beyond-100-keys", true },
        { "entra", "altered", true },
        { "entra", "es384", true },
        { "entra", "typ", true },
        { "entra", "lifetime", true },
        { "entra", "expired", true },
        { "entra", "foreign-key-type", false },
        { "aws", "none", false },
        { "aws", "es384", false },
        { "aws", "rs384", false },
        { "aws", "404", true },
        { "aws", "member-missing", true },
        { "aws", "empty-member", true },
        { "aws", "bom", true },
        { "aws", "leading-zero", true },
        { "aws", "key-ops", true },
        { "aws", "key-ops-of-another-key", false },
        { "aws", "key-ops-beside-a-good-key", true },
        { "google", "use-enc-of-another-key", false },
        { "aws", "use-enc", true },
        { "aws", "key-without-kid", true },
        { "aws", "slash-in-credential", true },
        { "aws", "audience", true },
        { "aws", "two-audiences", true },
        { "aws", "two-audiences-azp", false },
        { "aws", "subject", true },
        { "aws", "fraction", true },
        { "aws", "crit", true },
        { "aws", "expired", true },
        { "aws", "no-iat", true },
        { "aws", "future", true },
        { "aws", "typ", false },
        { "aws", "beyond-100-keys", true },
        { "aws", "altered", true },
        { "aws", "unpublished-key", true },
        { "google", "none", false },
        { "google", "404", true },
        { "google", "unpublished-key", true },
        { "google", "discovery-issuer", true },
        { "google", "audience", true },
        { "google", "altered", true },
        { "google", "expired", true },
        { "google", "https-audience", false },
        { "google", "key-without-kid", true },
        { "google", "es384", true },
        { "google", "subject", true },
        { "vault", "none", false },
        { "vault", "leading-zero", false },
        { "vault", "key-without-kid", false },
        { "vault", "es384", false },
        { "vault", "two-audiences", false },
        { "vault", "foreign-key-type", true },
        { "vault", "malformed-key", true },
        { "vault", "short-coordinate", true },
        { "vault", "discovery-issuer", true },
        { "vault", "audience", true },
        { "vault", "subject", true },
        { "vault", "altered", true },
        { "vault", "expired", true },
        { "openbao", "foreign-key-type", true },
        { "openbao", "expired", true },
        { "kubernetes", "none", false },
        { "kubernetes", "two-audiences", false },
        { "kubernetes", "404", true },
        { "kubernetes", "discovery-issuer", true },
        { "kubernetes", "foreign-key-type", true },
        { "kubernetes", "audience", true },
        { "kubernetes", "unpublished-key", true },
        { "kubernetes", "just-expired", true },
        { "kubernetes", "malformed-key", true },
        { "kubernetes", "altered", true },
        { "kubernetes", "rs384", false },
        { "kubernetes", "key-without-kid", false },
        { "vault", "404", true },
        { "vault", "html", true },
        { "vault", "bom", true },
        { "openbao", "audience", true },
        { "openbao", "leading-zero", false },
        { "entra", "just-expired", false },
    };

    /// <summary>Mistakes that the party rejects; those that it accepts beside them show that the check is not merely strict.</summary>
    [Theory]
    [InlineData("entra", 12)]
    [InlineData("aws", 8)]
    [InlineData("google", 5)]
    [InlineData("vault", 5)]
    [InlineData("kubernetes", 5)]
    public void Enough_mistakes_are_staged_for_each_party(string party, int least) =>
        Assert.InRange(Mistakes.Count(row => row.Data is (string of, _, true) && of == party), least, int.MaxValue);

    [Fact]
    public void At_least_forty_mistakes_are_staged_with_at_least_five_of_the_sign_in_side()
    {
        int signIn = Ctl.EntraApp.VerifyTests.Mistakes.Count(row => row.Data.Item4);

        Assert.InRange(signIn, 5, int.MaxValue);
        Assert.InRange(Mistakes.Count(row => row.Data.Item3) + signIn, 40, int.MaxValue);
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task The_check_predicts_the_response_of_the_party(string party, string mistake, bool isRejected)
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

        Assert.Equal(isRejected, response is not null);
        PartyRule[] errors = [.. report.Findings.SelectMany(finding => finding.Responses).Where(entry => entry.Severity == Severity.Error)];
        if (response is null)
        {
            Assert.Empty(report.Findings.Where(finding => finding.Severity == Severity.Error).Select(finding => $"{finding.Id}: {finding.Found}"));
            Assert.Equal(Verdict.Accepts, report.VerdictOf(RelyingParty.Find(party)!));
        }
        else
        {
            // That the party rejects is a fact; of some rejections nobody has recorded the text.
            Assert.True(errors.Any(entry => response == StandIn.Rejected || entry.Response?.Contains(response, StringComparison.Ordinal) == true), $"{response}: {string.Join("; ", report.Findings.Select(finding => $"{finding.Id} {finding.Responses[0].Response}"))}");
            Assert.NotEqual(Verdict.Accepts, report.VerdictOf(RelyingParty.Find(party)!));
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
            case "short-coordinate": keys.Add(JsonNode.Parse(KeySamples.P256(drop: 1))); break;
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
