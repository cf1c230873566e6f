using System.Text.Json.Serialization;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.EntraApp.Graph;

/// <summary>An application as Microsoft Graph tells it; only members that are asked for with <c>$select</c>.</summary>
internal sealed record ApplicationAnswer
{
    /// <summary>Everything that planning and removing look at.</summary>
    public const string Select = "id,appId,displayName,signInAudience,web,appRoles,groupMembershipClaims,tags,passwordCredentials,keyCredentials";

    public string? Id { get; init; }

    public string? AppId { get; init; }

    public string? DisplayName { get; init; }

    public string? SignInAudience { get; init; }

    public WebAnswer? Web { get; init; }

    public IReadOnlyList<AppRoleBody>? AppRoles { get; init; }

    public string? GroupMembershipClaims { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public IReadOnlyList<SecretAnswer>? PasswordCredentials { get; init; }

    public IReadOnlyList<SecretAnswer>? KeyCredentials { get; init; }
}

internal sealed record WebAnswer(IReadOnlyList<string>? RedirectUris);

/// <summary>A password or key of an application; only that there is one matters.</summary>
internal sealed record SecretAnswer(string? KeyId);

internal sealed record ServicePrincipalAnswer(string? Id, string? AppId);

internal sealed record CredentialAnswer
{
    public string? Id { get; init; }

    public string? Name { get; init; }

    public string? Issuer { get; init; }

    public string? Subject { get; init; }

    public IReadOnlyList<string>? Audiences { get; init; }

    public string? Description { get; init; }
}

internal sealed record CredentialsAnswer
{
    public IReadOnlyList<CredentialAnswer>? Value { get; init; }

    [JsonPropertyName("@odata.nextLink")]
    public string? NextLink { get; init; }
}

internal sealed record GraphErrorBody(GraphErrorDetail? Error);

internal sealed record GraphErrorDetail(string? Code, string? Message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ApplicationAnswer))]
[JsonSerializable(typeof(ServicePrincipalAnswer))]
[JsonSerializable(typeof(CredentialsAnswer))]
[JsonSerializable(typeof(GraphErrorBody))]
internal sealed partial class GraphReadJson : JsonSerializerContext;
