using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace IssuerGateway.Acme.Signing;

/// <summary>RFC 7517 for the key of an account; members in lexicographic order, as a thumbprint needs them (RFC 7638 §3.2).</summary>
public sealed record Jwk
{
    public string? Crv { get; init; }

    public string? E { get; init; }

    public required string Kty { get; init; }

    public string? N { get; init; }

    public string? X { get; init; }

    public string? Y { get; init; }
}

/// <summary>RFC 8555 §6.2: exactly one of jwk and kid.</summary>
internal sealed record JwsHeader
{
    public required string Alg { get; init; }

    public string? Nonce { get; init; }

    public required string Url { get; init; }

    public Jwk? Jwk { get; init; }

    public string? Kid { get; init; }
}

/// <summary>A request's body: flattened JSON serialization (RFC 7515 §7.2.2).</summary>
public sealed record JwsMessage
{
    public required string Protected { get; init; }

    public required string Payload { get; init; }

    public required string Signature { get; init; }
}

/// <summary>Signs requests (RFC 8555 §6.2), key changes (§7.3.5) and external account bindings (§7.3.4).</summary>
public static class Jws
{
    /// <param name="accountUrl">Absent for newAccount alone, which carries the key itself.</param>
    /// <param name="payload">Empty for POST-as-GET (§6.3).</param>
    public static JwsMessage Sign(AcmeAccountKey key, string? accountUrl, string nonce, Uri url, ReadOnlySpan<byte> payload)
    {
        JwsHeader header = new() { Alg = key.Algorithm, Nonce = nonce, Url = url.OriginalString, Jwk = accountUrl is null ? key.Jwk : null, Kid = accountUrl };
        return Sign(header, payload, key.Sign);
    }

    /// <summary>The new key confirms which account it takes over, and from which key (RFC 8555 §7.3.5); no nonce.</summary>
    public static JwsMessage ChangeKey(AcmeAccountKey newKey, AcmeAccountKey oldKey, string accountUrl, Uri keyChange)
    {
        JwsHeader header = new() { Alg = newKey.Algorithm, Url = keyChange.OriginalString, Jwk = newKey.Jwk };
        AcmeKeyChange change = new() { Account = accountUrl, OldKey = oldKey.Jwk };
        return Sign(header, JsonSerializer.SerializeToUtf8Bytes(change, AcmeJson.Default.AcmeKeyChange), newKey.Sign);
    }

    /// <summary>The CA's key for its customer signs our account's public key (RFC 8555 §7.3.4): HS256, no nonce.</summary>
    public static JwsMessage Bind(AcmeAccountKey key, string keyId, byte[] hmacKey, Uri newAccount)
    {
        JwsHeader header = new() { Alg = "HS256", Kid = keyId, Url = newAccount.OriginalString };
        return Sign(header, JsonSerializer.SerializeToUtf8Bytes(key.Jwk, AcmeJson.Default.Jwk), input => HMACSHA256.HashData(hmacKey, input));
    }

    private static JwsMessage Sign(JwsHeader header, ReadOnlySpan<byte> payload, Func<byte[], byte[]> sign)
    {
        string encodedHeader = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header, AcmeJson.Default.JwsHeader));
        string encodedPayload = Base64Url.EncodeToString(payload);
        return new JwsMessage
        {
            Protected = encodedHeader,
            Payload = encodedPayload,
            Signature = Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes($"{encodedHeader}.{encodedPayload}"))),
        };
    }
}
