using System.Text.Json;
using System.Text.RegularExpressions;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.EndToEnd.Kit;
using IssuerGateway.Issuers;
using IssuerGateway.Tests.Ctl.EntraApp;

namespace IssuerGateway.EndToEnd.Entra;

/// <summary>
/// The registration as its user lives it, with the real programs as processes: apply reads the issuer from the cluster,
/// checks it through the gateway and registers it; then the workload's token is exchanged. Each mistake is rejected with
/// the code that check predicted.
/// </summary>
public sealed partial class RegistrationStoryTests : IClassFixture<StoryFixture>, IDisposable
{
    private const string CredentialName = "azure-demo-azure-demo";

    private static readonly TimeSpan hour = TimeSpan.FromHours(1);

    private readonly GraphStandIn graph = new();
    private readonly StoryFixture story;

    public RegistrationStoryTests(StoryFixture story)
    {
        this.story = story;
        story.Graph = graph;
    }

    private string Issuer => story.Gateway.Issuer;

    private StandInCluster Cluster => story.Gateway.Cluster;

    private ServiceAccountKey SigningKey => Cluster.Server.Keys[0];

    public void Dispose() => graph.Dispose();

    [Fact]
    public async Task What_apply_registers_lets_the_workload_s_token_in()
    {
        Command applied = Apply();
        Assert.True(applied.ExitCode == 0, applied.Transcript);
        Assert.StartsWith($"issuer of the cluster: {Issuer}\n", applied.Error, StringComparison.Ordinal);
        Assert.Equal([new FederatedRecord(Issuer, story.Workload.Subject, StoryFixture.Audience)], story.Records(GraphStandIn.AppId));
        string installed = RenderedTemplateTests.Templated(Helm.Four, applied.Output.Split('\n').Single(line => line.StartsWith("helm install ", StringComparison.Ordinal)));
        Assert.Contains($"--client-id={GraphStandIn.AppId}", installed, StringComparison.Ordinal);
        Assert.Contains("serviceAccountName: \"azure-demo\"\n", installed, StringComparison.Ordinal);

        string token = Token(SigningKey);
        Assert.Empty(Foretold(Issuer, token));
        Assert.Empty(await ExchangeAsync(token));
        Command rehearsed = Rehearse(token);
        Assert.True(rehearsed.ExitCode == 0, rehearsed.Transcript);
        Assert.StartsWith($"✓ Microsoft Entra ID would accept the token of {Issuer}\n", rehearsed.Output, StringComparison.Ordinal);
        Assert.Matches($@"\n  ✓ exchange     POST\s+{Regex.Escape(story.Endpoint.Url)}/{StoryFixture.Tenant}/oauth2/v2\.0/token:\s+status 200\n", rehearsed.Output);
        Assert.DoesNotContain(GraphStandIn.Token, rehearsed.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void Applying_twice_changes_nothing()
    {
        Assert.Equal(0, Apply().ExitCode);
        graph.Forget();

        Assert.Equal(0, Apply().ExitCode);
        Assert.Empty(graph.Writes);
    }

    [Fact]
    public void The_workload_s_token_signs_the_program_itself_in()
    {
        Assert.Equal(0, Apply().ExitCode);

        Command plan = PlanAs(Token(SigningKey));

        Assert.True(plan.ExitCode == 0, plan.Transcript);
        Assert.Contains("\nnothing to change\n", plan.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_person_signs_in_by_device_code()
    {
        Register(Issuer);

        Command plan = Command.Run("env",
            [$"SSL_CERT_FILE={story.RootsFile}", .. Line("issuerctl", $"trust plan entra-app {Registration()} --issuer {Issuer} --sign-in device-code --login-endpoint {story.Endpoint.Url}")]);

        Assert.True(plan.ExitCode == 0, plan.Transcript);
        Assert.Equal("sign-in: To sign in, open https://login.example.com/device and enter the code ABCD1234.\n", plan.Error);
    }

    [Theory]
    [InlineData("environment")]
    [InlineData("auto")]
    public void A_pipeline_signs_in_by_its_environment(string method)
    {
        Register(Issuer);

        Command plan = Command.Run("env",
        [
            $"SSL_CERT_FILE={story.RootsFile}", $"AZURE_TENANT_ID={StoryFixture.Tenant}", "AZURE_CLIENT_ID=pipeline", $"AZURE_CLIENT_SECRET={TokenEndpointStandIn.AdministratorSecret}",
            .. Line("issuerctl", $"trust plan entra-app {Registration()} --issuer {Issuer} --sign-in {method} --login-endpoint {story.Endpoint.Url}"),
        ]);

        Assert.True(plan.ExitCode == 0, plan.Transcript);
        Assert.Equal("", plan.Error);
    }

    [Fact]
    public void A_sign_in_that_Entra_rejects_is_reported_with_its_code()
    {
        Register(Issuer);

        Command plan = PlanAs(Token(SigningKey, space: "other"));

        Assert.Equal(3, plan.ExitCode);
        Assert.StartsWith("error: no sign-in to Entra: AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:other:azure-demo'.", plan.Error, StringComparison.Ordinal);
        Assert.EndsWith("hint: the subject differs: set subject of the credential to system:serviceaccount:NAMESPACE:NAME (docs/troubleshooting/aadsts.md#aadsts700213)\n", plan.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("slash", 700211)]
    [InlineData("case", 700211)]
    [InlineData("audience", 700212)]
    [InlineData("subject", 700213)]
    [InlineData("namespace", 700213)]
    [InlineData("rotated key", 7000272)]
    [InlineData("EC key", 5002738)]
    [InlineData("expired token", 700024)]
    [InlineData("over-long token", 70023)]
    [InlineData("unpublished issuer", 50166)]
    public async Task Each_mistake_is_rejected_with_the_code_that_check_predicted(string mistake, int code)
    {
        // Nothing listens on port 1.
        string issuer = mistake == "unpublished issuer" ? "https://localhost:1" : Issuer;
        Register(issuer);
        string token = Mistaken(mistake, issuer);

        Assert.Equal([code], await ExchangeAsync(token));
        Command rehearsed = Rehearse(token);
        Assert.Equal(1, rehearsed.ExitCode);
        Assert.Matches($@"\n✗ [^[]+\[exchange-refused\]\n    Found      AADSTS{code}: ", rehearsed.Output);
        Assert.Contains(code, Foretold(issuer, token));
    }

    private string Mistaken(string mistake, string issuer) => mistake switch
    {
        "slash" => Token(SigningKey, issuer: Issuer + "/"),
        "case" => Token(SigningKey, issuer: Issuer.Replace("localhost", "LocalHost", StringComparison.Ordinal)),
        "audience" => Token(SigningKey, audience: "https://kubernetes.default.svc"),
        "subject" => Token(SigningKey, name: "default"),
        "namespace" => Token(SigningKey, space: "default"),
        "rotated key" => Token(ServiceAccountKey.Create()),
        "EC key" => Token(ServiceAccountKey.Create(SigningAlgorithm.ES256)),
        "expired token" => Token(SigningKey, age: TimeSpan.FromHours(3)),
        "over-long token" => Token(SigningKey, lifetime: TimeSpan.FromHours(26)),
        _ => Token(SigningKey, issuer: issuer),
    };

    private string Token(ServiceAccountKey key, string? issuer = null, string audience = StoryFixture.Audience, string space = "azure-demo", string name = "azure-demo", TimeSpan age = default, TimeSpan? lifetime = null) =>
        TokenMint.Mint(key, issuer ?? Issuer, new ServiceAccount(space, name, Guid.NewGuid()), [audience], TimeProvider.System.GetUtcNow() - age, lifetime ?? hour).Text;

    // What apply leaves, without another process for each mistake.
    private void Register(string issuer)
    {
        graph.PutApplication("oauth2-proxy", []);
        graph.PutCredential(CredentialName, issuer, story.Workload.Subject);
    }

    private Command Apply() => Run("issuerctl",
        $"trust apply entra-app {Registration()} --kubeconfig {story.Gateway.Files.WriteKubeconfig()} --wait 10s --access-token-file {Write("graph-token", GraphStandIn.Token)}");

    private Command PlanAs(string token) => Command.Run("env",
    [
        $"AZURE_CLIENT_ID={GraphStandIn.AppId}", $"AZURE_FEDERATED_TOKEN_FILE={Write("token", token)}", $"SSL_CERT_FILE={story.RootsFile}",
        .. Line("issuerctl", $"trust plan entra-app {Registration()} --issuer {Issuer} --sign-in workload-identity --login-endpoint {story.Endpoint.Url}"),
    ]);

    private string Registration() =>
        $"--tenant {StoryFixture.Tenant} --app-name oauth2-proxy --host app.example.com --namespace azure-demo --service-account azure-demo --graph-endpoint {graph.Url} --allow-private {story.Reach}";

    private IReadOnlyList<int> Foretold(string issuer, string token)
    {
        Command check = Run("issuer-gateway", $"check {issuer} --token {Write("token", token)} --subject {story.Workload.Subject} --output json {story.Reach}");
        Assert.True(check.Error.Length == 0, check.Transcript);
        return [.. Code().Matches(check.Output).Select(match => int.Parse(match.Groups[1].Value)).Distinct()];
    }

    // By the command itself: Entra's own response, explained.
    private Command Rehearse(string token) => Command.Run("env",
    [
        $"SSL_CERT_FILE={story.RootsFile}",
        .. Line("issuer-gateway", $"check {Issuer} --token {Write("token", token)} {story.Reach} --exchange --tenant {StoryFixture.Tenant} --client-id {GraphStandIn.AppId} --login-endpoint {story.Endpoint.Url}"),
    ]);

    // As OAuth2 Proxy does it after a person has signed in.
    private async Task<IReadOnlyList<int>> ExchangeAsync(string token)
    {
        using HttpClient client = story.Public();
        using FormUrlEncodedContent form = new(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = "code",
            ["redirect_uri"] = "https://app.example.com/oauth2/callback",
            ["client_id"] = GraphStandIn.AppId,
            ["client_assertion"] = token,
            ["client_assertion_type"] = TokenEndpointStandIn.AssertionType,
        });
        using HttpResponseMessage response = await client.PostAsync(new Uri($"{story.Endpoint.Url}/{StoryFixture.Tenant}/oauth2/v2.0/token"), form);
        JsonElement body = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        return response.IsSuccessStatusCode ? [] : [.. body.GetProperty("error_codes").EnumerateArray().Select(code => code.GetInt32())];
    }

    private string Write(string name, string content)
    {
        string file = story.Gateway.PathOf($"{graph.GetHashCode()}-{name}");
        File.WriteAllText(file, content);
        return file;
    }

    private static Command Run(string program, string line) => Command.Run("env", Line(program, line));

    // The native binary where there is one, as in every test of the gateway; the Entra program is not published natively.
    private static IEnumerable<string> Line(string program, string line) =>
    [
        .. program == "issuer-gateway" && Environment.GetEnvironmentVariable("ISSUER_GATEWAY_BINARY") is { } binary
            ? [binary]
            : (string[])["dotnet", program == "issuerctl" ? CtlProgram.Path : Path.Combine(AppContext.BaseDirectory, $"{program}.dll")],
        .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries),
    ];

    [GeneratedRegex("AADSTS([0-9]+)")]
    private static partial Regex Code();
}
