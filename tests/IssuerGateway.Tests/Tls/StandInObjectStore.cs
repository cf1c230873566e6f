using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;

namespace IssuerGateway.Tests.Tls;

/// <summary>Secrets and Leases as a Kubernetes 1.36 API server keeps them, with its recorded responses (tests/fixtures/kubernetes-1.36/objects).</summary>
internal sealed class StandInObjectStore
{
    private readonly ConcurrentDictionary<string, JsonNode> objects = new();
    private readonly Lock gate = new();
    private int version = 100;

    public IReadOnlyDictionary<string, JsonNode> Objects => objects;

    public void Put(string path, JsonObject stored)
    {
        lock (gate)
        {
            stored["metadata"]!["resourceVersion"] = $"{++version}";
            objects[path] = stored;
        }
    }

    public void Remove(string path) => objects.TryRemove(path, out _);

    /// <summary>The status, and the object or Status; null for the Status of that status.</summary>
    /// <param name="query"><c>?dryRun=All</c>: everything is checked and nothing stored.</param>
    public (int Status, JsonNode Response) Do(string method, string path, JsonNode? body, string? query = null)
    {
        lock (gate)
        {
            string key = method == "POST" ? $"{path}/{body!["metadata"]!["name"]}" : path;
            objects.TryGetValue(key, out JsonNode? current);
            switch (method)
            {
                case "GET":
                    return current is null ? (404, StatusOf(404, key)) : (200, current.DeepClone());
                case "POST" when current is not null:
                    return (409, RecordedStatus("secret-create-409-exists", key));
                case "PUT" when current is null:
                    return (404, StatusOf(404, key));
                case "PUT" when (string?)current!["metadata"]!["resourceVersion"] != (string?)body!["metadata"]!["resourceVersion"]:
                    return (409, StatusOf(409, key));
                case "PUT" when (string?)body["type"] is { } type && type != (string?)current["type"]:
                    return (422, RecordedStatus("secret-put-422-type-immutable", key));
                case "PUT" when current["immutable"] is not null && current["data"]?.ToJsonString() != body["data"]?.ToJsonString():
                    return (422, new JsonObject
                    {
                        ["kind"] = "Status",
                        ["code"] = 422,
                        ["message"] = $"Secret \"{NameOf(key)}\" is invalid: data: Forbidden: field is immutable when `immutable` is set",
                    });
                case "PUT" when body["data"]?.ToJsonString().Length > 4 * 1024 * 1024 / 3:
                    return (422, RecordedStatus("secret-create-422-too-large", key));
                case "PUT" when HasTimeWithoutMicroseconds(body):
                    return (400, RecordedStatus("lease-put-400-time-without-microseconds", key));
                case "POST" or "PUT" when query == "?dryRun=All":
                    return (method == "POST" ? 201 : 200, body!.DeepClone());
                case "PUT" when JsonNode.DeepEquals(current, body):
                    // Nothing changes, not even the version.
                    return (200, current!.DeepClone());
                case "POST" or "PUT":
                    JsonNode stored = body!.DeepClone();
                    stored["metadata"]!["resourceVersion"] = $"{++version}";
                    objects[key] = stored;
                    return (method == "POST" ? 201 : 200, stored.DeepClone());
                default:
                    return (405, StatusOf(405, key));
            }
        }
    }

    /// <summary>What the server says with a status that it gives without looking at the object.</summary>
    public static JsonNode StatusOf(int code, string path)
    {
        string? recorded = (code, path.Contains("/leases/", StringComparison.Ordinal)) switch
        {
            (401, _) => "secret-get-401",
            (403, true) => "lease-put-403",
            (403, false) => "secret-get-403",
            (404, false) => "secret-get-404",
            (409, true) => "lease-put-409-conflict",
            (409, false) => "secret-put-409-conflict",
            (422, false) => "secret-put-422-label",
            _ => null,
        };
        return recorded is null
            ? new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["status"] = "Failure", ["code"] = code }
            : RecordedStatus(recorded, path);
    }

    private static bool HasTimeWithoutMicroseconds(JsonNode lease) =>
        lease["spec"] is JsonObject spec && (string?)spec["renewTime"] is { } time && time.Split('.')[^1].Length != "000000Z".Length;

    // The recorded sentence, about the object at hand.
    private static JsonNode RecordedStatus(string name, string path) =>
        JsonNode.Parse(Encoding.UTF8.GetString(Recorded.Body($"objects/{name}")).Replace("ig-tls", NameOf(path), StringComparison.Ordinal).Replace("ig-acme", NameOf(path), StringComparison.Ordinal))!;

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
