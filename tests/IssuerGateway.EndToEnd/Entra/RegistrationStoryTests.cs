using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IssuerGateway.Tests.Entra;

namespace IssuerGateway.EndToEnd.Entra;

/// <summary>
/// The registration as its user lives it, with the real programs as processes: apply against a stand-in Graph, then the
/// exchange at a stand-in token endpoint that finds what apply wrote; and each mistake refused with the code that check foretold.
/// </summary>
public sealed partial class RegistrationStoryTests : IAsyncLifetime
{
    private const string Tenant = "00000000-0000-0000-0000-000000000000";
    private const string Subject = "system:serviceaccount:azure-demo:azure-demo";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("entra-story-");
    private readonly GraphStandIn graph = new();
    private StaticIssuer issuer = null!;
    private HttpClient internet = null!;
    private TokenEndpointStandIn endpoint = null!;

    private string Roots => Path.Combine(folder.FullName, "roots.pem");

    public async ValueTask InitializeAsync()
    {
        issuer = await StaticIssuer.StartAsync(withPort: true);
        issuer.Publish("key-1");
        await File.WriteAllTextAsync(Roots, issuer.Certificate.ExportCertificatePem());
        internet = PublicIssuerReader.Internet([issuer.Certificate], new Dictionary<string, int> { [StaticIssuer.Host] = issuer.Port });
        endpoint = await TokenEndpointStandIn.StartAsync(new TokenEndpointOptions
        {
            Tenant = Tenant,
            Records = Records,
            Internet = internet,
            Certificate = issuer.Certificate,
            AccessToken = GraphStandIn.Token,
        });
    }

