namespace IssuerGateway.EndToEnd.Kit;

/// <summary>What the gateway's chart says after an installation: DNS, issuer, certificates, what stays, and what not to do.</summary>
public sealed class NotesTests
{
    // G54: with a route or an ingress nothing was said of DNS.
    [Theory]
    [InlineData("httproute", "kubectl get gateway -n ")]
    [InlineData("ingress", "kubectl get ingress -n ns rel-issuer-gateway")]
    [InlineData("loadbalancer-acme", "kubectl get service -n ns rel-issuer-gateway")]
    [InlineData("tlsroute-secret", "kubectl get gateway -n ")]
    public void Name_the_issuer_and_where_DNS_must_lead(string set, string command)
    {
        string notes = Of(set);

        Assert.Contains("DNS: point oidc.example.com", notes, StringComparison.Ordinal);
        Assert.Contains("https://oidc.example.com", notes, StringComparison.Ordinal);
        Assert.Contains(command, notes, StringComparison.Ordinal);
    }

    [Fact]
    public void Name_the_CA_the_log_and_renew_with_ACME()
    {
        string notes = Of("loadbalancer-acme");

        Assert.Contains("Certificates: the gateway orders them from https://", notes, StringComparison.Ordinal);
        Assert.Contains("kubectl exec -n ns deployment/rel-issuer-gateway -- issuer-gateway renew oidc.example.com", notes, StringComparison.Ordinal);
    }

    // G52
    [Fact]
    public void Name_what_uninstall_leaves_and_the_command_that_removes_it() =>
        Assert.Contains("kubectl delete secret,lease -n ns -l app.kubernetes.io/instance=rel,app.kubernetes.io/name=issuer-gateway", Of("loadbalancer-acme"), StringComparison.Ordinal);

    // G51
    [Theory]
    [InlineData("loadbalancer-acme", true)]
    [InlineData("persistent", false)]
    public void Warn_of_restarts_during_an_outage_unless_a_volume_keeps_the_documents(string set, bool warns) =>
        Assert.Equal(warns, Of(set).Contains("Do not restart the pods while the API servers", StringComparison.OrdinalIgnoreCase));

    [Theory]
    [InlineData("loadbalancer-acme", "", false)]
    [InlineData("loadbalancer-acme", "rbac.admissionPolicy=false", true)]
    [InlineData("kubeconfig-only", "rbac.admissionPolicy=false", false)] // it may write no Secret
    public void Name_what_follows_from_leaving_out_the_policy(string set, string values, bool warns) => Assert.Equal(
        warns,
        Helm.Notes(Helm.Four, RenderedChart.Gateway, RenderedChart.ValuesFile(RenderedChart.Gateway, set), values.Length == 0 ? [] : [values])
            .Contains("kubectl get secrets -n ns -l owner=helm", StringComparison.Ordinal));

    // G27
    [Fact]
    public void Name_the_ports_of_API_servers_that_the_NetworkPolicy_admits() =>
        Assert.Contains("kubectl get endpointslices -n default -l kubernetes.io/service-name=kubernetes", Of("monitoring"), StringComparison.Ordinal);

    // G53: the pod of helm test cannot be updated, so it is a hook, which kubectl apply is not given.
    [Fact]
    public void Rendered_without_hooks_there_is_no_pod_that_kubectl_could_not_update()
    {
        Command rendered = Helm.Template(Helm.Four, RenderedChart.Gateway, "--no-hooks", "--values", RenderedChart.ValuesFile(RenderedChart.Gateway, "httproute"));

        Assert.True(rendered.ExitCode == 0, rendered.Transcript);
        Assert.DoesNotContain("kind: Pod\n", rendered.Output, StringComparison.Ordinal);
        Assert.Contains("--no-hooks", File.ReadAllText(Path.Combine(KitFolder.Root, "docs", "how-to", "upgrade.md")), StringComparison.Ordinal);
    }

    private static string Of(string set) => Helm.Notes(Helm.Four, RenderedChart.Gateway, RenderedChart.ValuesFile(RenderedChart.Gateway, set));
}
