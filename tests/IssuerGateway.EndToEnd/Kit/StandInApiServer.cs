using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using IssuerGateway.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>
/// The part of a Kubernetes API server that Helm needs to install, upgrade and uninstall: discovery, objects by path, the
/// patches of Helm 3 (strategic merge) and Helm 4 (server-side apply). A patch changes what it names and nothing else; the
/// type of a Secret is immutable.
/// </summary>
internal sealed class StandInApiServer : IAsyncDisposable
{
    // Group/version, resource, kind, namespaced: the kinds of the chart and of Helm's own store.
    private static readonly (string Version, string Resource, string Kind, bool Namespaced)[] kinds =
    [
        ("v1", "namespaces", "Namespace", false), ("v1", "secrets", "Secret", true), ("v1", "configmaps", "ConfigMap", true), ("v1", "services", "Service", true),
        ("v1", "serviceaccounts", "ServiceAccount", true), ("v1", "pods", "Pod", true), ("apps/v1", "deployments", "Deployment", true),
        ("coordination.k8s.io/v1", "leases", "Lease", true), ("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", true),
        ("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", true), ("discovery.k8s.io/v1", "endpointslices", "EndpointSlice", true),
        ("rbac.authorization.k8s.io/v1", "roles", "Role", true), ("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding", true),
        ("rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", false),
        ("admissionregistration.k8s.io/v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy", false),
        ("admissionregistration.k8s.io/v1", "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", false),
    ];

    private readonly Lock gate = new();
    private WebApplication app = null!;
    private int version = 100;

    public ConcurrentDictionary<string, JsonObject> Objects { get; } = new();

    /// <summary>Method and path, and the body, of every request that changes something.</summary>
    public ConcurrentQueue<(string Request, string Body)> Changes { get; } = new();

    public string Kubeconfig { get; private set; } = "";

