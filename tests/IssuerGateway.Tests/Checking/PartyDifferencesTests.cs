using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Tokens;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.Tests.Checking;

/// <summary>Redirects and repeated kids, played to every profile at once: what each party would do, by the facts of fetching and of keys.</summary>
public sealed class PartyDifferencesTests
{
    private const string Accepted = "A A A A A A A A A A A A";

    // What AWS, Google and Entra do with a redirect is not known; OIDC Discovery §4.2 requires status 200. Go follows.
    private const string Followed = "? ? ? A A A R ? ? ? ? ?";
    private const string NotFollowed = "? ? ? R R R R ? ? ? ? ?";

    private static readonly RSA first = RSA.Create(2048);
    private static readonly RSA last = RSA.Create(2048);

    /// <summary>Status, how many redirects one after the other, and the letter of each verdict: accepts, rejects, ? for might reject.</summary>
    public static TheoryData<string, int, int, string> Chains
    {
        get
        {
            TheoryData<string, int, int, string> chains = [];
            foreach (string document in (string[])["configuration", "jwks"])
            {
                chains.Add(document, 302, 0, Accepted);
                foreach (int status in (int[])[301, 302, 303, 307, 308])
                {
                    chains.Add(document, status, 1, Followed);
                }

                // net/http stops after 10 requests, which are 9 redirects.
                chains.Add(document, 302, 9, Followed);
                chains.Add(document, 302, 10, NotFollowed);
                chains.Add(document, 307, 11, NotFollowed);
            }

            return chains;
        }
    }

    [Theory]
    [MemberData(nameof(Chains))]
    public async Task A_chain_of_redirects_is_followed_by_whoever_follows_any(string document, int status, int redirects, string verdicts)
    {
        await using CheckFixture issuer = await StartAsync();
        int requests = 0;
        issuer.Misbehave = async http =>
        {
            if (!http.Request.Path.Value!.EndsWith(document, StringComparison.Ordinal))
            {
                return false;
            }

            int done = int.Parse("0" + http.Request.QueryString.Value!.TrimStart('?'), CultureInfo.InvariantCulture);
            requests++;
            http.Response.StatusCode = done < redirects ? status : 200;
            http.Response.Headers.Location = done < redirects ? $"?{done + 1}" : default;
            if (done >= redirects)
            {
                await WriteAsync(http, document == "jwks" ? issuer.Keys : issuer.Discovery, document);
            }

            return true;
        };

        CheckReport report = await issuer.CheckAsync(Everybody(issuer));

        Assert.Equal(verdicts, CheckFixture.Letters(report));
        Assert.Equal(Math.Min(redirects + 1, 10), requests);
        CheckFinding? stopped = report.Findings.FirstOrDefault(finding => finding.Id == "redirect-refused");
        Assert.Equal(redirects > 9, stopped?.Found.EndsWith("; more than 9 redirects, and Go's net/http stops after 10 requests", StringComparison.Ordinal) ?? false);
        Assert.Equal(redirects > 0 ? 1 : 0, report.Findings.Count(finding => finding.Id is "http-redirect" or "redirect-refused"));

        // At a storage service the query grants access.
        Assert.All(report.Findings, finding => Assert.DoesNotContain("?1", finding.Found, StringComparison.Ordinal));
    }

    /// <summary>At a storage service the query of a redirect grants access, whatever is wrong behind it.</summary>
    [Theory]
    [InlineData(404)]
    [InlineData(200)]
    [InlineData(0)]
    public async Task Never_shows_the_query_of_a_redirect(int status)
    {
        await using CheckFixture issuer = await StartAsync();
        issuer.Misbehave = async http =>
        {
            if (http.Request.QueryString.HasValue && status == 0)
            {
                http.Abort();
                return true;
            }

            http.Response.StatusCode = http.Request.QueryString.HasValue ? status : 302;
            http.Response.Headers.Location = http.Request.QueryString.HasValue ? default : "/x?sig=s3cr3t";
            await http.Response.WriteAsync("no JSON");
            return true;
        };

        CheckReport report = await issuer.CheckAsync(issuer.Request(profiles: ["vault"]));

        Assert.NotEmpty(report.Findings);
        Assert.All(report.Findings, finding => Assert.DoesNotContain("s3cr3t", $"{finding.Found} {finding.Fix}", StringComparison.Ordinal));
        Assert.All(report.Steps, step => Assert.DoesNotContain("s3cr3t", step.Summary, StringComparison.Ordinal));
    }

