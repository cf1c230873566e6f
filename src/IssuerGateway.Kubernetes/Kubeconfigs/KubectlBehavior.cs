using System.Net;
using k8s.KubeConfigModels;

namespace IssuerGateway.Kubernetes.Kubeconfigs;

/// <summary>What kubectl does with a kubeconfig, for the program of an administrator; the gateway has none of it and rejects such a kubeconfig.</summary>
public sealed record KubectlBehavior
{
    public required ICredentialPlugin Plugin { get; init; }

    /// <summary>For clusters without a proxy-url.</summary>
    public required IWebProxy EnvironmentProxy { get; init; }

    /// <summary>Why the proxy of the environment cannot be used.</summary>
    public string? EnvironmentProxyFault { get; init; }

    /// <summary>Takes the place of what the kubeconfig says (as, as-groups).</summary>
    public Impersonation? Impersonation { get; init; }
}

/// <summary>Runs the credential plugin of a user (exec).</summary>
public interface ICredentialPlugin
{
    /// <param name="fault">Why it gave no credential.</param>
    PluginCredential? Run(ExternalExecution plugin, out PluginFault? fault);
}

/// <summary>Why a plugin gave no credential, as a clause about it.</summary>
/// <param name="Hint">What to do; null where only the plugin can tell.</param>
public sealed record PluginFault(string Reason, string? Hint = null);

/// <summary>What a plugin gave: a token, or a client certificate with its key, or both (client.authentication.k8s.io/v1).</summary>
public sealed record PluginCredential(string? Token, string? CertificatePem, string? KeyPem, DateTimeOffset? Expires)
{
    // Never the token.
    public override string ToString() => "credential of a plugin";
}
