using IssuerGateway.Kubernetes;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary>Which access is meant when no kubeconfig is named: inside a pod its service account, else the files that kubectl takes.</summary>
internal static class ClusterAccess
{
    public static IAccessSource Open(string? file, string? context, TimeProvider time)
    {
        // kubectl skips files of the list that do not exist.
        string[] named = file is not null ? [file] : [.. (Environment.GetEnvironmentVariable("KUBECONFIG") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Where(File.Exists)];
        return named.Length == 0 && context is null && Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is { Length: > 0 }
            ? InClusterAccess.FromEnvironment(time)
            : new KubectlAccess(named.Length > 0 ? named : [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config")], context, time);
    }
}
