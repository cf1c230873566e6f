using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.SignIn;

namespace IssuerGateway.Ctl.Parties.EntraApp.Registering;

/// <summary>What is in the tenant under the app's unique name.</summary>
internal sealed record DirectoryState
{
    public static readonly DirectoryState Empty = new();

    public ApplicationResponse? Application { get; init; }

    public ServicePrincipalResponse? ServicePrincipal { get; init; }

    public bool HasServicePrincipal => ServicePrincipal is not null;

    /// <summary>Users and groups that are assigned; read only when assignments are wanted.</summary>
    public IReadOnlyList<AssignmentResponse> Assignments { get; init; } = [];

    /// <summary>The scopes that an administrator has granted for all users; read only when consent is wanted.</summary>
    public GrantResponse? Grant { get; init; }

    /// <summary>A deleted application that holds the unique name.</summary>
    public DeletedApplicationResponse? Deleted { get; init; }

    public IReadOnlyList<CredentialResponse> Credentials { get; init; } = [];

    /// <summary>The client id; null as long as there is no application.</summary>
    public string? AppId => Application?.AppId;
}
