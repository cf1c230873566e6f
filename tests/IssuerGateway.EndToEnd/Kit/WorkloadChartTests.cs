using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>charts/oauth2-proxy-workload: the workload of the post without what the post gets wrong.</summary>
public sealed class WorkloadChartTests
{
    [Fact]
    public void The_proxy_is_a_native_sidecar_with_all_three_probes()
    {
        JsonNode proxy = Pod("httproute").Each("initContainers").Single(each => (string)each["name"]! == "oauth2-proxy");

        Assert.Equal("Always", (string)proxy["restartPolicy"]!);
        Assert.Equal("/ready", (string)proxy.At("startupProbe/httpGet/path")!);
        Assert.Equal("/ready", (string)proxy.At("readinessProbe/httpGet/path")!);
        Assert.Equal("/ping", (string)proxy.At("livenessProbe/httpGet/path")!);
        Assert.Equal("quay.io/oauth2-proxy/oauth2-proxy:v7.15.6", (string)proxy["image"]!);
    }

    [Fact]
    public void Only_the_proxy_has_the_projected_token_and_its_audience_is_that_of_Entra()
    {
        JsonObject pod = Pod("httproute");

        Assert.Equal(
            """{"name":"azure-token","projected":{"sources":[{"serviceAccountToken":{"path":"token","audience":"api://AzureADTokenExchange","expirationSeconds":3600}}]}}""",
            pod.At("volumes/0")!.ToJsonString());
        Assert.All(pod.Each("containers"), container => Assert.DoesNotContain(container.Each("volumeMounts"), mount => (string)mount["name"]! == "azure-token"));
        Assert.All(pod.AllContainers().SelectMany(container => container.Each("volumeMounts")), mount => Assert.Null(mount["subPath"]));
        Assert.Equal("/var/run/secrets/azure/token", (string)Proxy(pod).Each("env").Single(each => (string)each["name"]! == "AZURE_FEDERATED_TOKEN_FILE")["value"]!);
    }

    [Theory]
    [InlineData("httproute", "azure-demo-cookie", "cookie-secret")]
    [InlineData("any-tenant-user", "azure-demo-cookie", "secret")]
    [InlineData("ingress", "rel-cookie", "cookie-secret")]
    public void The_cookie_secret_comes_from_a_Secret(string set, string name, string key)
    {
        JsonNode reference = Proxy(Pod(set)).Each("env").Single(each => (string)each["name"]! == "OAUTH2_PROXY_COOKIE_SECRET").At("valueFrom/secretKeyRef")!;

        Assert.Equal((name, key), ((string)reference["name"]!, (string)reference["key"]!));
    }

    [Fact]
    public void A_given_cookie_secret_becomes_a_Secret_whose_change_replaces_the_pods()
    {
        RenderedChart rendered = RenderedChart.Of(RenderedChart.Workload, "ingress");

        Assert.Equal("Zx3vQ9sT1uW5yB7dF0hK2mN4pR6tV8xA"u8.ToArray(), Convert.FromBase64String((string)rendered.One("Secret").At("data/cookie-secret")!));
        Assert.NotNull(rendered.One("Deployment").At("spec/template/metadata/annotations")!["checksum/cookie-secret"]);
        Assert.DoesNotContain("Zx3vQ9sT1uW5yB7dF0hK2mN4pR6tV8xA", rendered.TextByHelm4, StringComparison.Ordinal);
    }

    [Fact]
    public void No_set_has_a_Secret_that_was_not_given() =>
        Assert.Equal(["everything-else", "ingress"], RenderedChart.All.Where(each => each.Chart == RenderedChart.Workload && each.Objects.Any(part => part.Kind() == "Secret")).Select(each => each.Set));

    [Fact]
    public void The_demo_listens_on_loopback_only_and_is_probed_by_exec()
    {
        RenderedChart rendered = RenderedChart.Of(RenderedChart.Workload, "httproute");
        JsonNode app = rendered.One("Deployment").PodSpec()!.At("containers/0")!;

        Assert.Contains("listen 127.0.0.1:8080;", (string)rendered.One("ConfigMap").At("data")!["nginx.conf"]!, StringComparison.Ordinal);
        Assert.Null(app["ports"]);
        Assert.NotNull(app.At("startupProbe/exec"));
        Assert.NotNull(app.At("livenessProbe/exec"));
        Assert.Equal(65532, (int)app.At("securityContext/runAsUser")!);
    }

