using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace IssuerGateway.Tests.Tls.Issuance.Simulation;

/// <summary>The API server without a network: the store of the stand-in with its recorded responses, and the faults of the schedule.</summary>
internal sealed class SimulatedApiServer(SimulatedWorld world, StandInObjectStore store) : HttpMessageHandler
{
    public const string StatePath = "/api/v1/namespaces/gateway/secrets/gw-acme";
    public const string CertificatePath = $"/api/v1/namespaces/gateway/secrets/gw-tls-{AcmeFixture.Host}";

    public static JsonObject EmptySecret(string path) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Secret",
        ["type"] = "Opaque",
        ["metadata"] = new JsonObject { ["name"] = path[(path.LastIndexOf('/') + 1)..], ["namespace"] = "gateway" },
    };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (world.Is(FaultKind.ApiDown))
        {
            throw new HttpRequestException("connection refused");
        }

        if (world.Is(FaultKind.ApiHangs))
        {
            // What ClusterObjects makes of it after 5 s.
            world.Now += TimeSpan.FromSeconds(5);
            throw new TaskCanceledException("no response");
        }

        string path = request.RequestUri!.AbsolutePath;
        bool isWrite = request.Method == HttpMethod.Put;
        int? rejected = world.Is(FaultKind.ApiForbids) ? 403 : isWrite && world.Is(FaultKind.ApiConflicts) ? 409 : isWrite && world.Is(FaultKind.ApiRejects) ? 422 : null;
        JsonNode? body = request.Content is { } content ? JsonNode.Parse(await content.ReadAsStringAsync(cancellationToken)) : null;
        (int status, JsonNode response) = rejected is { } code ? (code, StandInObjectStore.StatusOf(code, path)) : store.Do(request.Method.Method, path, body, request.RequestUri.Query);
        return new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(response.ToJsonString(), Encoding.UTF8, "application/json") };
    }
}
