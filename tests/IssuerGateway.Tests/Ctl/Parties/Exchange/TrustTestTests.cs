using System.Text.Json.Nodes;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Cluster.Distributions;

namespace IssuerGateway.Tests.Ctl.Parties.Exchange;

/// <summary><c>issuerctl trust test PARTY --token FILE</c> against stand-ins: accepted, and rejected and explained for each mistake.</summary>
public sealed class TrustTestTests : IDisposable
{
    private readonly ClusterTokens cluster = new();
    private readonly string file = Path.GetTempFileName();

    public void Dispose()
    {
        cluster.Dispose();
        File.Delete(file);
    }

    private static readonly Dictionary<string, string> audiences = new()
    {
        ["entra-app"] = "api://AzureADTokenExchange", ["entra-identity"] = "api://AzureADTokenExchange", ["aws"] = "sts.amazonaws.com",
        ["google"] = "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/clusters/providers/shop",
        ["vault"] = "https://vault.example.com", ["openbao"] = "https://vault.example.com", ["kubernetes"] = "other-cluster",
    };

    private static string[] Options(string party, string url) => party switch
    {
        "entra-app" or "entra-identity" => ["--tenant", Samples.Guid, "--client-id", Samples.Guid, "--endpoint", url],
        "aws" => ["--role-arn", "arn:aws:iam::111122223333:role/shop", "--region", "eu-central-1", "--endpoint", url],
        "google" => ["--project-number", "123456789012", "--pool", "clusters", "--provider", "shop", "--endpoint", url, "--iam-endpoint", url],
        "kubernetes" => ["--server", url, "--user", "shop-cluster:" + ClusterTokens.Subject],
        _ => ["--address", url, "--role", "shop"],
    };

    [Theory]
    [InlineData("entra-app", "accepted: POST URL/GUID/oauth2/v2.0/token: an access token for 3599 seconds (not shown)")]
    [InlineData("entra-identity", "accepted: POST URL/GUID/oauth2/v2.0/token: an access token for 3599 seconds (not shown)")]
    [InlineData("aws", "accepted: POST URL/ Action=AssumeRoleWithWebIdentity: credentials until 2026-11-28T22:00:00Z for subject system:serviceaccount:apps:shop (not shown)")]
    [InlineData("google", "accepted: POST URL/v1/token: an access token for 3599 seconds (not shown)")]
    [InlineData("vault", "accepted: POST URL/v1/auth/jwt/login: a client token for 3600 seconds with policies default; shop-read (not shown)")]
    [InlineData("openbao", "accepted: POST URL/v1/auth/jwt/login: a client token for 3600 seconds with policies default; shop-read (not shown)")]
    [InlineData("kubernetes", "accepted: POST URL/apis/authentication.k8s.io/v1/selfsubjectreviews: user shop-cluster:system:serviceaccount:apps:shop")]
    public async Task A_sound_token_is_accepted(string party, string line)
    {
        using PartyStandIn standIn = new(cluster.Keys());

        (int exitCode, string output, string error) = await TestAsync(party, standIn, cluster.Mint(audiences[party]));

        Assert.Equal(("", 0), (error, exitCode));
        Assert.Equal(line.Replace("URL", standIn.Url, StringComparison.Ordinal).Replace("GUID", Samples.Guid, StringComparison.Ordinal), output.TrimEnd().Split('\n')[^1]);
    }

