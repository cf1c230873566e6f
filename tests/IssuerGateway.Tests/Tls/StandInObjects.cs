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
    private readonly StandInObjectStore store = new();
    private readonly ConcurrentDictionary<int, bool> cutOff = new();
    private WebApplication app = null!;

    public IReadOnlyList<int> Ports { get; private set; } = [];

    public IReadOnlyDictionary<string, JsonNode> Objects => store.Objects;

    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>A status to reject a request with, by method and path.</summary>
    public Func<string, int?> Reject { get; set; } = _ => null;

    /// <summary>The recording of a real API server that a request gets whole, status, headers and bytes, by method and path.</summary>
    public Func<string, string?> Replay { get; set; } = _ => null;

    /// <summary>What is written with a request that gets a recording.</summary>
    public Action<JsonNode?> OnBody { get; set; } = _ => { };

    /// <summary>What a slow or hanging server does before it responds.</summary>
    public Func<string, Task> BeforeResponse { get; set; } = _ => Task.CompletedTask;

    /// <summary>What comes between the head of a response and its body.</summary>
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
        cluster.app.Run(cluster.RespondAsync);
        await cluster.app.StartAsync();
        cluster.Ports = [.. cluster.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address).Port)];
        return cluster;
    }

    /// <summary>From now on nothing of this replica arrives.</summary>
    public void CutOff(int replica) => cutOff[Ports[replica]] = true;

    public void Put(string name, string chain, string key)
    {
        store.Put($"/api/v1/namespaces/gateway/secrets/{name}", new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["type"] = "kubernetes.io/tls",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "gateway" },
            ["data"] = new JsonObject { ["tls.crt"] = Encode(chain), ["tls.key"] = Encode(key) },
        });
    }

    /// <summary>A Secret as the chart creates it: no data, and so of type Opaque.</summary>
    public void PutEmpty(string name)
    {
        store.Put($"/api/v1/namespaces/gateway/secrets/{name}", new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["type"] = "Opaque",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "gateway" },
        });
    }

    /// <summary>What the chart makes for ACME: two empty Secrets a host and a Lease without spec.</summary>
    public void PutAsTheChart(string prefix, params ReadOnlySpan<string> hosts)
    {
        PutEmpty($"{prefix}-acme");
        foreach (string host in hosts)
        {
            PutEmpty($"{prefix}-tls-{host}");
        }

        store.Put($"/apis/coordination.k8s.io/v1/namespaces/gateway/leases/{prefix}-acme", new JsonObject
        {
            ["apiVersion"] = "coordination.k8s.io/v1",
            ["kind"] = "Lease",
            ["metadata"] = new JsonObject { ["name"] = $"{prefix}-acme", ["namespace"] = "gateway" },
        });
    }

    public void Delete(string name) => store.Remove($"/api/v1/namespaces/gateway/secrets/{name}");

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task RespondAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        Requests.Enqueue($"{context.Request.Method} {path}");
        if (cutOff.ContainsKey(context.Connection.LocalPort))
        {
            context.Abort();
            return;
        }

        if (Replay($"{context.Request.Method} {path}") is { } recording)
        {
            if (context.Request.Method == "PUT")
            {
                OnBody(await JsonNode.ParseAsync(context.Request.Body));
            }

            await ReplayAsync(context.Response, Recorded.Raw($"objects/{recording}"));
            return;
        }

        if (Reject($"{context.Request.Method} {path}") is { } status)
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(StandInObjectStore.StatusOf(status, path).ToJsonString());
            return;
        }

        JsonNode? body = context.Request.Method is "POST" or "PUT" ? await JsonNode.ParseAsync(context.Request.Body) : null;
        await BeforeResponse(path);
        (int code, JsonNode response) = store.Do(context.Request.Method, path, body, context.Request.QueryString.Value);
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        await context.Response.Body.FlushAsync();
        await BeforeBody();
        await context.Response.WriteAsync(response.ToJsonString());
    }

    private static async Task ReplayAsync(HttpResponse response, byte[] raw)
    {
        int end = raw.AsSpan().IndexOf("\r\n\r\n"u8);
        string[] head = System.Text.Encoding.ASCII.GetString(raw, 0, end).Split("\r\n");
        response.StatusCode = int.Parse(head[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        foreach (string line in head[1..])
        {
            // How the bytes are framed is the connection's: the recordings have been put together.
            if (line.Split(": ", 2) is [var name, var value] && name is not ("Transfer-Encoding" or "Content-Length" or "Date"))
            {
                response.Headers[name] = value;
            }
        }

        await response.Body.WriteAsync(raw.AsMemory(end + 4));
    }

    private static string Encode(string text) => Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(text));
}
