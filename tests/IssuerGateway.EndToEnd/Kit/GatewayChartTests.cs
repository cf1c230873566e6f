using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>charts/issuer-gateway: what it exposes, what it may do, and what it passes to the gateway.</summary>
public sealed class GatewayChartTests
{
    [Fact]
    public void An_HTTPRoute_exposes_the_exact_paths_of_each_host_and_nothing_else()
    {
        JsonObject[] routes = [.. RenderedChart.Of(RenderedChart.Gateway, "httproute").Objects.Where(each => each.Kind() == "HTTPRoute")];

        Assert.Equal(
            [
                "oidc.example.com: Exact /.well-known/openid-configuration, Exact /openid/v1/jwks, Exact /clusters/a/.well-known/openid-configuration, Exact /clusters/a/openid/v1/jwks",
                "oidc.example.org: Exact /.well-known/openid-configuration, Exact /openid/v1/jwks",
            ],
            routes.Select(route => $"{string.Join(" ", route.Texts("spec/hostnames"))}: {string.Join(", ", route.Each("spec/rules").SelectMany(rule => rule.Each("matches")).Select(match => $"{match.At("path/type")} {match.At("path/value")}"))}"));
        Assert.All(routes, route => Assert.Equal("""[{"name":"public","namespace":"gateways"},{"name":"internal"}]""", route.At("spec/parentRefs")!.ToJsonString()));
        Assert.All(routes.SelectMany(route => route.Each("spec/rules")), rule => Assert.Equal("""[{"name":"rel-issuer-gateway","port":80}]""", rule["backendRefs"]!.ToJsonString()));
    }

    [Fact]
    public void An_Ingress_exposes_the_exact_paths_and_nothing_else()
    {
        JsonNode ingress = RenderedChart.Of(RenderedChart.Gateway, "ingress").One("Ingress")["spec"]!;

        Assert.Equal(
            ["Exact /clusters/a/.well-known/openid-configuration http", "Exact /clusters/a/openid/v1/jwks http"],
            ingress.Each("rules/0/http/paths").Select(path => $"{path["pathType"]} {path["path"]} {path.At("backend/service/port/name")}"));
        Assert.Equal("""[{"hosts":["oidc.example.com"],"secretName":"oidc-example-com"}]""", ingress["tls"]!.ToJsonString());
    }

    [Fact]
    public void A_TLSRoute_passes_through_and_only_the_challenge_path_is_open_on_port_80()
    {
        RenderedChart rendered = RenderedChart.Of(RenderedChart.Gateway, "tlsroute-http01");

        Assert.Equal("""[{"backendRefs":[{"name":"rel-issuer-gateway","port":443}]}]""", rendered.One("TLSRoute").At("spec/rules")!.ToJsonString());
        Assert.Equal("gateway.networking.k8s.io/v1", (string)rendered.One("TLSRoute")["apiVersion"]!);
        Assert.Equal("""[{"path":{"type":"PathPrefix","value":"/.well-known/acme-challenge/"}}]""", rendered.One("HTTPRoute").At("spec/rules/0/matches")!.ToJsonString());
    }

