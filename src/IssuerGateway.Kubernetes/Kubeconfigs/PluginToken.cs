using k8s.KubeConfigModels;

namespace IssuerGateway.Kubernetes.Kubeconfigs;

/// <summary>The token of a credential plugin, which runs again when the token has expired or was rejected.</summary>
internal sealed class PluginToken(ICredentialPlugin plugin, ExternalExecution settings, PluginCredential first, Func<PluginFault, AccessFault> describe, TimeProvider time) : IBearerToken
{
    private readonly Lock gate = new();
    private PluginCredential? current = first;

    public TokenReading Read()
    {
        lock (gate)
        {
            PluginFault? fault = null;
            if (current is not { } known || (known.Expires is { } expires && expires <= time.GetUtcNow()))
            {
                current = plugin.Run(settings, out fault);
            }

            return current?.Token is { } token
                ? new TokenReading(token, null)
                : new TokenReading(null, describe(fault ?? new PluginFault("it gave no token")));
        }
    }

    public void Invalidate()
    {
        lock (gate)
        {
            current = null;
        }
    }
}