    public async ValueTask DisposeAsync()
    {
        internet.Dispose();
        graph.Dispose();
        await endpoint.DisposeAsync();
        await issuer.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_apply_registers_lets_the_workload_s_token_in()
    {
        Assert.Equal((0, ""), Without(await ApplyAsync()));
        Assert.Equal([new FederatedRecord(issuer.Issuer, Subject, "api://AzureADTokenExchange")], Records(GraphStandIn.AppId));
        string token = issuer.Mint(Now());

        (int exitCode, IReadOnlyList<int> foretold) = await CheckAsync(token);

        Assert.Equal(0, exitCode);
        Assert.Empty(foretold);
        Assert.Empty(await ExchangeAsync(token));
    }

    [Fact]
    public async Task The_workload_s_token_signs_the_program_itself_in()
    {
        await ApplyAsync();

        (int exitCode, string output, string error) = await RunAsync("issuer-gateway-entra",
            $"plan {Registration()} --sign-in workload-identity --login-endpoint {endpoint.Url}", new Dictionary<string, string>
            {
                ["AZURE_CLIENT_ID"] = GraphStandIn.AppId,
                ["AZURE_FEDERATED_TOKEN_FILE"] = Write("token", issuer.Mint(Now())),
                ["SSL_CERT_FILE"] = Roots,
            });

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("\nnothing to change\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sign_in_that_Entra_refuses_is_told_with_its_code()
    {
        await ApplyAsync();

        (int exitCode, _, string error) = await RunAsync("issuer-gateway-entra",
            $"plan {Registration()} --sign-in workload-identity --login-endpoint {endpoint.Url}", new Dictionary<string, string>
            {
                ["AZURE_CLIENT_ID"] = GraphStandIn.AppId,
                ["AZURE_FEDERATED_TOKEN_FILE"] = Write("token", issuer.Mint(Now(), new JsonObject { ["sub"] = "system:serviceaccount:other:azure-demo" })),
                ["SSL_CERT_FILE"] = Roots,
            });

        Assert.Equal(3, exitCode);
        Assert.Matches("^error: no sign-in to Entra: AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:other:azure-demo'", error);
        Assert.EndsWith("hint: the subject differs: set subject of the credential to system:serviceaccount:NAMESPACE:NAME\n", error, StringComparison.Ordinal);
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
    public async Task Each_mistake_is_refused_with_the_code_that_check_foretold(string mistake, int code)
    {
        // What apply leaves, without another process for each mistake.
        graph.PutApplication("oauth2-proxy", []);
        graph.PutCredential("azure-demo-azure-demo", issuer.Issuer, Subject);
        string token = Prepare(mistake);

        (int exitCode, IReadOnlyList<int> foretold) = await CheckAsync(token);

        Assert.Equal(1, exitCode);
        Assert.Equal([code], await ExchangeAsync(token));
        Assert.Contains(code, foretold);
    }

    private string Prepare(string mistake)
    {
        DateTimeOffset now = Now();
        switch (mistake)
        {
            case "rotated key": issuer.Publish("key-2"); break;
            case "EC key": issuer.Publish("key-1", "key-ec"); break;
            case "unpublished issuer": issuer.Answers.Clear(); break;
        }

        return mistake switch
        {
            "slash" => issuer.Mint(now, new JsonObject { ["iss"] = issuer.Issuer + "/" }),
            "case" => issuer.Mint(now, new JsonObject { ["iss"] = issuer.Issuer.Replace("oidc", "OIDC", StringComparison.Ordinal) }),
            "audience" => issuer.Mint(now, new JsonObject { ["aud"] = new JsonArray("https://kubernetes.default.svc") }),
            "subject" => issuer.Mint(now, new JsonObject { ["sub"] = "system:serviceaccount:azure-demo:default" }),
            "namespace" => issuer.Mint(now, new JsonObject { ["sub"] = "system:serviceaccount:default:azure-demo" }),
            "EC key" => issuer.Mint(now, keyId: "key-ec", algorithm: "ES256"),
            "expired token" => issuer.Mint(now.AddHours(-3)),
            "over-long token" => issuer.Mint(now, new JsonObject { ["exp"] = now.AddHours(26).ToUnixTimeSeconds() }),
            _ => issuer.Mint(now),
        };
    }

    // What the endpoint finds in the directory is what apply left there.
    private IReadOnlyList<FederatedRecord>? Records(string clientId) => clientId != GraphStandIn.AppId || graph.Application is null
        ? null
        : [.. graph.Credentials.Select(credential => new FederatedRecord((string)credential["issuer"]!, (string)credential["subject"]!, (string)credential["audiences"]![0]!))];

    private Task<(int ExitCode, string Output, string Error)> ApplyAsync() =>
        RunAsync("issuer-gateway-entra", $"apply {Registration()} --wait 10s --access-token-file {Write("graph-token", GraphStandIn.Token)}");

    private string Registration() =>
        $"--tenant {Tenant} --app-name oauth2-proxy --host app.example.com --issuer {issuer.Issuer} --namespace azure-demo --service-account azure-demo "
        + $"--graph-endpoint {graph.Url} --ca {Roots} --resolve {StaticIssuer.Host}:{issuer.Port}:127.0.0.1";

    private async Task<(int ExitCode, IReadOnlyList<int> Foretold)> CheckAsync(string token)
    {
        (int exitCode, string output, string error) = await RunAsync("issuer-gateway",
            $"check {issuer.Issuer} --token {Write("token", token)} --subject {Subject} --output json --ca {Roots} --resolve {StaticIssuer.Host}:{issuer.Port}:127.0.0.1");
        Assert.True(error.Length == 0, error);
        return (exitCode, [.. Code().Matches(output).Select(match => int.Parse(match.Groups[1].Value)).Distinct()]);
    }

    // As OAuth2 Proxy does it after a person has signed in.
    private async Task<IReadOnlyList<int>> ExchangeAsync(string token)
    {
        using HttpClient client = PublicIssuerReader.Internet([issuer.Certificate]);
        using FormUrlEncodedContent form = new(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = "code",
            ["redirect_uri"] = "https://app.example.com/oauth2/callback",
            ["client_id"] = GraphStandIn.AppId,
            ["client_assertion"] = token,
            ["client_assertion_type"] = TokenEndpointStandIn.AssertionType,
        });
        using HttpResponseMessage response = await client.PostAsync(new Uri($"{endpoint.Url}/{Tenant}/oauth2/v2.0/token"), form);
        JsonElement answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        return response.IsSuccessStatusCode ? [] : [.. answer.GetProperty("error_codes").EnumerateArray().Select(code => code.GetInt32())];
    }

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

    private static (int ExitCode, string Error) Without((int ExitCode, string Output, string Error) run) =>
        (run.ExitCode, run.Error.Replace("the token endpoint may need some minutes more before the first sign-in works (AADSTS700211 until then)\n", "", StringComparison.Ordinal));

    private string Write(string name, string content)
    {
        string file = Path.Combine(folder.FullName, name);
        File.WriteAllText(file, content);
        return file;
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string program, string line, IReadOnlyDictionary<string, string>? environment = null)
    {
        string assembly = Path.Combine(AppContext.BaseDirectory, $"{program}.dll");
        ProcessStartInfo start = new("dotnet", [assembly, .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    [GeneratedRegex("AADSTS([0-9]+)")]
    private static partial Regex Code();
}
