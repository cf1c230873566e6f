namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>The app registration that is wanted: every value has passed <see cref="RegistrationRules"/>.</summary>
internal sealed record AppRegistration
{
    /// <summary>The tenant id, a GUID in lower case.</summary>
    public required string Tenant { get; init; }

    /// <summary>Display name, and the unique name by which Microsoft Graph finds the app again.</summary>
    public required string AppName { get; init; }

    /// <summary>Host names under which OAuth2 Proxy is reached.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }

    public required string Namespace { get; init; }

    public required string ServiceAccount { get; init; }

    public required FederatedCredential Credential { get; init; }

    public required EntraCloud Cloud { get; init; }

    public required IReadOnlyList<AppRole> AppRoles { get; init; }

    /// <summary>Which groups a token names: a value of Graph's <c>groupMembershipClaims</c>; null leaves it as it is.</summary>
    public required string? GroupClaims { get; init; }

    /// <summary>Whether <see cref="GroupClaims"/> was typed; the default never replaces what somebody has already chosen.</summary>
    public bool GroupClaimsChosen { get; init; }

    public IReadOnlyList<string> RedirectUrls { get; init; } = [];

    /// <summary>Where Entra may send users after sign-out; it takes only redirect URLs.</summary>
    public IReadOnlyList<string> LogoutUrls { get; init; } = [];

    /// <summary>Whether only assigned users and groups get a token.</summary>
    public bool AssignmentRequired { get; init; }

    public bool AdminConsent { get; init; }

    public IReadOnlyList<RoleAssignment> Assignments { get; init; } = [];

    public IReadOnlyList<string> RedirectUris => [.. Hosts.Select(host => $"https://{host}/oauth2/callback").Concat(RedirectUrls).Concat(LogoutUrls).Distinct(StringComparer.Ordinal)];
}
