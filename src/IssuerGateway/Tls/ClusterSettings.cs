using IssuerGateway.Configuration;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Kubeconfigs;

namespace IssuerGateway.Tls;

/// <summary>The cluster whose Secrets and Lease are used; nothing to do with the clusters whose documents are published.</summary>
internal sealed record ClusterSettings
{
    /// <summary><c>Tls:Kubernetes:Namespace</c>: namespace of the Secrets and the Lease, default the pod's own.</summary>
    public required string Namespace { get; init; }

    /// <summary><c>Tls:Kubernetes:KubeconfigFile</c>: how to reach the cluster from outside, default as a pod in it.</summary>
    public required string? KubeconfigFile { get; init; }

    /// <summary><c>Tls:Kubernetes:Context</c>: context of the kubeconfig, default its current one.</summary>
    public required string? Context { get; init; }

    public static ClusterSettings Read(SettingsReader reader, bool isUsed)
    {
        ClusterSettings settings = new()
        {
            Namespace = reader.Text("Namespace", OwnNamespace()) ?? "",
            KubeconfigFile = reader.Text("KubeconfigFile"),
            Context = reader.Text("Context"),
        };
        if (isUsed && settings.Namespace.Length == 0)
        {
            reader.Fail("Namespace", "nothing", "the namespace of the Secrets", $"set {reader.KeyOf("Namespace")}; only in a pod it is known without");
        }

        return settings;
    }

    public IAccessSource Access(TimeProvider time) =>
        KubeconfigFile is { } file ? new KubeconfigAccess(file, Context, time) : InClusterAccess.FromEnvironment(time);

    private static string? OwnNamespace() => SystemFile.ReadIfThere(Path.Combine(InClusterAccess.DefaultDirectory, "namespace"))?.Trim();
}
