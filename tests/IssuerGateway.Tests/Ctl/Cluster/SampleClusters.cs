using System.Text.Json.Nodes;
using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>One cluster of each distribution and version, made to what is known of them; names are neutral.</summary>
internal static class SampleClusters
{
    private const string Old = FakeCluster.Old;

    public static IReadOnlyList<string> Names { get; } =
    [
        "kubeadm-v1beta4", "kubeadm-v1beta3", "kubespray", "cluster-api", "k3s", "rke2", "rancher", "harvester", "talos-1.14", "talos-1.13", "talos-1.12",
        "k0s", "k0s-1.34.0", "microk8s", "kops", "openshift", "gardener", "kamaji", "vcluster", "eks-anywhere", "vks", "nkp", "kind", "minikube", "general",
    ];

    /// <summary>What has to be given on the command line because the cluster shows no sign of it.</summary>
    public static string? Given(string name) => name is "kamaji" or "vcluster" or "nkp" ? name : null;

    public static FakeCluster Of(string name, int servers)
    {
        FakeCluster cluster = name switch
        {
            "kubeadm-v1beta4" => Kubeadm(servers, "v1beta4"),
            "kubeadm-v1beta3" => Kubeadm(servers, "v1beta3"),
            "kubespray" => Kubeadm(servers, "v1beta4", "/etc/kubernetes/ssl"),
            "cluster-api" => ClusterApi(servers),
            "k3s" => Rancher(servers, "k3s", "v1.35.4+k3s1", hasPods: false),
            "rke2" => Rancher(servers, "rke2", "v1.35.4+rke2r1", hasPods: true),
            "rancher" => Rancher(servers, "rke2", "v1.35.4+rke2r1", hasPods: true).Namespace("cattle-system"),
            "harvester" => Rancher(servers, "rke2", "v1.34.1+rke2r2", hasPods: true).Namespace("harvester-system").Namespace("cattle-system"),
            "talos-1.14" => Talos(servers, "v1.14.0"),
            "talos-1.13" => Talos(servers, "v1.13.2"),
            "talos-1.12" => Talos(servers, "v1.12.11"),
            "k0s" => K0s(servers, "v1.35.1+k0s.0"),
            "k0s-1.34.0" => K0s(servers, "v1.34.0+k0s.0"),
            "microk8s" => MicroK8s(servers),
            "kops" => Kops(servers),
            "openshift" => OpenShift(servers),
            "gardener" => new FakeCluster("v1.34.3").ConfigMap("shoot-info", "domain", "demo.example.com").Node("worker-1", "192.0.2.51", "v1.34.3", isControlPlane: false, labels: [("worker.gardener.cloud/pool", "pool")]).Documents("https://api.demo.internal.example.com"),
            "kamaji" or "vcluster" => new FakeCluster("v1.35.2").Node("worker-1", "192.0.2.51", "v1.35.2", isControlPlane: false).Documents(Old),
            "eks-anywhere" => Pods(new FakeCluster("v1.33.1").Group("anywhere.eks.amazonaws.com"), servers, "v1.33.1"),
            "vks" => Pods(new FakeCluster("v1.33.3+vmware.1"), servers, "v1.33.3+vmware.1", [("run.tanzu.vmware.com/tkr", "v1.33.3---vmware.1")]),
            "nkp" => Pods(new FakeCluster("v1.34.1"), servers, "v1.34.1"),
            "kind" => Pods(new FakeCluster("v1.35.0"), servers, "v1.35.0", providerId: "kind://docker/demo/"),
            "minikube" => Pods(new FakeCluster("v1.35.0"), servers, "v1.35.0", [("minikube.k8s.io/name", "minikube")]),
            "general" => Pods(new FakeCluster("v1.34.0"), servers, "v1.34.0"),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
        };
        int port = name switch { "microk8s" => 16443, "kops" => 443, "minikube" => 8443, _ => 6443 };
        string[] addresses = name is "gardener" or "kamaji" or "vcluster" ? ["192.0.2.100"] : [.. Enumerable.Range(1, servers).Select(Address)];
        return cluster.Leases(servers).Endpoints(port, addresses);
    }

    public static string Address(int i) => $"192.0.2.{10 + i}";

    /// <summary>The flags of the recorded manifest, with what a cluster gives besides.</summary>
    public static string[] KubeadmFlags(string address, params string[] more) =>
    [
        $"--advertise-address={address}", "--allow-privileged=true", "--authorization-mode=Node,RBAC", "--client-ca-file=/etc/kubernetes/pki/ca.crt",
        "--enable-admission-plugins=NodeRestriction", "--etcd-servers=https://127.0.0.1:2379", "--secure-port=6443",
        "--service-account-key-file=/etc/kubernetes/pki/sa.pub", "--service-account-signing-key-file=/etc/kubernetes/pki/sa.key",
        "--service-cluster-ip-range=10.96.0.0/12", .. more,
    ];

