using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using IssuerGateway.Demo;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.EndToEnd.Entra;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.EndToEnd.Kit;
using IssuerGateway.Tests;
using IssuerGateway.Tests.Ctl.Cluster;
using IssuerGateway.Tests.Ctl.EntraApp;

namespace IssuerGateway.EndToEnd.Story;

/// <summary>
/// The whole way of a platform engineer with the real programs, from a private cluster to a workload that signs in: plan
/// and verify the change of the issuer, run the gateway, check it, register the trust, label a pod, test its token, sign in.
/// Cluster, Graph and token endpoint are stand-ins; the label acts through the chart's policies, evaluated as the API server does.
/// </summary>
public sealed class PrivateClusterStoryTests : IDisposable
{
    private const string Old = "https://kubernetes.default.svc.cluster.local";
    private const string New = "https://oidc.example.com";
    private const string Tenant = "22222222-2222-2222-2222-222222222222";

    /// <summary>An address of this test alone, since relying parties want port 443.</summary>
    private const string Address = "127.77.0.1";

    private readonly TemporaryDirectory directory = new();
    private readonly GraphStandIn graph = new();
    private readonly List<string> story = [];

    public void Dispose()
    {
        graph.Dispose();
        directory.Dispose();
    }

    [Fact]
    public async Task From_a_private_cluster_to_a_workload_that_signs_in()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={Old}");
        string kubeconfig = cluster.WriteKubeconfig(directory);

        ChangeTheIssuer(cluster, kubeconfig);
        await using GatewayRun gateway = await ServeAsync(cluster, kubeconfig);
        Check(cluster);
        using X509Certificate2 certificate = StandInCertificate.Create("localhost");
        await File.WriteAllTextAsync(directory.File("roots.pem"), await File.ReadAllTextAsync(directory.File("gateway.pem")) + "\n" + certificate.ExportCertificatePem());
        await using TokenEndpointStandIn entra = await EntraAsync(certificate);
        Trust();
        JsonObject environment = Label();
        Test(cluster, environment, entra);
        await SignInAsync(environment, entra);

