using System.Security.Cryptography;
using IssuerGateway.Issuers;
using Microsoft.Extensions.Primitives;

namespace IssuerGateway.Publishing;

/// <summary>Which of the two documents a target names.</summary>
internal enum DocumentKind
{
    Discovery,
    KeySet,
}

/// <summary>One document ready to be sent: its bytes and its header values, made once.</summary>
internal sealed class PublishedDocument(ReadOnlyMemory<byte> body, DocumentKind kind, string cacheControl)
{
    public ReadOnlyMemory<byte> Body { get; } = body;

    public long Length { get; } = body.Length;

    /// <summary>OIDC Discovery §4.2 and RFC 7517 §8.5.</summary>
    public StringValues ContentType { get; } = kind == DocumentKind.Discovery ? "application/json" : "application/jwk-set+json";

    /// <summary>A strong validator that is equal on every replica (RFC 9110 §8.8.3).</summary>
    public StringValues ETag { get; } = $"\"{Convert.ToHexStringLower(SHA256.HashData(body.Span))}\"";

    public StringValues CacheControl { get; } = cacheControl;
}

/// <summary>All documents of one issuer, published together and replaced together.</summary>
internal sealed class IssuerDocuments
{
    private IssuerDocuments(IReadOnlyList<PublishedDocument> documents) => this.documents = [.. documents];

    private readonly PublishedDocument[] documents;

    /// <param name="identifier">Place of the identifier in <see cref="Issuer.AllIdentifiers"/>.</param>
    public PublishedDocument this[int identifier, DocumentKind kind] => documents[(2 * identifier) + (int)kind];

    public static IssuerDocuments Create(Issuer issuer, DiscoveryDocument discovery, KeySet keys, string cacheControl)
    {
        PublishedDocument keySet = new(keys.Bytes, DocumentKind.KeySet, cacheControl);
        return new IssuerDocuments(
        [
            .. issuer.AllIdentifiers.SelectMany(identifier => (PublishedDocument[])
            [
                new PublishedDocument(discovery.Rewritten(identifier), DocumentKind.Discovery, cacheControl),
                keySet,
            ]),
        ]);
    }
}
