using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using IssuerGateway.Ctl.Parties.EntraApp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Tests.Tls;

/// <summary>The part of a Kubernetes API server that keeps Secrets and Leases: get, create and replace by resourceVersion, one port a replica.</summary>
internal sealed class StandInObjects : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, JsonNode> objects = new();
    private readonly ConcurrentDictionary<int, bool> cutOff = new();
    private readonly Lock gate = new();
    private WebApplication app = null!;
    private int version = 100;

    public IReadOnlyList<int> Ports { get; private set; } = [];

    public IReadOnlyDictionary<string, JsonNode> Objects => objects;

    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>A status to refuse a request with, by method and path.</summary>
    public Func<string, int?> Refuse { get; set; } = _ => null;

    /// <summary>What a slow or hanging server does before it answers.</summary>
    public Func<string, Task> BeforeAnswer { get; set; } = _ => Task.CompletedTask;

    /// <summary>What comes between the head of an answer and its body.</summary>
    public Func<Task> BeforeBody { get; set; } = () => Task.CompletedTask;

    /// <param name="https">Certificate with its key and the rest of its chain; without it plain HTTP is spoken.</param>
    public static async Task<StandInObjects> StartAsync(int replicas = 1, (X509Certificate2 Leaf, X509Certificate2Collection Chain)? https = null)
    {
        StandInObjects cluster = new();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            for (int i = 0; i < replicas; i++)
            {
                kestrel.Listen(IPAddress.Loopback, 0, listen =>
                {
                    if (https is { } pair)
                    {
                        listen.UseHttps(options =>
                        {
                            options.ServerCertificate = pair.Leaf;
                            options.ServerCertificateChain = pair.Chain;
                        });
                    }
                });
            }
        });
        cluster.app = builder.Build();
        cluster.app.Run(cluster.AnswerAsync);
        await cluster.app.StartAsync();
        cluster.Ports = [.. cluster.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address).Port)];
        return cluster;
    }

    /// <summary>From now on nothing of this replica arrives.</summary>
    public void CutOff(int replica) => cutOff[Ports[replica]] = true;

    public void Put(string name, string chain, string key)
    {
        lock (gate)
        {
            objects[$"/api/v1/namespaces/gateway/secrets/{name}"] = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Secret",
                ["type"] = "kubernetes.io/tls",
                ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "gateway", ["resourceVersion"] = $"{++version}" },
                ["data"] = new JsonObject { ["tls.crt"] = Encode(chain), ["tls.key"] = Encode(key) },
            };
        }
    }

    /// <summary>A Secret as the chart creates it: no data, and so of type Opaque.</summary>
    public void PutEmpty(string name)
    {
        lock (gate)
        {
            objects[$"/api/v1/namespaces/gateway/secrets/{name}"] = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Secret",
                ["type"] = "Opaque",
                ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "gateway", ["resourceVersion"] = $"{++version}" },
            };
        }
    }

    /// <summary>What the chart makes for ACME: two empty Secrets a host and a Lease without spec.</summary>
    public void PutAsTheChart(string prefix, params ReadOnlySpan<string> hosts)
    {
        PutEmpty($"{prefix}-acme");
        foreach (string host in hosts)
        {
            PutEmpty($"{prefix}-tls-{host}");
        }

        lock (gate)
        {
            objects[$"/apis/coordination.k8s.io/v1/namespaces/gateway/leases/{prefix}-acme"] = new JsonObject
            {
                ["apiVersion"] = "coordination.k8s.io/v1",
                ["kind"] = "Lease",
                ["metadata"] = new JsonObject { ["name"] = $"{prefix}-acme", ["namespace"] = "gateway", ["resourceVersion"] = $"{++version}" },
            };
        }
    }

    public void Delete(string name) => objects.TryRemove($"/api/v1/namespaces/gateway/secrets/{name}", out _);

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        Requests.Enqueue($"{context.Request.Method} {path}");
        if (cutOff.ContainsKey(context.Connection.LocalPort))
        {
            context.Abort();
            return;
        }

        if (Refuse($"{context.Request.Method} {path}") is { } status)
        {
            await StatusAsync(context, status);
            return;
        }

        JsonNode? body = context.Request.Method is "POST" or "PUT" ? await JsonNode.ParseAsync(context.Request.Body) : null;
        await BeforeAnswer(path);
        (int code, JsonNode? answer) = Do(context.Request.Method, path, body);
        if (answer is null)
        {
            await StatusAsync(context, code);
            return;
        }

        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        await context.Response.Body.FlushAsync();
        await BeforeBody();
        await context.Response.WriteAsync(answer.ToJsonString());
    }

    // As a Kubernetes 1.36 API server answers: tests/fixtures/kubernetes-1.36/objects.
    private (int Status, JsonNode? Answer) Do(string method, string path, JsonNode? body)
    {
        lock (gate)
        {
            string key = method == "POST" ? $"{path}/{body!["metadata"]!["name"]}" : path;
            objects.TryGetValue(key, out JsonNode? current);
            switch (method)
            {
                case "GET":
                    return current is null ? (404, null) : (200, current.DeepClone());
                case "POST" when current is not null:
                    return (409, RecordedStatus("secret-create-409-exists", key));
                case "PUT" when current is null:
                    return (404, null);
                case "PUT" when (string?)current!["metadata"]!["resourceVersion"] != (string?)body!["metadata"]!["resourceVersion"]:
                    return (409, null);
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
                case "POST" or "PUT":
                    JsonNode stored = body!.DeepClone();
                    stored["metadata"]!["resourceVersion"] = $"{++version}";
                    objects[key] = stored;
                    return (method == "POST" ? 201 : 200, stored.DeepClone());
                default:
                    return (405, null);
            }
        }
    }

    private static bool HasTimeWithoutMicroseconds(JsonNode lease) =>
        lease["spec"] is JsonObject spec && (string?)spec["renewTime"] is { } time && time.Split('.')[^1].Length != "000000Z".Length;

    private static Task StatusAsync(HttpContext context, int code)
    {
        string path = context.Request.Path.Value!;
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
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync((recorded is null
            ? new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["status"] = "Failure", ["code"] = code }
            : RecordedStatus(recorded, path)).ToJsonString());
    }

    // The recorded sentence, about the object at hand.
    private static JsonNode RecordedStatus(string name, string path) =>
        JsonNode.Parse(System.Text.Encoding.UTF8.GetString(Recorded.Body($"objects/{name}")).Replace("ig-tls", NameOf(path), StringComparison.Ordinal).Replace("ig-acme", NameOf(path), StringComparison.Ordinal))!;

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string Encode(string text) => Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(text));
}
