using System.Text.Json.Serialization;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.EntraApp.Graph;

/// <summary>An application as Microsoft Graph returns it; only members that are requested with <c>$select</c>.</summary>
internal sealed record ApplicationResponse
{
    /// <summary>Everything that planning and removing look at.</summary>
    public const string Select = "id,appId,displayName,signInAudience,web,appRoles,groupMembershipClaims,tags,passwordCredentials,keyCredentials";

    public string? Id { get; init; }

    public string? AppId { get; init; }

    public string? DisplayName { get; init; }

    public string? SignInAudience { get; init; }

    public WebResponse? Web { get; init; }

    public IReadOnlyList<AppRoleBody>? AppRoles { get; init; }

    public string? GroupMembershipClaims { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public IReadOnlyList<SecretResponse>? PasswordCredentials { get; init; }

    public IReadOnlyList<SecretResponse>? KeyCredentials { get; init; }
}

internal sealed record WebResponse(IReadOnlyList<string>? RedirectUris);

/// <summary>A password or key of an application; only that there is one matters.</summary>
internal sealed record SecretResponse(string? KeyId);

internal sealed record ServicePrincipalResponse
{
    public const string Select = "id,appId,tags,appRoleAssignmentRequired";

    public string? Id { get; init; }

    public string? AppId { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public bool? AppRoleAssignmentRequired { get; init; }
}

internal sealed record AssignmentResponse(string? PrincipalId, string? AppRoleId)
{
    /// <summary>User, Group or ServicePrincipal.</summary>
    public string? PrincipalType { get; init; }
}

internal sealed record AssignmentsResponse : IGraphPage<AssignmentResponse>
{
    public IReadOnlyList<AssignmentResponse>? Value { get; init; }

    [JsonPropertyName("@odata.nextLink")]
    public string? NextLink { get; init; }
}

internal sealed record GrantResponse(string? Id, string? ResourceId, string? Scope)
{
    public string? ConsentType { get; init; }
}

internal sealed record GrantsResponse : IGraphPage<GrantResponse>
{
    public IReadOnlyList<GrantResponse>? Value { get; init; }

    [JsonPropertyName("@odata.nextLink")]
    public string? NextLink { get; init; }
}

/// <summary>An application that was deleted within the last 30 days; it still holds its unique name.</summary>
internal sealed record DeletedApplicationResponse(string? Id, string? AppId, string? DisplayName, string? UniqueName, string? DeletedDateTime);

internal sealed record DeletedApplicationsResponse(IReadOnlyList<DeletedApplicationResponse>? Value);

internal sealed record CredentialResponse
{
    public string? Id { get; init; }

    public string? Name { get; init; }

    public string? Issuer { get; init; }

    public string? Subject { get; init; }

    public IReadOnlyList<string>? Audiences { get; init; }

    public string? Description { get; init; }
}

internal sealed record CredentialsResponse : IGraphPage<CredentialResponse>
{
    public IReadOnlyList<CredentialResponse>? Value { get; init; }

    [JsonPropertyName("@odata.nextLink")]
    public string? NextLink { get; init; }
}

internal sealed record GraphErrorBody(GraphErrorDetail? Error);

internal sealed record GraphErrorDetail(string? Code, string? Message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ApplicationResponse))]
[JsonSerializable(typeof(ServicePrincipalResponse))]
[JsonSerializable(typeof(CredentialsResponse))]
[JsonSerializable(typeof(AssignmentsResponse))]
[JsonSerializable(typeof(GrantsResponse))]
[JsonSerializable(typeof(DeletedApplicationsResponse))]
[JsonSerializable(typeof(GraphErrorBody))]
internal sealed partial class GraphReadJson : JsonSerializerContext;
