using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties.EntraIdentity;

/// <summary>A user-assigned managed identity and the federated credential by which the workload becomes it.</summary>
internal sealed record ManagedIdentity
{
    /// <summary>Azure takes no more federated credentials than this in one identity.</summary>
    public const int MaxCredentials = 20;

    public required Workload Workload { get; init; }

    public required string Tenant { get; init; }

    public required string Subscription { get; init; }

    public required string ResourceGroup { get; init; }

    public required string Name { get; init; }

    public required string CredentialName { get; init; }

    public required EntraCloud Cloud { get; init; }

    /// <summary>Client id of the identity, known once it exists; only the pod's texts need it.</summary>
    public required string? ClientId { get; init; }
}