    /// <summary>These are no redirects, or lead nowhere: net/http takes them for the response.</summary>
    [Theory]
    [InlineData(300, "/elsewhere")]
    [InlineData(304, "/elsewhere")]
    [InlineData(302, null)]
    public async Task What_is_no_redirect_is_a_status(int status, string? location)
    {
        await using CheckFixture issuer = await StartAsync();
        issuer.Misbehave = http =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.Location = location;
            return Task.FromResult(true);
        };

        CheckReport report = await issuer.CheckAsync(Everybody(issuer));

        Assert.Equal("R", CheckFixture.Letters(report).Split(' ')[3]);
        Assert.Contains(report.Findings, finding => finding.Id == "http-status" && finding.Found.EndsWith($"status {status}", StringComparison.Ordinal));
    }

    /// <summary>AWS and Keycloak take the last key of a kid; Vault, OpenBao and Kubernetes try all; of Entra and Google nothing is known.</summary>
    [Theory]
    [InlineData("first", "- - - A A A - - - - - -")]
    [InlineData("last", "- A - A A A - - - - - A")]
    [InlineData("another", "- - - - - - - - - - - -")]
    public async Task A_repeated_kid_is_the_key_that_the_party_takes(string signer, string verdicts)
    {
        await using CheckFixture issuer = await StartAsync();
        issuer.Keys = new JsonObject { ["keys"] = new JsonArray(KeySamples.Rsa(first), KeySamples.Rsa(last)) }.ToJsonString();
        using RSA another = RSA.Create(2048);
        string token = Sign(signer switch { "first" => first, "last" => last, _ => another });
        List<string> letters = [];
        foreach (RelyingParty party in RelyingParty.All)
        {
            CheckReport report = await issuer.CheckAsync(Everybody(issuer) with { Parties = [party], Tokens = [new TokenInput { Name = "token.jwt", Text = token }], Audience = "a" });
            letters.Add(report.VerdictOf(party) == Verdict.Accepts ? "A" : "-");
            Assert.Equal(party.IsWrittenInGo ? 0 : 1, report.Findings.Where(finding => finding.Id == "kid-duplicate").DistinctBy(finding => finding.Id).Count());
            Assert.Equal(signer == "another", report.Findings.Any(finding => finding.Id == "token-signature"));
        }

        Assert.Equal(verdicts, string.Join(' ', letters));
    }

    private static async Task<CheckFixture> StartAsync()
    {
        CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Discovery = issuer.Discovery.Replace(issuer.Issuer, $"https://{CheckFixture.Host}", StringComparison.Ordinal);
        return issuer;
    }

    // On port 443, because Anthropic takes no other.
    private static CheckRequest Everybody(CheckFixture issuer) => issuer.Request($"https://{CheckFixture.Host}", profiles: [.. RelyingParty.Ids]) with
    {
        Overrides = new ConnectionOverrides { ConnectTo = [new ConnectTo(null, 443, "127.0.0.1", issuer.Port)], Roots = [issuer.Authority.Root] },
    };

    private static string Sign(RSA key)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        JsonObject header = new() { ["alg"] = "RS256", ["kid"] = "a" };
        JsonObject claims = new()
        {
            ["iss"] = $"https://{CheckFixture.Host}",
            ["sub"] = "system:serviceaccount:shop:web",
            ["aud"] = "a",
            ["iat"] = now.AddMinutes(-10).ToUnixTimeSeconds(),
            ["nbf"] = now.AddMinutes(-10).ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(50).ToUnixTimeSeconds(),
        };
        string signed = $"{Encode(header)}.{Encode(claims)}";
        return $"{signed}.{System.Buffers.Text.Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Encode(JsonObject part) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));

    private static async Task WriteAsync(HttpContext http, string text, string document)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        http.Response.ContentType = document == "jwks" ? "application/jwk-set+json" : "application/json";
        http.Response.ContentLength = body.Length;
        http.Response.Headers.CacheControl = "max-age=300";
        await http.Response.Body.WriteAsync(body);
    }
}
