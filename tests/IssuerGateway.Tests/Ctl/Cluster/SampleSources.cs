using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>One configuration of a distribution that keeps it outside the cluster.</summary>
/// <param name="Text">As an administrator gets it.</param>
/// <param name="Kept">What must still be in the document after a roll.</param>
/// <param name="Shown">What the plan must show, because the field is replaced as a whole.</param>
internal sealed record SampleSource(string Text, string[] Kept, string[] Shown)
{
    /// <summary>Issuers that the distribution adds by itself.</summary>
    public string[] AddedByItself { get; init; } = [];

    /// <summary>The same with an issuer that was written and not applied.</summary>
    public required string Changed { get; init; }
}

internal static class SampleSources
{
    private const string Old = FakeCluster.Old;
    private const string Other = "https://changed.example.com";

    private const string Rancher = """
        node-ip: 192.0.2.11
        kube-apiserver-arg:
          - audit-log-path=/var/log/audit.log
          - "audit-log-maxage=30"
        kubelet-arg:
          - max-pods=200

        """;

    private const string ControlPlane = """
        apiVersion: controlplane.cluster.x-k8s.io/v1beta1
        kind: KubeadmControlPlane
        metadata:
          name: demo-plane
          namespace: clusters
        spec:
          replicas: 3
          kubeadmConfigSpec:
            clusterConfiguration:
              apiServer:
                extraArgs:
                  audit-log-path: /var/log/kubernetes/audit.log
            files:
              - path: /etc/kubernetes/audit.yaml
                permissions: "0600"
                content: |
                  apiVersion: audit.k8s.io/v1

        """;

    public static IReadOnlyDictionary<string, SampleSource> All { get; } = new Dictionary<string, SampleSource>
    {
        ["kubespray"] = new("""
            kube_network_plugin: calico
            kube_kubeadm_apiserver_extra_args:
              audit-log-maxage: "30"
            kubeadm_patches:
              - target: kube-controller-manager
                type: strategic
                patch:
                  spec:
                    priority: 1

            """, ["calico", "audit-log-maxage", "priority: 1"], ["audit-log-maxage: \"30\"", "priority: 1"])
        {
            Changed = $"kube_kubeadm_apiserver_extra_args:\n  service-account-issuer: {Other}\n",
        },
        ["cluster-api"] = new(ControlPlane, ["replicas", "/etc/kubernetes/audit.yaml"], ["audit-log-path", "/etc/kubernetes/audit.yaml"])
        {
            Changed = ControlPlane.Replace("audit-log-path: /var/log/kubernetes/audit.log", $"service-account-issuer: {Other}", StringComparison.Ordinal),
        },
        ["k3s"] = new(Rancher, ["max-pods=200", "192.0.2.11"], ["audit-log-maxage=30"]) { Changed = $"kube-apiserver-arg:\n  - service-account-issuer={Other}\n" },
        ["rke2"] = new(Rancher, ["max-pods=200", "192.0.2.11"], ["audit-log-maxage=30"]) { Changed = $"kube-apiserver-arg:\n  - service-account-issuer={Other}\n" },
        ["rancher"] = new("""
            apiVersion: provisioning.cattle.io/v1
            kind: Cluster
            metadata:
              name: demo
              namespace: fleet-default
            spec:
              rkeConfig:
                machineGlobalConfig:
                  cni: calico
                  kube-apiserver-arg:
                    - audit-log-maxage=30

            """, ["cni: calico"], ["audit-log-maxage=30"])
        {
            Changed = $"spec:\n  rkeConfig:\n    machineGlobalConfig:\n      kube-apiserver-arg:\n        - service-account-issuer={Other}\n",
        },
        ["talos-1.12"] = Talos("      audit-log-maxage: \"30\"\n", ["audit-log-maxage"]),
        ["talos-1.13"] = Talos("      audit-log-maxage: \"30\"\n", ["audit-log-maxage"]),
        ["talos-1.14"] = Talos("", []) with
        {
            Text = """
                apiVersion: v1alpha1
                kind: KubeServiceAccountConfig
                issuer:
                  issuerURL: https://api.example.test:6443
                  privateKey: c2VjcmV0
                accepted:
                  issuers: []
                  audiences:
                    - https://api.example.test:6443

                """,
            Kept = ["privateKey"],
            Changed = $"apiVersion: v1alpha1\nkind: KubeServiceAccountConfig\nissuer:\n  issuerURL: {Other}\n",
        },
        ["k0s"] = new("""
            apiVersion: k0s.k0sproject.io/v1beta1
            kind: ClusterConfig
            metadata:
              name: k0s
            spec:
              api:
                sans:
                  - api.example.test
                extraArgs:
                  audit-log-maxage: "30"
                rawArgs:
                  - --v=4
              network:
                provider: calico

            """, ["provider: calico", "api.example.test"], ["api.example.test", "audit-log-maxage: \"30\"", "--v=4"])
        {
            Changed = $"apiVersion: k0s.k0sproject.io/v1beta1\nkind: ClusterConfig\nspec:\n  api:\n    extraArgs:\n      service-account-issuer: {Other}\n",
        },
        ["microk8s"] = new("""
            --cert-dir=${SNAP_DATA}/certs
            --service-cluster-ip-range=10.152.183.0/24
            # written by hand
            --v 4

            """, ["${SNAP_DATA}/certs", "# written by hand", "--v 4"], [])
        {
            Changed = $"--cert-dir=x\n--service-account-issuer='{Other}'\n",
        },
        ["kops"] = new("""
            apiVersion: kops.k8s.io/v1alpha2
            kind: Cluster
            metadata:
              name: demo.example.test
            spec:
              kubeAPIServer:
                auditLogMaxAge: 30
              networking:
                calico: {}
            ---
            apiVersion: kops.k8s.io/v1alpha2
            kind: InstanceGroup
            metadata:
              name: nodes

            """, ["auditLogMaxAge: 30", "calico"], ["auditLogMaxAge: 30"])
        {
            Changed = $"apiVersion: kops.k8s.io/v1alpha2\nkind: Cluster\nspec:\n  kubeAPIServer:\n    serviceAccountIssuer: {Other}\n",
        },
        ["gardener"] = new("""
            apiVersion: core.gardener.cloud/v1beta1
            kind: Shoot
            metadata:
              name: demo
              namespace: garden-team
              annotations: {}
            spec:
              kubernetes:
                version: 1.34.3
                kubeAPIServer:
                  enableAnonymousAuthentication: false
                  serviceAccountConfig:
                    extendTokenExpiration: false

            """, ["enableAnonymousAuthentication: false", "version: 1.34.3"], ["extendTokenExpiration: false"])
        {
            AddedByItself = ["https://api.demo.internal.example.com"],
            Changed = $"apiVersion: core.gardener.cloud/v1beta1\nkind: Shoot\nspec:\n  kubernetes:\n    kubeAPIServer:\n      serviceAccountConfig:\n        issuer: {Other}\n",
        },
        ["kamaji"] = new("""
            apiVersion: kamaji.clastix.io/v1alpha1
            kind: TenantControlPlane
            metadata:
              name: demo
              namespace: tenants
            spec:
              controlPlane:
                deployment:
                  replicas: 3
                  extraArgs:
                    apiServer:
                      - --audit-log-maxage=30
                    scheduler:
                      - --v=2

            """, ["replicas: 3", "--v=2"], ["--audit-log-maxage=30"])
        {
            Changed = $"kind: TenantControlPlane\nspec:\n  controlPlane:\n    deployment:\n      extraArgs:\n        apiServer:\n          - --service-account-issuer={Other}\n",
        },
        ["vcluster"] = new("""
            sync:
              toHost:
                ingresses:
                  enabled: true
            controlPlane:
              distro:
                k8s:
                  enabled: true
                  apiServer:
                    extraArgs:
                      - --audit-log-maxage=30

            """, ["ingresses"], ["--audit-log-maxage=30"])
        {
            Changed = $"controlPlane:\n  distro:\n    k8s:\n      apiServer:\n        extraArgs:\n          - --service-account-issuer={Other}\n",
        },
        ["eks-anywhere"] = new($"""
            apiVersion: anywhere.eks.amazonaws.com/v1alpha1
            kind: Cluster
            metadata:
              name: demo
            spec:
              controlPlaneConfiguration:
                count: 3
              podIamConfig:
                serviceAccountIssuer: {Old}

            """, ["count: 3"], [])
        {
            Changed = $"apiVersion: anywhere.eks.amazonaws.com/v1alpha1\nkind: Cluster\nspec:\n  podIamConfig:\n    serviceAccountIssuer: {Other}\n",
        },
        ["kind"] = new("""
            kind: Cluster
            apiVersion: kind.x-k8s.io/v1alpha4
            nodes:
              - role: control-plane
              - role: worker
            kubeadmConfigPatches:
              - |
                kind: ClusterConfiguration
                apiServer:
                  certSANs:
                    - api.example.test

            """, ["role: worker", "api.example.test"], ["role: worker", "api.example.test"])
        {
            Changed = $"kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nkubeadmConfigPatches:\n  - |\n    kind: ClusterConfiguration\n    apiServer:\n      extraArgs:\n        service-account-issuer: {Other}\n",
        },
    };

