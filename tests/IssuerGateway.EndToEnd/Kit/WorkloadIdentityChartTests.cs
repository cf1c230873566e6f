using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>charts/workload-identity: what is rendered, and that its sidecar is the one of charts/oauth2-proxy-workload.</summary>
public sealed class WorkloadIdentityChartTests
{
    private const string Parameters = "workload-identity-parameters";
    private const string Tenant = "11111111-2222-3333-4444-555555555555";
    private const string Client = "66666666-7777-8888-9999-000000000000";
    private const string Group = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";

    public static TheoryData<string> Sets => [.. RenderedChart.All.Where(each => each.Chart == RenderedChart.Identity).Select(each => each.Set)];

    [Fact]
    public void The_beta_version_differs_from_the_stable_one_in_nothing_else()
    {
        string stable = RenderedChart.Of(RenderedChart.Identity, "v1").TextByHelm4;
        string beta = RenderedChart.Of(RenderedChart.Identity, "v1beta1").TextByHelm4;

        Assert.Equal(stable, string.Join('\n', beta.Split('\n').Select(line => line == "apiVersion: admissionregistration.k8s.io/v1beta1" ? "apiVersion: admissionregistration.k8s.io/v1" : line)));
        Assert.Equal(15, beta.Split('\n').Count(line => line == "apiVersion: admissionregistration.k8s.io/v1beta1"));
    }

