using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>What is to be checked, and from where.</summary>
public sealed record CheckRequest
{
    /// <summary>The issuer as given; judged by the check itself.</summary>
    public required string Issuer { get; init; }

    public required IReadOnlyList<RelyingPartyProfile> Profiles { get; init; }

    /// <summary>A token to judge; never printed.</summary>
    public string? Token { get; init; }

    public string? Audience { get; init; }

    public string? Subject { get; init; }

    public ConnectionOverrides Overrides { get; init; } = ConnectionOverrides.None;

    /// <summary>An HTTP proxy; then DNS and TCP are the proxy's, and those steps are skipped.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>For everything together.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