    [Theory]
    [InlineData("entra-identity", "issuer", "AADSTS700211", "compare slash, letter case and path")]
    [InlineData("entra-app", "audience", "AADSTS700212", "project the token with audience")]
    [InlineData("entra-app", "subject", "AADSTS700213", "set subject of the credential")]
    [InlineData("entra-app", "key", "AADSTS7000272", "stale key set")]
    [InlineData("entra-app", "expired", "AADSTS700024", "re-read the token file")]
    [InlineData("entra-app", "ES256", "AADSTS5002738", "sign with an RSA key")]
    [InlineData("aws", "issuer", "No OpenIDConnect provider found", "create it: issuerctl trust render aws")]
    [InlineData("aws", "audience", "could not be validated", "project the token with audience sts.amazonaws.com")]
    [InlineData("aws", "subject", "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity", "compare the conditions :sub and :aud")]
    [InlineData("aws", "kid", "Couldn't retrieve verification key", "issuerctl check ISSUER --profile aws")]
    [InlineData("aws", "key", "could not be validated", "send the token file as it is")]
    [InlineData("aws", "expired", "ExpiredTokenException", "read the token file at every use")]
    [InlineData("aws", "future", "Token issued in the future", "set the clock of the control plane")]
    [InlineData("aws", "PS256", "could not be validated", "")]
    [InlineData("google", "issuer", "Error connecting to the given credential's issuer.", "compare iss above with issuer-uri")]
    [InlineData("google", "audience", "does not match the expected audience", "project the token with the audience of the provider")]
    [InlineData("google", "subject", "rejected by the attribute condition", "compare sub above with attribute-condition")]
    [InlineData("google", "key", "Unable to verify the ID Token signature", "issuerctl trust drift google")]
    [InlineData("google", "expired", "is stale to sign-in", "read the token file at every use")]
    [InlineData("vault", "issuer", "invalid issuer", "compare iss above with bound_issuer")]
    [InlineData("vault", "audience", "invalid audience", "project the token with an audience of the role")]
    [InlineData("openbao", "subject", "sub claim does not match", "compare sub above with bound_subject")]
    [InlineData("vault", "key", "no known key successfully validated", "one unknown or malformed key breaks the whole set")]
    [InlineData("vault", "expired", "token is expired", "read the token file at every use")]
    [InlineData("kubernetes", "issuer", "Unauthorized", "read the log of the API server")]
    [InlineData("kubernetes", "audience", "Unauthorized", "compare iss and aud above")]
    [InlineData("kubernetes", "key", "Unauthorized", "read the log of the API server")]
    [InlineData("kubernetes", "just expired", "Unauthorized", "expiry (no leeway)")]
    [InlineData("kubernetes", "subject", "user shop-cluster:system:serviceaccount:apps:other", "compare the prefix of claimMappings.username")]
    public async Task A_mistake_is_rejected_in_the_party_s_words_and_explained(string party, string mistake, string said, string explained)
    {
        using PartyStandIn standIn = new(cluster.Keys());

        (int exitCode, string output, _) = await TestAsync(party, standIn, Token(party, mistake));

        Assert.Equal(1, exitCode);
        Assert.Contains("\nrejected: POST ", output, StringComparison.Ordinal);
        Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.Contains(explained, output, StringComparison.Ordinal);
        Assert.Contains("\nfix: ", output, StringComparison.Ordinal);
    }

    [Theory] // what the facts say of leeway and algorithms
    [InlineData("vault", "just expired")]
    [InlineData("vault", "PS256")]
    [InlineData("vault", "ES256")]
    [InlineData("aws", "ES256")]
    [InlineData("aws", "just expired")]
    [InlineData("kubernetes", "PS256")]
    [InlineData("kubernetes", "not before in 30 s")]
    public async Task What_a_party_tolerates_is_accepted(string party, string mistake)
    {
        using PartyStandIn standIn = new(cluster.Keys());

        Assert.Equal(0, (await TestAsync(party, standIn, Token(party, mistake))).ExitCode);
    }

    [Theory]
    [InlineData("vault", 1)]
    [InlineData("kubernetes", 1)]
    [InlineData("aws", 0)]
    public async Task One_unknown_key_breaks_the_set_of_some(string party, int expected)
    {
        JsonArray keys = cluster.Keys();
        keys.Add(new JsonObject { ["kty"] = "AKP", ["kid"] = "new", ["pub"] = "AQAB" });
        using PartyStandIn standIn = new(keys);

        Assert.Equal(expected, (await TestAsync(party, standIn, cluster.Mint(audiences[party]))).ExitCode);
    }

    [Theory]
    [InlineData("shop@shop-prod.iam.gserviceaccount.com", 0, "an access token of shop@shop-prod.iam.gserviceaccount.com until 2026-11-28T22:00:00Z (not shown)")]
    [InlineData("other@shop-prod.iam.gserviceaccount.com", 1, "give it roles/iam.workloadIdentityUser")]
    public async Task Google_impersonates_after_the_exchange(string account, int expected, string text)
    {
        using PartyStandIn standIn = new(cluster.Keys());

        (int exitCode, string output, _) = await TestAsync("google", standIn, cluster.Mint(audiences["google"]), "--google-account", account);

        Assert.Equal(expected, exitCode);
        Assert.Contains(text, output, StringComparison.Ordinal);
        Assert.Equal(2, standIn.Received.Count);
    }

