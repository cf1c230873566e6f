using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IssuerGateway.Kubernetes.Documents;
using k8s.Models;

namespace IssuerGateway.Kubernetes.Objects;

/// <summary>Why an API server did not do what was requested.</summary>
public sealed record ClusterFault(string Message, HttpStatusCode? Status)
{
    public bool IsNotFound => Status == HttpStatusCode.NotFound;

    /// <summary>Somebody else has written since it was read.</summary>
    public bool IsConflict => Status == HttpStatusCode.Conflict;
}

/// <summary>An object of the cluster, or the fault.</summary>
public readonly record struct ClusterResponse<T>(T? Value, ClusterFault? Fault) where T : class;

/// <summary>The Secrets and Leases of one namespace, every failure a result; nothing but get and replace is used: objects are made by the chart.</summary>
public sealed class ClusterObjects(ClusterConnection connection, string ns)
{
    private static readonly TimeSpan timeout = TimeSpan.FromSeconds(5);

    private static readonly FetchLimits limits = new();

    public string Namespace => ns;

    public Task<ClusterResponse<V1Secret>> ReadSecretAsync(string name, CancellationToken cancellationToken) =>
        ReadAsync("Secret", Secrets, name, ApiObjects.Default.V1Secret, cancellationToken);

    public Task<ClusterResponse<V1Secret>> WriteSecretAsync(V1Secret secret, CancellationToken cancellationToken) =>
        WriteAsync("Secret", Secrets, secret, secret.Metadata, ApiObjects.Default.V1Secret, query: "", cancellationToken);

    /// <summary>Whether the Secret would be replaced: everything is checked, admission policies included, and nothing stored.</summary>
    public Task<ClusterResponse<V1Secret>> TryWriteSecretAsync(V1Secret secret, CancellationToken cancellationToken) =>
        WriteAsync("Secret", Secrets, secret, secret.Metadata, ApiObjects.Default.V1Secret, query: "?dryRun=All", cancellationToken);

    public Task<ClusterResponse<V1Lease>> ReadLeaseAsync(string name, CancellationToken cancellationToken) =>
        ReadAsync("Lease", Leases, name, ApiObjects.Default.V1Lease, cancellationToken);

    public Task<ClusterResponse<V1Lease>> WriteLeaseAsync(V1Lease lease, CancellationToken cancellationToken) =>
        WriteAsync("Lease", Leases, lease, lease.Metadata, ApiObjects.Default.V1Lease, query: "", cancellationToken);

    private string Secrets => $"/api/v1/namespaces/{ns}/secrets";

    private string Leases => $"/apis/coordination.k8s.io/v1/namespaces/{ns}/leases";

    private Task<ClusterResponse<T>> ReadAsync<T>(string kind, string path, string name, JsonTypeInfo<T> type, CancellationToken cancellationToken) where T : class =>
        QueryAsync($"get {kind} {ns}/{name}", (api, token) => api.GetAsync($"{path}/{name}", type, token), cancellationToken);

    /// <summary>Replaces what was read: its resourceVersion decides.</summary>
    private Task<ClusterResponse<T>> WriteAsync<T>(
        string kind, string path, T value, V1ObjectMeta metadata, JsonTypeInfo<T> type, string query, CancellationToken cancellationToken) where T : class =>
        QueryAsync($"replace {kind} {ns}/{metadata.Name}", (api, token) => api.ReplaceAsync($"{path}/{metadata.Name}{query}", value, type, token), cancellationToken);

    private async Task<ClusterResponse<T>> QueryAsync<T>(string what, Func<ApiServerClient, CancellationToken, Task<T>> query, CancellationToken cancellationToken) where T : class
    {
        // The network does not follow a test's clock.
        using CancellationTokenSource limit = new(timeout, TimeProvider.System);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return connection.Open(out ClusterFault? fault) is { } api
                ? new ClusterResponse<T>(await query(api, linked.Token), null)
                : new ClusterResponse<T>(null, fault);
        }
        catch (ApiStatusException e)
        {
            string hint = e.Status == HttpStatusCode.Forbidden ? "; allow it by a Role of the namespace" : "";
            return new ClusterResponse<T>(null, new ClusterFault($"{what}: {e.Message}{hint}", e.Status));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ClusterResponse<T>(null, new ClusterFault($"{what}: no response within {timeout.TotalSeconds:0} s", null));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or TokenUnavailableException)
        {
            // What .NET says of a connection ("see inner exception") names no cause.
            string message = e is HttpRequestException or IOException && TransportFault.Of(e, what, limits) is { } fault ? fault.Message : $"{what}: {e.Message}";
            return new ClusterResponse<T>(null, new ClusterFault(message, null));
        }
    }
}
