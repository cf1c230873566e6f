using System.Text.Json.Nodes;
using IssuerGateway.Issuers;
using IssuerGateway.Tests.Checking;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>What keeps <c>plan</c> and <c>apply</c> from writing anything; each says why on the error stream.</summary>
public sealed class RejectionTests : EntraProgramFixture
{
    private const string Keys = "/openid/v1/jwks";
    private const string Discovery = "/.well-known/openid-configuration";

    private static readonly string rsaWithoutNeed = KeySamples.ShortCoordinate("e");

    public static TheoryData<string, string> BadIssuers => new()
    {
        { "slash", "trailing slash differs: the document names \"https://oidc.example.com/\", checked was \"https://oidc.example.com\" [issuer-mismatch]" },
        { "case", "letter case differs: the document names \"https://OIDC.example.com\"" },
        { "other", "differ: the document names \"https://other.example.com\"" },
        { "unpublished", "https://oidc.example.com/.well-known/openid-configuration: status 404 [http-status]" },
        { "redirect", "https://oidc.example.com/.well-known/openid-configuration redirects (302) to " },
        { "html", "discovery document: invalid JSON at line 1, byte 0" },
        { "huge", "https://oidc.example.com/.well-known/openid-configuration: more than 262144 bytes" },
        { "http-keys", "\"http://oidc.example.com/openid/v1/jwks\" [jwks-uri-malformed]" },
        { "no-keys-uri", "\"jwks_uri\" is missing or not a string [jwks-uri-missing]" },
        { "keys-missing", "https://oidc.example.com/openid/v1/jwks: status 404 [http-status]" },
        { "no-keys", "no keys [key-set-empty]" },
        { "ec-only", "no key for RS256; the keys are for ES256 [no-usable-key]" },
        { "private", "carries private or symmetric members (d)" },
        { "untrusted", "the certificate is not for elsewhere.example.com: subject \"CN=" },
    };

    [Theory]
    [MemberData(nameof(BadIssuers))]
    public async Task An_issuer_that_fails_the_check(string mistake, string said)
    {
        Break(mistake);

        ProgramResult run = await RunAsync("apply", issuer: mistake == "untrusted" ? "--issuer https://elsewhere.example.com" : Issuer);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(run.Error.Split('\n'), line => line.StartsWith("rejected, nothing was written: ", StringComparison.Ordinal) && line.Contains(said, StringComparison.Ordinal));
        Assert.Empty(Graph.Requests);
    }

