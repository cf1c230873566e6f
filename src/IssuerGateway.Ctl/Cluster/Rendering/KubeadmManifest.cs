using IssuerGateway.Ctl.Cluster.Inspection;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Cluster.Rendering;

/// <summary>
/// The flags that kubeadm gives an API server for a configuration: its own, of which extraArgs take the place by name
/// (cmd/kubeadm/app/phases/controlplane/manifests.go of Kubernetes 1.36).
/// </summary>
internal static class KubeadmManifest
{
    private const string DefaultCertificates = "/etc/kubernetes/pki";

    /// <param name="configuration">A ClusterConfiguration that can be read.</param>
    /// <param name="endpoint">The advertised address and port; null: both are left out.</param>
    public static FlagSet FlagsOf(string configuration, string? endpoint)
    {
        FlagSet given = KubeadmConfiguration.ArgumentsOf(configuration) ?? new FlagSet([]);
        return new FlagSet([.. Own(configuration, given, endpoint).Where(flag => given.All(flag.Name).Count == 0), .. given.Flags]);
    }

    public static string CertificatesOf(string configuration) => (KubeadmConfiguration.TextOf(configuration, "certificatesDir") ?? DefaultCertificates).TrimEnd('/');

    /// <summary>The issuer that kubeadm gives where the configuration names none.</summary>
    public static string IssuerOf(string configuration) => $"https://kubernetes.default.svc.{YamlSource.TextAt(YamlSource.Parse(configuration)?.Root, "networking", "dnsDomain") ?? "cluster.local"}";

    private static IEnumerable<Flag> Own(string configuration, FlagSet given, string? endpoint)
    {
        string folder = CertificatesOf(configuration);
        YamlMappingNode? root = YamlSource.Parse(configuration)?.Root;
        if (endpoint is not null && endpoint.LastIndexOf(':') is var colon and > 0)
        {
            yield return new Flag("advertise-address", endpoint[..colon].Trim('[', ']'));
            yield return new Flag("secure-port", endpoint[(colon + 1)..]);
        }

        yield return new Flag("enable-admission-plugins", "NodeRestriction");
        yield return new Flag("service-cluster-ip-range", YamlSource.TextAt(root, "networking", "serviceSubnet") ?? "10.96.0.0/12");
        if (given.Last("authorization-config") is null)
        {
            yield return new Flag("authorization-mode", "Node,RBAC");
        }

        yield return new Flag(FlagSet.KeyFile, $"{folder}/sa.pub");
        yield return new Flag(FlagSet.SigningKeyFile, $"{folder}/sa.key");
        yield return new Flag(FlagSet.Issuer, IssuerOf(configuration));
        yield return new Flag("client-ca-file", $"{folder}/ca.crt");
        yield return new Flag("tls-cert-file", $"{folder}/apiserver.crt");
        yield return new Flag("tls-private-key-file", $"{folder}/apiserver.key");
        yield return new Flag("kubelet-client-certificate", $"{folder}/apiserver-kubelet-client.crt");
        yield return new Flag("kubelet-client-key", $"{folder}/apiserver-kubelet-client.key");
        yield return new Flag("enable-bootstrap-token-auth", "true");
        yield return new Flag("allow-privileged", "true");
        yield return new Flag("kubelet-preferred-address-types", "InternalIP,ExternalIP,Hostname");
        yield return new Flag("requestheader-username-headers", "X-Remote-User");
        yield return new Flag("requestheader-group-headers", "X-Remote-Group");
        yield return new Flag("requestheader-extra-headers-prefix", "X-Remote-Extra-");
        yield return new Flag("requestheader-client-ca-file", $"{folder}/front-proxy-ca.crt");
        yield return new Flag("requestheader-allowed-names", "front-proxy-client");
        yield return new Flag("proxy-client-cert-file", $"{folder}/front-proxy-client.crt");
        yield return new Flag("proxy-client-key-file", $"{folder}/front-proxy-client.key");

        // Up to 1.23, where the flag still exists.
        yield return new Flag("insecure-port", "0");
        foreach (Flag flag in Etcd(root, folder, endpoint))
        {
            yield return flag;
        }
    }

    private static IEnumerable<Flag> Etcd(YamlMappingNode? root, string folder, string? endpoint)
    {
        if (YamlSource.At(root, "etcd", "external") is { } external)
        {
            yield return new Flag("etcd-servers", string.Join(',', YamlSource.TextsAt(external, "endpoints")));
            foreach ((string name, string key) in ((string, string)[])[("etcd-cafile", "caFile"), ("etcd-certfile", "certFile"), ("etcd-keyfile", "keyFile")])
            {
                if (YamlSource.TextAt(external, key) is { } file)
                {
                    yield return new Flag(name, file);
                }
            }

            yield break;
        }

        YamlNode? arguments = YamlSource.At(root, "etcd", "local", "extraArgs");
        string? advertised = ArgumentFields.ReadMap(arguments).Concat(ArgumentFields.ReadPairs(arguments)).LastOrDefault(flag => flag.Name == "advertise-client-urls").Value;
        yield return new Flag("etcd-servers", advertised ?? $"https://{(endpoint?.StartsWith('[') == true ? "[::1]" : "127.0.0.1")}:2379");
        yield return new Flag("etcd-cafile", $"{folder}/etcd/ca.crt");
        yield return new Flag("etcd-certfile", $"{folder}/apiserver-etcd-client.crt");
        yield return new Flag("etcd-keyfile", $"{folder}/apiserver-etcd-client.key");
    }
}
