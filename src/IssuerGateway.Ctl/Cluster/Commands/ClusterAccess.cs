using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Kubeconfigs;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary>Which access is meant when no kubeconfig is named: inside a pod its service account, else the files that kubectl takes.</summary>
internal static class ClusterAccess
{
    public static IAccessSource Open(ProgramEnvironment environment, string? file, string? context, Impersonation? impersonation = null)
    {
        // kubectl skips files of the list that do not exist.
        string[] named = file is not null ? [file] : [.. (environment.Variable("KUBECONFIG") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Where(File.Exists)];
        if (named.Length == 0 && context is null && environment.Variable("KUBERNETES_SERVICE_HOST") is { Length: > 0 } && impersonation is null)
        {
            return InClusterAccess.FromEnvironment(environment.Time);
        }

        string path = named.Length > 0 ? string.Join(Path.PathSeparator, named) : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config");
        EnvironmentProxy proxy = new(environment.Variable);
        return new KubeconfigAccess(path, context, environment.Time, new KubectlBehavior
        {
            Plugin = new CredentialPlugin(),
            EnvironmentProxy = proxy,
            EnvironmentProxyFault = proxy.Fault,
            Impersonation = impersonation,
        });
    }
}
