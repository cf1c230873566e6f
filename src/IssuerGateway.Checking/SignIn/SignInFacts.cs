namespace IssuerGateway.Checking.SignIn;

/// <summary>An app registration with its enterprise application, as far as sign-in depends on it; null for what could not be read.</summary>
public sealed record SignInFacts
{
    /// <summary>Null when there is no application.</summary>
    public string? ClientId { get; init; }

    public string? SignInAudience { get; init; }

    public IReadOnlyList<string> WebRedirects { get; init; } = [];

    public IReadOnlyList<string> SinglePageRedirects { get; init; } = [];

    /// <summary>The value of <c>groupMembershipClaims</c>.</summary>
    public string? GroupClaims { get; init; }

    public bool HasAppRoles { get; init; }

    public IReadOnlyList<SignInCredential> Credentials { get; init; } = [];

    public bool HasServicePrincipal { get; init; }

    public bool IsEnabled { get; init; } = true;

    public bool RequiresAssignment { get; init; }

    /// <summary>Whether a user or group is assigned.</summary>
    public bool? HasAssignments { get; init; }

    /// <summary>The scopes that an administrator has granted for everybody.</summary>
    public IReadOnlyList<string>? GrantedScopes { get; init; }
}

/// <summary>A federated credential of the app registration.</summary>
public sealed record SignInCredential(string Name, string Issuer, string Subject, IReadOnlyList<string> Audiences);

/// <summary>What the workload sends and expects.</summary>
public sealed record SignInExpectation
{
    public required string Issuer { get; init; }

    public required string Subject { get; init; }

    public required string Audience { get; init; }

    /// <summary>The audiences of the token besides <see cref="Audience"/>; Entra accepts none.</summary>
    public IReadOnlyList<string> OtherAudiences { get; init; } = [];

    /// <summary>The claims that the token lacks of those that a federated credential is compared with.</summary>
    public IReadOnlyList<string> MissingClaims { get; init; } = [];

    public IReadOnlyList<string> RedirectUris { get; init; } = [];

    /// <summary>Whether the proxy requests groups.</summary>
    public bool NeedsGroups { get; init; }
}
