using IssuerGateway.Base;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Kubeconfigs;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary>Which access is meant when no kubeconfig is named: inside a pod its service account, else the files that kubectl takes.</summary>
internal static class ClusterAccess
{
    public const string Variable = "KUBECONFIG";

    /// <param name="timeout">What a credential plugin may use up from now on, in all its runs; null for <see cref="CredentialPlugin.Limit"/> each.</param>
    public static IAccessSource Open(ProgramEnvironment environment, string? file, string? context, Impersonation? impersonation = null, TimeSpan? timeout = null)
    {
        // kubectl skips files of the list that do not exist. Where none exists it connects to localhost, and in a pod as its service account; which cluster was meant is not known.
        string[] listed = file is not null ? [] : (environment.Variable(Variable) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string[] named = file is not null ? [file] : [.. listed.Where(File.Exists)];
        if (named.Length == 0 && listed.Length > 0)
        {
            return new MissingKubeconfig(string.Join(Path.PathSeparator, listed));
        }

        if (named.Length == 0 && context is null && environment.Variable("KUBERNETES_SERVICE_HOST") is { Length: > 0 } && impersonation is null)
        {
            return InClusterAccess.FromEnvironment(environment.Time);
        }

        string path = named.Length > 0 ? string.Join(Path.PathSeparator, named) : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config");
        EnvironmentProxy proxy = new(environment.Variable);
        return new KubeconfigAccess(path, context, environment.Time, new KubectlBehavior
        {
            Plugin = new CredentialPlugin(environment, timeout is { } all ? Countdown(all, environment.NetworkTime) : null),
            EnvironmentProxy = proxy,
            EnvironmentProxyFault = proxy.Fault,
            Impersonation = impersonation,
        });
    }

    private static Func<TimeSpan> Countdown(TimeSpan all, TimeProvider time)
    {
        long started = time.GetTimestamp();
        return () => all - time.GetElapsedTime(started);
    }

    private sealed class MissingKubeconfig(string value) : IAccessSource
    {
        public string Description => $"{Variable}={value}";

        public AccessReading Read() => AccessReading.Failed(new AccessFault(AccessFaultCode.FileMissing, $"{Variable}: no such file: {PrintableText.Of(value)}",
            $"correct or unset {Variable}, or name a kubeconfig with --kubeconfig"));
    }
}