    public static async Task<StandInApiServer> StartAsync()
    {
        StandInApiServer server = new();
        server.app = LoopbackApp.Build();
        server.app.Run(server.RespondAsync);
        await server.app.StartAsync();
        server.Kubeconfig = Path.GetTempFileName();
        await File.WriteAllTextAsync(server.Kubeconfig, new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Config",
            ["current-context"] = "a",
            ["contexts"] = new JsonArray(new JsonObject { ["name"] = "a", ["context"] = new JsonObject { ["cluster"] = "a", ["user"] = "a" } }),
            ["clusters"] = new JsonArray(new JsonObject { ["name"] = "a", ["cluster"] = new JsonObject { ["server"] = server.app.Urls.Single() } }),
            ["users"] = new JsonArray(new JsonObject { ["name"] = "a", ["user"] = new JsonObject() }),
        }.ToJsonString());
        return server;
    }

    public JsonObject Secret(string name) => Objects[$"/api/v1/namespaces/{Helm.Namespace}/secrets/{name}"];

    public JsonObject Lease(string name) => Objects[$"/apis/coordination.k8s.io/v1/namespaces/{Helm.Namespace}/leases/{name}"];

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        File.Delete(Kubeconfig);
    }

    private async Task RespondAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!.TrimEnd('/');
        if (Discovery(path) is { } document)
        {
            await WriteAsync(context, 200, document);
            return;
        }

        using MemoryStream bytes = new();
        await context.Request.Body.CopyToAsync(bytes);
        string body = context.Request.ContentType == "application/vnd.kubernetes.protobuf"
            ? ProtobufSecret.Read(bytes.ToArray()).ToJsonString()
            : System.Text.Encoding.UTF8.GetString(bytes.ToArray());
        (int status, JsonObject? value) = Do(context.Request.Method, path, context.Request.Query["labelSelector"].ToString(), context.Request.ContentType ?? "", body);
        await WriteAsync(context, status, value ?? Status(status));
    }

    private (int Status, JsonObject? Value) Do(string method, string path, string selector, string contentType, string body)
    {
        if (method != "GET")
        {
            Changes.Enqueue(($"{method} {path}", body));
        }

        lock (gate)
        {
            Objects.TryGetValue(path, out JsonObject? current);
            switch (method)
            {
                case "GET" when current is not null:
                    return (200, current.DeepClone().AsObject());
                case "GET" when kinds.Any(kind => path.EndsWith("/" + kind.Resource, StringComparison.Ordinal)):
                    return (200, List(path, selector));
                case "POST":
                    JsonObject created = JsonNode.Parse(body)!.AsObject();
                    string key = $"{path}/{created["metadata"]!["name"]}";
                    return Objects.ContainsKey(key) ? (409, null) : (201, Store(key, created));
                case "PUT" when current is not null:
                    return (200, Store(path, JsonNode.Parse(body)!.AsObject()));
                case "PATCH" when current is null:
                    return contentType.Contains("apply", StringComparison.Ordinal) ? (201, Store(path, JsonNode.Parse(body)!.AsObject())) : (404, null);
                case "PATCH":
                    JsonObject patched = current.DeepClone().AsObject();
                    Merge(patched, JsonNode.Parse(body)!.AsObject());
                    return (string?)patched["type"] == (string?)current["type"] ? (200, Store(path, patched)) : (422, null);
                case "DELETE" when current is not null:
                    Objects.TryRemove(path, out _);
                    return (200, current);
                default:
                    return (404, null);
            }
        }
    }

    private JsonObject Store(string path, JsonObject value)
    {
        value["metadata"]!["resourceVersion"] = $"{++version}";
        value["metadata"]!["uid"] ??= Guid.NewGuid().ToString();
        if ((string?)value["kind"] == "Secret")
        {
            value["type"] ??= "Opaque";
        }

        Objects[path] = value;
        return value.DeepClone().AsObject();
    }

    private JsonObject List(string path, string selector) => new()
    {
        ["kind"] = kinds.First(kind => path.EndsWith("/" + kind.Resource, StringComparison.Ordinal)).Kind + "List",
        ["apiVersion"] = kinds.First(kind => path.EndsWith("/" + kind.Resource, StringComparison.Ordinal)).Version,
        ["metadata"] = new JsonObject(),
        ["items"] = new JsonArray([.. Objects.Where(each => each.Key.StartsWith(path + "/", StringComparison.Ordinal) && Matches(each.Value, selector)).Select(each => each.Value.DeepClone())]),
    };

    private static bool Matches(JsonObject value, string selector) => selector.Length == 0
        || selector.Split(',').All(term => (string?)value["metadata"]!["labels"]?[term.Split('=')[0]] == term.Split('=')[^1]);

    // RFC 7396; for maps the strategic merge and the merge of an apply patch come to the same.
    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch)
        {
            if (name.StartsWith('$'))
            {
                continue;
            }

            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject inner && target[name] is JsonObject old)
            {
                Merge(old, inner);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }

    private static JsonObject? Discovery(string path) => path switch
    {
        "/version" => new JsonObject { ["major"] = "1", ["minor"] = "36", ["gitVersion"] = "v1.36.0" },
        "/api" => new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") },
        "/apis" => new JsonObject
        {
            ["kind"] = "APIGroupList",
            ["apiVersion"] = "v1",
            ["groups"] = new JsonArray([.. kinds.Select(kind => kind.Version).Where(each => each != "v1").Distinct().Select(each => new JsonObject
            {
                ["name"] = each.Split('/')[0],
                ["versions"] = new JsonArray(new JsonObject { ["groupVersion"] = each, ["version"] = "v1" }),
                ["preferredVersion"] = new JsonObject { ["groupVersion"] = each, ["version"] = "v1" },
            })]),
        },
        _ when kinds.Any(kind => path == (kind.Version == "v1" ? "/api/v1" : $"/apis/{kind.Version}")) => Resources(path),
        _ => null,
    };

    private static JsonObject Resources(string path)
    {
        string group = path == "/api/v1" ? "v1" : path["/apis/".Length..];
        return new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = group,
            ["resources"] = new JsonArray([.. kinds.Where(kind => kind.Version == group).Select(kind => new JsonObject
            {
                ["name"] = kind.Resource,
                ["singularName"] = "",
                ["namespaced"] = kind.Namespaced,
                ["kind"] = kind.Kind,
                ["verbs"] = new JsonArray("create", "delete", "get", "list", "patch", "update"),
            })]),
        };
    }

    private static JsonObject Status(int status) => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["status"] = "Failure",
        ["code"] = status,
        ["reason"] = status switch { 404 => "NotFound", 409 => "AlreadyExists", _ => "Invalid" },
        ["message"] = $"status {status}",
    };

    private static Task WriteAsync(HttpContext context, int status, JsonObject value)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(value.ToJsonString(new JsonSerializerOptions()));
    }
}