    public static string ClusterConfiguration(string version, string certificates = "/etc/kubernetes/pki") => version == "v1beta4"
        ? $"""
            apiServer:
              certSANs:
              - api.example.test
              extraArgs:
              - name: audit-log-path
                value: /var/log/kubernetes/audit.log
              - name: audit-log-maxage
                value: "30"
            apiVersion: kubeadm.k8s.io/v1beta4
            certificatesDir: {certificates}
            clusterName: demo
            controlPlaneEndpoint: api.example.test:6443
            kind: ClusterConfiguration
            kubernetesVersion: v1.36.2
            networking:
              dnsDomain: cluster.local
              podSubnet: 10.244.0.0/16
              serviceSubnet: 10.96.0.0/12

            """
        : $$"""
            apiServer:
              certSANs:
              - api.example.test
              extraArgs:
                audit-log-maxage: "30"
                audit-log-path: /var/log/kubernetes/audit.log
              timeoutForControlPlane: 4m0s
            apiVersion: kubeadm.k8s.io/v1beta3
            certificatesDir: {{certificates}}
            clusterName: demo
            controlPlaneEndpoint: api.example.test:6443
            kind: ClusterConfiguration
            kubernetesVersion: v1.30.4
            networking:
              dnsDomain: cluster.local
              podSubnet: 10.244.0.0/16
              serviceSubnet: 10.96.0.0/12
            scheduler: {}

            """;

    public static FakeCluster Kubeadm(int servers, string configuration, string certificates = "/etc/kubernetes/pki")
    {
        string version = configuration == "v1beta4" ? "v1.36.2" : "v1.30.4";
        FakeCluster cluster = new FakeCluster(version).ConfigMap("kubeadm-config", "ClusterConfiguration", ClusterConfiguration(configuration, certificates)).Documents(Old);
        for (int i = 1; i <= servers; i++)
        {
            cluster.Node($"cp{i}", Address(i), version)
                .MirrorPod($"cp{i}", [.. KubeadmFlags(Address(i), "--audit-log-path=/var/log/kubernetes/audit.log", "--audit-log-maxage=30", $"--service-account-issuer={Old}").Select(flag => flag.Replace("/etc/kubernetes/pki", certificates, StringComparison.Ordinal))],
                    image: $"registry.k8s.io/kube-apiserver:{version}", endpoint: $"{Address(i)}:6443");
        }

        return cluster.Node("worker-1", "192.0.2.51", version, isControlPlane: false);
    }

    private static FakeCluster Pods(FakeCluster cluster, int servers, string version, (string, string)[]? labels = null, string? providerId = null, (string, string)[]? annotations = null, params string[] more)
    {
        for (int i = 1; i <= servers; i++)
        {
            cluster.Node($"cp{i}", Address(i), version, labels: labels, providerId: providerId is null ? null : $"{providerId}cp{i}", annotations: annotations)
                .MirrorPod($"cp{i}", KubeadmFlags(Address(i), [.. more, $"--service-account-issuer={Old}"]), image: $"registry.example.test/kube-apiserver:{version.Split('+')[0]}");
        }

        return cluster.Documents(Old);
    }

    public static FakeCluster ClusterApi(int servers, string version = "v1beta1")
    {
        FakeCluster cluster = Pods(new FakeCluster("v1.35.2").Group("controlplane.cluster.x-k8s.io", version), servers, "v1.35.2",
            annotations: [("cluster.x-k8s.io/cluster-name", "demo"), ("cluster.x-k8s.io/cluster-namespace", "clusters")], more: "--audit-log-path=/var/log/kubernetes/audit.log");
        return cluster.Put(ObjectFetcher.ControlPlanes(version), JsonNode.Parse("""
            {"metadata":{},"items":[
              {"metadata":{"name":"other-plane","namespace":"clusters","labels":{"cluster.x-k8s.io/cluster-name":"other"}},"spec":{"kubeadmConfigSpec":{}}},
              {"apiVersion":"controlplane.cluster.x-k8s.io/VERSION","metadata":{"name":"demo-plane","namespace":"clusters","labels":{"cluster.x-k8s.io/cluster-name":"demo"}},
               "spec":{"kubeadmConfigSpec":{
                 "clusterConfiguration":{"apiServer":{"extraArgs":ARGUMENTS}},
                 "files":[{"path":"/etc/kubernetes/audit.yaml","owner":"root:root","content":"apiVersion: audit.k8s.io/v1\n"}]}}}]}
            """.Replace("VERSION", version, StringComparison.Ordinal).Replace("ARGUMENTS",
                version == "v1beta1" ? """{"audit-log-path":"/var/log/kubernetes/audit.log"}""" : """[{"name":"audit-log-path","value":"/var/log/kubernetes/audit.log"}]""", StringComparison.Ordinal))!);
    }

