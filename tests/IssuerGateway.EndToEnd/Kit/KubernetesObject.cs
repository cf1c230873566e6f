using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>Parts of Kubernetes objects that the tests request by name.</summary>
internal static class KubernetesObject
{
    public static string Kind(this JsonObject each) => (string)each["kind"]!;

    public static string Name(this JsonObject each) => (string)each["metadata"]!["name"]!;

    public static string Namespace(this JsonObject each) => (string?)each["metadata"]!["namespace"] ?? "";

    /// <summary>The node at a path such as <c>spec/ports/0/name</c>, or nothing.</summary>
    public static JsonNode? At(this JsonNode? node, string path) => path.Split('/').Aggregate(node, (current, step) => current switch
    {
        JsonArray array => int.Parse(step) < array.Count ? array[int.Parse(step)] : null,
        JsonObject each => each[step],
        _ => null,
    });

    public static IEnumerable<JsonNode> Each(this JsonNode? node, string path) => (node.At(path) as JsonArray)?.Select(each => each!) ?? [];

    public static IReadOnlyList<string> Texts(this JsonNode? node, string path) => [.. node.Each(path).Select(each => each.ToString())];

    /// <summary>The pod that the object describes, if it is of such a kind.</summary>
    public static JsonObject? PodSpec(this JsonObject each) => each.Kind() switch
    {
        "Pod" => each["spec"]!.AsObject(),
        "Deployment" or "DaemonSet" => each.At("spec/template/spec")!.AsObject(),
        _ => null,
    };

    public static IEnumerable<JsonObject> AllContainers(this JsonObject podSpec) =>
        podSpec.Each("initContainers").Concat(podSpec.Each("containers")).Select(each => each.AsObject());
}
