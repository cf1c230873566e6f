using IssuerGateway.Checking.Tokens;

namespace IssuerGateway.Checking.SignIn;

/// <summary>An app registration with its enterprise application, as far as sign-in depends on it; null for what could not be read.</summary>
public sealed record SignInFacts
{
    /// <summary>Entra takes no more federated credentials than this in one app registration.</summary>
    public const int MaxCredentials = 20;

    /// <summary>Null when there is no application.</summary>
    public string? ClientId { get; init; }

    /// <summary>Where there is none: that a deleted one holds the name, and how to get rid of that.</summary>
    public (string Found, string Fix)? Deleted { get; init; }

    public string? SignInAudience { get; init; }

    public IReadOnlyList<string> WebRedirects { get; init; } = [];

    public IReadOnlyList<string> SinglePageRedirects { get; init; } = [];

    /// <summary>The value of <c>groupMembershipClaims</c>.</summary>
    public string? GroupClaims { get; init; }

    /// <summary>Whether tokens name the groups that are assigned to the app, and no others.</summary>
    public bool NamesAssignedGroupsOnly => GroupKinds.Contains("ApplicationGroup") && !GroupKinds.Any(kind => kind is "SecurityGroup" or "All");

    /// <summary>The parts of <see cref="GroupClaims"/> that name groups.</summary>
    public IReadOnlyList<string> GroupKinds => [.. (GroupClaims ?? "").Split(',', StringSplitOptions.TrimEntries).Where(kind => kind is "SecurityGroup" or "ApplicationGroup" or "All")];

    /// <summary>The roles that the app registration defines.</summary>
    public IReadOnlyList<SignInRole> Roles { get; init; } = [];

    public IReadOnlyList<SignInCredential> Credentials { get; init; } = [];

    public bool HasServicePrincipal { get; init; }

    public bool IsEnabled { get; init; } = true;

    public bool RequiresAssignment { get; init; }

    /// <summary>The users and groups that are assigned, each with its role.</summary>
    public IReadOnlyList<SignInAssignment>? Assignments { get; init; }

    /// <summary>The scopes that an administrator has granted for everybody.</summary>
    public IReadOnlyList<string>? GrantedScopes { get; init; }
}

/// <summary>A federated credential of the app registration.</summary>
public sealed record SignInCredential(string Name, string Issuer, string Subject, IReadOnlyList<string> Audiences);

/// <summary>An app role. A disabled one cannot be assigned again, and one that is not for users reaches no person.</summary>
public sealed record SignInRole(Guid Id, string Value, bool IsEnabled, IReadOnlyList<string> MemberTypes)
{
    public bool IsForUsers => MemberTypes.Contains("User", StringComparer.OrdinalIgnoreCase);
}

/// <summary>A user or group that is assigned; the id of the default access is all zeros (Microsoft Graph, appRoleAssignment).</summary>
public sealed record SignInAssignment(Guid Principal, Guid Role)
{
    /// <summary>Whether it is a group, or may be one. ApplicationGroup puts no other group into a token than these.</summary>
    public bool IsGroup { get; init; } = true;
}

/// <summary>What the workload is meant to be, the token that it sends, and what the proxy expects.</summary>
public sealed record SignInExpectation
{
    public required string Issuer { get; init; }

    public required string Subject { get; init; }

    public required string Audience { get; init; }

    /// <summary>The name of the federated credential that <see cref="Apply"/> creates or changes.</summary>
    public required string CredentialName { get; init; }

    /// <summary>Whether that is the default name. Apply changes no credential of the default name whose subject is another: it is another workload's.</summary>
    public bool HasDefaultName { get; init; }

    /// <summary>The command that makes the registration as it is expected, with all its values.</summary>
    public required string Apply { get; init; }

    /// <summary>The token of the workload; null when none was given. Then what it is meant to be takes its place.</summary>
    public TokenInput? Token { get; init; }

    public IReadOnlyList<string> RedirectUris { get; init; } = [];

    /// <summary>The values of the app roles that the proxy lets in.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>Whether only assigned users and groups are meant to get tokens.</summary>
    public bool RequiresAssignment { get; init; }

    /// <summary>The assignments that are meant to exist: object id, and the value of the role or null for default access.</summary>
    public IReadOnlyList<(Guid Principal, string? Role)> Assignments { get; init; } = [];

    /// <summary>Whether the proxy requests groups.</summary>
    public bool NeedsGroups { get; init; }
}
