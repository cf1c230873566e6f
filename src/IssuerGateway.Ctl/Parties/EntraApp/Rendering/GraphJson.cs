using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>Body of the upsert of an application; absent members stay as they are.</summary>
internal sealed record ApplicationBody
{
    public required string DisplayName { get; init; }

    /// <summary>Only this tenant's accounts: the strictest value, and what a gateway of one cluster needs.</summary>
    public string SignInAudience { get; init; } = "AzureADMyOrg";

    public required WebBody Web { get; init; }

    public string? GroupMembershipClaims { get; init; }

    public IReadOnlyList<AppRoleBody>? AppRoles { get; init; }

    /// <summary>Only in the body that creates; removing looks for <see cref="OwnershipMark.Tag"/> there.</summary>
    public IReadOnlyList<string>? Tags { get; init; }
}

/// <summary>Body of an update that touches nothing but the redirect URLs.</summary>
internal sealed record RedirectUrlsBody(WebBody Web);

internal sealed record WebBody(IReadOnlyList<string> RedirectUris);

internal sealed record AppRoleBody
{
    public required Guid Id { get; init; }

    public string? Value { get; init; }

    public string? DisplayName { get; init; }

    public string? Description { get; init; }

    public bool IsEnabled { get; init; } = true;

    public IReadOnlyList<string> AllowedMemberTypes { get; init; } = ["User"];

    public static AppRoleBody Of(AppRole role) => new() { Id = role.Id, Value = role.Value, DisplayName = role.Value, Description = role.Value };
}

internal sealed record ServicePrincipalBody
{
    public required string DisplayName { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public bool? AppRoleAssignmentRequired { get; init; }
}

/// <summary>Body that assigns a user or group to a role of the service principal.</summary>
internal sealed record AssignmentBody(string PrincipalId, string ResourceId, string AppRoleId);

/// <summary>Body that consents for all users of the tenant.</summary>
internal sealed record GrantBody(string ClientId, string ConsentType, string ResourceId, string Scope);

/// <summary>Body that changes the scopes of a consent.</summary>
internal sealed record GrantScopeBody(string Scope);

/// <summary>Body of the upsert of a federated credential; its name is in the URL.</summary>
internal sealed record CredentialBody
{
    /// <summary>Only in a body that creates by POST or <c>az</c>, where no URL carries it.</summary>
    public string? Name { get; init; }

    public required string Issuer { get; init; }

    public required string Subject { get; init; }

    public required IReadOnlyList<string> Audiences { get; init; }

    public string? Description { get; init; }

    public static CredentialBody Of(FederatedCredential credential) =>
        new() { Issuer = credential.Issuer, Subject = credential.Subject, Audiences = [credential.Audience] };
}

[JsonSerializable(typeof(ApplicationBody))]
[JsonSerializable(typeof(RedirectUrlsBody))]
[JsonSerializable(typeof(ServicePrincipalBody))]
[JsonSerializable(typeof(AssignmentBody))]
[JsonSerializable(typeof(GrantBody))]
[JsonSerializable(typeof(GrantScopeBody))]
[JsonSerializable(typeof(CredentialBody))]
[JsonSerializable(typeof(AppRoleBody))]
[JsonSerializable(typeof(CreationBody))]
[JsonSerializable(typeof(RenderedRequests))]
internal sealed partial class GraphJson : JsonSerializerContext
{
    /// <summary>One line, for requests and shell text.</summary>
    public static readonly GraphJson Compact = new(WithText(indented: false));

    /// <summary>For people to read.</summary>
    public static readonly GraphJson Indented = new(WithText(indented: true));

    // Nothing of it is put into HTML, so that quotes and plus signs may stay as they are.
    private static JsonSerializerOptions WithText(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = indented,
        NewLine = "\n",
    };
}
