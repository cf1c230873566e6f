using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>The objects of one cluster as its API server would return them; what is not there is 404, what is forbidden 403.</summary>
internal sealed class FakeCluster : IApiReader
{
    public const string Old = "https://kubernetes.default.svc.cluster.local";

    private readonly Dictionary<string, (int Status, string Body)> responses = [];
    private readonly JsonArray nodes = [];
    private readonly JsonArray pods = [];
    private readonly JsonArray leases = [];
    private readonly JsonArray slices = [];
    private readonly JsonArray groups = [];

    public FakeCluster(string version = "v1.36.2")
    {
        Put("/version", new JsonObject { ["gitVersion"] = version });
        foreach (string group in (string[])["apps", "coordination.k8s.io", "discovery.k8s.io"])
        {
            Group(group);
        }
    }

    public string Server => "https://192.0.2.10:6443";

    /// <summary>No clock here: expiry is measured against the newest Lease.</summary>
    public DateTimeOffset Now { get; } = new(1999, 11, 28, 12, 0, 0, TimeSpan.Zero);

    public FakeCluster Group(string name, string version = "v1")
    {
        groups.Add(new JsonObject { ["name"] = name, ["preferredVersion"] = new JsonObject { ["groupVersion"] = $"{name}/{version}", ["version"] = version } });
        return this;
    }

