using IssuerGateway.Checking.Fetching;
using IssuerGateway.Ctl.Parties.EntraApp.SignIn;

namespace IssuerGateway.Ctl.Parties.EntraApp.Commands;

/// <summary>How the tenant, and the issuer if none is named, are reached.</summary>
internal sealed record TenantInput
{
    public required SignInMethod SignIn { get; init; }

    public required string? AccessTokenFile { get; init; }

    public required string? Gateway { get; init; }

    public required string? Kubeconfig { get; init; }

    public required string? Context { get; init; }

    public required ConnectionOverrides Overrides { get; init; }

    public required string? GraphEndpoint { get; init; }

    public required string? LoginEndpoint { get; init; }
}
