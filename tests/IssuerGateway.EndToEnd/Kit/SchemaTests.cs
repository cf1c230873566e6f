using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>The closed schemas of both charts: a typo or a wrong type is rejected by its name.</summary>
public sealed class SchemaTests
{
    [Theory]
    [InlineData(RenderedChart.Gateway, "replicaz=2", "(root): Additional property replicaz is not allowed", "at '': additional properties 'replicaz' not allowed")]
    [InlineData(RenderedChart.Gateway, "service.tpye=ClusterIP", "service: Additional property tpye is not allowed", "at '/service': additional properties 'tpye' not allowed")]
    [InlineData(RenderedChart.Gateway, "issuers[0].identifer=a", "issuers.0: Additional property identifer is not allowed", "at '/issuers/0': additional properties 'identifer' not allowed")]
    [InlineData(RenderedChart.Gateway, "issuers[0].upstream.server=a", "issuers.0.upstream: Additional property server is not allowed", "at '/issuers/0/upstream': additional properties 'server' not allowed")]
    [InlineData(RenderedChart.Gateway, "tls.acme.acceptTerm=true", "tls.acme: Additional property acceptTerm is not allowed", "at '/tls/acme': additional properties 'acceptTerm' not allowed")]
    [InlineData(RenderedChart.Gateway, "resources.limit.memory=1Gi", "resources: Additional property limit is not allowed", "at '/resources': additional properties 'limit' not allowed")]
    [InlineData(RenderedChart.Gateway, "probes.liveness.periodSecond=1", "probes.liveness: Additional property periodSecond is not allowed", "at '/probes/liveness': additional properties 'periodSecond' not allowed")]
    [InlineData(RenderedChart.Gateway, "tlsRoute.parentRefs[0].nam=a", "tlsRoute.parentRefs.0: Additional property nam is not allowed", "at '/tlsRoute/parentRefs/0': additional properties 'nam' not allowed")]
    [InlineData(RenderedChart.Gateway, "tls.mode=letsencrypt", "tls.mode must be one of the following: \"acme\", \"secret\", \"none\"", "at '/tls/mode': value must be one of 'acme', 'secret', 'none'")]
    [InlineData(RenderedChart.Gateway, "kind=StatefulSet", "kind must be one of the following: \"Deployment\", \"DaemonSet\"", "at '/kind': value must be one of 'Deployment', 'DaemonSet'")]
    [InlineData(RenderedChart.Gateway, "refresh.interval=30", "refresh.interval: Invalid type. Expected: string, given: integer", "at '/refresh/interval': got number, want string")]
    [InlineData(RenderedChart.Gateway, "image.digest=sha256:abc", "image.digest: Does not match pattern", "at '/image/digest': 'sha256:abc' does not match pattern")]
    [InlineData(RenderedChart.Gateway, "networkPolicy.apiServerCIDRs={10.0.0.1}", "networkPolicy.apiServerCIDRs.0: Does not match pattern", "at '/networkPolicy/apiServerCIDRs/0': '10.0.0.1' does not match pattern")]
    [InlineData(RenderedChart.Gateway, "hostPorts.https=70000", "hostPorts.https: Must be less than or equal to 65535", "at '/hostPorts/https': maximum: got 70,000, want 65,535")]
    [InlineData(RenderedChart.Gateway, "canary.expirationSeconds=60", "canary.expirationSeconds: Must be greater than or equal to 600", "at '/canary/expirationSeconds': minimum: got 60, want 600")]
    [InlineData(RenderedChart.Gateway, "tls.acme.contacts={ops}", "tls.acme.contacts.0: Does not match pattern", "at '/tls/acme/contacts/0': 'ops' does not match pattern")]
    [InlineData(RenderedChart.Workload, "tenantID=a", "(root): Additional property tenantID is not allowed", "at '': additional properties 'tenantID' not allowed")]
    [InlineData(RenderedChart.Workload, "cookie.secretName=a", "cookie: Additional property secretName is not allowed", "at '/cookie': additional properties 'secretName' not allowed")]
    [InlineData(RenderedChart.Workload, "proxy.flags.cookie-refesh=1h", "proxy.flags: Additional property cookie-refesh is not allowed", "at '/proxy/flags': additional properties 'cookie-refesh' not allowed")]
    [InlineData(RenderedChart.Workload, "httpRoute.timeout.request=1s", "httpRoute: Additional property timeout is not allowed", "at '/httpRoute': additional properties 'timeout' not allowed")]
    [InlineData(RenderedChart.Workload, "app.probes.readiness.periodSeconds=1", "app.probes: Additional property readiness is not allowed", "at '/app/probes': additional properties 'readiness' not allowed")]
    [InlineData(RenderedChart.Workload, "replicas=two", "replicas: Invalid type. Expected: integer, given: string", "at '/replicas': got string, want integer")]
    [InlineData(RenderedChart.Workload, "redis.connectionUrl=redis.example.com", "redis.connectionUrl: Does not match pattern", "at '/redis/connectionUrl': 'redis.example.com' does not match pattern")]
    [InlineData(RenderedChart.Workload, "cookie.refresh=1d", "cookie.refresh: Does not match pattern", "at '/cookie/refresh': '1d' does not match pattern")]
    [InlineData(RenderedChart.Identity, "azzure.enabled=true", "(root): Additional property azzure is not allowed", "at '': additional properties 'azzure' not allowed")]
    [InlineData(RenderedChart.Identity, "signIn.flags.skip-auth-route=a", "signIn: Additional property flags is not allowed", "at '/signIn': additional properties 'flags' not allowed")]
    [InlineData(RenderedChart.Identity, "apiVersion=v1alpha1", "apiVersion must be one of the following: \"\", \"v1\", \"v1beta1\"", "at '/apiVersion': value must be one of '', 'v1', 'v1beta1'")]
    [InlineData(RenderedChart.Identity, "azure.audience=a'b", "azure.audience: Does not match pattern", "at '/azure/audience': 'a\\'b' does not match pattern")]
    [InlineData(RenderedChart.Identity, "signIn.image.repository=a b", "signIn.image.repository: Does not match pattern", "at '/signIn/image/repository': 'a b' does not match pattern")]
    [InlineData(RenderedChart.Identity, "excludedNamespaces={monitoring}", "excludedNamespaces: At least one of the items must match", "at '/excludedNamespaces': no items match contains schema")]
    public void Is_rejected_by_name(string chart, string value, string byHelm3, string byHelm4)
    {
        Command three = Helm.Template(Helm.Three, chart, "--set", value);
        Command four = Helm.Template(Helm.Four, chart, "--set", value);

        Assert.Equal((1, 1), (three.ExitCode, four.ExitCode));
        Assert.Contains(byHelm3, three.Error, StringComparison.Ordinal);
        Assert.Contains(byHelm4, four.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RenderedChart.Gateway)]
    [InlineData(RenderedChart.Workload)]
    public void Every_text_has_a_pattern(string chart)
    {
        JsonNode schema = JsonNode.Parse(File.ReadAllText(Path.Combine(KitFolder.Charts, chart, "values.schema.json")))!;

        Assert.Empty(WithoutPattern(schema, ""));
    }