    public FakeCluster Node(string name, string address, string kubelet, bool isControlPlane = true, string os = "Debian GNU/Linux 13 (trixie)", string? providerId = null,
        (string Name, string Value)[]? labels = null, (string Name, string Value)[]? annotations = null)
    {
        JsonObject marks = isControlPlane ? new() { ["node-role.kubernetes.io/control-plane"] = "" } : [];
        Add(marks, labels);
        JsonObject notes = [];
        Add(notes, annotations);
        nodes.Add(new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = marks, ["annotations"] = notes },
            ["spec"] = providerId is null ? new JsonObject() : new JsonObject { ["providerID"] = providerId },
            ["status"] = new JsonObject
            {
                ["addresses"] = new JsonArray(new JsonObject { ["type"] = "InternalIP", ["address"] = address }),
                ["nodeInfo"] = new JsonObject { ["kubeletVersion"] = kubelet, ["osImage"] = os },
            },
        });
        return this;
    }

    public FakeCluster MirrorPod(string node, string[] flags, bool inArgs = false, string image = "registry.k8s.io/kube-apiserver:v1.36.2", string? endpoint = null,
        (string Name, string Value)[]? labels = null, string space = "kube-system")
    {
        JsonObject marks = new() { ["component"] = "kube-apiserver", ["tier"] = "control-plane" };
        Add(marks, labels);
        JsonObject notes = new() { ["kubernetes.io/config.mirror"] = "0123456789abcdef", ["kubernetes.io/config.source"] = "file" };
        if (endpoint is not null)
        {
            notes["kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint"] = endpoint;
        }

        JsonArray words = [.. flags.Select(flag => (JsonNode)flag)];
        pods.Add(new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = $"kube-apiserver-{node}", ["namespace"] = space, ["labels"] = marks, ["annotations"] = notes },
            ["spec"] = new JsonObject
            {
                ["nodeName"] = node,
                ["containers"] = new JsonArray(new JsonObject
                {
                    ["name"] = "kube-apiserver",
                    ["image"] = image,
                    ["command"] = inArgs ? new JsonArray("kube-apiserver") : new JsonArray([(JsonNode)"kube-apiserver", .. words.Select(word => word!.DeepClone())]),
                    ["args"] = inArgs ? words : new JsonArray(),
                }),
            },
        });
        return this;
    }

    /// <summary>Live identity Leases, and those of servers that are gone for hours.</summary>
    public FakeCluster Leases(int live, int expired = 0)
    {
        for (int i = 0; i < live + expired; i++)
        {
            leases.Add(new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = $"apiserver-{i}", ["labels"] = new JsonObject { ["apiserver.kubernetes.io/identity"] = "kube-apiserver" } },
                ["spec"] = new JsonObject
                {
                    ["holderIdentity"] = $"apiserver-{i}_0a1b",
                    ["leaseDurationSeconds"] = 3600,
                    ["renewTime"] = (i < live ? Now : Now.AddHours(-5)).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'"),
                },
            });
        }

        return this;
    }

    public FakeCluster Endpoints(int port, params string[] addresses)
    {
        slices.Add(new JsonObject
        {
            ["addressType"] = addresses.Any(address => address.Contains(':', StringComparison.Ordinal)) ? "IPv6" : "IPv4",
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = port }),
            ["endpoints"] = new JsonArray(new JsonObject { ["addresses"] = new JsonArray([.. addresses.Select(address => (JsonNode)address)]) }),
        });
        return this;
    }

    public FakeCluster Documents(string issuer, string algorithm = "RS256")
    {
        string key = algorithm == "RS256"
            ? """{"use":"sig","kty":"RSA","kid":"k1","alg":"RS256","n":"sXch","e":"AQAB"}"""
            : """{"use":"sig","kty":"EC","kid":"k1","crv":"P-256","alg":"ES256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}""";
        return Text("/.well-known/openid-configuration", $$"""{"issuer":"{{issuer}}","jwks_uri":"https://192.0.2.10:6443/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["{{algorithm}}"]}""")
            .Text("/openid/v1/jwks", $$"""{"keys":[{{key}}]}""");
    }

    /// <summary>The same documents with an EC key.</summary>
    public FakeCluster SignWithEllipticCurve() => Documents(JsonNode.Parse(responses["/.well-known/openid-configuration"].Body)!["issuer"]!.GetValue<string>(), "ES256");

    public FakeCluster ConfigMap(string name, string key, string content) =>
        Put($"/api/v1/namespaces/kube-system/configmaps/{name}", new JsonObject { ["data"] = new JsonObject { [key] = content } });

    public FakeCluster Namespace(string name) => Put($"/api/v1/namespaces/{name}", new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } });

    public FakeCluster Put(string path, JsonNode body) => Text(path, body.ToJsonString());

    public FakeCluster Text(string path, string body)
    {
        responses[path] = (200, body);
        return this;
    }

    public FakeCluster Forbid(params string[] paths)
    {
        foreach (string path in paths)
        {
            responses[path] = (403, """{"kind":"Status","status":"Failure","reason":"Forbidden","code":403}""");
        }

        return this;
    }

    public Task<ClusterState> InspectAsync(string? distribution = null, params ConfigurationSource[] files) => ClusterInspector.InspectAsync(this, [], distribution, CancellationToken.None, files);

    public Task<ApiResponse> GetAsync(string path, CancellationToken cancellationToken)
    {
        (int status, string body) = responses.TryGetValue(path, out (int, string) found) ? found : path switch
        {
            ObjectFetcher.Nodes => (200, List(nodes)),
            ObjectFetcher.Pods or ObjectFetcher.OpenShiftPods => (200, List(pods)),
            ObjectFetcher.Leases => (200, List(leases)),
            ObjectFetcher.EndpointSlices => (200, List(slices)),
            "/apis" => (200, new JsonObject { ["groups"] = groups.DeepClone() }.ToJsonString()),
            _ => (404, """{"kind":"Status","status":"Failure","reason":"NotFound","code":404}"""),
        };
        return Task.FromResult(new ApiResponse(status, Encoding.UTF8.GetBytes(body)));
    }

    public Task<ApiResponse> GetAnonymouslyAsync(string path, CancellationToken cancellationToken) => Task.FromResult(new ApiResponse(403, []));

    public Task<ApiResponse> GetWithTokenAsync(string path, string token, CancellationToken cancellationToken) => throw new InvalidOperationException("inspection uses no tokens");

    public Task<ApiResponse> PostAsync(string path, string body, CancellationToken cancellationToken) => throw new InvalidOperationException("inspection changes nothing");

    private static string List(JsonArray items) => new JsonObject { ["items"] = items.DeepClone(), ["metadata"] = new JsonObject() }.ToJsonString();

    private static void Add(JsonObject target, (string Name, string Value)[]? values)
    {
        foreach ((string name, string value) in values ?? [])
        {
            target[name] = value;
        }
    }
}
