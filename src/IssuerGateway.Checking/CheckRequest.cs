using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>What is to be checked, as whom, and from where.</summary>
public sealed record CheckRequest
{
    public required IssuerIdentifier Issuer { get; init; }

    public required IReadOnlyList<RelyingParty> Parties { get; init; }

    /// <summary>Tokens to validate; never printed.</summary>
    public IReadOnlyList<TokenInput> Tokens { get; init; } = [];

    /// <summary>Whether a party only validates tokens whose audience is its own (<c>--profile all</c>).</summary>
    public bool MatchesAudiences { get; init; }

    /// <summary>Takes the place of each party's own audience.</summary>
    public string? Audience { get; init; }

    public string? Subject { get; init; }

    public ConnectionOverrides Overrides { get; init; } = ConnectionOverrides.None;

    /// <summary>Whether the operator has stated that the issuer itself is private, so that it needs no warning.</summary>
    public bool AllowsPrivateIssuer { get; init; }

    /// <summary>An HTTP proxy; then DNS and TCP are the proxy's, and those steps are skipped.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>For everything together.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
