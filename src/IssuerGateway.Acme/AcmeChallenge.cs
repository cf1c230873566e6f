using System.Text.Json.Serialization;

namespace IssuerGateway.Acme;

/// <summary>One way to show control of a name (RFC 8555 §8).</summary>
public sealed record AcmeChallenge
{
    public const string Http01 = "http-01";
    public const string TlsAlpn01 = "tls-alpn-01";

    public required string Type { get; init; }

    public required Uri Url { get; init; }

    public string? Status { get; init; }

    public string? Token { get; init; }

    public AcmeProblemDocument? Error { get; init; }

    /// <summary>From the response to the request that starts the validation (RFC 8555 §8.2).</summary>
    [JsonIgnore]
    public TimeSpan? RetryAfter { get; init; }

    [JsonIgnore]
    public bool HasUsableToken => IsToken(Token);

    /// <summary>
    /// RFC 8555 §8.3: of the base64url alphabet and at least 128 bits, nothing that could lead out of a path. Not that it
    /// decodes: it is a name, and CAs make names of any length.
    /// </summary>
    public static bool IsToken(string? token) => token is { Length: >= 22 and <= 256 } && token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