    [Theory]
    [InlineData("aws", "--role-arn", "arn:aws:iam::111122223333:role/other", "AccessDenied")]
    [InlineData("google", "--pool", "other", "invalid_target")]
    [InlineData("vault", "--role", "other", "could not be found")]
    [InlineData("vault", "--path", "other", "no handler for route")]
    [InlineData("entra-app", "--client-id", "99999999-2222-3333-4444-555555555555", "AADSTS700016")]
    public async Task A_wrong_name_at_the_party_is_explained(string party, string option, string value, string said)
    {
        using PartyStandIn standIn = new(cluster.Keys());
        string[] options = Options(party, standIn.Url);
        File.WriteAllText(file, cluster.Mint(audiences[party]));
        int at = Array.IndexOf(options, option);

        (int exitCode, string output, _) = await Samples.RunAsync(["trust", "test", party, "--token", file, .. at < 0 ? [.. options, option, value] : (string[])[.. options[..at], option, value, .. options[(at + 2)..]]]);

        Assert.Equal(1, exitCode);
        Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.Contains("\nmeaning: ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(400)]
    [InlineData(4000)]
    public async Task The_ids_that_support_of_Microsoft_requests_are_whole(int length)
    {
        const string ids = "Trace ID: 11111111-1111-1111-1111-111111111100 Correlation ID: 22222222-2222-2222-2222-222222222200 Timestamp: 2026-11-28 12:00:00Z";
        using PartyStandIn standIn = new(cluster.Keys()) { Always = (400, $$"""{"error":"invalid_request","error_description":"AADSTS90002: Tenant '{{Samples.Guid}}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant. {{new string('x', length)}} {{ids}}"}""") };

        (_, string output, _) = await TestAsync("entra-app", standIn, cluster.Mint(audiences["entra-app"]));

        Assert.Contains(ids, output, StringComparison.Ordinal);
        Assert.Contains("\nmeaning: AADSTS90002: there is no such tenant in this cloud\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_credential_is_ever_shown()
    {
        foreach (string party in audiences.Keys)
        {
            using PartyStandIn standIn = new(cluster.Keys());
            string token = cluster.Mint(audiences[party]);
            (_, string accepted, _) = await TestAsync(party, standIn, token);

            // Parties that repeat what they were sent, in each of the places that are shown.
            StringWriter all = new();
            all.Write(accepted);
            foreach (string said in (string[])[token, token.Split('.')[2], $"x {token.Split('.')[1]} y", token[..^40], token[60..]])
            {
                foreach (string body in (string[])[$$"""{"error":"a","error_description":"{{said}}","errors":["{{said}}"],"message":"{{said}}"}""", $"<E><Error><Code>a</Code><Message>{said}</Message></Error></E>", said])
                {
                    standIn.Always = (400, body);
                    (int exitCode, string output, string error) = await TestAsync(party, standIn, token);
                    Assert.NotEqual(0, exitCode);
                    all.Write(output + error);
                }
            }

            Assert.DoesNotContain(PartyStandIn.AccessToken, all.ToString(), StringComparison.Ordinal);
            Assert.All(token.Split('.')[1..].SelectMany(part => part.Chunk(24).Where(chunk => chunk.Length == 24)), chunk => Assert.DoesNotContain(new string(chunk), all.ToString(), StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(200, "")]
    [InlineData(200, "[]")]
    [InlineData(200, "{\"auth\":1,\"status\":[],\"access_token\":1}")]
    [InlineData(302, "moved")]
    [InlineData(503, "<html>")]
    [InlineData(500, "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>")]
    public async Task What_is_no_response_of_the_party_is_no_verdict(int status, string body)
    {
        foreach (string party in audiences.Keys)
        {
            using PartyStandIn standIn = new(cluster.Keys()) { Always = (status, body) };

            (int exitCode, string output, string error) = await TestAsync(party, standIn, cluster.Mint(audiences[party]));

            Assert.True(exitCode == 3, $"{party}: {output}{error}");
            Assert.Contains($"status {status} without an error of ", error, StringComparison.Ordinal);
            Assert.Contains(status == 302 ? "redirects are not followed" : status == 200 ? "is the URL that of " : "run it again later", error, StringComparison.Ordinal);
            Assert.DoesNotContain("rejected", output, StringComparison.Ordinal);
        }
    }

    [Theory] // the party's own words, and still no verdict on the token
    [InlineData("vault", 503, """{"errors":["Vault is sealed"]}""")]
    [InlineData("entra-app", 429, """{"error":"temporarily_unavailable","error_description":"slow down"}""")]
    [InlineData("google", 503, """{"error":"internal_failure","error_description":"m"}""")]
    [InlineData("aws", 500, "<E><Error><Code>InternalFailure</Code><Message>m</Message></Error></E>")]
    [InlineData("kubernetes", 429, """{"kind":"Status","message":"too many requests"}""")]
    public async Task An_overloaded_party_gives_no_verdict(string party, int status, string body)
    {
        using PartyStandIn standIn = new(cluster.Keys()) { Always = (status, body) };

        (int exitCode, _, string error) = await TestAsync(party, standIn, cluster.Mint(audiences[party]));

        Assert.Equal(3, exitCode);
        Assert.EndsWith("hint: run it again later\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_anonymous_user_is_no_success()
    {
        using PartyStandIn standIn = new(cluster.Keys()) { Always = (201, """{"status":{"userInfo":{"username":"system:anonymous"} } }""") };
        File.WriteAllText(file, cluster.Mint(audiences["kubernetes"]));

        (int exitCode, string output, _) = await Samples.RunAsync(["trust", "test", "kubernetes", "--token", file, "--server", standIn.Url]);

        Assert.Equal(1, exitCode);
        Assert.Contains("meaning: the API server did not read it as a token at all\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_party_that_does_not_respond_ends_in_exit_code_3()
    {
        using PartyStandIn standIn = new(cluster.Keys()) { Hangs = true };

        (int exitCode, _, string error) = await TestAsync("aws", standIn, cluster.Mint(audiences["aws"]), "--timeout", "1s");
        Assert.Equal(3, exitCode);
        Assert.Contains("no response within 1s", error, StringComparison.Ordinal);
        (exitCode, _, _) = await Samples.RunAsync(["trust", "test", "vault", "--token", file, .. Options("vault", "http://127.0.0.1:1")]);
        Assert.Equal(3, exitCode);
    }

    [Theory]
    [InlineData("aws", "--endpoint", "http://sts.example.com")] // a credential would go over plain HTTP
    [InlineData("aws", "--endpoint", "https://user:password@sts.example.com")]
    [InlineData("vault", "--address", "vault.example.com")]
    [InlineData("kubernetes", "--server", "https://a/?b=c")]
    [InlineData("aws", "--role-arn", "shop")]
    [InlineData("aws", "--timeout", "0s")]
    [InlineData("aws", "--token", "/does/not/exist")]
    [InlineData("entra-app", "--tenant", "contoso")]
    public async Task A_wrong_option_sends_nothing(string party, string option, string value)
    {
        using PartyStandIn standIn = new(cluster.Keys());
        File.WriteAllText(file, cluster.Mint(audiences[party]));
        string[] options = ["--token", file, .. Options(party, standIn.Url)];
        int at = Array.IndexOf(options, option);

        (int exitCode, string output, string error) = await Samples.RunAsync(["trust", "test", party, .. at < 0 ? [.. options, option, value] : (string[])[.. options[..at], option, value, .. options[(at + 2)..]]]);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith(option == "--token" ? $"error: --token: {value} does not exist\nhint: " : $"error: {option}: found ", error, StringComparison.Ordinal);
        Assert.Empty(standIn.Received);
    }

    [Theory]
    [InlineData("", "the file contains only white space")] // a newline
    [InlineData("not.a.token", "the token cannot be decoded; part of it is probably missing")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9", "the token has 1 part, and a signed JWT has 3")]
    [InlineData("{\"kind\":\"Status\"}", "the file contains an error of the API server (Status), not a token")]
    public async Task What_is_no_token_is_not_sent(string text, string cause)
    {
        using PartyStandIn standIn = new(cluster.Keys());

        (int exitCode, _, string error) = await TestAsync("aws", standIn, text);

        Assert.Equal(2, exitCode);
        Assert.Contains($": {cause}\n", error, StringComparison.Ordinal);
        Assert.Empty(standIn.Received);
    }

    private string Token(string party, string mistake) => mistake switch
    {
        "issuer" => cluster.Mint(audiences[party], claims => claims["iss"] = ClusterTokens.Issuer + "/"),
        "audience" => cluster.Mint("https://kubernetes.default.svc"),
        "subject" => cluster.Mint(audiences[party], claims => claims["sub"] = "system:serviceaccount:apps:other"),
        "key" => cluster.Mint(audiences[party], foreignKey: true),
        "kid" => cluster.Mint(audiences[party], kid: "unknown"),
        "expired" => cluster.Mint(audiences[party], claims => claims["exp"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 3600),
        "just expired" => cluster.Mint(audiences[party], claims => claims["exp"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 20),
        "future" => cluster.Mint(audiences[party], claims => claims["iat"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 3600),
        "not before in 30 s" => cluster.Mint(audiences[party], claims => claims["nbf"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 30),
        _ => cluster.Mint(audiences[party], algorithm: mistake),
    };

    private Task<(int ExitCode, string Output, string Error)> TestAsync(string party, PartyStandIn standIn, string token, params string[] more)
    {
        File.WriteAllText(file, token + "\n");
        return Samples.RunAsync(["trust", "test", party, "--token", file, .. Options(party, standIn.Url), .. more]);
    }
}
