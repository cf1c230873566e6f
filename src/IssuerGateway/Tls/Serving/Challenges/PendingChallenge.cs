namespace IssuerGateway.Tls.Serving.Challenges;

/// <summary>What a CA is about to look for, until its order has ended.</summary>
internal sealed record PendingChallenge
{
    /// <summary><c>http-01</c> or <c>tls-alpn-01</c>.</summary>
    public required string Type { get; init; }

    public required string Host { get; init; }

    public required string Token { get; init; }

    public required string KeyAuthorization { get; init; }
}