    private static IEnumerable<string> WithoutPattern(JsonNode? node, string path)
    {
        if (node is JsonArray array)
        {
            return array.SelectMany((each, i) => WithoutPattern(each, $"{path}/{i}"));
        }

        if (node is not JsonObject schema)
        {
            return [];
        }

        bool isText = schema["type"] is JsonValue one ? (string?)one == "string" : schema["type"] is JsonArray several && several.Any(each => (string?)each == "string");
        IEnumerable<string> here = isText && schema["pattern"] is not JsonValue && schema["enum"] is not JsonArray ? [path] : [];
        return here.Concat(schema.SelectMany(member => WithoutPattern(member.Value, $"{path}/{member.Key}")));
    }

    [Theory]
    [InlineData(RenderedChart.Gateway)]
    [InlineData(RenderedChart.Workload)]
    [InlineData(RenderedChart.Identity)]
    public void Every_object_is_closed_but_those_that_Kubernetes_defines(string chart)
    {
        JsonNode schema = JsonNode.Parse(File.ReadAllText(Path.Combine(KitFolder.Charts, chart, "values.schema.json")))!;

        Assert.Empty(Open(schema, "").Except(
        [
            // Texts by name, or objects of Kubernetes that the API server checks strictly itself.
            "global", "extraConfig", "podSecurityContext", "securityContext", "proxy.securityContext", "app.securityContext", "app.lifecycle.preStop", "app.lifecycle.postStart",
        ]));
    }

    // Objects that take any name; those inside lists and of string maps are passed on as they are.
    private static IEnumerable<string> Open(JsonNode schema, string path)
    {
        foreach ((string name, JsonNode? each) in schema["properties"]?.AsObject() ?? [])
        {
            string here = path.Length == 0 ? name : $"{path}.{name}";
            bool isObject = each!["type"] is JsonValue type && (string?)type == "object";
            bool isKubernetes = here.Contains("resources.", StringComparison.Ordinal) || here.Contains("robes.", StringComparison.Ordinal)
                || here.StartsWith("affinity.", StringComparison.Ordinal);
            if (isObject && each["additionalProperties"] is null && !isKubernetes)
            {
                yield return here;
            }

            foreach (string deeper in Open(each, here))
            {
                yield return deeper;
            }
        }
    }
}