    /// <summary>What a merge patch makes of a document (RFC 7396): the first document of the text is the one that is patched.</summary>
    public static string Merge(string text, string patch)
    {
        YamlStream document = [];
        document.Load(new StringReader(text));
        YamlStream change = [];
        change.Load(new StringReader(patch));
        YamlStream merged = new(new YamlDocument(Merge(document.Documents[0].RootNode, change.Documents[0].RootNode)));
        StringWriter writer = new() { NewLine = "\n" };
        merged.Save(writer, assignAnchors: false);
        return writer.ToString();
    }

    private static YamlNode Merge(YamlNode? target, YamlNode patch)
    {
        if (patch is not YamlMappingNode changes)
        {
            return patch;
        }

        YamlMappingNode result = new((target as YamlMappingNode)?.Children ?? Enumerable.Empty<KeyValuePair<YamlNode, YamlNode>>());
        foreach ((YamlNode name, YamlNode value) in changes.Children)
        {
            if (value is YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain, Value: "null" })
            {
                result.Children.Remove(name);
            }
            else
            {
                result.Children[name] = Merge(result.Children.TryGetValue(name, out YamlNode? today) ? today : null, value);
            }
        }

        return result;
    }

    private static SampleSource Talos(string arguments, string[] shown) => new($"""
        version: v1alpha1
        machine:
          token: c2VjcmV0
          kubelet:
            extraArgs:
              max-pods: "200"
        cluster:
          secret: c2VjcmV0
          apiServer:
            certSANs:
              - api.example.test
            extraArgs:
        {arguments}
        """, ["max-pods", "api.example.test"], shown)
    {
        Changed = $"version: v1alpha1\ncluster:\n  apiServer:\n    extraArgs:\n      service-account-issuer: {Other}\n",
    };
}
