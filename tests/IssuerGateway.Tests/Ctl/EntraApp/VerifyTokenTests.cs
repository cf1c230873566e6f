using System.Text.Json.Nodes;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary><c>trust verify entra-app --token</c> with a token of something else: the credential must not be changed to fit it.</summary>
public sealed class VerifyTokenTests : VerifyFixture
{
    private const string Workload = "kubectl create token azure-demo --namespace azure-demo --audience api://AzureADTokenExchange";

    [Theory]
    [InlineData("https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0", "user", "token-foreign")]
    [InlineData("kubernetes/serviceaccount", "system:serviceaccount:azure-demo:azure-demo", "token-legacy")]
    [InlineData("https://other.example.test", "system:serviceaccount:azure-demo:azure-demo", "credential-issuer")]
    [InlineData("ISSUER", "system:serviceaccount:azure-demo:default", "credential-subject")]
    [InlineData("ISSUER", "system:serviceaccount:azure-demo:Azure-Demo", "credential-subject")]
    public async Task Names_the_token_as_what_is_wrong(string issuer, string subject, string rule)
    {
        Register();

        ProgramResult run = await VerifyAsync(issuer, subject);

        Assert.Equal((1, ""), (run.ExitCode, run.Error));
        Assert.Contains($"[{rule}]", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("federated-credential update", run.Output, StringComparison.Ordinal);
        Assert.Contains(Workload, OneLine(run.Output), StringComparison.Ordinal);
    }

    // A token that fits the credential of another workload says nothing of the one that the options name.
    [Theory]
    [InlineData("https://other.example.test", "system:serviceaccount:azure-demo:azure-demo", "token-issuer")]
    [InlineData("ISSUER", "system:serviceaccount:azure-demo:other", "token-subject")]
    public async Task Names_a_token_of_another_workload_that_the_app_accepts(string issuer, string subject, string rule)
    {
        Register();
        PutCredential("another", issuer == "ISSUER" ? IssuerStandIn.Identifier : issuer, subject);

        ProgramResult run = await VerifyAsync(issuer, subject);

        Assert.Equal((1, ""), (run.ExitCode, run.Error));
        Assert.Contains($"[{rule}]", run.Output, StringComparison.Ordinal);
        Assert.Contains(Workload, OneLine(run.Output), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ISSUER/", Subject, "credential-issuer")]
    [InlineData("ISSUER", "system:serviceaccount:azure-demo:Azure-Demo", "credential-subject")]
    public async Task Names_the_credential_when_only_its_spelling_differs(string issuer, string subject, string rule)
    {
        Register();
        Graph.Credentials.Clear();
        PutCredential("of-its-own", issuer.Replace("ISSUER", IssuerStandIn.Identifier, StringComparison.Ordinal), subject);

        ProgramResult run = await VerifyTokenAsync((_, _) => { });

        Assert.Contains($"[{rule}]", run.Output, StringComparison.Ordinal);
        Assert.Contains($"az ad app federated-credential update --id {GraphStandIn.AppId} --federated-credential-id of-its-own --parameters", OneLine(run.Output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Could_not_run_where_Graph_rejects_the_account()
    {
        Register();
        Graph.Fail("GET /v1.0/applications(uniqueName='oauth2-proxy')", 403, GraphStandIn.Error("Authorization_RequestDenied", "x"));

        Assert.Equal(3, (await RunAsync("verify", issuer: Issuer)).ExitCode);
    }

    [Theory]
    [InlineData("good", null, "would work")]
    [InlineData("no-iss", "token-issuer", "would fail")]
    [InlineData("no-sub", "token-claim-missing", "would fail")]
    [InlineData("odd-sub", "token-claim-missing", "would fail")]
    [InlineData("no-aud", "token-audience", "would fail")]
    [InlineData("empty-aud", "token-audience", "would fail")]
    [InlineData("no-iat", "token-claim-missing", "would fail")]
    [InlineData("no-exp", "token-claim-missing", "would fail")]
    [InlineData("typ", "token-type", "would fail")]
    [InlineData("typ-jwt", "token-type", "would fail")]
    [InlineData("no-kid", "token-kid-missing", "might fail")]
    [InlineData("crit", "token-critical", "might fail")]
    [InlineData("twice", "token-claim-duplicate", "might fail")]
    [InlineData("es256", "token-algorithm", "would fail")]
    [InlineData("rs512", "token-algorithm", "would fail")]
    [InlineData("none", "token-algorithm", "would fail")]
    [InlineData("two-audiences", "token-audience", "would fail")]
    [InlineData("two-audiences-turned", "token-audience", "would fail")]
    [InlineData("expired", "token-expired", "would fail")]
    [InlineData("early", "token-early", "would fail")]
    [InlineData("long", "token-lifetime", "would fail")]
    public async Task Finds_what_Entra_rejects_in_the_token(string mistake, string? rule, string verdict)
    {
        Register();

        ProgramResult run = await VerifyTokenAsync((header, claims) => Spoil(mistake, header, claims));

        string[] found = [.. run.Output.Split('\n').Where(line => line.TrimEnd().EndsWith(']')).Select(line => line[(line.LastIndexOf('[') + 1)..^1])];
        Assert.Equal(rule is null ? [] : [rule], found);
        Assert.Contains(verdict, OneLine(run.Output), StringComparison.Ordinal);
        Assert.Equal((rule is null ? 0 : 1, ""), (run.ExitCode, run.Error));
        Assert.DoesNotContain("SERVICEACCOUNT", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("AUDIENCE", run.Output, StringComparison.Ordinal);
    }

    /// <summary>A token of another cloud, or of none, while the credential is as the options have it: the token is to be projected again.</summary>
    [Theory]
    [InlineData("api://AzureADTokenExchangeUSGov")]
    [InlineData("api://azureadtokenexchange")]
    [InlineData("https://kubernetes.default.svc")]
    public async Task Leaves_a_credential_that_is_as_the_options_name_it(string audience)
    {
        Register();

        ProgramResult run = await VerifyTokenAsync((_, claims) => claims["aud"] = audience);

        Assert.Contains("[credential-audience]", run.Output, StringComparison.Ordinal);
        Assert.Contains("Fix project the token with audience: api://AzureADTokenExchange More", OneLine(run.Output), StringComparison.Ordinal);
        Assert.DoesNotContain("federated-credential update", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Corrects_the_credential_where_token_and_options_agree()
    {
        Register();
        Graph.Credentials[0]["audiences"] = new JsonArray("api://AzureADTokenExchangeUSGov");

        ProgramResult run = await VerifyTokenAsync((_, _) => { });

        Assert.Contains("[credential-audience]", run.Output, StringComparison.Ordinal);
        Assert.Contains("\"audiences\":[\"api://AzureADTokenExchange\"]", OneLine(run.Output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Never_shows_the_token()
    {
        Register();

        ProgramResult run = await VerifyTokenAsync((_, claims) => claims["sub"] = "system:serviceaccount:azure-demo:Azure-demo");

        Assert.Contains("only the letter case differs", OneLine(run.Output), StringComparison.Ordinal);
        Assert.DoesNotContain((await File.ReadAllTextAsync(Path.Combine(Folder.FullName, "token"))).Split('.')[1], run.Output, StringComparison.Ordinal);
    }

    private static void Spoil(string mistake, JsonObject header, JsonObject claims)
    {
        switch (mistake)
        {
            case "no-iss": claims.Remove("iss"); break;
            case "no-sub": claims.Remove("sub"); break;
            case "odd-sub": claims["sub"] = 5; break;
            case "no-aud": claims.Remove("aud"); break;
            case "empty-aud": claims["aud"] = new JsonArray(); break;
            case "no-iat": claims.Remove("iat"); break;
            case "no-exp": claims.Remove("exp"); break;
            case "typ": header["typ"] = "at+jwt"; break;
            case "typ-jwt": header["typ"] = "jwt"; break;
            case "no-kid": header.Remove("kid"); break;
            case "crit": header["crit"] = new JsonArray("exp"); break;
            case "twice": claims["jti"] = "a"; claims["jti~"] = "b"; break;
            case "es256" or "rs512" or "none": header["alg"] = mistake == "none" ? mistake : mistake.ToUpperInvariant(); break;
            case "two-audiences": claims["aud"] = new JsonArray("api://AzureADTokenExchange", "other"); break;
            case "two-audiences-turned": claims["aud"] = new JsonArray("other", "api://AzureADTokenExchange"); break;
            case "expired": Shift(claims, -7200); break;
            case "early": Shift(claims, 7200); claims["nbf"] = claims["iat"]!.GetValue<long>(); break;
            case "long": claims["exp"] = claims["iat"]!.GetValue<long>() + (26 * 3600); break;
        }
    }

    private static void Shift(JsonObject claims, long seconds)
    {
        foreach (string claim in (string[])["iat", "exp"])
        {
            claims[claim] = claims[claim]!.GetValue<long>() + seconds;
        }
    }

    private Task<ProgramResult> VerifyAsync(string issuer, string subject) => VerifyTokenAsync((_, claims) =>
    {
        claims["iss"] = issuer.Replace("ISSUER", IssuerServer.WithPort(IssuerStandIn.Identifier), StringComparison.Ordinal);
        claims["sub"] = subject;
    });
}