    [Fact]
    public void On_OpenShift_the_sidecar_leaves_its_ids_to_the_platform_and_nothing_else_differs()
    {
        string plain = RenderedChart.Of(RenderedChart.Identity, "sign-in-only").TextByHelm4;
        string openShift = RenderedChart.Of(RenderedChart.Identity, "openshift").TextByHelm4;

        Assert.Contains(" runAsUser: 65532, runAsGroup: 65532,", plain, StringComparison.Ordinal);
        Assert.Equal(plain.Replace(" runAsUser: 65532, runAsGroup: 65532,", "", StringComparison.Ordinal), openShift);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_pod_without_the_label_and_a_pod_of_a_system_namespace_meet_no_policy(string set)
    {
        foreach (JsonObject policy in Policies(set))
        {
            JsonNode match = policy.At("spec/matchConstraints")!;
            string[] excluded = [.. match.Texts("namespaceSelector/matchExpressions/0/values")];
            Assert.Equal("NotIn", (string)match.At("namespaceSelector/matchExpressions/0/operator")!);
            Assert.Contains("kube-system", excluded);
            foreach (JsonNode rule in match.Each("resourceRules").Where(rule => rule.Texts("resources").Contains("pods")))
            {
                Assert.Equal(["CREATE"], rule.Texts("operations"));
                Assert.True(match.At("objectSelector/matchLabels") is JsonObject { Count: 1 } || (string?)match.At("objectSelector/matchExpressions/0/operator") == "Exists", policy.Name());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_policy_that_can_not_be_evaluated_rejects_pods_with_its_label_only(string set)
    {
        foreach (JsonObject policy in Policies(set))
        {
            bool pods = policy.Each("spec/matchConstraints/resourceRules").All(rule => rule.Texts("resources").SequenceEqual(["pods"]));
            JsonObject[] bindings = [.. RenderedChart.Of(RenderedChart.Identity, set).Objects.Where(each => each.Kind() == policy.Kind() + "Binding" && (string)each.At("spec/policyName")! == policy.Name())];

            Assert.Equal(pods ? "Fail" : "Ignore", (string)policy.At("spec/failurePolicy")!);
            Assert.NotEmpty(bindings);
            Assert.All(bindings, each => Assert.Contains((string?)each.At("spec/paramRef/parameterNotFoundAction"), (string?[])["Allow", null]));
            Assert.All(bindings.Where(_ => policy.Kind() == "ValidatingAdmissionPolicy"), each => Assert.Equal([pods ? "Deny" : "Warn"], each.Texts("spec/validationActions")));
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Every_rule_has_a_sentence_and_one_that_needs_no_evaluation(string set)
    {
        foreach (JsonNode rule in Policies(set).Where(policy => policy.Name() != Parameters).SelectMany(policy => policy.Each("spec/validations")))
        {
            Assert.StartsWith("variables.subject\n", (string)rule["messageExpression"]!, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', (string)rule["message"]!);
        }
    }

    [Fact] // what keeps an API server watching ConfigMaps matches nothing and survives the release
    public void The_policies_that_survive_match_nothing()
    {
        JsonObject[] kept = [.. RenderedChart.Of(RenderedChart.Identity, "v1").Objects.Where(each => (string?)each.At("metadata/annotations")?["helm.sh/resource-policy"] == "keep")];

        Assert.Equal(["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"], kept.Select(each => each.Kind()).Order());
        Assert.All(kept, each => Assert.Equal(Parameters, each.Name()));
        Assert.All(kept.Where(each => !each.Kind().EndsWith("Binding", StringComparison.Ordinal)), each =>
        {
            Assert.Equal("ConfigMap", (string)each.At("spec/paramKind/kind")!);
            Assert.Equal(["issuer-gateway.io"], each.Each("spec/matchConstraints/resourceRules").Single().Texts("apiGroups"));
            Assert.Equal(["nothing"], each.Each("spec/matchConstraints/resourceRules").Single().Texts("resources"));
        });
    }

    [Theory] // one source: a flag that changes in one chart has to change in the other
    [InlineData("", "")]
    [InlineData("groupsClaim=roles,emailClaim=preferred_username,emailDomains={a.example},trustedProxyRanges={10.42.0.0/16,2001:db8::/64},cookie.refresh=15m,cookie.expire=4h,app.port=3000", """{"groupsClaim":"roles","emailClaim":"preferred_username","emailDomains":"a.example","trustedProxyRanges":"10.42.0.0/16, 2001:db8::/64","cookieRefresh":"15m","cookieExpire":"4h"}""")]
    [InlineData("tenantId=ABABABAB-2222-3333-4444-555555555555,clientId=CDCDCDCD-7777-8888-9999-000000000000,allowedGroups={AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE}", """{"tenantId":"ABABABAB-2222-3333-4444-555555555555","clientId":"CDCDCDCD-7777-8888-9999-000000000000","allowedGroups":"AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE"}""")]
    public void The_sidecar_is_the_one_of_the_workload_chart(string values, string settings)
    {
        string[] sound = [$"tenantId={Tenant}", $"clientId={Client}", "host=app.example.com", $"allowedGroups={{{Group},{Client}}}", "cookie.existingSecret=oauth2-proxy-cookie"];
        JsonObject theirs = Sidecar(Read(Helm.Template(Helm.Four, RenderedChart.Workload, [.. sound.Append(values).Where(each => each.Length > 0).SelectMany(each => (string[])["--set", each])]))
            .Single(each => each.Kind() == "Deployment").PodSpec()!);
        JsonObject configMap = new() { ["tenantId"] = Tenant, ["clientId"] = Client, ["host"] = "app.example.com", ["allowedGroups"] = $"{Group},{Client}" };
        foreach ((string key, JsonNode? value) in settings.Length > 0 ? JsonNode.Parse(settings)!.AsObject() : [])
        {
            configMap[key] = (string)value!;
        }

        JsonObject ours = Sidecar(Admitted(configMap, port: values.Contains("app.port=3000", StringComparison.Ordinal) ? 3000 : 8080));

        Assert.Equal(theirs.Texts("args"), ours.Texts("args"));
        Assert.Equal(theirs["env"]!.ToJsonString(), ours["env"]!.ToJsonString());
        Assert.Equal((string)theirs["image"]!, (string)ours["image"]!);
        Assert.Equal("Always", (string)ours["restartPolicy"]!);
        Assert.True(JsonNode.DeepEquals(theirs["resources"], ours["resources"]));
        Assert.Equal("/var/run/secrets/azure", (string)ours.At("volumeMounts/0/mountPath")!);
        foreach (string probe in (string[])["startupProbe", "readinessProbe", "livenessProbe"])
        {
            foreach ((string field, JsonNode? value) in theirs[probe]!.AsObject().Where(entry => entry.Key != "httpGet"))
            {
                Assert.Equal((int)value!, (int)ours[probe]![field]!);
            }

            Assert.Equal((string)theirs.At($"{probe}/httpGet/path")!, (string)ours.At($"{probe}/httpGet/path")!);
        }

        // The pod of another chart may lack the seccomp profile that the pod of that chart has.
        JsonObject security = ours["securityContext"]!.DeepClone().AsObject();
        Assert.Equal("RuntimeDefault", (string)security.At("seccompProfile/type")!);
        security.Remove("seccompProfile");
        Assert.True(JsonNode.DeepEquals(theirs["securityContext"], security), security.ToJsonString());
    }

    [Fact]
    public void A_NetworkPolicy_and_Services_are_there_for_the_namespaces_that_are_named()
    {
        RenderedChart rendered = RenderedChart.Of(RenderedChart.Identity, "everything");

        JsonObject policy = rendered.One("NetworkPolicy");
        Assert.Equal("apps", policy.Namespace());
        Assert.Equal("""{"podSelector":{"matchLabels":{"issuer-gateway.io/sign-in":"entra"}},"policyTypes":["Ingress"],"ingress":[{"ports":[{"port":4180}],"from":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"gateways"}}}]},{"ports":[{"port":9090}]}]}""", policy["spec"]!.ToJsonString());
        Assert.Equal("""{"selector":{"app.kubernetes.io/name":"wiki","issuer-gateway.io/sign-in":"entra"},"ports":[{"name":"proxy","port":8080,"targetPort":4180,"protocol":"TCP"}]}""", rendered.One("Service", "wiki")["spec"]!.ToJsonString());
        Assert.Equal(80, (int)rendered.One("Service", "shop").At("spec/ports/0/port")!);
    }

    [Fact] // the ids of a token are in lower case
    public void The_ids_of_the_sign_in_are_rendered_in_lower_case()
    {
        Command rendered = CtlProgram.Run(
            "trust", "render", "entra-app", "--tenant", "ABABABAB-2222-3333-4444-555555555555", "--app-name", "shop", "--host", "app.example.com", "--issuer", "https://oidc.example.com",
            "--namespace", "apps", "--service-account", "shop", "--client-id", "CDCDCDCD-7777-8888-9999-000000000000", "--allowed-group", Group.ToUpperInvariant(), "--format", "configmap");

        Assert.True(rendered.ExitCode == 0, rendered.Transcript);
        Assert.Contains($"  allowedGroups: \"{Group}\"\n", rendered.Output, StringComparison.Ordinal);
        Assert.Contains("  clientId: \"cdcdcdcd-7777-8888-9999-000000000000\"\n  host:", rendered.Output, StringComparison.Ordinal);
        Assert.Contains("  tenantId: \"abababab-2222-3333-4444-555555555555\"\n", rendered.Output, StringComparison.Ordinal);
    }

    public static TheoryData<string> RenderedValues =>
        [.. Directory.GetFiles(Path.Combine(KitFolder.Root, "tests", "IssuerGateway.Tests", "Ctl", "Parties", "golden"), "*.values.yaml").Select(file => Path.GetFileName(file))];

    [Theory] // issuerctl trust render PARTY --format values
    [MemberData(nameof(RenderedValues))]
    public void Values_that_issuerctl_renders_are_those_of_the_chart(string file)
    {
        foreach (string helm in Helm.Versions)
        {
            Command command = Helm.Template(helm, RenderedChart.Identity, "--set", "apiVersion=v1", "--values", Path.Combine(KitFolder.Root, "tests", "IssuerGateway.Tests", "Ctl", "Parties", "golden", file));

            Assert.True(command.ExitCode == 0, command.Transcript);
            Assert.DoesNotContain("helm.sh/hook", command.Output, StringComparison.Ordinal);
        }
    }

    [Theory] // helm test exchanges the token of the workload at the party
    [MemberData(nameof(RenderedValues))]
    public void The_pod_of_helm_test_runs_issuerctl_with_the_workload_s_token(string file)
    {
        string path = Path.Combine(KitFolder.Root, "tests", "IssuerGateway.Tests", "Ctl", "Parties", "golden", file), party = file.Split('.')[0];
        JsonObject pod = Read(Helm.Template(Helm.Four, RenderedChart.Identity, "--set", "apiVersion=v1", "--values", path, "--set", "tests.enabled=true,tests.image.repository=registry.example.com/issuerctl"))
            .Single(each => each.Kind() == "Pod");

        Assert.Equal("apps", pod.Namespace());
        Assert.Equal("test", (string)pod.At("metadata/annotations")!["helm.sh/hook"]!);
        Assert.Equal("shop", (string)pod.At("spec/serviceAccountName")!);
        Assert.Equal("registry.example.com/issuerctl:0.1.0", (string)pod.At("spec/containers/0/image")!);
        Assert.Equal(["trust", "test", party, "--token", "/var/run/secrets/trust-test/token"], pod.Texts("spec/containers/0/args").Take(5));
        Assert.NotEqual("", (string)pod.At("spec/volumes/0/projected/sources/0/serviceAccountToken/audience")!);

        // issuerctl knows each of the options: what is missing is the token alone.
        Command run = CtlProgram.Run([.. pod.Texts("spec/containers/0/args")]);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("error: --token: /var/run/secrets/trust-test/token does not exist", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n'), line => line.StartsWith("error: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Notes_say_what_to_restart_and_end_with_a_pod_to_try()
    {
        foreach (string helm in Helm.Versions)
        {
            string notes = Helm.Notes(helm, RenderedChart.Identity, RenderedChart.ValuesFile(RenderedChart.Identity, "v1beta1"));

            Assert.Contains("kubectl get pods -A -l issuer-gateway.io/sign-in=entra -o", notes, StringComparison.Ordinal);
            Assert.Contains("kubectl get --raw /apis/admissionregistration.k8s.io/v1beta1", notes, StringComparison.Ordinal);
            Assert.Contains("After `helm uninstall` running pods keep their tokens", notes, StringComparison.Ordinal);
            Assert.Contains("The sign-in goes too: new pods with the label start without the proxy", notes, StringComparison.Ordinal);
            Assert.Contains("--reset-then-reuse-values --set apiVersion=v1", notes, StringComparison.Ordinal);
            Assert.EndsWith("--labels=azure.workload.identity/use=true --port=8080 --dry-run=server -o yaml", notes.TrimEnd(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_pod_to_try_has_the_audience_that_a_plain_token_needs()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, """{"apiVersion": "v1", "azure": {"enabled": false}, "token": {"enabled": true}}""");

            string notes = Helm.Notes(Helm.Four, RenderedChart.Identity, file);

            Assert.EndsWith("--labels=issuer-gateway.io/token=true --annotations=issuer-gateway.io/token-audience=AUDIENCE --port=8080 --dry-run=server -o yaml", notes.TrimEnd(), StringComparison.Ordinal);
            Assert.DoesNotContain("The sign-in goes too", notes, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static IEnumerable<JsonObject> Policies(string set) =>
        RenderedChart.Of(RenderedChart.Identity, set).Objects.Where(each => each.Kind() is "MutatingAdmissionPolicy" or "ValidatingAdmissionPolicy");

    private static JsonObject Sidecar(JsonNode pod) => pod.Each("initContainers").Single(each => (string)each["name"]! == "oauth2-proxy").AsObject();

    private static JsonNode Admitted(JsonObject configMap, int port)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, RenderedChart.Of(RenderedChart.Identity, "v1").TextByHelm4);
            JsonObject given = new()
            {
                ["namespace"] = "apps",
                ["configMaps"] = new JsonObject { ["oauth2-proxy"] = configMap },
                ["object"] = JsonNode.Parse($$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"shop","labels":{"issuer-gateway.io/sign-in":"entra"}},"spec":{"containers":[{"name":"app","image":"app:1","ports":[{"containerPort":{{{port}}}}]}]}}"""),
            };
            Command run = Command.Run("node", Path.Combine(KitFolder.Root, "tests", "tools", "admission", "admit.mjs"), file, given.ToJsonString());
            Assert.True(run.ExitCode == 0, run.Transcript);
            JsonNode result = JsonNode.Parse(run.Output)!;
            Assert.Empty(result.Texts("denials"));
            return result.At("object/spec")!;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static IReadOnlyList<JsonObject> Read(Command rendered)
    {
        Assert.True(rendered.ExitCode == 0, rendered.Transcript);
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, rendered.Output);
            return KubernetesSchemas.Validate(file).Objects;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
