using System.ComponentModel;
using System.Text.Json;
using IssuerGateway.Base;
using IssuerGateway.Kubernetes.Kubeconfigs;
using k8s;
using k8s.Exceptions;
using k8s.KubeConfigModels;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary>Runs credential plugins as kubectl does.</summary>
internal sealed class CredentialPlugin : ICredentialPlugin
{
    public PluginCredential? Run(ExternalExecution plugin, out string? fault)
    {
        try
        {
            ExecCredentialResponse.ExecStatus status = KubernetesClientConfiguration.ExecuteExternalCommand(plugin).Status;
            fault = null;
            return new PluginCredential(
                string.IsNullOrEmpty(status.Token) ? null : status.Token, status.ClientCertificateData, status.ClientKeyData,
                status.ExpirationTimestamp is { } expires ? new DateTimeOffset(expires.ToUniversalTime()) : null);
        }
        catch (Exception exception) when (exception is KubeConfigException or Win32Exception or IOException or InvalidOperationException or JsonException)
        {
            // The library's message names the command and what went wrong; that of a parser could quote a token.
            fault = exception is JsonException ? "it wrote no ExecCredential" : PrintableText.Of(exception.Message);
            return null;
        }
    }
}
