using System.Text.Json;

namespace IssuerGateway.Ctl.Cluster.Inspection;

/// <summary>What was fetched of a cluster, object by object; null where it could not be read.</summary>
internal sealed record FetchedObjects
{
    public JsonElement? Version { get; init; }

    public IReadOnlyList<string> ApiGroups { get; init; } = [];

    public IReadOnlyList<JsonElement>? Nodes { get; init; }

    public IReadOnlyList<JsonElement>? Pods { get; init; }

    public IReadOnlyList<JsonElement>? Leases { get; init; }

    public IReadOnlyList<JsonElement>? EndpointSlices { get; init; }

    public JsonElement? KubeadmConfig { get; init; }

    public JsonElement? ShootInfo { get; init; }

    public IReadOnlyList<string> Namespaces { get; init; } = [];

    public JsonElement? OpenShiftOperator { get; init; }

    public JsonElement? OpenShiftAuthentication { get; init; }

    public JsonElement? OpenShiftVersion { get; init; }

    public IReadOnlyList<JsonElement> ControlPlanes { get; init; } = [];
}
