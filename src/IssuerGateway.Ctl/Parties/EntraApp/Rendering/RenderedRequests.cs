using System.Text.Json;

namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>The requests to Microsoft Graph in the order in which they are sent; APPID stands for the response of the second.</summary>
internal sealed record RenderedRequests(string Tenant, string Audience, IReadOnlyList<RenderedRequest> Requests)
{
    private const string AppId = "APPID";

    private static readonly Dictionary<string, string> upsertHeaders = new()
    {
        ["Content-Type"] = "application/json",
        ["Prefer"] = "create-if-missing",
    };

    private static readonly Dictionary<string, string> postHeaders = new() { ["Content-Type"] = "application/json" };

    public static string Text(AppRegistration registration) =>
        JsonSerializer.Serialize(Of(registration), GraphJson.Indented.RenderedRequests) + "\n";

    private static RenderedRequests Of(AppRegistration registration)
    {
        string graph = $"{registration.Cloud.Graph}/v1.0/";
        return new RenderedRequests(registration.Tenant, registration.Credential.Audience,
        [
            Upsert(graph + GraphAddress.Application(registration.AppName), ApplicationOf(registration), GraphJson.Compact.ApplicationBody),
            new RenderedRequest("GET", $"{graph}{GraphAddress.Application(registration.AppName)}?$select=id,appId", null, null),
            Upsert(graph + GraphAddress.ServicePrincipal(AppId), ServicePrincipalOf(registration), GraphJson.Compact.ServicePrincipalBody),
            Upsert(graph + GraphAddress.Credential(AppId, registration.Credential.Name), CredentialBody.Of(registration.Credential) with { Description = OwnershipMark.Description }, GraphJson.Compact.CredentialBody),
            .. AccessOf(registration, graph),
        ]);
    }

    // SPID and GRAPHSPID stand for the ids in the responses to the GET requests before.
    private static IEnumerable<RenderedRequest> AccessOf(AppRegistration registration, string graph)
    {
        if (registration.Assignments.Count > 0 || registration.AdminConsent)
        {
            yield return new RenderedRequest("GET", $"{graph}{GraphAddress.ServicePrincipal(AppId)}?$select=id", null, null);
        }

        foreach (RoleAssignment assignment in registration.Assignments)
        {
            yield return new RenderedRequest("POST", graph + GraphAddress.Assignments("SPID"), postHeaders,
                JsonSerializer.SerializeToElement(new AssignmentBody($"{assignment.PrincipalId}", "SPID", $"{assignment.RoleId}"), GraphJson.Compact.AssignmentBody));
        }

        if (registration.AdminConsent)
        {
            yield return new RenderedRequest("GET", $"{graph}{GraphAddress.ServicePrincipal(SignInSettings.MicrosoftGraph)}?$select=id", null, null);
            yield return new RenderedRequest("POST", graph + GraphAddress.Grants, postHeaders,
                JsonSerializer.SerializeToElement(new GrantBody("SPID", "AllPrincipals", "GRAPHSPID", SignInSettings.Scopes), GraphJson.Compact.GrantBody));
        }
    }

    /// <summary>The service principal as it is when nothing was there before.</summary>
    public static ServicePrincipalBody ServicePrincipalOf(AppRegistration registration) => new()
    {
        DisplayName = registration.AppName,
        Tags = [SignInSettings.VisibleTag],
        AppRoleAssignmentRequired = registration.AssignmentRequired ? true : null,
    };

    /// <summary>The application as it is when nothing was there before.</summary>
    public static ApplicationBody ApplicationOf(AppRegistration registration) => new()
    {
        DisplayName = registration.AppName,
        Web = new WebBody(registration.RedirectUris),
        GroupMembershipClaims = registration.GroupClaims,
        AppRoles = registration.AppRoles.Count == 0 ? null : [.. registration.AppRoles.Select(AppRoleBody.Of)],
        Tags = [OwnershipMark.Tag],
    };

    private static RenderedRequest Upsert<T>(string url, T body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        new("PATCH", url, upsertHeaders, JsonSerializer.SerializeToElement(body, type));
}

internal sealed record RenderedRequest(string Method, string Url, IReadOnlyDictionary<string, string>? Headers, JsonElement? Body);
