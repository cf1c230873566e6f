using System.Text.Json.Nodes;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.EndToEnd.Kit;
using IssuerGateway.Tests.Ctl.Parties;
using IssuerGateway.Tests.Ctl.Parties.Exchange;

namespace IssuerGateway.EndToEnd.Parties;

/// <summary>
/// The trust of each party as its user lives it, with the real programs as processes: the registration is rendered, what is
/// registered is verified with the workload's token and the keys that the gateway publishes, and the token is exchanged at the
/// party's stand-in, which has those keys too. Then each trap.
/// </summary>
public sealed class PartyStoryTests(PartyStoryFixture story) : IClassFixture<PartyStoryFixture>, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("party-story-");

    public static TheoryData<string> Parties => ["entra-identity", "aws", "google", "vault", "openbao", "kubernetes"];

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Parties))]
    public async Task From_the_cluster_to_a_successful_exchange(string party)
    {
        JsonArray keys = await story.PublishedKeysAsync();
        using PartyStandIn standIn = new(keys);
        string token = Write("token", PartyStoryFixture.Mint(story.SigningKey, Audience(party)));

        Command rendered = CtlProgram.Run(["trust", "render", party, "--format", Samples.Formats[party][0].Split('.')[0], .. Samples.Options[party]]);
        Assert.True(rendered.ExitCode == 0, rendered.Transcript);
        if (Exports(party) is { Length: > 0 } exports)
        {
            Command verified = CtlProgram.Run(["trust", "verify", party, .. Samples.Options[party], .. exports, "--token", token, "--published", Write("keys", new JsonObject { ["keys"] = keys.DeepClone() }.ToJsonString())]);
            Assert.True(verified.ExitCode == 0, verified.Transcript);
            Assert.StartsWith("✓ ", verified.Output, StringComparison.Ordinal);
        }

        Command exchanged = Exchange(party, standIn, token);
        Assert.True(exchanged.ExitCode == 0, exchanged.Transcript);
        Assert.Contains("\naccepted: POST ", exchanged.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(PartyStandIn.AccessToken, exchanged.Transcript, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Parties))]
    public async Task Each_trap_is_rejected_and_explained(string party)
    {
        using PartyStandIn standIn = new(await story.PublishedKeysAsync());
        foreach ((string trap, string token) in (IEnumerable<(string, string)>)
        [
            ("another service account", PartyStoryFixture.Mint(story.SigningKey, Audience(party), name: "default")),
            ("another namespace", PartyStoryFixture.Mint(story.SigningKey, Audience(party), space: "other")),
            ("another audience", PartyStoryFixture.Mint(story.SigningKey, "https://kubernetes.default.svc")),
            ("a slash", PartyStoryFixture.Mint(story.SigningKey, Audience(party), issuer: ClusterTokens.Issuer + "/")),
            ("a key of nobody", PartyStoryFixture.Mint(ServiceAccountKey.Create(), Audience(party))),
            ("expired", PartyStoryFixture.Mint(story.SigningKey, Audience(party), age: TimeSpan.FromHours(2))),
        ])
        {
            Command exchanged = Exchange(party, standIn, Write("token", token));

            Assert.True(exchanged.ExitCode == 1, $"{trap}: {exchanged.Transcript}");
            Assert.Contains("\nrejected: POST ", exchanged.Output, StringComparison.Ordinal);
            Assert.Contains("\nfix: ", exchanged.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(token.Split('.')[2], exchanged.Transcript, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_switch_before_the_key_is_published_is_rejected_and_one_after_it_is_not()
    {
        JsonArray before = await story.PublishedKeysAsync();
        ServiceAccountKey added = await story.RotateAsync();
        string token = Write("token", PartyStoryFixture.Mint(added, Audience("aws")));
        using PartyStandIn early = new(before), late = new(await story.PublishedKeysAsync());

        Command tooEarly = Exchange("aws", early, token), inTime = Exchange("aws", late, token);
        Command verified = CtlProgram.Run(["trust", "verify", "aws", .. Samples.Options["aws"], .. Exports("aws"), "--token", token, "--published", Write("keys", new JsonObject { ["keys"] = before.DeepClone() }.ToJsonString())]);

        Assert.Equal((1, 0), (tooEarly.ExitCode, inTime.ExitCode));
        Assert.Contains("Couldn't retrieve verification key", tooEarly.Output, StringComparison.Ordinal);
        Assert.Equal(1, verified.ExitCode);
        Assert.Contains("[token-key]", verified.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_that_were_uploaded_before_a_rotation_are_drift()
    {
        string uploaded = Write("uploaded", new JsonObject { ["keys"] = await story.PublishedKeysAsync() }.ToJsonString());
        ServiceAccountKey added = await story.RotateAsync();
        string published = Write("published", await story.PublishedAsync("/openid/v1/jwks"));

        Command drift = CtlProgram.Run("trust", "drift", "google", "--uploaded", uploaded, "--published", published);

        Assert.Equal(1, drift.ExitCode);
        Assert.Contains($"drift: {added.KeyId} is published, but the party does not hold it", drift.Output, StringComparison.Ordinal);
        Assert.Equal(0, CtlProgram.Run("trust", "drift", "google", "--uploaded", published, "--published", published).ExitCode);
    }

    [Theory] // before any text: nothing is printed
    [InlineData("aws", "--issuer", "https://oidc.example.com:443/shop")]
    [InlineData("kubernetes", "--prefix", "")]
    [InlineData("kubernetes", "--own-issuer", "https://oidc.example.com/shop")]
    [InlineData("vault", "--policy", "root")]
    [InlineData("google", "--namespace", "*")]
    public void A_registration_that_is_a_trap_is_not_rendered(string party, string option, string value)
    {
        Command rendered = CtlProgram.Run(["trust", "render", party, "--format", Samples.Formats[party][0].Split('.')[0], .. Samples.With(party, option, value)]);

        Assert.Equal((2, ""), (rendered.ExitCode, rendered.Output));
        Assert.StartsWith("error: --", rendered.Error, StringComparison.Ordinal);
    }

    private static string Audience(string party) => party switch
    {
        "entra-identity" => "api://AzureADTokenExchange",
        "aws" => "sts.amazonaws.com",
        "google" => "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/clusters/providers/shop",
        "kubernetes" => "other-cluster",
        _ => "https://vault.example.com",
    };

    private static string[] Exports(string party)
    {
        string parties = Path.Combine(KitFolder.Root, "tests", "IssuerGateway.Tests", "Ctl", "Parties");
        return party switch
        {
            "aws" => ["--provider-file", $"{parties}/Verification/exports/aws.json", "--role-file", $"{parties}/Verification/exports/aws-role.json"],
            "google" => ["--provider-file", $"{parties}/Verification/exports/google.json", "--rights-file", $"{parties}/Verification/exports/google-rights.json"],
            "kubernetes" => ["--config-file", $"{parties}/golden/kubernetes.config.yaml", "--rights-file", $"{parties}/golden/kubernetes.rbac.yaml"],
            _ => [],
        };
    }

    private static Command Exchange(string party, PartyStandIn standIn, string token) => CtlProgram.Run(
    [
        "trust", "test", party, "--token", token,
        .. party switch
        {
            "entra-identity" => (string[])["--tenant", Samples.Guid, "--client-id", Samples.Guid, "--endpoint", standIn.Url],
            "aws" => ["--role-arn", "arn:aws:iam::111122223333:role/shop", "--region", "eu-central-1", "--endpoint", standIn.Url],
            "google" => ["--project-number", "123456789012", "--pool", "clusters", "--provider", "shop", "--endpoint", standIn.Url],
            "kubernetes" => ["--server", standIn.Url, "--user", "shop-cluster:" + ClusterTokens.Subject],
            _ => ["--address", standIn.Url, "--role", "shop"],
        },
    ]);

    private string Write(string name, string text)
    {
        string file = Path.Combine(folder.FullName, name);
        File.WriteAllText(file, text);
        return file;
    }
}
