using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IssuerGateway.EndToEnd.Entra;
using IssuerGateway.EndToEnd.Kit;

namespace IssuerGateway.EndToEnd.Parties;

/// <summary>
/// All texts of one party register the same trust. Each is read by a program that is made for it: Terraform by HashiCorp's
/// parser, scripts by bash, YAML by the parser of the schema check, JSON as JSON.
/// </summary>
public sealed class PartyTextTests
{
    private const string Golden = "tests/IssuerGateway.Tests/Ctl/Parties/golden";
    private const string Issuer = "https://oidc.example.com/shop";
    private const string Subject = "system:serviceaccount:apps:shop";

    [Fact]
    public void A_managed_identity_is_the_same_in_every_form()
    {
        const string audience = "api://AzureADTokenExchange";
        string[] expected = ["shop-rg", "shop", "apps-shop", Issuer, Subject, audience];

        Assert.Equal(expected, Shell("entra-identity.az.sh", "resource_group", "identity", "credential_name", "issuer", "subject", "audience"));
        JsonElement terraform = Terraform("entra-identity");
        JsonElement credential = terraform.GetProperty("azurerm_federated_identity_credential").GetProperty("workload")[0];
        Same(expected[1..], [Text(terraform.GetProperty("azurerm_user_assigned_identity").GetProperty("workload")[0], "name"), Text(credential, "name"), Text(credential, "issuer"), Text(credential, "subject"), credential.GetProperty("audience")[0].GetString()!]);
        JsonNode arm = Json("entra-identity.arm.json")["resources"]!;
        Same(expected[1..], [(string)arm[0]!["name"]!, ((string)arm[1]!["name"]!).Split('/')[1], .. ((string[])["issuer", "subject"]).Select(name => (string)arm[1]!["properties"]![name]!), (string)arm[1]!["properties"]!["audiences"]![0]!]);
        Pod("entra-identity", audience, "azure.workload.identity/use", ("clientId", "AZURE_CLIENT_ID"), ("tenantId", "AZURE_TENANT_ID"));
    }

