using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Buffers.Text;
using IssuerGateway.Base;
using IssuerGateway.Cli;
using IssuerGateway.Tests.Checking;

namespace IssuerGateway.Tests.Cli;

/// <summary>Several profiles and several tokens: who validates which, and how a reader sees it.</summary>
public sealed class CheckTokensTests : IDisposable
{
    private const string Issuer = "https://" + CheckFixture.Host;
    private const string Entra = "api://AzureADTokenExchange";
    private const string Google = "//iam.googleapis.com/projects/12/locations/global/workloadIdentityPools/pool/providers/prov";

    private static readonly RSA signing = RSA.Create(2048);

    private readonly string directory = Directory.CreateTempSubdirectory("issuer-gateway-check-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    /// <summary>Entra compares with its exchange audience, Google with the resource name of a provider; each token is good for one of them.</summary>
    [Fact]
    public async Task Two_profiles_validate_two_tokens_each_by_its_own_audience()
    {
        (int exitCode, string output) = await RunAsync(["--profile", "entra", "--profile", "google"], ("entra.jwt", Entra), ("google.jwt", Google));

        Assert.Equal(1, exitCode);
        Assert.Contains("✗ Microsoft Entra ID would reject the token google.jwt, and accept entra.jwt\n", output, StringComparison.Ordinal);
        Assert.Contains("✗ Google Cloud would reject the token entra.jwt, and accept google.jwt\n", output, StringComparison.Ordinal);
        string unwrapped = Unwrapped(output);
        Assert.Contains("Note: each of the 2 profiles validated every token by its own audience; --profile all gives a token only to the parties whose audience it carries.", unwrapped, StringComparison.Ordinal);
        Assert.Contains("Found google.jwt as entra: aud is \"" + Google + "\"; expected \"" + Entra + "\"", unwrapped, StringComparison.Ordinal);
        Assert.Contains("Found entra.jwt as google: aud is \"" + Entra + "\"; expected \"//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER\"", unwrapped, StringComparison.Ordinal);
        Assert.Contains("entra AADSTS700212: No matching federated identity record found for presented assertion audience", unwrapped, StringComparison.Ordinal);
        Assert.Contains("google The audience in ID Token [..] does not match the expected audience (wording unconfirmed)", unwrapped, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_party_validates_only_the_token_of_its_audience()
    {
        (int exitCode, string output) = await RunAsync(["--profile", "all"], ("entra.jwt", Entra), ("google.jwt", Google));

        Assert.Equal(0, exitCode);
        Assert.Contains("✓ Microsoft Entra ID would accept the token entra.jwt\n", output, StringComparison.Ordinal);
        Assert.Contains("✓ Google Cloud would accept the token google.jwt\n", output, StringComparison.Ordinal);
        Assert.Contains("✓ HashiCorp Vault would accept the tokens entra.jwt, google.jwt, if aud is the registered audience", Unwrapped(output), StringComparison.Ordinal);
        Assert.Contains("✓ AWS IAM would accept tokens (none of those given is for it)\n", output, StringComparison.Ordinal);
        Assert.Contains("Note: with --profile all each token is validated as the parties whose audience it carries, and as those that have no audience of their own.", Unwrapped(output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_profiles_validate_one_token_each_by_its_own_audience()
    {
        (_, string output) = await RunAsync(["--profile", "entra", "--profile", "google"], ("google.jwt", Google));

        Assert.Contains("✗ Microsoft Entra ID would reject the token\n✓ Google Cloud would accept the token\n", output, StringComparison.Ordinal);
        Assert.Contains("each of the 2 profiles validated the token by its own audience", Unwrapped(output), StringComparison.Ordinal);
    }

    /// <summary>Whoever writes an audience almost as the party has it means the party.</summary>
    [Theory]
    [InlineData("api://azureadtokenexchange", "✗ Microsoft Entra ID would reject the token", "only the letter case differs")]
    [InlineData("api://AzureADTokenExchangeUSGov", "✗ Microsoft Entra ID would reject the token", "the audience of Azure Government")]
    [InlineData("STS.amazonaws.com", "✗ AWS IAM would reject the token", "only the letter case differs")]
    [InlineData("sts.amazonaws.com/", "✗ AWS IAM would reject the token", "only a slash at the end differs")]
    [InlineData("https://iam.googleapis.com/projects/my-project", "✗ Google Cloud would reject the token", "expected \"//iam.googleapis.com/projects/NUMBER/")]
    [InlineData("SnowflakeComputing.com", "✗ Snowflake would reject the token", "only the letter case differs")]
    public async Task Every_party_names_the_one_that_a_token_was_probably_meant_for(string audience, string verdict, string found)
    {
        (_, string output) = await RunAsync(["--profile", "all"], ("token.jwt", audience));

        Assert.Contains(verdict, output, StringComparison.Ordinal);
        Assert.Contains(found, Unwrapped(output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task JSON_says_which_token_a_step_is_about_and_who_validated_it()
    {
        (_, string output) = await RunAsync(["--profile", "all", "--output", "json"], ("entra.jwt", Entra), ("google.jwt", Google));

        JsonElement[] steps = [.. JsonDocument.Parse(output).RootElement.GetProperty("steps").EnumerateArray().Where(step => step.GetProperty("step").GetString() == "token")];
        Assert.Equal(["entra.jwt", "google.jwt"], steps.Select(step => step.GetProperty("token").GetString()));
        Assert.Contains("entra", steps[0].GetProperty("validatedBy").EnumerateArray().Select(each => each.GetString()));
        Assert.DoesNotContain("entra", steps[1].GetProperty("validatedBy").EnumerateArray().Select(each => each.GetString()));
    }

    [Fact]
    public async Task Tells_files_of_one_name_apart()
    {
        (_, string output) = await RunAsync(["--profile", "entra"], (Path.Combine("a", "token"), Entra), (Path.Combine("b", "token"), Google));

        Assert.Contains($"would reject the token {Path.Combine("b", "token")}", Unwrapped(output), StringComparison.Ordinal);
    }

    /// <summary>With the mark of the text, a certain rejection was called possible.</summary>
    [Fact]
    public async Task JSON_tells_the_rejection_from_its_wording()
    {
        (_, string output) = await RunAsync(["--profile", "google", "--output", "json"], ("token.jwt", "other"));

        JsonElement response = JsonDocument.Parse(output).RootElement.GetProperty("steps").EnumerateArray().SelectMany(step => step.GetProperty("findings").EnumerateArray())
            .Single(finding => finding.GetProperty("id").GetString() == "token-audience").GetProperty("responses")[0];
        Assert.Equal(("documented", "unconfirmed"), (response.GetProperty("evidence").GetString(), response.GetProperty("responseEvidence").GetString()));
        Assert.Equal("rejects", JsonDocument.Parse(output).RootElement.GetProperty("profiles")[0].GetProperty("verdict").GetString());
    }

    /// <summary>Some parties take the last of two claims of one name, so the token is validated, and so is the other one.</summary>
    [Theory]
    [InlineData("entra", "api://AzureADTokenExchange", 1, "✗ Microsoft Entra ID might reject the token twice.jwt of https://issuer.example.test, and would accept good.jwt")]
    [InlineData("vault", "vault", 0, "✓ HashiCorp Vault would accept the tokens twice.jwt, good.jwt of https://issuer.example.test")]
    public async Task A_token_with_a_claim_twice_is_validated_beside_the_others(string profile, string audience, int exitCode, string verdict)
    {
        (int exit, string output) = await RunAsync(["--profile", profile, "--audience", audience], ("twice.jwt", $"twice {audience}"), ("good.jwt", audience));

        Assert.Equal(exitCode, exit);
        Assert.StartsWith(verdict, Unwrapped(output), StringComparison.Ordinal);
        Assert.Equal(exitCode == 1, output.Contains("[token-claim-duplicate]", StringComparison.Ordinal));
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string[] options, params (string File, string Audience)[] tokens)
    {
        await using CheckFixture server = await CheckFixture.StartAsync();
        server.Discovery = server.Discovery.Replace(server.Issuer, Issuer, StringComparison.Ordinal);
        server.Keys = $"{{\"keys\":[{KeySamples.Rsa(signing).ToJsonString()}]}}";
        string roots = Path.Combine(directory, "ca.pem");
        await File.WriteAllTextAsync(roots, server.Authority.Root.ExportCertificatePem(), TestContext.Current.CancellationToken);
        List<string> arguments = ["check", Issuer, .. options, "--connect-to", $"{CheckFixture.Host}::127.0.0.1:{server.Port}", "--ca", roots];
        foreach ((string file, string audience) in tokens)
        {
            string path = Path.Combine(directory, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, Token(audience), TestContext.Current.CancellationToken);
            arguments.AddRange(["--token", path]);
        }

        StringWriter output = new();
        int exitCode = await GatewayCommand.RunAsync([.. arguments], new Terminal(output, new StringWriter()));
        return (exitCode, output.ToString().Replace(directory + Path.DirectorySeparatorChar, "", StringComparison.Ordinal));
    }

    /// <param name="audience">After <c>twice</c> and a space, that of a token with two subjects.</param>
    private static string Token(string audience)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        JsonObject claims = new()
        {
            ["iss"] = Issuer,
            ["sub"] = "system:serviceaccount:shop:web",
            ["aud"] = new JsonArray(audience.Split(' ')[^1]),
            ["iat"] = now.AddMinutes(-10).ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(50).ToUnixTimeSeconds(),
        };
        string payload = audience.StartsWith("twice ", StringComparison.Ordinal) ? $"{{\"sub\":\"other\",{claims.ToJsonString()[1..]}" : claims.ToJsonString();
        string signed = $"{Base64Url.EncodeToString("""{"alg":"RS256","kid":"a"}"""u8)}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}";
        return $"{signed}.{Base64Url.EncodeToString(signing.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Unwrapped(string output) => System.Text.RegularExpressions.Regex.Replace(output, @"\s+", " ");
}
