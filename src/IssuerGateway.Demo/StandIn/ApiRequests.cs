using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace IssuerGateway.Demo.StandIn;

/// <summary>
/// Handles the requests to one API server: 1. records, 2. authenticates, 3. authorizes, 4. responds, in the API server's
/// order; 5. lets a fault have its way.
/// </summary>
internal sealed class ApiRequests(StandInCluster cluster, StandInApiServer server)
{
    private const string DiscoveryPath = "/.well-known/openid-configuration";
    private const string KeySetPath = "/openid/v1/jwks";
    private const string EndpointSlicesPath = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

    public async Task HandleAsync(HttpContext context)
    {
        // 1. The target as sent: these records show what crosses upstream.
        string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        HttpRequest request = context.Request;
        ReceivedRequest received = new(request.Method, target, request.Protocol, request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), context.Connection.Id);
        server.Requests.Add(received);

        // 2. to 4.
        ClusterUser? user = cluster.Authenticate(context, server);
        StandInResponse response = user is null ? StandInResponse.Unauthorized
            : Denial(user, received) ?? await RespondAsync(context, received);

        // 5.
        (Fault? fault, CancellationToken over) = server.FaultOn(TargetOf(received.Path));
        await new ResponseWriter(context, user, cluster).WriteAsync(fault is null ? response : FaultyResponses.Apply(fault, response, server), fault, over);
    }

    private static FaultTarget TargetOf(string path) => path.TrimEnd('/') switch
    {
        DiscoveryPath => FaultTarget.Discovery,
        KeySetPath => FaultTarget.KeySet,
        "/readyz" or "/livez" => FaultTarget.Probes,
        _ => 0,
    };

    // RBAC comes before routing and before the method is looked at; its verbs on such paths are HTTP methods.
    private StandInResponse? Denial(ClusterUser user, ReceivedRequest request)
    {
        if (user.IsAdministrator)
        {
            return null;
        }

        if (TokenRequests.AccountOf(request.Path) is { } account)
        {
            return StandInResponse.Forbidden($"serviceaccounts \"{account.Name}\" is forbidden: User \"{user.Name}\" cannot create resource \"serviceaccounts/token\" in API group \"\" in the namespace \"{account.Namespace}\"");
        }

        if (request.Path == EndpointSlicesPath)
        {
            return cluster.GatewayMayListEndpointSlices && user.Name == cluster.Gateway.Subject
                ? null
                : StandInResponse.Forbidden($"endpointslices.discovery.k8s.io is forbidden: User \"{user.Name}\" cannot list resource \"endpointslices\" in API group \"discovery.k8s.io\" in the namespace \"default\"");
        }

        bool mayGet = TargetOf(request.Path) switch
        {
            FaultTarget.Discovery => true,
            FaultTarget.KeySet => user.IsServiceAccount && cluster.ServiceAccountsMayReadKeys,
            FaultTarget.Probes => true,
            _ => false,
        };
        return mayGet && request.Method == "GET"
            ? null
            : StandInResponse.Forbidden($"forbidden: User \"{user.Name}\" cannot {request.Method.ToLowerInvariant()} path \"{request.Path}\"");
    }

    private async Task<StandInResponse> RespondAsync(HttpContext context, ReceivedRequest request) => TargetOf(request.Path) switch
    {
        FaultTarget.Discovery => Document(request, "application/json", () => ApiDocuments.Discovery(server)),
        FaultTarget.KeySet => Document(request, "application/jwk-set+json", () => ApiDocuments.KeySet(server.Keys)),
        FaultTarget.Probes => StandInResponse.Ok,
        _ when request.Path == EndpointSlicesPath => StandInResponse.Object(200, ApiDocuments.EndpointSlices(cluster.Servers)),
        _ when TokenRequests.AccountOf(request.Path) is { } account => await TokenRequests.RespondAsync(context.Request, cluster, server, account),
        _ => StandInResponse.NotFound,
    };

    private StandInResponse Document(ReceivedRequest request, string contentType, Func<string> body)
    {
        if (!ApiDocuments.AreInstalled(server.Issuer))
        {
            return StandInResponse.NotFound;
        }

        if (request.Method != "GET")
        {
            return StandInResponse.MethodNotAllowed;
        }

        return Accepts(request.Headers.GetValueOrDefault("Accept"), contentType)
            ? StandInResponse.Document(contentType, body(), server.MaxAge)
            : StandInResponse.NotAcceptable(contentType);
    }

    // go-restful: an exact media type or */*; no ranges like application/*.
    private static bool Accepts(string? accept, string contentType) =>
        string.IsNullOrEmpty(accept) || accept.Split(',').Select(range => range.Split(';')[0].Trim()).Any(range => range == "*/*" || range == contentType);
}
