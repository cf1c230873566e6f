using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.SignIn;

namespace IssuerGateway.Ctl.Parties.EntraApp.Registering;

/// <summary>What stands in the tenant under the app's unique name.</summary>
internal sealed record DirectoryState
{
    public static readonly DirectoryState Empty = new();

    public ApplicationAnswer? Application { get; init; }

    public bool HasServicePrincipal { get; init; }

    public IReadOnlyList<CredentialAnswer> Credentials { get; init; } = [];

    /// <summary>The client id; null as long as there is no application.</summary>
    public string? AppId => Application?.AppId;
}
