namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>
/// A user or group that may sign in to the app, with one of its roles; without one with Entra's default access, whose id is
/// all zeros (Microsoft Graph, appRoleAssignment).
/// </summary>
internal sealed record RoleAssignment(Guid PrincipalId, AppRole? Role)
{
    public Guid RoleId => Role?.Id ?? Guid.Empty;

    public override string ToString() => $"{Role?.Value ?? "default access"} for {PrincipalId}";
}
