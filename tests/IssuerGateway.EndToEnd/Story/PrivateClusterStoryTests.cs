using System.Text.Json.Nodes;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.EndToEnd.Entra;
using IssuerGateway.EndToEnd.Kit;
using IssuerGateway.Tests.Ctl.EntraApp;

namespace IssuerGateway.EndToEnd.Story;

/// <summary>
/// The whole way of a platform engineer with the real programs, from a private cluster to a workload that signs in: plan
/// and verify the change of the issuer, run the gateway, check it, register the trust, label a pod, test its token, sign in.
/// Cluster, Graph and token endpoint are stand-ins; the label acts through the chart's policies, evaluated as the API server does.
/// </summary>
public sealed class PrivateClusterStoryTests
{
    private static readonly ServiceAccount workload = new("shop", "shop", Guid.NewGuid());

    private readonly List<string> story = [];

    [Fact]
    public async Task From_a_private_cluster_to_a_workload_that_signs_in()
    {
        await using StorySite site = await StorySite.StartAsync("127.77.0.1");

        ChangeTheIssuer(site);
        await site.PublishAsync();
        story.Add("gateway");
        Check(site);
        Trust(site);
        JsonObject environment = Label(site);
        Test(site, environment);
        await SignInAsync(site, environment);

        Assert.Equal(["plan", "verify 1", "verify 2", "gateway", "check", "trust", "label", "test", "sign in"], story);
    }

    private void ChangeTheIssuer(StorySite site)
    {
        Command plan = Ctl("plan", "cluster", "plan", "--issuer", StorySite.New, "--kubeconfig", site.Kubeconfig);
        Assert.Contains($"Roll 1: accept {StorySite.New} everywhere, as second issuer", plan.Output, StringComparison.Ordinal);
        string before = site.Write("token-before.jwt", site.Cluster.Hosts[1].Mint(TimeSpan.FromHours(1)));

        string[][] rolls = [[$"--service-account-issuer={StorySite.Old}", $"--service-account-issuer={StorySite.New}"], [$"--service-account-issuer={StorySite.New}", $"--service-account-issuer={StorySite.Old}"]];
        for (int roll = 1; roll <= rolls.Length; roll++)
        {
            site.Cluster.RunAll(rolls[roll - 1]);
            Ctl($"verify {roll}", ["cluster", "verify", "--issuer", StorySite.New, "--after-roll", $"{roll}", "--token-before", before, "--kubeconfig", site.Kubeconfig, .. site.Cluster.Addresses.SelectMany(address => new[] { "--server", address })]);
        }
    }

    private void Check(StorySite site)
    {
        string token = site.Write("check.jwt", site.Mint(workload, "api://AzureADTokenExchange"));

        Command check = Ctl("check", "check", StorySite.New, "--token", token, "--ca", site.GatewayRoots, "--resolve", site.Resolve);

        Assert.StartsWith($"✓ Microsoft Entra ID would accept the token of {StorySite.New}\n", check.Output, StringComparison.Ordinal);
    }

    private void Trust(StorySite site)
    {
        Ctl("trust", ["trust", "apply", "entra-app", .. Registration(site), "--wait", "10s", "--access-token-file", site.Write("graph-token", GraphStandIn.Token)]);

        JsonObject credential = Assert.Single(site.Graph.Credentials);
        Assert.Equal((StorySite.New, "system:serviceaccount:shop:shop"), ((string)credential["issuer"]!, (string)credential["subject"]!));
    }

    // What an administrator writes is the label of the pod and the ConfigMap of the namespace.
    private JsonObject Label(StorySite site)
    {
        string policies = site.Write("policies.yaml", RenderedChart.Of(RenderedChart.Identity, "azure").TextByHelm4);
        JsonObject given = new()
        {
            ["namespace"] = "shop",
            ["configMaps"] = new JsonObject { ["workload-identity"] = new JsonObject { ["clientId"] = GraphStandIn.AppId, ["tenantId"] = StorySite.Tenant } },
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
        Assert.Equal((GraphStandIn.AppId, StorySite.Tenant), ((string)environment["AZURE_CLIENT_ID"]!, (string)environment["AZURE_TENANT_ID"]!));
        story.Add("label");
        return environment;
    }

    // The kubelet's part: a token of the service account, with the audience that the label has requested.
    private void Test(StorySite site, JsonObject environment)
    {
        environment["AZURE_FEDERATED_TOKEN_FILE"] = site.Write("azure-identity-token", site.Mint(workload, (string)environment["audience"]!));

        Command test = Ctl("test", "trust", "test", "entra-app", "--token", site.Directory.File("azure-identity-token"), "--tenant", StorySite.Tenant, "--client-id", (string)environment["AZURE_CLIENT_ID"]!, "--endpoint", site.Entra.Url, "--ca", site.Roots);

        Assert.Contains("\naccepted: ", test.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(GraphStandIn.Token, test.Transcript, StringComparison.Ordinal);
    }

    // Azure's own library in the pod's environment, and then as OAuth2 Proxy does it once a person has signed in.
    private async Task SignInAsync(StorySite site, JsonObject environment)
    {
        Command signedIn = Command.Run("env",
        [
            .. ((string[])["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"]).Select(name => $"{name}={environment[name]}"), $"SSL_CERT_FILE={site.Roots}",
            "dotnet", CtlProgram.Path, "trust", "plan", "entra-app", .. Registration(site), "--sign-in", "workload-identity", "--login-endpoint", site.Entra.Url,
        ]);
        Assert.True(signedIn.ExitCode == 0, signedIn.Transcript);
        Assert.Contains("\nnothing to change\n", signedIn.Output, StringComparison.Ordinal);

        using HttpClient client = site.Internet();
        using FormUrlEncodedContent form = new(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = "code",
            ["redirect_uri"] = "https://shop.example.com/oauth2/callback",
            ["client_id"] = (string)environment["AZURE_CLIENT_ID"]!,
            ["client_assertion"] = await File.ReadAllTextAsync(site.Directory.File("azure-identity-token")),
            ["client_assertion_type"] = TokenEndpointStandIn.AssertionType,
        });
        using HttpResponseMessage response = await client.PostAsync(new Uri($"{site.Entra.Url}/{StorySite.Tenant}/oauth2/v2.0/token"), form);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        story.Add("sign in");
    }

    private static string[] Registration(StorySite site) =>
    [
        "--tenant", StorySite.Tenant, "--app-name", "shop", "--host", "shop.example.com", "--issuer", StorySite.New, "--namespace", "shop", "--service-account", "shop",
        "--graph-endpoint", site.Graph.Url, "--ca", site.Roots, "--resolve", site.Resolve,
    ];

    private Command Ctl(string step, params IReadOnlyList<string> arguments)
    {
        Command command = CtlProgram.Run(arguments);
        Assert.True(command.ExitCode == 0, $"{step}: {command.Transcript}");
        story.Add(step);
        return command;
    }
}
