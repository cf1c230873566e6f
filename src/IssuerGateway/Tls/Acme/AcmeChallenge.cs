using System.Buffers.Text;

namespace IssuerGateway.Tls.Acme;

/// <summary>One way to show control of a name (RFC 8555 §8).</summary>
internal sealed record AcmeChallenge
{
    public const string Http01 = "http-01";
    public const string TlsAlpn01 = "tls-alpn-01";

    public required string Type { get; init; }

    public required Uri Url { get; init; }

    public string? Status { get; init; }

    public string? Token { get; init; }

    public AcmeProblemDocument? Error { get; init; }

    /// <summary>RFC 8555 §8.3: a token is base64url of at least 128 bits, nothing that could lead out of a path.</summary>
    public bool HasUsableToken => Token is { Length: > 0 and <= 256 } token && Base64Url.IsValid(token) && !token.Contains('=');
}
