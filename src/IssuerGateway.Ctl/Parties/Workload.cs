using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties;

/// <summary>Whose tokens a relying party is to trust: exactly those of one service account, for one audience.</summary>
internal sealed record Workload
{
    public required IssuerIdentifier Issuer { get; init; }

    public required string Namespace { get; init; }

    public required string ServiceAccount { get; init; }

    public required string Audience { get; init; }

    /// <summary>The claim <c>sub</c> of a service account's token.</summary>
    public string Subject => $"system:serviceaccount:{Namespace}:{ServiceAccount}";

    /// <summary>The name of the container that a rendered patch is for.</summary>
    public required string Container { get; init; }
}