    private static FakeCluster Rancher(int servers, string kind, string version, bool hasPods)
    {
        FakeCluster cluster = new(version);
        for (int i = 1; i <= servers; i++)
        {
            string arguments = $"""["server","--node-ip","{Address(i)}","--kube-apiserver-arg","audit-log-path=/var/log/audit.log","--kube-apiserver-arg=audit-log-maxage=30"]""";
            cluster.Node($"server{i}", Address(i), version, annotations: [($"{kind}.io/node-args", arguments)]);
            if (hasPods)
            {
                cluster.MirrorPod($"server{i}", KubeadmFlags(Address(i), "--audit-log-path=/var/log/audit.log", "--audit-log-maxage=30", $"--api-audiences={Old},{kind}", $"--service-account-issuer={Old}"),
                    inArgs: true, image: $"registry.example.test/hardened-kubernetes:{version.Replace('+', '-')}");
            }
        }

        return cluster.Node("agent1", "192.0.2.51", version, isControlPlane: false, annotations: [($"{kind}.io/node-args", """["agent"]""")]).Documents(Old);
    }

    private static FakeCluster Talos(int servers, string version)
    {
        const string endpoint = "https://api.example.test:6443";
        FakeCluster cluster = new("v1.35.4");
        for (int i = 1; i <= servers; i++)
        {
            cluster.Node($"cp{i}", Address(i), "v1.35.4", os: $"Talos ({version})")
                .MirrorPod($"cp{i}", KubeadmFlags(Address(i), "--audit-log-maxage=30", $"--api-audiences={endpoint}", $"--service-account-issuer={endpoint}"), image: "registry.k8s.io/kube-apiserver:v1.35.4",
                    labels: [("app.kubernetes.io/managed-by", "Talos"), ("k8s-app", "kube-apiserver")]);
        }

        return cluster.Documents(endpoint);
    }

    private static FakeCluster K0s(int servers, string version) => new FakeCluster(version).Group("k0s.k0sproject.io")
        .Node("worker-1", "192.0.2.51", version, isControlPlane: false)
        .Text(ObjectFetcher.Flagz, servers == 1 ? Flagz("https://kubernetes.default.svc", "https://kubernetes.default.svc,system:konnectivity-server") : Flagz("https://kubernetes.default.svc", "https://kubernetes.default.svc,system:konnectivity-server"))
        .Documents("https://kubernetes.default.svc");

    /// <summary>As a real server of 1.36 writes it; each process chooses one of four delimiters at random.</summary>
    public static string Flagz(string issuers, string audiences, string delimiter = "=") =>
        ($"\napiserver flagz\nWarning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.\n\n"
        + $"allow-privileged=true\naudit-log-maxage=30\nv=4\napi-audiences=[{audiences}]\nsecure-port=6443\nservice-account-issuer=[{issuers}]\nservice-account-key-file=[/var/lib/k0s/pki/sa.pub]\nservice-account-jwks-uri=\nservice-account-lookup=true\n").Replace("=", delimiter, StringComparison.Ordinal);

    private static FakeCluster MicroK8s(int servers)
    {
        FakeCluster cluster = new("v1.34.2");
        for (int i = 1; i <= servers; i++)
        {
            cluster.Node($"cp{i}", Address(i), "v1.34.2", isControlPlane: false, labels: [("microk8s.io/cluster", "true"), ("node.kubernetes.io/microk8s-controlplane", "microk8s-controlplane")]);
        }

        return cluster.Documents("https://kubernetes.default.svc");
    }

    private static FakeCluster Kops(int servers)
    {
        FakeCluster cluster = new("v1.34.1");
        for (int i = 1; i <= servers; i++)
        {
            cluster.Node($"cp{i}", Address(i), "v1.34.1", labels: [("kops.k8s.io/instancegroup", "control-plane")])
                .MirrorPod($"cp{i}", KubeadmFlags(Address(i), "--api-audiences=kubernetes.svc.default", "--service-account-issuer=https://api.internal.demo.example.test"), inArgs: true,
                    image: "registry.k8s.io/kube-apiserver:v1.34.1", labels: [("k8s-app", "kube-apiserver")]);
        }

        return cluster.Documents("https://api.internal.demo.example.test");
    }

    private static FakeCluster OpenShift(int servers)
    {
        FakeCluster cluster = new FakeCluster("v1.33.5").Group("config.openshift.io").Group("operator.openshift.io");
        for (int i = 1; i <= servers; i++)
        {
            cluster.Node($"master-{i}", Address(i), "v1.33.5", labels: [("node-role.kubernetes.io/master", "")])
                .MirrorPod($"master-{i}", [], image: "registry.example.test/ocp@sha256:0", labels: [("app", "openshift-kube-apiserver")], space: "openshift-kube-apiserver");
        }

        return cluster.Documents("https://kubernetes.default.svc")
            .Put(ObjectFetcher.OpenShiftVersion, JsonNode.Parse("""{"status":{"desired":{"version":"4.20.4"}}}""")!)
            .Put(ObjectFetcher.OpenShiftAuthentication, JsonNode.Parse("""{"apiVersion":"config.openshift.io/v1","kind":"Authentication","metadata":{"name":"cluster"},"spec":{"type":"OAuth","serviceAccountIssuer":""}}""")!)
            .Put(ObjectFetcher.OpenShiftOperator, JsonNode.Parse("""
                {"spec":{"observedConfig":{"apiServerArguments":{"service-account-issuer":["https://kubernetes.default.svc"],"api-audiences":["https://kubernetes.default.svc"]}}},
                 "status":{"serviceAccountIssuers":[]}}
                """)!);
    }
}
