using IssuerGateway.Ctl.Parties.EntraApp;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>Clusters and values that charts/workload-identity rejects, each by its sentence.</summary>
public sealed class WorkloadIdentityGuardTests
{
    private const string NoPolicy = "has no MutatingAdmissionPolicy, which this chart needs (v1 from 1.36, v1beta1 in 1.34 and 1.35): use the Kustomize component manifests/components/oauth2-proxy-sidecar for the sign-in, and write the token volume into the Deployment by hand.";
    private const string BetaOnly = "serves MutatingAdmissionPolicy as v1beta1 only, and only where every API server runs with --feature-gates=MutatingAdmissionPolicy=true and --runtime-config=admissionregistration.k8s.io/v1beta1=true: check with kubectl get --raw /apis/admissionregistration.k8s.io/v1beta1, and set apiVersion to v1beta1.";

    [Theory]
    [InlineData("1.29.9", NoPolicy)]
    [InlineData("1.33.4", NoPolicy)]
    [InlineData("1.34.0", BetaOnly)]
    [InlineData("1.35.3", BetaOnly)]
    public void An_older_Kubernetes_is_rejected(string version, string sentence)
    {
        foreach (string helm in Helm.Versions)
        {
            Command command = Helm.Template(helm, RenderedChart.Identity, "--kube-version", version);

            Assert.Equal(1, command.ExitCode);
            Assert.Contains($"\nKubernetes v{version} {sentence}\n", command.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("1.36.0", "")]
    [InlineData("1.37.1", "")]
    [InlineData("1.35.3", "apiVersion=v1beta1")]
    [InlineData("1.34.0", "apiVersion=v1beta1")]
    public void A_Kubernetes_that_has_the_policies_is_not(string version, string value)
    {
        foreach (string helm in Helm.Versions)
        {
            Command command = Helm.Template(helm, RenderedChart.Identity, ["--kube-version", version, .. value.Length > 0 ? (string[])["--set", value] : []]);

            Assert.True(command.ExitCode == 0, command.Transcript);
        }
    }

    [Theory]
    [InlineData("azure.enabled=false", "nothing is enabled: set azure.enabled, aws.enabled, google.enabled, token.enabled or signIn.enabled to true.")]
    [InlineData("signIn.namespaces[0].name=apps", "signIn.namespaces is set, but signIn.enabled is false: set it to true, or remove signIn.namespaces.")]
    [InlineData("signIn.image.tag=latest", "signIn.image.tag \"latest\" names no version: use one of v7.15.4 or newer, so that what runs is known.")]
    [InlineData("signIn.image.tag=v7.15.4-rc.1", "signIn.image.tag v7.15.4-rc.1 is older than the security release v7.15.4: use v7.15.4 or newer.")]
    [InlineData("signIn.image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "signIn.image.tag is empty, but signIn.image.digest decides what runs: name the version of that digest, v7.15.4 or newer.")]
    [InlineData("signIn.image.repository=quay.io/oauth2-proxy/oauth2-proxy:v7.8.0", "signIn.image.repository \"quay.io/oauth2-proxy/oauth2-proxy:v7.8.0\" has a tag: put it into signIn.image.tag.")]
    [InlineData("commonLabels.app\\.kubernetes\\.io/name=x", "commonLabels has app.kubernetes.io/name, which the chart sets itself: remove it.")]
    [InlineData("tests.enabled=true", "tests.enabled needs tests.image.repository (the image of issuerctl) and at least one of tests.exchanges (issuerctl trust render PARTY --format values prints it).")]
    [InlineData("signIn.enabled=true,signIn.namespaces[0].name=apps,signIn.namespaces[1].name=apps", "signIn.namespaces names apps twice: put both into one entry.")]
    [InlineData("signIn.enabled=true,signIn.namespaces[0].name=apps,signIn.namespaces[0].extraIngress[0].ports[0].port=9090", "signIn.namespaces[0].extraIngress needs appPorts: list the ports of all apps that sign in there, so that no rule admits one without sign-in.")]
    [InlineData("signIn.enabled=true,signIn.namespaces[0].name=apps,signIn.namespaces[0].appPorts={8080},signIn.namespaces[0].extraIngress[0].from[0].podSelector.matchLabels.a=b", "signIn.namespaces[0].extraIngress[0] names no ports and so admits the apps without sign-in: list the ports that it is for.")]
    [InlineData("signIn.enabled=true,signIn.namespaces[0].name=apps,signIn.namespaces[0].appPorts={8080},signIn.namespaces[0].extraIngress[0].ports[0].protocol=TCP", "signIn.namespaces[0].extraIngress[0] has to name each port by its number: by name it could be the one of an app, without sign-in.")]
    [InlineData("signIn.enabled=true,signIn.namespaces[0].name=apps,signIn.namespaces[0].appPorts={8080},signIn.namespaces[0].extraIngress[0].ports[0].port=http", "signIn.namespaces[0].extraIngress[0] has to name each port by its number: by name it could be the one of an app, without sign-in.")]
    [InlineData("signIn.enabled=true,signIn.namespaces[0].name=kube-system", "signIn.namespaces[0]: kube-system is one of excludedNamespaces, whose pods the policies never see: remove it from one of the two.")]
    [InlineData("signIn.enabled=true,signIn.namespaces[0].name=apps,signIn.namespaces[0].appPorts={3000,8080},signIn.namespaces[0].extraIngress[0].ports[0].port=8080", "signIn.namespaces[0].extraIngress[0] admits app port 8080 without sign-in: remove it; requests reach the app by port 4180 of the proxy.")]
    [InlineData("signIn.enabled=true,signIn.namespaces[0].name=apps,signIn.namespaces[0].appPorts={8080},signIn.namespaces[0].extraIngress[0].ports[0].port=8000,signIn.namespaces[0].extraIngress[0].ports[0].endPort=8100", "signIn.namespaces[0].extraIngress[0] admits app port 8080 without sign-in: remove it; requests reach the app by port 4180 of the proxy.")]
    [InlineData("signIn.image.tag=v7.15.3", "signIn.image.tag v7.15.3 is older than the security release v7.15.4: use v7.15.4 or newer.")]
    public void A_value_is_rejected(string value, string sentence)
    {
        foreach (string helm in Helm.Versions)
        {
            Command command = Helm.Template(helm, RenderedChart.Identity, "--set", "apiVersion=v1", "--set", value);

            Assert.Equal(1, command.ExitCode);
            Assert.Contains($"\n{sentence}\n", command.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_second_release_is_rejected_and_the_upgrade_of_the_first_is_not()
    {
        using WireMockServer cluster = Cluster("v1.36.2", "v1", owner: "wi");

        foreach (string helm in Helm.Versions)
        {
            Command second = Install(helm, cluster, "other");
            Assert.Contains(
                "\nworkload-identity-azure, workload-identity-sign-in: there already, from release \"wi\" in namespace \"kube-system\"; the policies are cluster-wide and have fixed names, so one release serves the whole cluster: upgrade that one (helm upgrade wi -n kube-system), or uninstall it first.\n",
                second.Error, StringComparison.Ordinal);

            Assert.DoesNotContain("there already", Install(helm, cluster, "wi").Transcript, StringComparison.Ordinal);
        }
    }

    [Fact] // kubectl apply, or a GitOps tool: no annotations of Helm, or those of two releases
    public void Policies_of_no_release_are_named_as_such()
    {
        using WireMockServer cluster = Cluster("v1.36.2", "v1", owner: "");

        foreach (string helm in Helm.Versions)
        {
            Assert.Contains(
                "\nworkload-identity-azure, workload-identity-sign-in: there already, but from no Helm release (kubectl apply, or a GitOps tool); the policies are cluster-wide and have fixed names, so one installation serves the whole cluster: change it there, or delete it first (kubectl get mutatingadmissionpolicies,mutatingadmissionpolicybindings,validatingadmissionpolicies,validatingadmissionpolicybindings -l app.kubernetes.io/name=workload-identity lists its objects).\n",
                Install(helm, cluster, "wi").Error, StringComparison.Ordinal);
        }
    }

    [Fact] // or Helm stops half-way, with a failed release
    public void A_namespace_that_does_not_exist_is_rejected_before_anything_is_installed()
    {
        using WireMockServer cluster = Cluster("v1.36.2", "v1", owner: null);

        foreach (string helm in Helm.Versions)
        {
            string error = Install(helm, cluster, "wi", "--set", "signIn.enabled=true,signIn.namespaces[0].name=kube-system,signIn.namespaces[1].name=apps").Error;

            Assert.Contains("\nsignIn.namespaces[1]: the cluster has no namespace apps: create it first (kubectl create namespace apps), or correct the name.\n", error, StringComparison.Ordinal);
            Assert.DoesNotContain("signIn.namespaces[0]: the cluster has no namespace", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("azure-wi-webhook-mutating-webhook-configuration", true)]
    [InlineData("istio-sidecar-injector", false)]
    public void Microsoft_s_webhook_is_detected(string name, bool isDetected)
    {
        using WireMockServer cluster = Cluster("v1.36.2", "v1", owner: null);
        cluster.Given(Request.Create().WithPath("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations").UsingGet()).RespondWith(Response.Create()
            .WithHeader("Content-Type", "application/json").WithBody($$"""{"kind":"MutatingWebhookConfigurationList","apiVersion":"admissionregistration.k8s.io/v1","items":[{"apiVersion":"admissionregistration.k8s.io/v1","kind":"MutatingWebhookConfiguration","metadata":{"name":"{{name}}"} }]}"""));

        foreach (string helm in Helm.Versions)
        {
            Command install = Install(helm, cluster, "wi", "--disable-openapi-validation");
            string notes = install.Output;

            Assert.True(install.ExitCode == 0, install.Transcript);
            Assert.Contains("Pods created from now on get their identity by label", notes, StringComparison.Ordinal);
            Assert.Equal(isDetected, notes.Contains($"Microsoft's webhook is installed too ({name})", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("v1.36.2", "v1", "apiVersion=v1beta1", "apiVersion is v1beta1, but the cluster (Kubernetes v1.36.2) does not serve admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicy: set apiVersion to v1.")]
    [InlineData("v1.35.1", "", "apiVersion=v1beta1", "Kubernetes v1.35.1 " + BetaOnly)]
    [InlineData("v1.35.1", "v1beta1", "apiVersion=v1", "Kubernetes v1.35.1 " + BetaOnly)]
    [InlineData("v1.32.9", "", "apiVersion=v1", "Kubernetes v1.32.9 " + NoPolicy)]
    public void A_cluster_that_does_not_serve_the_version_is_rejected(string version, string served, string value, string sentence)
    {
        using WireMockServer cluster = Cluster(version, served, owner: null);

        foreach (string helm in Helm.Versions)
        {
            Assert.Contains($"\n{sentence}\n", Install(helm, cluster, "wi", "--set", value).Error, StringComparison.Ordinal);
        }
    }

    private static Command Install(string helm, WireMockServer cluster, string release, params IEnumerable<string> arguments) =>
        Command.Run(KitFolder.Tool(helm), ["install", release, Path.Combine(KitFolder.Charts, RenderedChart.Identity), "--namespace", "kube-system", "--dry-run=server", "--kube-apiserver", cluster.Url!, .. arguments]);

    // What of an API server Helm queries before it renders: its version, its resources, and the objects that are looked up.
    private static WireMockServer Cluster(string version, string served, string? owner)
    {
        WireMockServer server = WireMockServer.Start();
        void Respond(string path, string body, int status = 200) => server.Given(Request.Create().WithPath(path).UsingGet())
            .RespondWith(Response.Create().WithStatusCode(status).WithHeader("Content-Type", "application/json").WithBody(body));
        string group = served.Length == 0 ? "" : $$$"""{"name":"admissionregistration.k8s.io","versions":[{"groupVersion":"admissionregistration.k8s.io/{{{served}}}","version":"{{{served}}}"}],"preferredVersion":{"groupVersion":"admissionregistration.k8s.io/{{{served}}}","version":"{{{served}}}"}}""";
        IEnumerable<string> policies = ((string[])["MutatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"])
            .Select(kind => $$"""{"name":"{{kind.ToLowerInvariant().Replace("policy", "policies", StringComparison.Ordinal).Replace("policiesbinding", "policybindings", StringComparison.Ordinal)}}","singularName":"{{kind.ToLowerInvariant()}}","namespaced":false,"kind":"{{kind}}","verbs":["get","list"]},""");
        Respond("/version", $$"""{"major":"1","minor":"{{version.Split('.')[1]}}","gitVersion":"{{version}}"}""");
        Respond("/api", """{"kind":"APIVersions","versions":["v1"]}""");
        Respond("/apis", $$"""{"kind":"APIGroupList","apiVersion":"v1","groups":[{{group}}]}""");
        Respond("/api/v1", """{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"namespaces","singularName":"namespace","namespaced":false,"kind":"Namespace","verbs":["get","list"]},{"name":"secrets","singularName":"secret","namespaced":true,"kind":"Secret","verbs":["get","list"]}]}""");
        Respond($"/apis/admissionregistration.k8s.io/{served}", $$"""{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"admissionregistration.k8s.io/{{served}}","resources":[{"name":"mutatingadmissionpolicies","singularName":"mutatingadmissionpolicy","namespaced":false,"kind":"MutatingAdmissionPolicy","verbs":["get","list"]},{{string.Concat(policies)}}{"name":"mutatingwebhookconfigurations","singularName":"mutatingwebhookconfiguration","namespaced":false,"kind":"MutatingWebhookConfiguration","verbs":["get","list"]}]}""");
        Respond("/api/v1/namespaces/kube-system", """{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"kube-system"}}""");
        Respond("/api/v1/namespaces/kube-system/secrets", """{"kind":"SecretList","apiVersion":"v1","items":[]}""");
        foreach (string name in owner is null ? [] : (string[])["workload-identity-azure", "workload-identity-sign-in"])
        {
            Respond($"/apis/admissionregistration.k8s.io/{served}/mutatingadmissionpolicies/{name}", $$"""{"kind":"MutatingAdmissionPolicy","apiVersion":"admissionregistration.k8s.io/{{served}}","metadata":{"name":"{{name}}"{{(owner is { Length: > 0 } ? $$""","annotations":{"meta.helm.sh/release-name":"{{owner}}","meta.helm.sh/release-namespace":"kube-system"}""" : "")}} } }""");
        }

        server.Given(Request.Create().UsingGet()).AtPriority(100).RespondWith(Response.Create().WithStatusCode(404)
            .WithHeader("Content-Type", "application/json").WithBody("""{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}"""));
        return server;
    }
}
