using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>The options as typed; nothing is validated yet.</summary>
internal sealed record RegistrationInput
{
    public string? Tenant { get; init; }

    public string? AppName { get; init; }

    public IReadOnlyList<string> Hosts { get; init; } = [];

    public string? Issuer { get; init; }

    /// <summary>Whether the issuer may be at a host that Entra does not reach, as for a test of the registration.</summary>
    public bool AllowPrivate { get; init; }

    public string? Namespace { get; init; }

    public string? ServiceAccount { get; init; }

    /// <summary>Absent: <c>NAMESPACE-SERVICEACCOUNT</c>.</summary>
    public string? CredentialName { get; init; }

    public string? Cloud { get; init; }

    /// <summary>Absent: that of the cloud.</summary>
    public string? Audience { get; init; }

    public IReadOnlyList<string> AppRoles { get; init; } = [];

    public string? GroupClaims { get; init; }

    public IReadOnlyList<string> RedirectUrls { get; init; } = [];

    public IReadOnlyList<string> LogoutUrls { get; init; } = [];

    public bool AssignmentRequired { get; init; }

    public bool AdminConsent { get; init; }

    public IReadOnlyList<string> Assignments { get; init; } = [];
}
