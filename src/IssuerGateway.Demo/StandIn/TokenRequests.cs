using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.Demo.StandIn;

/// <summary>The TokenRequest API: <c>POST /api/v1/namespaces/{namespace}/serviceaccounts/{name}/token</c>.</summary>
internal static class TokenRequests
{
    private const int ShortestLifetime = 600;

    /// <summary>Whose token a path requests; null for other paths.</summary>
    public static (string Namespace, string Name)? AccountOf(string path) => path.Split('/') switch
    {
        ["", "api", "v1", "namespaces", { Length: > 0 } space, "serviceaccounts", { Length: > 0 } name, "token"] => (space, name),
        _ => null,
    };

    public static async Task<StandInResponse> RespondAsync(HttpRequest request, StandInCluster cluster, StandInApiServer server, (string Namespace, string Name) of)
    {
        if (request.Method != "POST")
        {
            return StandInResponse.MethodNotAllowed;
        }

        if (cluster.FindAccount(of.Namespace, of.Name) is not { } account)
        {
            return StandInResponse.Failure(404, "NotFound", $"serviceaccounts \"{of.Name}\" not found");
        }

        TokenSpec? spec = await ReadAsync(request);
        return spec switch
        {
            null => StandInResponse.Failure(400, "BadRequest", "the request body is no TokenRequest that this stand-in knows"),
            { Seconds: < ShortestLifetime } => StandInResponse.Failure(422, "Invalid", $"TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: {spec.Seconds}: may not specify a duration less than 10 minutes"),
            _ => Created(server.Mint(account, spec.Audiences is [] ? null : spec.Audiences, TimeSpan.FromSeconds(spec.Seconds)), spec),
        };
    }

    private static async Task<TokenSpec?> ReadAsync(HttpRequest request)
    {
        try
        {
            using JsonDocument document = await JsonDocument.ParseAsync(request.Body);
            return document.RootElement.TryGetProperty("spec", out JsonElement spec) && !spec.TryGetProperty("boundObjectRef", out _)
                ? new TokenSpec(
                    spec.TryGetProperty("audiences", out JsonElement audiences) ? [.. audiences.EnumerateArray().Select(each => each.GetString()!)] : [],
                    spec.TryGetProperty("expirationSeconds", out JsonElement seconds) ? seconds.GetInt64() : 3600)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static StandInResponse Created(MintedToken token, TokenSpec spec) => StandInResponse.Object(201, $$$"""
        {"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","metadata":{"name":{{{GoJson.Text(token.Account.Name)}}},"namespace":{{{GoJson.Text(token.Account.Namespace)}}}},"spec":{"audiences":{{{GoJson.Texts(token.Audiences)}}},"expirationSeconds":{{{spec.Seconds}}},"boundObjectRef":null},"status":{"token":"{{{token.Text}}}","expirationTimestamp":"{{{token.Expires.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}}}"}}

        """);

    private sealed record TokenSpec(IReadOnlyList<string> Audiences, long Seconds);
}
