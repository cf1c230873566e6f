using IssuerGateway.Kubernetes.Trust;
using k8s.KubeConfigModels;

namespace IssuerGateway.Kubernetes.Kubeconfigs;

/// <summary>What one context of a kubeconfig says, as far as it is taken; files are named, not yet read.</summary>
internal sealed record KubeconfigEntry
{
    /// <summary>The name of the user in the kubeconfig.</summary>
    public string User { get; init; } = "";

    public required Uri Server { get; init; }

    public required string? ServerName { get; init; }

    /// <summary>Absent with <see cref="KubectlBehavior"/> only: what the machine trusts.</summary>
    public required KubeconfigContent? Trust { get; init; }

    public required string? Token { get; init; }

    /// <summary>Before <see cref="Token"/>, which is used while the file cannot be read.</summary>
    public required string? TokenFile { get; init; }

    public required KubeconfigContent? ClientCertificate { get; init; }

    public required KubeconfigContent? ClientKey { get; init; }

    /// <summary>With <see cref="KubectlBehavior"/> only, as the two below.</summary>
    public ExternalExecution? Plugin { get; init; }

    public Uri? Proxy { get; init; }

    public Impersonation? Impersonation { get; init; }
}

/// <summary>Content that a kubeconfig gives either in place or by the path of a file.</summary>
/// <param name="Member">The member that has the path, such as <c>client-certificate</c>.</param>
internal sealed record KubeconfigContent(string Member, byte[]? Data, string? File)
{
    public override string ToString() => File ?? "data in the kubeconfig";
}