    [Fact]
    public void An_app_of_ones_own_takes_the_place_of_the_demo()
    {
        RenderedChart rendered = RenderedChart.Of(RenderedChart.Workload, "own-app");
        JsonNode app = rendered.One("Deployment").PodSpec()!.At("containers/0")!;

        Assert.Equal("registry.example.com/shop@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", (string)app["image"]!);
        Assert.Equal(["--listen", "127.0.0.1:3000"], app.Texts("args"));
        Assert.NotNull(app.At("startupProbe/exec"));
        Assert.DoesNotContain(rendered.Objects, each => each.Kind() == "ConfigMap");
    }

    [Fact]
    public void The_app_sleeps_before_it_ends_so_that_no_request_is_lost()
    {
        Assert.Equal(10, (int)Pod("httproute").At("containers/0/lifecycle/preStop/sleep/seconds")!);
        Assert.Equal(20, (int)Pod("everything-else").At("containers/0/lifecycle/preStop/sleep/seconds")!);
    }

    [Fact]
    public void Only_the_port_of_the_proxy_is_admitted()
    {
        Assert.Equal("""{"podSelector":{"matchLabels":{"app.kubernetes.io/name":"oauth2-proxy-workload","app.kubernetes.io/instance":"rel"}},"policyTypes":["Ingress"],"ingress":[{"ports":[{"port":4180}]}]}""",
            RenderedChart.Of(RenderedChart.Workload, "httproute").One("NetworkPolicy")["spec"]!.ToJsonString());
        Assert.Equal("""[{"ports":[{"port":4180}]},{"from":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"observability"}}}],"ports":[{"port":44180}]}]""",
            RenderedChart.Of(RenderedChart.Workload, "monitoring").One("NetworkPolicy").At("spec/ingress")!.ToJsonString());
    }

    [Fact]
    public void Egress_is_limited_on_wish()
    {
        JsonNode policy = RenderedChart.Of(RenderedChart.Workload, "redis").One("NetworkPolicy")["spec"]!;

        Assert.Equal(["Ingress", "Egress"], policy.Texts("policyTypes"));
        Assert.Equal("53 53 443 6380 5432", string.Join(" ", policy.Each("egress").SelectMany(rule => rule.Each("ports")).Select(port => port["port"])));
    }

    [Fact]
    public void The_route_has_full_parents_and_timeouts()
    {
        JsonNode route = RenderedChart.Of(RenderedChart.Workload, "httproute").One("HTTPRoute")["spec"]!;

        Assert.Equal("""[{"name":"public","namespace":"gateways","sectionName":"https"},{"name":"internal","port":443}]""", route["parentRefs"]!.ToJsonString());
        Assert.Equal(["app.example.com"], route.Texts("hostnames"));
        Assert.Equal("""{"backendRequest":"30s","request":"60s"}""", route.At("rules/0/timeouts")!.ToJsonString());
    }

    [Theory]
    [InlineData("httproute", """[{"requestHeaderModifier":{"remove":["X-Forwarded-Uri","X-Real-IP"]},"type":"RequestHeaderModifier"}]""")]
    [InlineData("everything-else", """[{"responseHeaderModifier":{"set":[{"name":"Strict-Transport-Security","value":"max-age=31536000"}]},"type":"ResponseHeaderModifier"},{"requestHeaderModifier":{"remove":["X-Debug","X-Forwarded-Uri","X-Real-IP"]},"type":"RequestHeaderModifier"}]""")]
    public void The_route_removes_the_headers_by_which_a_client_could_skip_the_sign_in(string set, string filters) =>
        Assert.Equal(filters, RenderedChart.Of(RenderedChart.Workload, set).One("HTTPRoute", "rel" + (set == "httproute" ? "" : "-shop")).At("spec/rules/0/filters")!.ToJsonString());

    [Fact]
    public void Plain_http_is_redirected_to_the_host()
    {
        JsonNode route = RenderedChart.Of(RenderedChart.Workload, "everything-else").One("HTTPRoute", "rel-shop-plain-http")["spec"]!;

        Assert.Equal(["app.example.com"], route.Texts("hostnames"));
        Assert.Equal("""[{"filters":[{"type":"RequestRedirect","requestRedirect":{"scheme":"https","statusCode":301}}]}]""", route["rules"]!.ToJsonString());
    }