    [Fact]
    public void Previous_identifiers_are_routed_too()
    {
        Command command = Helm.Template(Helm.Four, RenderedChart.Gateway, "--values", RenderedChart.ValuesFile(RenderedChart.Gateway, "previous-identifiers"),
            "--set", "tls.mode=none,httpRoute.enabled=true,httpRoute.parentRefs[0].name=a");

        Assert.Contains("value: \"/cluster-a/openid/v1/jwks\"", command.Output, StringComparison.Ordinal);
        Assert.Contains("- \"old.example.com\"", command.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("loadbalancer-acme", "LoadBalancer", "Local")]
    [InlineData("tlsroute-http01", "ClusterIP", "")]
    [InlineData("httproute", "ClusterIP", "")]
    [InlineData("ingress", "ClusterIP", "")]
    [InlineData("hostports", "ClusterIP", "")]
    [InlineData("everything-else", "NodePort", "Cluster")]
    public void The_Service_follows_the_way_in(string set, string type, string policy)
    {
        JsonNode service = RenderedChart.Of(RenderedChart.Gateway, set).One("Service")["spec"]!;

        Assert.Equal(type, (string)service["type"]!);
        Assert.Equal(policy, (string?)service["externalTrafficPolicy"] ?? "");
    }

    [Fact]
    public void The_ports_of_the_node_lead_to_unprivileged_ports_of_the_pod()
    {
        JsonObject daemonSet = RenderedChart.Of(RenderedChart.Gateway, "hostports").One("DaemonSet");

        Assert.Equal("""[{"name":"https","containerPort":8443,"hostPort":443},{"name":"http","containerPort":8080,"hostPort":80},{"name":"operations","containerPort":9090}]""",
            daemonSet.PodSpec().At("containers/0/ports")!.ToJsonString());
        Assert.Equal("""{"rollingUpdate":{"maxUnavailable":1},"type":"RollingUpdate"}""", daemonSet.At("spec/updateStrategy")!.ToJsonString());
    }

    [Fact]
    public void The_access_is_the_least_that_ACME_in_the_cluster_needs() => Assert.Equal(
        [
            "ClusterRoleBinding ns.rel-issuer-gateway-discovery: ClusterRole system:service-account-issuer-discovery",
            "Role default/ns.rel-issuer-gateway-servers: list endpointslices",
            "Role ns/rel-issuer-gateway-acme: get,update secrets rel-issuer-gateway-acme,rel-issuer-gateway-tls-oidc.example.com; get,update leases rel-issuer-gateway-acme",
            $"Role ns/rel-issuer-gateway-documents: get,update secrets {StateSecret("https://oidc.example.com")}",
        ],
        AccessOf("loadbalancer-acme"));

    [Theory]
    [MemberData(nameof(RenderedChart.Sets), MemberType = typeof(RenderedChart))]
    public void No_role_creates_lists_or_deletes_anything_but_lists_EndpointSlices(string chart, string set) => Assert.Empty(
        from role in RenderedChart.Of(chart, set).Objects
        where role.Kind() is "Role" or "ClusterRole"
        from rule in role.Each("rules")
        where rule.Texts("verbs").Except(["get", "update"]).Any() || rule.Texts("resourceNames").Count == 0
        where Rule(rule) != "list endpointslices"
        select $"{role.Name()}: {Rule(rule)}");

    [Fact]
    public void The_chart_creates_exactly_what_the_gateway_may_update_empty_and_kept()
    {
        RenderedChart rendered = RenderedChart.Of(RenderedChart.Gateway, "acme-full");
        JsonNode[] rules = [.. rendered.One("Role", "rel-issuer-gateway-acme").Each("rules"), .. rendered.One("Role", "rel-issuer-gateway-documents").Each("rules")];
        JsonObject[] kept = [.. rendered.Objects.Where(each => each.Kind() is "Secret" or "Lease")];

        Assert.Equal(rules[0].Texts("resourceNames").Concat(rules[2].Texts("resourceNames")), kept.Where(each => each.Kind() == "Secret").Select(each => each.Name()));
        Assert.Equal(rules[1].Texts("resourceNames"), kept.Where(each => each.Kind() == "Lease").Select(each => each.Name()));
        Assert.All(kept, each =>
        {
            // A member that the template names is set back by each upgrade.
            Assert.Equal(["apiVersion", "kind", "metadata"], each.Select(member => member.Key));
            Assert.Equal("keep", (string?)each.At("metadata/annotations")!["helm.sh/resource-policy"]);
        });
    }

    [Theory]
    [InlineData("httproute")]
    [InlineData("tlsroute-secret")]
    public void Without_ACME_there_is_access_to_no_Secret_but_those_of_the_documents(string set) => Assert.Equal(
        [
            "ClusterRoleBinding ns.rel-issuer-gateway-discovery: ClusterRole system:service-account-issuer-discovery",
            "Role default/ns.rel-issuer-gateway-servers: list endpointslices",
            $"Role ns/rel-issuer-gateway-documents: get,update secrets {string.Join(',', RenderedChart.Of(RenderedChart.Gateway, set).Objects.Where(each => each.Kind() == "Secret").Select(each => each.Name()))}",
        ],
        AccessOf(set));

    /// <summary>The name that the gateway makes of StateSecret:Prefix (Publishing/StateFile.KeyOf).</summary>
    private static string StateSecret(string identifier) =>
        $"rel-issuer-gateway-documents-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(identifier)))[..16]}";

    [Theory]
    [InlineData("kubeconfig-only")]
    [InlineData("minimal-access")]
    public void Where_nothing_is_needed_nothing_is_given(string set) => Assert.Empty(AccessOf(set));

    [Theory]
    [MemberData(nameof(RenderedChart.Sets), MemberType = typeof(RenderedChart))]
    public void Where_a_role_lets_the_gateway_update_anything_there_is_a_policy_for_it(string chart, string set)
    {
        IReadOnlyList<JsonObject> objects = RenderedChart.Of(chart, set).Objects;
        string[] updated = [.. Resources(objects.Where(each => each.Kind() == "Role").SelectMany(role => role.Each("rules")).Where(rule => rule.Texts("verbs").Contains("update")))];
        string[] held = [.. Resources(objects.Where(each => each.Kind() == "ValidatingAdmissionPolicy").SelectMany(policy => policy.Each("spec/matchConstraints/resourceRules")))];

        Assert.Empty(updated.Except(held));

        static IEnumerable<string> Resources(IEnumerable<JsonNode> rules) => rules.Select(rule => $"{string.Join(",", rule.Texts("apiGroups"))} {string.Join(",", rule.Texts("resources"))}");
    }

    // Argo CD and `helm install --take-ownership` replace what another release made, and the policy of that one is gone.
    [Fact]
    public void No_two_releases_share_an_object_outside_their_namespaces()
    {
        string[] first = Outside("prod", "issuer-gateway");
        string[] second = Outside("issuer-gateway", "issuer-gateway-prod");

        Assert.Equal(5, first.Length);
        Assert.Empty(first.Intersect(second));

        static string[] Outside(string release, string space)
        {
            Command run = Command.Run(KitFolder.Tool(Helm.Four), "template", release, Path.Combine(KitFolder.Charts, RenderedChart.Gateway), "--namespace", space,
                "--values", RenderedChart.ValuesFile(RenderedChart.Gateway, "loadbalancer-acme"));
            Assert.True(run.ExitCode == 0, run.Transcript);
            return [.. run.Output.Split("\n---\n").Where(each => !each.Contains($"\n  namespace: \"{space}\"", StringComparison.Ordinal))
                .Select(each => string.Join(' ', each.Split('\n').Where(line => line.StartsWith("kind: ", StringComparison.Ordinal) || line.StartsWith("  name: ", StringComparison.Ordinal))))
                .Where(each => each.Length > 0)];
        }
    }

    [Fact]
    public void The_policy_denies_in_the_namespace_of_the_release_and_where_it_cannot_be_evaluated()
    {
        RenderedChart chart = RenderedChart.Of(RenderedChart.Gateway, "loadbalancer-acme");
        JsonNode policy = chart.One("ValidatingAdmissionPolicy")["spec"]!;

        Assert.Equal("Fail", (string?)policy["failurePolicy"]);
        Assert.Equal("""{"matchLabels":{"kubernetes.io/metadata.name":"ns"}}""", policy.At("matchConstraints/namespaceSelector")!.ToJsonString());
        Assert.All(policy.Each("matchConstraints/resourceRules"), rule => Assert.Equal(["UPDATE"], rule.Texts("operations")));
        Assert.Equal("""{"policyName":"ns.rel-issuer-gateway-writes","validationActions":["Deny"]}""", chart.One("ValidatingAdmissionPolicyBinding")["spec"]!.ToJsonString());
    }

    [Theory]
    [InlineData("serviceAccount.create=false,serviceAccount.name=given", "given")]
    [InlineData("serviceAccount.create=false,rbac.create=false", "default")]
    [InlineData("fullnameOverride=a.b", "a.b")]
    public void The_policy_is_about_the_ServiceAccount_of_the_pod(string values, string account)
    {
        Command rendered = Helm.Template(Helm.Four, RenderedChart.Gateway, "--values", RenderedChart.ValuesFile(RenderedChart.Gateway, "loadbalancer-acme"), "--set", values);

        Assert.Contains($"request.userInfo.username == \\\"system:serviceaccount:ns:{account}\\\"", rendered.Output, StringComparison.Ordinal);
        Assert.Contains($"serviceAccountName: \"{account}\"", rendered.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rbac.admissionPolicy=false")]
    [InlineData("tls.mode=none,state.secret=false")]
    public void Without_the_value_or_without_Secrets_there_is_no_policy(string values) => Assert.DoesNotContain("AdmissionPolicy",
        Helm.Template(Helm.Four, RenderedChart.Gateway, "--values", RenderedChart.ValuesFile(RenderedChart.Gateway, "loadbalancer-acme"), "--set", values).Output, StringComparison.Ordinal);

    [Fact]
    public void A_gateway_of_another_cluster_has_no_token_of_this_one() =>
        Assert.Equal(["config", "run", "state", "upstream-0"], RenderedChart.Of(RenderedChart.Gateway, "kubeconfig-only").One("Deployment").PodSpec().Each("volumes").Select(volume => (string)volume["name"]!));

    [Fact]
    public void A_hub_may_read_and_update_the_Secrets_of_its_documents_and_nothing_else()
    {
        RenderedChart chart = RenderedChart.Of(RenderedChart.Gateway, "hub");

        Assert.Contains("kubernetes-api", chart.One("Deployment").PodSpec().Each("volumes").Select(volume => (string)volume["name"]!));
        Assert.Equal([$"Role ns/rel-issuer-gateway-documents: get,update secrets {chart.One("Secret").Name()}"], AccessOf("hub"));
        Assert.StartsWith("rel-issuer-gateway-documents-", chart.One("Secret").Name(), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_releases_never_share_an_object_outside_their_namespace()
    {
        string[] names = [.. ((string[])["one", "two"]).Select(space =>
        {
            Command command = Command.Run(KitFolder.Tool(Helm.Four), "template", "rel", Path.Combine(KitFolder.Charts, RenderedChart.Gateway), "--namespace", space,
                "--values", RenderedChart.ValuesFile(RenderedChart.Gateway, "httproute"), "--show-only", "templates/rbac.yaml");
            return command.Output.Split('\n').First(line => line.StartsWith("  name: ", StringComparison.Ordinal));
        })];

        Assert.Equal(["  name: \"one.rel-issuer-gateway-discovery\"", "  name: \"two.rel-issuer-gateway-discovery\""], names);
    }

    [Fact]
    public void The_canary_is_a_token_of_its_own_audience_that_lives_ten_minutes()
    {
        JsonNode pod = RenderedChart.Of(RenderedChart.Gateway, "loadbalancer-acme").One("Deployment").PodSpec()!;

        Assert.Equal("""{"sources":[{"serviceAccountToken":{"path":"token","audience":"issuer-gateway-canary","expirationSeconds":600}}]}""",
            pod.Each("volumes").Single(volume => (string)volume["name"]! == "canary")["projected"]!.ToJsonString());
    }

    [Theory]
    [InlineData("persistent", "persistentVolumeClaim", "rel-issuer-gateway")]
    [InlineData("shared-claim", "persistentVolumeClaim", "gateway-state")]
    [InlineData("loadbalancer-acme", "emptyDir", "")]
    public void State_is_kept_where_the_values_say(string set, string kind, string claim)
    {
        JsonNode volume = RenderedChart.Of(RenderedChart.Gateway, set).One("Deployment").PodSpec().Each("volumes").Single(each => (string)each["name"]! == "state");

        Assert.Equal(claim, (string?)volume[kind].At("claimName") ?? "");
    }

    [Fact]
    public void The_NetworkPolicy_admits_the_edge_from_anywhere_and_metrics_from_monitoring_only()
    {
        JsonNode policy = RenderedChart.Of(RenderedChart.Gateway, "service-monitor").One("NetworkPolicy")["spec"]!;

        Assert.Equal("""[{"ports":[{"port":"https"},{"port":"http"}]},{"from":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"observability"}}}],"ports":[{"port":"operations"}]}]""",
            policy["ingress"]!.ToJsonString());
        Assert.Equal(
            [
                """{"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}]}""",
                """{"ports":[{"port":6443}],"to":[{"ipBlock":{"cidr":"10.0.0.11/32"}},{"ipBlock":{"cidr":"10.0.0.12/32"}},{"ipBlock":{"cidr":"2001:db8::13/128"}}]}""",
                """{"ports":[{"port":443}]}""",
                """{"ports":[{"port":3128}],"to":[{"ipBlock":{"cidr":"192.0.2.0/24"}}]}""",
            ],
            policy.Each("egress").Select(rule => rule.ToJsonString()));
    }

    [Fact]
    public void The_pod_knows_its_name_and_has_a_folder_of_its_own_for_the_command_socket()
    {
        JsonNode container = RenderedChart.Of(RenderedChart.Gateway, "loadbalancer-acme").One("Deployment").PodSpec().Each("containers").Single();

        Assert.Equal("metadata.name", (string)container.Each("env").Single(variable => (string)variable["name"]! == "POD_NAME")["valueFrom"]!["fieldRef"]!["fieldPath"]!);
        Assert.Equal("run", (string)container.Each("volumeMounts").Single(mount => (string)mount["mountPath"]! == "/run/issuer-gateway")["name"]!);
    }

    [Theory]
    [InlineData("loadbalancer-acme", 35)] // 5 s + 20 s + 10 s
    [InlineData("everything-else", 80)] // 10 s + 1 min + 10 s
    [InlineData("openshift", 75)] // 5 s + 1 min of extraConfig + 10 s
    public void The_pod_is_not_killed_while_it_drains(string set, int seconds) =>
        Assert.Equal(seconds, (int)RenderedChart.Of(RenderedChart.Gateway, set).One("Deployment").PodSpec()!["terminationGracePeriodSeconds"]!);

    [Fact]
    public void The_token_of_the_Kubernetes_API_lives_ten_minutes() => Assert.Equal(
        600,
        (int)RenderedChart.Of(RenderedChart.Gateway, "loadbalancer-acme").One("Deployment").PodSpec().Each("volumes").Single(volume => (string)volume["name"]! == "kubernetes-api")
            .At("projected/sources/0/serviceAccountToken/expirationSeconds")!);

    [Fact]
    public void The_image_is_named_by_tag_and_digest() => Assert.Equal(
        "registry.example.com/issuer-gateway:0.1.0@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        (string)RenderedChart.Of(RenderedChart.Gateway, "acme-full").One("Deployment").PodSpec().At("containers/0/image")!);

    [Fact]
    public void Extra_objects_are_templates() => Assert.Equal(
        ["extra", "rel-extra"],
        RenderedChart.Of(RenderedChart.Gateway, "everything-else").Objects.Where(each => each.Kind() == "ConfigMap").Select(each => each.Name()).Where(name => name != "oidc"));

    [Fact]
    public void The_test_checks_each_issuer()
    {
        JsonObject pod = RenderedChart.Of(RenderedChart.Gateway, "httproute").One("Pod");

        Assert.Equal(
            ["check https://oidc.example.com", "check https://oidc.example.com/clusters/a", "check https://oidc.example.org"],
            pod.Each("spec/containers").Select(container => string.Join(" ", container.Texts("args"))));
    }

    private static IEnumerable<string> AccessOf(string set) => RenderedChart.Of(RenderedChart.Gateway, set).Objects.Select(each => each.Kind() switch
    {
        "ClusterRoleBinding" => $"ClusterRoleBinding {each.Name()}: {each.At("roleRef/kind")} {each.At("roleRef/name")}",
        "ClusterRole" => $"ClusterRole {each.Name()}",
        "Role" => $"Role {each.Namespace()}/{each.Name()}: {string.Join("; ", each.Each("rules").Select(Rule))}",
        _ => null,
    }).OfType<string>();

    private static string Rule(JsonNode rule) =>
        $"{string.Join(",", rule.Texts("verbs"))} {string.Join(",", rule.Texts("resources"))} {string.Join(",", rule.Texts("resourceNames"))}".TrimEnd();
}