        Assert.Equal(["plan", "verify 1", "verify 2", "gateway", "check", "trust", "label", "test", "sign in"], story);
    }

    private void ChangeTheIssuer(FlaggedCluster cluster, string kubeconfig)
    {
        Command plan = Ctl("plan", "cluster", "plan", "--issuer", New, "--kubeconfig", kubeconfig);
        Assert.Contains($"Roll 1: accept {New} everywhere, as second issuer", plan.Output, StringComparison.Ordinal);
        string before = Write("token-before.jwt", cluster.Hosts[1].Mint(TimeSpan.FromHours(1)));

        string[][] rolls = [[$"--service-account-issuer={Old}", $"--service-account-issuer={New}"], [$"--service-account-issuer={New}", $"--service-account-issuer={Old}"]];
        for (int roll = 1; roll <= rolls.Length; roll++)
        {
            cluster.RunAll(rolls[roll - 1]);
            Ctl($"verify {roll}", ["cluster", "verify", "--issuer", New, "--after-roll", $"{roll}", "--token-before", before, "--kubeconfig", kubeconfig, .. cluster.Addresses.SelectMany(address => new[] { "--server", address })]);
        }
    }

    private async Task<GatewayRun> ServeAsync(FlaggedCluster cluster, string kubeconfig)
    {
        string ca = Convert.FromBase64String(File.ReadLines(kubeconfig).Single(line => line.Contains("certificate-authority-data:", StringComparison.Ordinal)).Split(": ")[1].Trim()) is var pem ? System.Text.Encoding.ASCII.GetString(pem) : "";
        int operations = FreePorts.Take(1)[0];
        string[] settings =
        [
            $"Issuers:0:Identifier={New}", "Issuers:0:Upstream:Kind=Explicit", $"Issuers:0:Upstream:CaFile={Write("ca.crt", ca)}", $"Issuers:0:Upstream:TokenFile={Write("gateway-token", cluster.Hosts[0].Mint(TimeSpan.FromHours(1)))}",
            .. cluster.Addresses.Select((address, i) => $"Issuers:0:Upstream:Servers:{i}={address}"),
            "Tls:Mode=SelfSigned", $"Tls:SelfSigned:ExportFile={directory.File("gateway.pem")}", $"Edge:Address={Address}", "Edge:HttpsPort=443", $"Operations:Port={operations}", "Shutdown:Delay=0s",
        ];
        GatewayRun gateway = GatewayRun.Start(["serve", .. settings.SelectMany(setting => new[] { "--set", setting })]);
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
        await GatewayFixture.WaitAsync(async () =>
        {
            try
            {
                return (await http.GetAsync(new Uri($"http://127.0.0.1:{operations}/readyz"))).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, () => $"{gateway.Output}\n{gateway.Error}");
        Assert.Contains("The issuer is published", await http.GetStringAsync(new Uri($"http://127.0.0.1:{operations}/")), StringComparison.Ordinal);
        story.Add("gateway");
        return gateway;
    }

    private void Check(FlaggedCluster cluster)
    {
        string token = Write("check.jwt", Mint(cluster.Hosts[2].Key, new ServiceAccount("shop", "shop", Guid.NewGuid()), "api://AzureADTokenExchange"));

        Command check = Ctl("check", "check", New, "--token", token, "--ca", directory.File("gateway.pem"), "--resolve", $"oidc.example.com:443:{Address}");

        Assert.StartsWith($"✓ Microsoft Entra ID would accept the token of {New}\n", check.Output, StringComparison.Ordinal);
    }

    private async Task<TokenEndpointStandIn> EntraAsync(X509Certificate2 certificate) => await TokenEndpointStandIn.StartAsync(new TokenEndpointOptions
    {
        Tenant = Tenant,
        Records = clientId => clientId == GraphStandIn.AppId ? [.. graph.Credentials.Select(credential => new FederatedRecord((string)credential["issuer"]!, (string)credential["subject"]!, (string)credential["audiences"]![0]!))] : null,
        Internet = Internet(),
        Certificate = certificate,
        AccessToken = GraphStandIn.Token,
    });

    private void Trust()
    {
        Ctl("trust", ["trust", "apply", "entra-app", .. Registration(), "--wait", "10s", "--access-token-file", Write("graph-token", GraphStandIn.Token)]);

        JsonObject credential = Assert.Single(graph.Credentials);
        Assert.Equal((New, "system:serviceaccount:shop:shop"), ((string)credential["issuer"]!, (string)credential["subject"]!));
    }

    // What an administrator writes is the label of the pod and the ConfigMap of the namespace.
    private JsonObject Label()
    {
        string policies = Write("policies.yaml", RenderedChart.Of(RenderedChart.Identity, "azure").TextByHelm4);
        JsonObject given = new()
        {
            ["namespace"] = "shop",
            ["configMaps"] = new JsonObject { ["workload-identity"] = new JsonObject { ["clientId"] = GraphStandIn.AppId, ["tenantId"] = Tenant } },
            ["object"] = JsonNode.Parse("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"shop","labels":{"azure.workload.identity/use":"true"}},"spec":{"serviceAccountName":"shop","containers":[{"name":"app","image":"app:1"}]}}"""),
        };
        Command admitted = Command.Run("node", Path.Combine(KitFolder.Root, "tests", "tools", "admission", "admit.mjs"), policies, given.ToJsonString());
        Assert.True(admitted.ExitCode == 0, admitted.Transcript);
        JsonNode result = JsonNode.Parse(admitted.Output)!;
        Assert.Empty(result.Texts("denials"));
        JsonObject pod = result["object"]!.AsObject();
        JsonObject environment = new(pod["spec"]!["containers"]![0]!["env"]!.AsArray().Select(each => KeyValuePair.Create((string)each!["name"]!, (JsonNode?)(string)each["value"]!)));
        JsonNode token = pod["spec"]!["volumes"]!.AsArray().SelectMany(volume => volume!["projected"]?["sources"]?.AsArray() ?? []).Select(source => source!["serviceAccountToken"]).First(source => source?["audience"] is not null)!;
        environment["audience"] = (string)token["audience"]!;
        Assert.Equal((GraphStandIn.AppId, Tenant), ((string)environment["AZURE_CLIENT_ID"]!, (string)environment["AZURE_TENANT_ID"]!));
        story.Add("label");
        return environment;
    }

    // The kubelet's part: a token of the service account, with the audience that the label has requested.
    private void Test(FlaggedCluster cluster, JsonObject environment, TokenEndpointStandIn entra)
    {
        ServiceAccount account = new("shop", "shop", Guid.NewGuid());
        string token = Mint(cluster.Hosts[0].Key, account, (string)environment["audience"]!);
        environment["AZURE_FEDERATED_TOKEN_FILE"] = Write("azure-identity-token", token);

        Command test = Ctl("test", "trust", "test", "entra-app", "--token", directory.File("azure-identity-token"), "--tenant", Tenant, "--client-id", (string)environment["AZURE_CLIENT_ID"]!, "--endpoint", entra.Url, "--ca", directory.File("roots.pem"));

        Assert.Contains("\naccepted: ", test.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(GraphStandIn.Token, test.Transcript, StringComparison.Ordinal);
    }

    // Azure's own library in the pod's environment, and then as OAuth2 Proxy does it once a person has signed in.
    private async Task SignInAsync(JsonObject environment, TokenEndpointStandIn entra)
    {
        Command signedIn = Command.Run("env",
        [
            .. ((string[])["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"]).Select(name => $"{name}={environment[name]}"), $"SSL_CERT_FILE={directory.File("roots.pem")}",
            "dotnet", CtlProgram.Path, "trust", "plan", "entra-app", .. Registration(), "--sign-in", "workload-identity", "--login-endpoint", entra.Url,
        ]);
        Assert.True(signedIn.ExitCode == 0, signedIn.Transcript);
        Assert.Contains("\nnothing to change\n", signedIn.Output, StringComparison.Ordinal);

        using HttpClient client = Internet();
        using FormUrlEncodedContent form = new(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = "code",
            ["redirect_uri"] = "https://shop.example.com/oauth2/callback",
            ["client_id"] = (string)environment["AZURE_CLIENT_ID"]!,
            ["client_assertion"] = await File.ReadAllTextAsync(directory.File("azure-identity-token")),
            ["client_assertion_type"] = TokenEndpointStandIn.AssertionType,
        });
        using HttpResponseMessage response = await client.PostAsync(new Uri($"{entra.Url}/{Tenant}/oauth2/v2.0/token"), form);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        story.Add("sign in");
    }

    // As kubectl create token and the kubelet have it from an API server.
    private static string Mint(ServiceAccountKey key, ServiceAccount account, string audience) =>
        TokenMint.Mint(key, New, account, [audience], TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(1)).Text;

    private string[] Registration() =>
    [
        "--tenant", Tenant, "--app-name", "shop", "--host", "shop.example.com", "--issuer", New, "--namespace", "shop", "--service-account", "shop",
        "--graph-endpoint", graph.Url, "--ca", directory.File("roots.pem"), "--resolve", $"oidc.example.com:443:{Address}",
    ];

    // Of the relying party: oidc.example.com is the gateway, and its certificate is trusted.
    private HttpClient Internet()
    {
        X509ChainPolicy trust = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(directory.File("roots.pem"));
        SocketsHttpHandler handler = new() { UseProxy = false, AllowAutoRedirect = false };
        handler.SslOptions.CertificateChainPolicy = trust;
        handler.ConnectCallback = async (context, cancellation) =>
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(context.DnsEndPoint.Host == "oidc.example.com" ? new IPEndPoint(IPAddress.Parse(Address), 443) : context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        };
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(10) };
    }

    private Command Ctl(string step, params IReadOnlyList<string> arguments)
    {
        Command command = CtlProgram.Run(arguments);
        Assert.True(command.ExitCode == 0, $"{step}: {command.Transcript}");
        story.Add(step);
        return command;
    }

    private string Write(string name, string content)
    {
        string file = directory.File(name);
        File.WriteAllText(file, content);
        return file;
    }
}
