using IssuerGateway.EndToEnd.Entra;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>Somebody with an account in the tenant.</summary>
internal sealed record Person(string Name)
{
    /// <summary>Null for an account without a mailbox: Entra then sends no email claim.</summary>
    public string? Email { get; init; } = $"{Name}@example.com";

    public IReadOnlyList<string> Groups { get; init; } = [];

    public IReadOnlyList<string> Roles { get; init; } = [];

    public bool IsBlocked { get; set; }
}

/// <summary>What the tenant knows: people, and one app registration with its settings. A test changes it as an administrator would.</summary>
internal sealed class TenantDirectory
{
    public required string Tenant { get; init; }

    public required string ClientId { get; init; }

    public required IReadOnlyList<string> RedirectUrls { get; init; }

    public required FederatedRecord Credential { get; init; }

    public Dictionary<string, Person> People { get; } = [];

    /// <summary>groupMembershipClaims; a new registration has none.</summary>
    public bool SendsGroups { get; set; } = true;

    public bool IsConsented { get; set; } = true;

    /// <summary>appRoleAssignmentRequired.</summary>
    public bool RequiresAssignment { get; set; }

    /// <summary>An id_token ends after 60 to 90 minutes.</summary>
    public TimeSpan IdTokenLife { get; set; } = TimeSpan.FromMinutes(65);

    public Person Add(Person person) => People[person.Name] = person;
}
