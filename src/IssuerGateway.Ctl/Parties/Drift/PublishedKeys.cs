using System.Net;
using System.Text.Json;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.Drift;

/// <summary>The keys that an issuer publishes, found as a relying party finds them: discovery document, then its <c>jwks_uri</c>.</summary>
internal static class PublishedKeys
{
    private const string Hint = "issuerctl check ISSUER explains each step";

    public static async Task<(IReadOnlyList<PinnedKey>? Keys, DocumentFault? Fault)> FetchAsync(IssuerIdentifier issuer, ConnectionOverrides overrides, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!DocumentUrl.TryParse(issuer.DiscoveryUri, out DocumentUrl? discovery))
        {
            return (null, new DocumentFault("url", "no URL that can be requested", Hint));
        }

        using PublicDocumentFetcher fetcher = new(discovery, overrides, proxy: null, time);
        (byte[]? document, DocumentFault? fault) = await BodyAsync(fetcher, discovery, cancellationToken);
        if (document is null)
        {
            return (null, fault);
        }

        using JsonDocument? json = StrictJson.ParseObject(document, out _);
        string? named = json is null ? null : StrictJson.TextOf(json.RootElement, "issuer");
        if (named != issuer.Value)
        {
            return (null, new DocumentFault("issuer", "the discovery document names another issuer", Hint));
        }

        if (StrictJson.TextOf(json!.RootElement, "jwks_uri") is not { } uri || !DocumentUrl.TryParse(uri, out DocumentUrl? keys))
        {
            return (null, new DocumentFault("jwks_uri", "the discovery document has no usable jwks_uri", Hint));
        }

        (byte[]? set, fault) = await BodyAsync(fetcher, keys, cancellationToken);
        if (set is null)
        {
            return (null, fault);
        }

        return KeyFile.Read(set, out string wrong) is { } read ? (read, null) : (null, new DocumentFault("jwks", $"the key set is {wrong}", Hint));
    }

    private static async Task<(byte[]? Body, DocumentFault? Fault)> BodyAsync(PublicDocumentFetcher fetcher, DocumentUrl url, CancellationToken cancellationToken)
    {
        FetchResult result = await fetcher.GetAsync(url, cancellationToken);
        return result switch
        {
            { Fault: { } fault } => (null, fault),
            { Document: { Status: HttpStatusCode.OK, Body: { } body } } => (body, null),
            { Document.Status: var status } => (null, new DocumentFault("status", $"{url} responded with {(int)status}", Hint)),
            _ => (null, new DocumentFault("body", $"{url} gave nothing", Hint)),
        };
    }
}
