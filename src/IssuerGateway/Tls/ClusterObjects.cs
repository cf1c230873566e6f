using System.Net;
using System.Text.Json;
using IssuerGateway.Kubernetes;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace IssuerGateway.Tls;

/// <summary>Why an API server did not do what it was asked.</summary>
internal sealed record ClusterFault(string Message, HttpStatusCode? Status)
{
    public bool IsNotFound => Status == HttpStatusCode.NotFound;

    /// <summary>Somebody else has written since it was read.</summary>
    public bool IsConflict => Status == HttpStatusCode.Conflict;
}

/// <summary>An object of the cluster, or the fault.</summary>
internal readonly record struct ClusterAnswer<T>(T? Value, ClusterFault? Fault) where T : class;

/// <summary>The Secrets and Leases of one namespace, every failure a result; nothing but get, create and replace is used.</summary>
internal sealed class ClusterObjects(ClusterConnection connection, string ns)
{
    private static readonly TimeSpan timeout = TimeSpan.FromSeconds(5);

    public string Namespace => ns;

    public Task<ClusterAnswer<V1Secret>> ReadSecretAsync(string name, CancellationToken cancellationToken) =>
        AskAsync($"get Secret {ns}/{name}", (api, token) => api.CoreV1.ReadNamespacedSecretAsync(name, ns, cancellationToken: token), cancellationToken);

    /// <summary>Replaces what was read (its resourceVersion decides), or creates it.</summary>
    public Task<ClusterAnswer<V1Secret>> WriteSecretAsync(V1Secret secret, CancellationToken cancellationToken) =>
        secret.Metadata.ResourceVersion is null
            ? AskAsync($"create Secret {ns}/{secret.Metadata.Name}", (api, token) => api.CoreV1.CreateNamespacedSecretAsync(secret, ns, cancellationToken: token), cancellationToken)
            : AskAsync($"replace Secret {ns}/{secret.Metadata.Name}", (api, token) => api.CoreV1.ReplaceNamespacedSecretAsync(secret, secret.Metadata.Name, ns, cancellationToken: token), cancellationToken);

    public Task<ClusterAnswer<V1Lease>> ReadLeaseAsync(string name, CancellationToken cancellationToken) =>
        AskAsync($"get Lease {ns}/{name}", (api, token) => api.CoordinationV1.ReadNamespacedLeaseAsync(name, ns, cancellationToken: token), cancellationToken);

    /// <summary>Replaces what was read (its resourceVersion decides), or creates it.</summary>
    public Task<ClusterAnswer<V1Lease>> WriteLeaseAsync(V1Lease lease, CancellationToken cancellationToken) =>
        lease.Metadata.ResourceVersion is null
            ? AskAsync($"create Lease {ns}/{lease.Metadata.Name}", (api, token) => api.CoordinationV1.CreateNamespacedLeaseAsync(lease, ns, cancellationToken: token), cancellationToken)
            : AskAsync($"replace Lease {ns}/{lease.Metadata.Name}", (api, token) => api.CoordinationV1.ReplaceNamespacedLeaseAsync(lease, lease.Metadata.Name, ns, cancellationToken: token), cancellationToken);

    private async Task<ClusterAnswer<T>> AskAsync<T>(string what, Func<IKubernetes, CancellationToken, Task<T>> ask, CancellationToken cancellationToken) where T : class
    {
        // The network does not follow a test's clock.
        using CancellationTokenSource limit = new(timeout, TimeProvider.System);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return connection.Open(out ClusterFault? fault) is { } api
                ? new ClusterAnswer<T>(await ask(api, linked.Token), null)
                : new ClusterAnswer<T>(null, fault);
        }
        catch (HttpOperationException e)
        {
            // Never its message: it quotes the body.
            string hint = e.Response.StatusCode == HttpStatusCode.Forbidden ? "; allow it by a Role of the namespace" : "";
            return new ClusterAnswer<T>(null, new ClusterFault($"{what}: answered {(int)e.Response.StatusCode}{hint}", e.Response.StatusCode));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ClusterAnswer<T>(null, new ClusterFault($"{what}: no answer within {timeout.TotalSeconds:0} s", null));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or TokenUnavailableException)
        {
            return new ClusterAnswer<T>(null, new ClusterFault($"{what}: {e.Message}", null));
        }
    }
}
