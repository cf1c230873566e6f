using System.Globalization;

namespace IssuerGateway.Demo.StandIn;

/// <summary>The documents as the API server composes them from its flags and keys.</summary>
internal static class ApiDocuments
{
    /// <summary>With an issuer that is no https URL, or has a query or a fragment, the API server leaves both endpoints out.</summary>
    public static bool AreInstalled(string issuer) =>
        issuer.StartsWith("https://", StringComparison.Ordinal) && !issuer.AsSpan().ContainsAny('?', '#');

    public static string Discovery(StandInApiServer server) => Discovery(server, server.Issuer);

    public static string Discovery(StandInApiServer server, string issuer)
    {
        IEnumerable<string> algorithms = server.Keys.Select(key => key.Algorithm.ToString()).Distinct().Order(StringComparer.Ordinal);
        return $$"""
            {"issuer":{{GoJson.Text(issuer)}},"jwks_uri":{{GoJson.Text(server.JwksUri)}},"response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":{{GoJson.Texts(algorithms)}}}
            """;
    }

    public static string KeySet(IEnumerable<ServiceAccountKey> keys) => KeySetOf(keys.Select(key => key.Jwk));

    public static string KeySetOf(IEnumerable<string> members) => $$"""
        {"keys":[{{string.Join(',', members)}}]}
        """;

    /// <summary>One slice a server, since endpoints of one slice share their port and stand-ins share the address instead.</summary>
    public static string EndpointSlices(IEnumerable<StandInApiServer> servers)
    {
        IEnumerable<string> slices = servers.Where(server => server.Announced).Select((server, index) => EndpointSlice(
            index == 0 ? "kubernetes" : string.Create(CultureInfo.InvariantCulture, $"kubernetes-{index}"), server.Port));
        return $$"""
            {"kind":"EndpointSliceList","apiVersion":"discovery.k8s.io/v1","metadata":{"resourceVersion":"1"},"items":[{{string.Join(',', slices)}}]}

            """;
    }

    private static string EndpointSlice(string name, int port) => $$$"""
        {"metadata":{"name":"{{{name}}}","namespace":"default","labels":{"kubernetes.io/service-name":"kubernetes"}},"addressType":"IPv4","endpoints":[{"addresses":["127.0.0.1"],"conditions":{"ready":true}}],"ports":[{"name":"https","protocol":"TCP","port":{{{port}}}}]}
        """;
}