    [Fact]
    public void A_role_of_AWS_is_the_same_in_every_form()
    {
        const string conditions = """{"oidc.example.com/shop:aud":"sts.amazonaws.com","oidc.example.com/shop:sub":"system:serviceaccount:apps:shop"}""";

        string[] shell = Shell("aws.cli.sh", "audience", "role", "trust_policy", "new_provider", "new_audience");
        JsonNode statement = JsonNode.Parse(shell[2])!["Statement"]![0]!;
        Assert.Equal(["sts.amazonaws.com", "shop"], shell[..2]);
        Assert.Equal("""{"Url":"https://oidc.example.com/shop","ClientIDList":["sts.amazonaws.com"]}""", shell[3]);
        Assert.Equal("""{"OpenIDConnectProviderArn":"arn:aws:iam::111122223333:oidc-provider/oidc.example.com/shop","ClientID":"sts.amazonaws.com"}""", shell[4]);
        Assert.Equal(conditions, statement["Condition"]!["StringEquals"]!.ToJsonString());
        JsonNode stack = Json("aws.cloudformation.json")["Resources"]!;
        Assert.Equal("""{"Url":"https://oidc.example.com/shop","ClientIdList":["sts.amazonaws.com"]}""", stack["Provider"]!["Properties"]!.ToJsonString());
        JsonNode other = stack["Role"]!["Properties"]!["AssumeRolePolicyDocument"]!["Statement"]![0]!;
        Assert.Equal(conditions, other["Condition"]!["StringEquals"]!.ToJsonString());
        Assert.Equal(statement["Action"]!.ToJsonString() + statement["Effect"]!.ToJsonString(), other["Action"]!.ToJsonString() + other["Effect"]!.ToJsonString());
        JsonElement terraform = Terraform("aws");
        Same([Issuer, "sts.amazonaws.com"], [Text(terraform.GetProperty("aws_iam_openid_connect_provider").GetProperty("cluster")[0], "url"), terraform.GetProperty("aws_iam_openid_connect_provider").GetProperty("cluster")[0].GetProperty("client_id_list")[0].GetString()!]);
        string policy = Text(terraform.GetProperty("aws_iam_role").GetProperty("workload")[0], "assume_role_policy");
        Assert.Equal(conditions, $"{{{string.Join(',', Regex.Matches(policy, "\"(oidc[^\"]+)\"\\s*=\\s*\"([^\"]+)\"").Select(match => $"\"{match.Groups[1].Value}\":\"{match.Groups[2].Value}\""))}}}");
        Pod("aws", "sts.amazonaws.com", "issuer-gateway.io/aws", ("awsRoleArn", "AWS_ROLE_ARN"), ("awsRegion", "AWS_REGION"));
    }

    [Fact]
    public void CloudFormation_knows_every_type_property_and_attribute()
    {
        Assert.Equal([], CloudFormation(Json("aws.cloudformation.json")));
    }

    [Theory] // the comparison finds what CloudFormation would reject
    [InlineData("AWS::IAM::OIDCProvider", "AWS::IAM::OpenIDConnectProvider", "Provider: no type AWS::IAM::OpenIDConnectProvider")]
    [InlineData("ClientIdList", "ClientIDList", "Provider: no property ClientIDList")]
    [InlineData("AssumeRolePolicyDocument", "Policy", "Role: AssumeRolePolicyDocument is missing")]
    [InlineData("\"RoleName\": \"shop\"", "\"RoleName\": [\"shop\"]", "Role: RoleName is no String")]
    public void CloudFormation_notices_a_mistake(string part, string wrong, string sentence)
    {
        string text = System.IO.File.ReadAllText(File($"{Golden}/aws.cloudformation.json"));
        Assert.Contains(part, text, StringComparison.Ordinal);

        Assert.Contains(sentence, CloudFormation(JsonNode.Parse(text.Replace(part, wrong, StringComparison.Ordinal))!));
    }

    // Against the resource specification of @aws-cdk/cfnspec. It is older than July 2023, when ThumbprintList became optional
    // (IAM, CreateOpenIDConnectProvider).
    private static List<string> CloudFormation(JsonNode template)
    {
        JsonNode types = JsonNode.Parse(System.IO.File.ReadAllText(Path.Combine(KitFolder.Tools, "node_modules", "@aws-cdk", "cfnspec", "spec", "specification.json")))!["ResourceTypes"]!;
        List<string> faults = [];
        foreach ((string name, JsonNode? resource) in template["Resources"]!.AsObject())
        {
            if (types[(string)resource!["Type"]!] is not { } type)
            {
                faults.Add($"{name}: no type {resource["Type"]}");
                continue;
            }

            JsonObject known = type["Properties"]!.AsObject(), given = resource["Properties"]!.AsObject();
            faults.AddRange(given.Where(entry => !known.ContainsKey(entry.Key)).Select(entry => $"{name}: no property {entry.Key}"));
            faults.AddRange(known.Where(entry => (bool)entry.Value!["Required"]! && entry.Key != "ThumbprintList" && !given.ContainsKey(entry.Key)).Select(entry => $"{name}: {entry.Key} is missing"));
            foreach ((string key, JsonNode? value) in given.Where(entry => known.ContainsKey(entry.Key)))
            {
                string expected = (string?)known[key]!["Type"] ?? (string)known[key]!["PrimitiveType"]!;
                bool fits = expected switch
                {
                    "List" => value is JsonArray items && items.All(each => each is JsonValue),
                    "Json" => value is JsonObject,
                    "String" => value is JsonValue text && text.TryGetValue(out string? _),
                    _ => false,
                };
                faults.AddRange(fits ? [] : [$"{name}: {key} is no {expected}"]);
            }

            foreach (JsonArray attribute in template["Outputs"]!.AsObject().Select(output => output.Value!["Value"]!["Fn::GetAtt"]).OfType<JsonArray>().Where(each => (string)each[0]! == name))
            {
                faults.AddRange(type["Attributes"]?[(string)attribute[1]!] is null ? [$"{name}: no attribute {attribute[1]}"] : []);
            }
        }

        return faults;
    }

    [Fact]
    public void A_pool_of_Google_is_the_same_in_every_form()
    {
        const string audience = "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/clusters/providers/shop";
        string[] expected = ["clusters", "shop", Issuer, "google.subject=assertion.sub", $"assertion.sub == '{Subject}'"];

        Command settings = Command.Run("bash", "-c", $"source <(sed -n '/^project=/,/^)/p' '{File(Golden + "/google.gcloud.sh")}'); printf '%s\\n' \"$pool\" \"$provider\" \"${{settings[@]#*=}}\"");
        Assert.Equal(expected, settings.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        JsonElement terraform = Terraform("google");
        JsonElement provider = terraform.GetProperty("google_iam_workload_identity_pool_provider").GetProperty("cluster")[0];
        Same(expected,
        [
            Text(terraform.GetProperty("google_iam_workload_identity_pool").GetProperty("cluster")[0], "workload_identity_pool_id"), Text(provider, "workload_identity_pool_provider_id"),
            Text(provider.GetProperty("oidc")[0], "issuer_uri"), $"google.subject={Text(provider.GetProperty("attribute_mapping"), "google.subject")}", Text(provider, "attribute_condition"),
        ]);
        Assert.Equal(audience, (string)Json("google.credentials.json")["audience"]!);
        string member = Text(terraform.GetProperty("google_service_account_iam_member").GetProperty("workload")[0], "member");
        Assert.Contains($"--member='{member}'", System.IO.File.ReadAllText(File(Golden + "/google.gcloud.sh")), StringComparison.Ordinal);
        Pod("google", audience, "issuer-gateway.io/google");
        Assert.True(JsonNode.DeepEquals(Json("google.credentials.json"), JsonNode.Parse((string)Yaml("google.configmap.yaml")["data"]!["googleCredentials"]!)));
    }

    [Theory]
    [InlineData("vault")]
    [InlineData("openbao")]
    public void A_role_of_Vault_is_the_same_in_every_form(string party)
    {
        JsonNode requests = Json($"{party}.http.json")["requests"]!;
        JsonNode config = requests[1]!["body"]!, role = requests[2]!["body"]!;
        string[] expected = [(string)config["oidc_discovery_url"]!, (string)config["bound_issuer"]!, (string)role["bound_subject"]!, (string)role["bound_audiences"]![0]!, (string)role["user_claim"]!, (string)role["role_type"]!, string.Join(',', role["token_policies"]!.AsArray().Select(each => (string)each!))];
        Assert.Equal([Issuer, Issuer, Subject, "https://vault.example.com", "sub", "jwt", "shop-read,shop-db"], expected);

        JsonElement terraform = Terraform(party);
        JsonElement backend = terraform.GetProperty("vault_jwt_auth_backend").GetProperty("cluster")[0], other = terraform.GetProperty("vault_jwt_auth_backend_role").GetProperty("workload")[0];
        Same(expected, [Text(backend, "oidc_discovery_url"), Text(backend, "bound_issuer"), Text(other, "bound_subject"), other.GetProperty("bound_audiences")[0].GetString()!, Text(other, "user_claim"), Text(other, "role_type"), string.Join(',', other.GetProperty("token_policies").EnumerateArray().Select(each => each.GetString()))]);
        string[] shell = Shell($"{party}.cli.sh", "issuer", "role");
        Assert.Equal(Issuer, shell[0]);
        Assert.True(JsonNode.DeepEquals(role, JsonNode.Parse(shell[1])), shell[1]);
        Pod(party, "https://vault.example.com", "issuer-gateway.io/token");
    }

    [Fact]
    public void Configuration_and_rights_of_a_cluster_name_the_same_user()
    {
        JsonNode configuration = Yaml("kubernetes.config.yaml"), rights = Yaml("kubernetes.rbac.yaml");
        JsonNode authenticator = configuration["jwt"]![0]!;

        Assert.Equal("AuthenticationConfiguration apiserver.config.k8s.io/v1", $"{configuration["kind"]} {configuration["apiVersion"]}");
        Assert.Equal($$"""{"url":"{{Issuer}}","audiences":["other-cluster"]}""", authenticator["issuer"]!.ToJsonString());
        Assert.Equal((string)rights["subjects"]![0]!["name"]!, (string)authenticator["claimMappings"]!["username"]!["prefix"]! + Subject);
        Assert.Empty(Unknown(configuration, authenticationFields, "AuthenticationConfiguration"));
        Assert.Empty(KubernetesSchemas.Validate(File(Golden + "/kubernetes.rbac.yaml")).Errors);
        Pod("kubernetes", "other-cluster", "issuer-gateway.io/token");
    }

    [Theory]
    [InlineData("entra-app")]
    [InlineData("entra-identity")]
    [InlineData("aws")]
    [InlineData("google")]
    [InlineData("kubernetes")]
    public void A_ConfigMap_is_valid(string party) => Assert.Empty(KubernetesSchemas.Validate(File($"{Golden}/{party}.configmap.yaml")).Errors);

    // The fields of apiserver.config.k8s.io/v1, which the API server reads strictly.
    private static readonly Dictionary<string, string[]> authenticationFields = new()
    {
        ["AuthenticationConfiguration"] = ["apiVersion", "kind", "jwt", "anonymous"],
        ["AuthenticationConfiguration.jwt"] = ["issuer", "claimValidationRules", "claimMappings", "userValidationRules"],
        ["AuthenticationConfiguration.jwt.issuer"] = ["url", "discoveryURL", "certificateAuthority", "audiences", "audienceMatchPolicy", "egressSelectorType"],
        ["AuthenticationConfiguration.jwt.claimMappings"] = ["username", "groups", "uid", "extra"],
        ["AuthenticationConfiguration.jwt.claimMappings.username"] = ["claim", "prefix", "expression"],
        ["AuthenticationConfiguration.jwt.userValidationRules"] = ["expression", "message"],
    };

    private static IEnumerable<string> Unknown(JsonNode? node, Dictionary<string, string[]> fields, string path) => node switch
    {
        JsonArray list => list.SelectMany(each => Unknown(each, fields, path)),
        JsonObject each => each.SelectMany(entry => fields.TryGetValue(path, out string[]? known) && known.Contains(entry.Key) ? Unknown(entry.Value, fields, $"{path}.{entry.Key}") : [$"{path}.{entry.Key}"]),
        _ => [],
    };

    // Patch and ConfigMap give the pod the same: audience, and the variables that the chart makes of the keys.
    private static void Pod(string party, string audience, string label, params (string Key, string Variable)[] settings)
    {
        JsonNode spec = Yaml($"{party}.patch.yaml")["spec"]!["template"]!["spec"]!;
        JsonNode volume = spec["volumes"]![0]!, container = spec["containers"]![0]!;
        Assert.Equal(audience, (string)volume["projected"]!["sources"]![0]!["serviceAccountToken"]!["audience"]!);
        Assert.Equal((string)volume["name"]!, (string)container["volumeMounts"]![0]!["name"]!);
        Assert.Equal("shop", (string)spec["serviceAccountName"]!);
        Assert.Contains($"#   label       {label}: \"true\"\n", System.IO.File.ReadAllText(File($"{Golden}/{party}.configmap.yaml")), StringComparison.Ordinal);
        foreach ((string key, string variable) in settings)
        {
            Assert.Equal((string)container["env"]!.AsArray().Single(each => (string)each!["name"]! == variable)!["value"]!, (string)Yaml($"{party}.configmap.yaml")["data"]![key]!);
        }
    }

    private static void Same(IEnumerable<string> expected, IEnumerable<string> actual) => Assert.Equal(expected, actual);

    private static string File(string path) => Path.Combine(KitFolder.Root, path);

    private static JsonNode Json(string name) => JsonNode.Parse(System.IO.File.ReadAllText(File($"{Golden}/{name}")))!;

    private static JsonElement Terraform(string party) => RenderedTemplateTests.ParsedHcl($"{Golden}/{party}.terraform.tf").GetProperty("resource");

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static JsonNode Yaml(string name)
    {
        Command run = Command.Run("node", "-e", "const YAML = require(process.argv[1] + '/node_modules/yaml'); process.stdout.write(JSON.stringify(YAML.parse(require('fs').readFileSync(process.argv[2], 'utf8'))))", KitFolder.Tools, File($"{Golden}/{name}"));
        Assert.True(run.ExitCode == 0, run.Transcript);
        return JsonNode.Parse(run.Output)!;
    }

    // The values at the top of a script, as bash reads them.
    private static string[] Shell(string name, params string[] variables)
    {
        Command run = Command.Run("bash", "-c", $"source <(grep -E '^[a-z_]+=' '{File($"{Golden}/{name}")}' | grep -v '=\\$(' | grep -v '^[a-z]*=($'); printf '%s\\n' {string.Join(' ', variables.Select(each => $"\"${each}\""))}");
        Assert.True(run.ExitCode == 0, run.Transcript);
        return run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
