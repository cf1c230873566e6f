using System.Text.Json;
using IssuerGateway.Kubernetes;
using k8s.Models;

namespace IssuerGateway.Fuzz.Targets;

/// <summary>What the API server of the cluster answers beside the documents.</summary>
internal static class KubernetesTargets
{
    public static void EndpointSlices(byte[] bytes)
    {
        V1EndpointSliceList? slices;
        try
        {
            slices = JsonSerializer.Deserialize(bytes, ApiObjects.Default.V1EndpointSliceList);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            // What Kubernetes/EndpointSliceServers reports.
            return;
        }

        IReadOnlyList<Uri> servers = slices is null ? [] : EndpointSliceServers.ServersOf(slices);
        BrokenPromiseException.Unless(servers.Count <= 32 && servers.All(server => server.Scheme == "https" && server.UserInfo.Length == 0), "a bounded number of https servers");
    }
}
