using IssuerGateway.Checking.Exchange;

namespace IssuerGateway.Checking;

/// <summary>The command line of <c>check</c> after it has been validated.</summary>
internal sealed record CheckSettings
{
    /// <summary>The issuer as typed; null for that of the configuration.</summary>
    public required string? Issuer { get; init; }

    /// <summary>Everything but the issuer.</summary>
    public required CheckRequest Request { get; init; }

    public required ExchangeRequest? Exchange { get; init; }

    public required bool ComparesUpstream { get; init; }

    public required string? Kubeconfig { get; init; }

    public required string? Context { get; init; }

    public required bool IsJson { get; init; }

    public required bool IsQuiet { get; init; }

    public required bool FailsOnWarnings { get; init; }

    public required bool ListsRules { get; init; }

    /// <summary>Whether issuer or API servers are those of the configuration.</summary>
    public bool NeedsConfiguration => (ComparesUpstream && Kubeconfig is null) || Issuer is null;
}
