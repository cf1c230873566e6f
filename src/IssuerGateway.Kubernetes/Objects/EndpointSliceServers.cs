using System.Net;
using System.Net.Sockets;
using IssuerGateway.Kubernetes.Documents;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Kubernetes.Objects;

/// <summary>
/// The API servers themselves, as the EndpointSlices of default/kubernetes list them. Behind the service address one
/// responds for all, and servers that differ would not be seen. Whatever goes wrong there are servers to query.
/// </summary>
public sealed class EndpointSliceServers(TimeProvider time, ILogger<EndpointSliceServers> logger)
{
    private const int MaxServers = 32;
    private const string Path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes&limit=32";
    private static readonly TimeSpan timeout = TimeSpan.FromSeconds(5);

    private IReadOnlyList<Uri>? known;
    private string? said;

    /// <summary>Why the list in use is not a fresh one; absent while it is.</summary>
    public string? Fallback => said;

    public async Task<IReadOnlyList<Uri>> ReadAsync(ApiServerAccess access, CancellationToken cancellationToken)
    {
        (IReadOnlyList<Uri> servers, string? reason) = await ListAsync(access, cancellationToken);
        if (reason is null)
        {
            known = servers;
        }
        else if (reason == Forbidden)
        {
            // What was listed before the right was taken away will be wrong one day, without a way to notice.
            known = null;
        }

        Say(reason);
        return known ?? access.Servers;
    }

    private const string Forbidden = "forbidden";

    private async Task<(IReadOnlyList<Uri> Servers, string? Reason)> ListAsync(ApiServerAccess access, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(timeout, time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using ApiServerClient client = new(access, access.Servers[0]);
            V1EndpointSliceList slices = await client.GetAsync(Path, ApiObjects.Default.V1EndpointSliceList, linked.Token);
            IReadOnlyList<Uri> servers = ServersOf(slices);
            return servers.Count > 0 ? (servers, null) : (servers, "no ready endpoint listed");
        }
        catch (ApiStatusException exception)
        {
            return ([], exception.Status is HttpStatusCode.Forbidden ? Forbidden : exception.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ([], "timeout");
        }
        catch (TokenUnavailableException exception)
        {
            return ([], exception.Fault.Code);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or System.Text.Json.JsonException)
        {
            return ([], exception is System.Text.Json.JsonException ? "no usable response" : TransportFault.Of(exception, access.Servers[0].GetLeftPart(UriPartial.Authority), new FetchLimits())?.Message ?? "no usable response");
        }
    }

    internal static IReadOnlyList<Uri> ServersOf(V1EndpointSliceList slices) =>
    [
        .. (from slice in slices.Items ?? []
            where slice?.AddressType is "IPv4" or "IPv6"
            from port in slice.Ports ?? []
            where port is { Name: "https", Port: > 0 and <= ushort.MaxValue }
            from endpoint in slice.Endpoints ?? []
            where endpoint is not null && (endpoint.Conditions?.Ready ?? true)
            from address in endpoint.Addresses ?? []
            let parsed = IPAddress.TryParse(address, out IPAddress? ip) ? ip : null
            where parsed is not null
            orderby parsed.AddressFamily == AddressFamily.InterNetworkV6, parsed.ToString(), port.Port
            select new UriBuilder("https", parsed.ToString(), port.Port!.Value).Uri).Distinct().Take(MaxServers),
    ];

    // One line when it begins and one when it ends, not one a refresh.
    private void Say(string? reason)
    {
        if (reason == said)
        {
            return;
        }

        said = reason;
        if (reason is null)
        {
            logger.LogInformation("EndpointSlices of default/kubernetes are read: every API server is queried at its own address");
        }
        else
        {
            logger.LogWarning(
                "EndpointSlices of default/kubernetes cannot be listed ({Reason}): {Fallback}. hint: {Hint}",
                reason,
                known is null ? "only the service address is queried" : "the servers of the last good list are queried",
                reason == Forbidden
                    ? "allow list on endpointslices.discovery.k8s.io in the namespace default"
                    : "look at the API server behind the service address: kubectl -n default get endpointslices -l kubernetes.io/service-name=kubernetes");
        }
    }
}