    [Fact]
    public async Task Not_an_issuer_with_warnings_only()
    {
        IssuerServer.Publish(IssuerStandIn.Identifier, IssuerStandIn.Keys(IssuerStandIn.RsaKey("key-1"), rsaWithoutNeed), keySetUri: "https://keys.example.com/openid/v1/jwks");

        ProgramResult run = await RunAsync("plan");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            """
            warning: kid "e" [ec-coordinate-length]
            hint: what writes this set drops leading zero bytes, or adds them; publish the set of the API server: kubectl get --raw /openid/v1/jwks > jwks.json
            warning: kid "e" is for ES256; accepted: RS256 [key-algorithm]
            response: AADSTS5002738: the signature algorithm is not supported
            hint: sign with an RSA key (--service-account-signing-key-file); the others may stay published

            """, run.Error);
    }

    [Fact]
    public async Task A_twenty_first_credential()
    {
        Graph.PutApplication("oauth2-proxy", new JsonObject { ["displayName"] = "oauth2-proxy", ["signInAudience"] = "AzureADMyOrg" });
        for (int i = 0; i < 20; i++)
        {
            PutCredential($"other-{i}", "https://other.example.com", $"system:serviceaccount:a:b{i}");
        }

        ProgramResult run = await RunAsync("apply");

        Assert.Equal(new ProgramResult(2, "",
            "rejected, nothing was written: --app-name: found 20 federated credentials on the app, expected fewer than 20, so that \"kubernetes\" fits\n"
            + "hint: delete one that is not used, or use another app\n"), run);
        Assert.Empty(Writes);
    }

    [Fact]
    public async Task Not_changing_one_of_twenty()
    {
        Graph.PutApplication("oauth2-proxy", new JsonObject { ["displayName"] = "oauth2-proxy", ["signInAudience"] = "AzureADMyOrg" });
        for (int i = 0; i < 19; i++)
        {
            PutCredential($"other-{i}", "https://other.example.com", $"system:serviceaccount:a:b{i}");
        }

        PutCredential("Kubernetes", "https://old.example.com", Subject);

        Assert.Equal(0, (await RunAsync("apply")).ExitCode);
    }

    [Fact]
    public async Task A_second_credential_of_the_same_issuer_and_subject()
    {
        Graph.PutApplication("oauth2-proxy", new JsonObject { ["displayName"] = "oauth2-proxy", ["signInAudience"] = "AzureADMyOrg" });
        PutCredential("some-name", IssuerStandIn.Identifier, Subject, audience: "api://else");

        foreach (string verb in (string[])["plan", "apply"])
        {
            Assert.Equal(new ProgramResult(2, "",
                "rejected, nothing was written: --credential-name: found \"kubernetes\", expected \"some-name\", which has this issuer and subject already\n"
                + "hint: use --credential-name some-name, or delete that credential\n"), await RunAsync(verb));
        }

        Assert.Empty(Writes);
    }

    // A default name is not unique: a-b of c has that of a of b-c.
    [Fact]
    public async Task A_credential_of_another_workload_with_the_same_default_name()
    {
        Graph.PutApplication("oauth2-proxy", new JsonObject { ["displayName"] = "oauth2-proxy", ["signInAudience"] = "AzureADMyOrg" });
        PutCredential("azure-demo-azure-demo", IssuerStandIn.Identifier, "system:serviceaccount:azure:demo-azure-demo");
        string registration = Registration.Replace("--credential-name kubernetes", "", StringComparison.Ordinal);

        ProgramResult run = await RunAsync("apply", registration);

        Assert.Equal(new ProgramResult(2, "",
            "rejected, nothing was written: --credential-name: found \"azure-demo-azure-demo\", the default name, for \"system:serviceaccount:azure:demo-azure-demo\", expected a credential of \"system:serviceaccount:azure-demo:azure-demo\"\n"
            + "hint: that credential is another workload's: choose another --credential-name\n"), run);
        Assert.Empty(Writes);
    }

    [Fact]
    public async Task A_subject_that_differs_in_letter_case_only_is_another_one()
    {
        Graph.PutApplication("oauth2-proxy", new JsonObject { ["displayName"] = "oauth2-proxy", ["signInAudience"] = "AzureADMyOrg" });
        PutCredential("some-name", IssuerStandIn.Identifier, "System:serviceaccount:azure-demo:azure-demo");

        Assert.Equal(0, (await RunAsync("apply")).ExitCode);
    }

    [Theory]
    [InlineData("usgov")]
    [InlineData("china")]
    public async Task Not_a_sovereign_cloud_but_with_a_warning(string cloud)
    {
        ProgramResult run = await RunAsync("plan", $"{Registration} --cloud {cloud}");

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith($"warning: OAuth2 Proxy's provider entra-id accepts only issuers https://login.microsoftonline.com/TENANT/v2.0, and --cloud {cloud} signs in at ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--issuer https://oidc.example.com/%20x?y", "error: --issuer: found \"https://oidc.example.com/%20x?...\", expected no query, fragment or backslash\nhint: OIDC Discovery §3 forbids them; change --service-account-issuer of the API server\n")]
    [InlineData("--issuer https://oidc.example.com --credential-name a", "error: --credential-name: found \"a\", expected 3 to 120 of A-Z a-z 0-9 _ -, the first a letter or digit\nhint: the name is part of a URL in Microsoft Graph and cannot be changed later\n")]
    [InlineData("--issuer https://oidc.example.com --sign-in magic", "error: --sign-in: found \"magic\", expected one of auto, az, environment, workload-identity, device-code\nhint: leave it out for the first that is set up\n")]
    [InlineData("--issuer https://oidc.example.com --login-endpoint http://127.0.0.1:1", "error: --login-endpoint: found \"http://127.0.0.1:1\", expected an https URL without path\nhint: leave it out for the endpoint of --cloud\n")]
    [InlineData("--issuer https://oidc.example.com --resolve somewhere", "error: --resolve: found \"somewhere\", expected HOST:PORT:ADDRESS[,ADDRESS...]\nhint: for example --resolve oidc.example.com:443:203.0.113.7\n")]
    [InlineData("--issuer https://oidc.example.com --resolve a.b:443:c.d", "error: --resolve: found \"a.b:443:c.d\", expected HOST:PORT:ADDRESS[,ADDRESS...]\nhint: for example --resolve oidc.example.com:443:203.0.113.7\n")]
    public async Task Wrong_options_exit_with_2(string options, string said)
    {
        string registration = options.Contains("--credential-name", StringComparison.Ordinal) ? Registration.Replace("--credential-name kubernetes", "", StringComparison.Ordinal) : Registration;

        Assert.Equal(new ProgramResult(2, "", said), await RunLineAsync($"trust plan entra-app {registration} {options} --graph-endpoint {Graph.Url}"));
        Assert.Empty(Graph.Requests);
    }

    [Fact]
    public async Task A_wait_that_is_no_duration_exits_with_2() =>
        Assert.Equal(new ProgramResult(2, "", "error: --wait: found \"1d\", expected a duration from 0s to 30m, such as 90s or 5m\nhint: leave it out for 2m\n"),
            await RunLineAsync($"trust apply entra-app {Registration} {Issuer} --wait 1d --graph-endpoint {Graph.Url}"));

    [Fact]
    public async Task Roots_that_are_none_exit_with_2() =>
        Assert.Equal(new ProgramResult(2, "", "error: --ca: /nowhere/roots.pem does not exist\nhint: name a PEM file with root certificates, or leave --ca out for the roots of the system\n"),
            await RunLineAsync($"trust plan entra-app {Registration} {Issuer} --graph-endpoint {Graph.Url} --ca /nowhere/roots.pem", reaching: false));

    [Theory]
    [InlineData("http://graph.example.com")]
    [InlineData("https://graph.example.com/v1.0")]
    [InlineData("https://user@graph.example.com")]
    public async Task A_token_is_sent_nowhere_in_the_clear(string endpoint) =>
        Assert.Equal(new ProgramResult(2, "", $"error: --graph-endpoint: found {(endpoint.Contains('@') ? "the value" : $"\"{endpoint}\"")}, expected an https URL without path\nhint: leave it out for the endpoint of --cloud\n"),
            await RunLineAsync($"trust plan entra-app {Registration} {Issuer} --graph-endpoint {endpoint}"));

    private void Break(string mistake)
    {
        string good = IssuerStandIn.Keys(IssuerStandIn.RsaKey("key-1"));
        switch (mistake)
        {
            case "slash": IssuerServer.Publish("https://oidc.example.com/", good); break;
            case "case": IssuerServer.Publish("https://OIDC.example.com", good); break;
            case "other": IssuerServer.Publish("https://other.example.com", good); break;
            case "unpublished": IssuerServer.Responses.Clear(); break;
            case "redirect":
                IssuerServer.Responses[Discovery] = (302, "");
                IssuerServer.Location = "https://keys.example.com/";
                break;
            case "html": IssuerServer.Responses[Discovery] = (200, "<html>"); break;
            case "huge": IssuerServer.Responses[Discovery] = (200, new string(' ', 262145)); break;
            case "http-keys": IssuerServer.Publish(IssuerStandIn.Identifier, good, keySetUri: "http://oidc.example.com/openid/v1/jwks"); break;
            case "no-keys-uri": IssuerServer.Responses[Discovery] = (200, """{"issuer":"https://oidc.example.com"}"""); break;
            case "keys-missing": IssuerServer.Responses.Remove(Keys); break;
            case "no-keys": IssuerServer.Publish(IssuerStandIn.Identifier, IssuerStandIn.Keys()); break;
            case "ec-only": IssuerServer.Publish(IssuerStandIn.Identifier, IssuerStandIn.Keys(rsaWithoutNeed)); break;
            case "private": IssuerServer.Publish(IssuerStandIn.Identifier, IssuerStandIn.Keys(IssuerStandIn.RsaKey("k").Replace("\"e\":", "\"d\":\"AQAB\",\"e\":", StringComparison.Ordinal))); break;
        }
    }
}
