using IssuerGateway.Kubernetes;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary>Which access is meant when no kubeconfig is named: inside a pod its service account, else the file that kubectl takes.</summary>
internal static class ClusterAccess
{
    public static IAccessSource Open(string? file, string? context, TimeProvider time)
    {
        string? named = file ?? Environment.GetEnvironmentVariable("KUBECONFIG")?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(File.Exists);
        return named is null && context is null && Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is { Length: > 0 }
            ? InClusterAccess.FromEnvironment(time)
            : new KubeconfigAccess(named ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config"), context, time);
    }
}
