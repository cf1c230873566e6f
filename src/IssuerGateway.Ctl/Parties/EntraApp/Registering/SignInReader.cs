using System.Text.Json.Serialization;
using IssuerGateway.Checking.SignIn;
using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties.EntraApp.Registering;

/// <summary>Reads from Microsoft Graph what sign-in depends on beside the registration; what may not be read stays unknown.</summary>
internal sealed class SignInReader(GraphClient graph)
{
    public async Task<(SignInFacts? Facts, GraphFault? Fault, IReadOnlyList<string> Unread)> ReadAsync(DirectoryState state, CancellationToken cancellation)
    {
        if (state is not { AppId: { } appId, Application: { } application })
        {
            return (new SignInFacts(), null, []);
        }

        SignInFacts facts = new()
        {
            ClientId = appId,
            SignInAudience = application.SignInAudience,
            WebRedirects = application.Web?.RedirectUris ?? [],
            GroupClaims = application.GroupMembershipClaims,
            HasAppRoles = application.AppRoles is { Count: > 0 },
            Credentials = [.. state.Credentials.Select(each => new SignInCredential(each.Name ?? "", each.Issuer ?? "", each.Subject ?? "", each.Audiences ?? []))],
        };
        GraphResult<PlatformsResponse> platforms = await graph.GetAsync($"{GraphAddress.ApplicationByAppId(appId)}?$select=spa", SignInReadJson.Default.PlatformsResponse, cancellation);
        GraphResult<PrincipalResponse> principal = await graph.GetAsync($"{GraphAddress.ServicePrincipal(appId)}?$select=id,accountEnabled,appRoleAssignmentRequired", SignInReadJson.Default.PrincipalResponse, cancellation);
        if (platforms.Value is null || (principal.Value is null && !principal.IsNotFound))
        {
            return (null, platforms.Fault ?? principal.Fault, []);
        }

        facts = facts with { SinglePageRedirects = platforms.Value.Spa?.RedirectUris ?? [] };
        return principal.Value is not { } found ? (facts, null, []) : await WithPrincipalAsync(facts, appId, found, cancellation);
    }

    private async Task<(SignInFacts? Facts, GraphFault? Fault, IReadOnlyList<string> Unread)> WithPrincipalAsync(SignInFacts facts, string appId, PrincipalResponse principal, CancellationToken cancellation)
    {
        GraphResult<GrantsResponse> grants = await graph.GetAsync($"{GraphAddress.ServicePrincipal(appId)}/oauth2PermissionGrants", SignInReadJson.Default.GrantsResponse, cancellation);
        GraphResult<AssignmentsResponse> assignments = await graph.GetAsync($"{GraphAddress.ServicePrincipal(appId)}/appRoleAssignedTo?$top=1", SignInReadJson.Default.AssignmentsResponse, cancellation);
        List<string> unread = [];
        if (grants.Value is null)
        {
            unread.Add("consent");
        }

        if (assignments.Value is null && principal.AppRoleAssignmentRequired == true)
        {
            unread.Add("assignments");
        }

        return (facts with
        {
            HasServicePrincipal = true,
            IsEnabled = principal.AccountEnabled ?? true,
            RequiresAssignment = principal.AppRoleAssignmentRequired ?? false,
            HasAssignments = assignments.Value?.Value is { } assigned ? assigned.Count > 0 : null,
            GrantedScopes = grants.Value is null ? null
                : [.. (grants.Value.Value ?? []).Where(grant => grant.ConsentType == "AllPrincipals").SelectMany(grant => (grant.Scope ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))],
        }, null, unread);
    }
}

internal sealed record PlatformsResponse(WebResponse? Spa);

internal sealed record PrincipalResponse(string? Id, bool? AccountEnabled, bool? AppRoleAssignmentRequired);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PlatformsResponse))]
[JsonSerializable(typeof(PrincipalResponse))]
[JsonSerializable(typeof(GrantsResponse))]
[JsonSerializable(typeof(AssignmentsResponse))]
internal sealed partial class SignInReadJson : JsonSerializerContext;
