using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Cluster.Inspection;

/// <summary>Reads the two documents of one server, with and without credentials.</summary>
internal static class DocumentReader
{
    public const string Discovery = "/.well-known/openid-configuration";
    public const string KeySet = "/openid/v1/jwks";

    public static async Task<(PublishedDocuments Documents, IReadOnlyList<UnreadItem> Unread)> ReadAsync(IApiReader api, CancellationToken cancellationToken)
    {
        ApiResponse discovery = await api.GetAsync(Discovery, cancellationToken);
        ApiResponse keys = await api.GetAsync(KeySet, cancellationToken);
        DiscoveryDocument? document = discovery.IsSuccess ? DiscoveryDocument.Parse(discovery.Body, out _) : null;
        KeySet? set = keys.IsSuccess ? Issuers.KeySet.Parse(keys.Body, out _) : null;
        List<UnreadItem> unread = [];
        if (document is null)
        {
            unread.Add(Unread("the discovery document", api, discovery));
        }

        if (set is null)
        {
            unread.Add(Unread("the JWK Set", api, keys));
        }

        ApiResponse anonymousDiscovery = await api.GetAnonymouslyAsync(Discovery, cancellationToken);
        ApiResponse anonymousKeys = await api.GetAnonymouslyAsync(KeySet, cancellationToken);
        return (new PublishedDocuments
        {
            Server = api.Server,
            Issuer = document?.Issuer,
            KeySetUri = document?.KeySetUri,
            Algorithms = document?.Algorithms ?? [],
            Keys = [.. (set?.Keys ?? []).Select(key => new PublishedKey(key.Identity, key.KeyType ?? "", key.Algorithm ?? ""))],
            AnonymousDiscovery = anonymousDiscovery.Status == 0 ? null : anonymousDiscovery.Status,
            AnonymousKeySet = anonymousKeys.Status == 0 ? null : anonymousKeys.Status,
        }, unread);
    }

    private static UnreadItem Unread(string what, IApiReader api, ApiResponse response) => new(
        $"{what} of {api.Server}",
        response.IsSuccess ? "the response is not such a document" : response.Reason,
        response.Status == 0 ? ApiResponse.SilentHint
            : response.IsSuccess ? "see what responds at this address: it is no API server"
            : response.Status == 404
            ? "the endpoints are absent while the first issuer is not an https URL or has a query or a fragment"
            : "bind the role system:service-account-issuer-discovery to this user");
}