    [Fact]
    public void An_ingress_of_nginx_has_buffers_for_the_session_cookie() => Assert.Equal(
        """{"nginx.ingress.kubernetes.io/proxy-buffer-size":"16k"}""",
        RenderedChart.Of(RenderedChart.Workload, "ingress").One("Ingress").At("metadata/annotations")!.ToJsonString());

    [Fact]
    public void Forward_auth_is_the_proxy_alone()
    {
        RenderedChart rendered = RenderedChart.Of(RenderedChart.Workload, "forward-auth");
        JsonObject pod = rendered.One("Deployment").PodSpec()!;

        Assert.Equal(["config-test"], pod.Each("initContainers").Select(each => (string)each["name"]!));
        Assert.Equal(["oauth2-proxy"], pod.Each("containers").Select(each => (string)each["name"]!));
        Assert.Equal(10, (int)pod.At("containers/0/lifecycle/preStop/sleep/seconds")!);
        Assert.DoesNotContain(rendered.Objects, each => each.Kind() == "ConfigMap");
    }

    [Fact]
    public void What_users_of_the_official_chart_look_for_is_there()
    {
        RenderedChart rendered = RenderedChart.Of(RenderedChart.Workload, "everything-else");
        JsonObject pod = rendered.One("Deployment").PodSpec()!;

        Assert.Equal("gvisor", (string)pod["runtimeClassName"]!);
        Assert.Equal("""[{"hostnames":["legacy.example.com"],"ip":"192.0.2.10"}]""", pod["hostAliases"]!.ToJsonString());
        Assert.Equal("""{"options":[{"name":"ndots","value":"1"}]}""", pod["dnsConfig"]!.ToJsonString());
        Assert.Equal("""{"postStart":{"exec":{"command":["/shop","warm-up"]}},"preStop":{"sleep":{"seconds":20}}}""", pod.At("containers/0/lifecycle")!.ToJsonString());
        Assert.Equal("""[{"configMapRef":{"name":"proxy-environment"}}]""", Proxy(pod)["envFrom"]!.ToJsonString());
        Assert.Equal(["80", "9000"], rendered.One("Service").Each("spec/ports").Select(port => port["port"]!.ToString()));
        Assert.Equal("9000", rendered.One("NetworkPolicy").At("spec/ingress/1/ports/0/port")!.ToString());
        Assert.Equal((2, 8), ((int)rendered.One("HorizontalPodAutoscaler").At("spec/minReplicas")!, (int)rendered.One("HorizontalPodAutoscaler").At("spec/maxReplicas")!));
        Assert.Null(rendered.One("Deployment").At("spec/replicas"));
    }

    [Fact]
    public void The_test_rehearses_the_exchange_as_the_workload()
    {
        JsonObject pod = RenderedChart.Of(RenderedChart.Workload, "exchange-test").One("Pod");

        Assert.Equal("rel", (string)pod.At("spec/serviceAccountName")!);
        Assert.Equal(
            [
                "check", "https://oidc.example.com", "--token", "/var/run/secrets/azure/token", "--audience", "api://AzureADTokenExchange",
                "--subject", "system:serviceaccount:ns:rel", "--exchange", "--tenant", "11111111-2222-3333-4444-555555555555",
                "--client-id", "66666666-7777-8888-9999-000000000000", "--timeout", "60s",
            ],
            pod.Texts("spec/containers/0/args"));
    }

    [Theory]
    [InlineData("httproute", true)]
    [InlineData("existing-account", false)]
    public void A_budget_keeps_replicas_only_where_there_are_several(string set, bool expected) =>
        Assert.Equal(expected, RenderedChart.Of(RenderedChart.Workload, set).Objects.Any(each => each.Kind() == "PodDisruptionBudget"));

    private static JsonObject Pod(string set) => RenderedChart.Of(RenderedChart.Workload, set).One("Deployment").PodSpec()!;

    private static JsonObject Proxy(JsonObject pod) => pod.AllContainers().Single(each => (string)each["name"]! == "oauth2-proxy");
}
