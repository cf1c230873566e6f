using System.Text.Json;
using System.Text.Json.Nodes;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Cluster.Verification;

/// <summary>What one server publishes and signs at this moment.</summary>
internal sealed record ObservedServer
{
    public required IApiReader Api { get; init; }

    /// <summary>What distinguishes this server from the others: its own address, or its certificate behind an address that is none of theirs.</summary>
    public required string Identity { get; init; }

    /// <summary>Whether the address is one that the cluster lists for its servers.</summary>
    public required bool IsListed { get; init; }

    public string? Certificate { get; init; }

    public required PublishedDocuments Documents { get; init; }

    public required IReadOnlyList<UnreadItem> Unread { get; init; }

    /// <summary>A token that it has just signed; null with the reason in <see cref="TokenFault"/>.</summary>
    public string? FreshToken { get; init; }

    public CompactToken? Fresh { get; init; }

    public ApiResponse? TokenFault { get; init; }

    /// <summary>The sum of <c>serviceaccount_stale_tokens_total</c>; null without the right to read metrics.</summary>
    public double? StaleTokens { get; init; }

    public string Name => Api.Server;

    public bool IsReached => Documents.Issuer is not null;

    public static async Task<ObservedServer> ObserveAsync(IApiReader api, IReadOnlyList<string> addresses, VerifyRequest request, CancellationToken cancellationToken)
    {
        (PublishedDocuments documents, IReadOnlyList<UnreadItem> unread) = await DocumentReader.ReadAsync(api, cancellationToken);
        ApiResponse issued = await api.PostAsync($"/api/v1/namespaces/{request.Namespace}/serviceaccounts/{request.ServiceAccount}/token", TokenRequest(), cancellationToken);
        string? token = issued.IsSuccess ? issued.Object?.TextAt("status", "token") : null;
        ApiResponse metrics = await api.GetAsync("/metrics", cancellationToken);
        string address = api.Server["https://".Length..];
        return new ObservedServer
        {
            Api = api,
            Identity = addresses.Contains(address) ? address : issued.Certificate ?? address,
            IsListed = addresses.Contains(address),
            Certificate = issued.Certificate,
            Documents = documents,
            Unread = unread,
            FreshToken = token,
            Fresh = token is null ? null : CompactToken.Parse(token),
            TokenFault = token is null ? issued : null,
            StaleTokens = metrics.IsSuccess ? Sum(metrics.Text, "serviceaccount_stale_tokens_total") : null,
        };
    }

    /// <summary>Whether this server takes the token; null when it could not be queried. Without the right to read the document it is 403, which is authenticated.</summary>
    public async Task<bool?> AcceptsAsync(string token, CancellationToken cancellationToken) =>
        (await Api.GetWithTokenAsync(DocumentReader.Discovery, token, cancellationToken)).Status switch
        {
            401 => false,
            200 or 403 => true,
            _ => null,
        };

    // The shortest lifetime that an API server signs.
    private static string TokenRequest() => new JsonObject
    {
        ["apiVersion"] = "authentication.k8s.io/v1",
        ["kind"] = "TokenRequest",
        ["spec"] = new JsonObject { ["expirationSeconds"] = 600 },
    }.ToJsonString(JsonSerializerOptions.Default);

    private static double Sum(string metrics, string name) => metrics.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ' ' or '{')
        .Sum(line => double.TryParse(line[(line.LastIndexOf(' ') + 1)..], out double value) ? value : 0);
}
