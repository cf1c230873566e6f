using System.Text.Json.Serialization;
using IssuerGateway.Checking.SignIn;
using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties.EntraApp.Registering;

/// <summary>Reads from Microsoft Graph what sign-in depends on beside the registration; what may not be read stays unknown.</summary>
/// <param name="wanted">Decides whether assignments that could not be read are to be said.</param>
internal sealed class SignInReader(GraphClient graph, AppRegistration wanted)
{
    /// <summary>The name of what decides and may be unreadable.</summary>
    public const string Assignments = "assignments";

    public async Task<(SignInFacts? Facts, GraphFault? Fault, IReadOnlyList<string> Unread)> ReadAsync(DirectoryState state, CancellationToken cancellation)
    {
        if (state is not { AppId: { } appId, Application: { } application })
        {
            return (new SignInFacts
            {
                Deleted = state.Deleted is { } deleted ? ($"{AccessChanges.HolderOf(wanted, deleted)}, holds it: Entra keeps it for 30 days", AccessChanges.FixOf(wanted, deleted)) : null,
            }, null, []);
        }

        SignInFacts facts = new()
        {
            ClientId = appId,
            SignInAudience = application.SignInAudience,
            WebRedirects = application.Web?.RedirectUris ?? [],
            GroupClaims = application.GroupMembershipClaims,
            Roles = [.. (application.AppRoles ?? []).Select(role => new SignInRole(role.Id, role.Value ?? "", role.IsEnabled, role.AllowedMemberTypes))],
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
        IReadOnlyList<string>? scopes = await GrantedScopesAsync(appId, cancellation);
        GraphResult<IReadOnlyList<AssignmentResponse>> assignments = await graph.ListAsync<AssignmentsResponse, AssignmentResponse>($"{GraphAddress.ServicePrincipal(appId)}/appRoleAssignedTo?$top=999", GraphReadJson.Default.AssignmentsResponse, cancellation);
        List<string> unread = [];
        if (scopes is null)
        {
            unread.Add("consent");
        }

        if (assignments.Value is null && (principal.AppRoleAssignmentRequired == true || NeedsAssignments(facts)))
        {
            unread.Add(Assignments);
        }

        return (facts with
        {
            HasServicePrincipal = true,
            IsEnabled = principal.AccountEnabled ?? true,
            RequiresAssignment = principal.AppRoleAssignmentRequired ?? false,
            Assignments = assignments.Value is null ? null : [.. assignments.Value.Where(IsOfPerson).Select(Read)],
            GrantedScopes = scopes,
        }, null, unread);
    }

    /// <summary>The scopes of Microsoft Graph that are granted for everybody. Other APIs have scopes of the same names, so that they count only when it is known which API Graph is here.</summary>
    private async Task<IReadOnlyList<string>?> GrantedScopesAsync(string appId, CancellationToken cancellation)
    {
        GraphResult<IReadOnlyList<GrantResponse>> grants = await graph.ListAsync<GrantsResponse, GrantResponse>($"{GraphAddress.ServicePrincipal(appId)}/oauth2PermissionGrants", GraphReadJson.Default.GrantsResponse, cancellation);
        if (grants.Value is null)
        {
            return null;
        }

        GrantResponse[] forAll = [.. grants.Value.Where(grant => grant.ConsentType == "AllPrincipals")];
        if (forAll.Length == 0)
        {
            return [];
        }

        GraphResult<PrincipalResponse> resource = await graph.GetAsync($"{GraphAddress.ServicePrincipal(SignInSettings.MicrosoftGraph)}?$select=id", SignInReadJson.Default.PrincipalResponse, cancellation);
        return resource.Value?.Id is not { } id ? null
            : [.. forAll.Where(grant => string.Equals(grant.ResourceId, id, StringComparison.OrdinalIgnoreCase)).SelectMany(grant => (grant.Scope ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))];
    }

    private bool NeedsAssignments(SignInFacts facts) =>
        wanted.AppRoles.Count > 0 || wanted.Assignments.Count > 0 || wanted.AssignmentRequired || (wanted.GroupClaims is not null && facts.NamesAssignedGroupsOnly);

    // A service principal that is assigned is a program, and signs nobody in.
    private static bool IsOfPerson(AssignmentResponse assignment) => !string.Equals(assignment.PrincipalType, "ServicePrincipal", StringComparison.OrdinalIgnoreCase);

    private static SignInAssignment Read(AssignmentResponse assignment) =>
        new(Guid.TryParse(assignment.PrincipalId, out Guid principal) ? principal : Guid.Empty, Guid.TryParse(assignment.AppRoleId, out Guid role) ? role : Guid.Empty)
        {
            IsGroup = !string.Equals(assignment.PrincipalType, "User", StringComparison.OrdinalIgnoreCase),
        };
}

internal sealed record PlatformsResponse(WebResponse? Spa);

internal sealed record PrincipalResponse(string? Id, bool? AccountEnabled, bool? AppRoleAssignmentRequired);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(PlatformsResponse))]
[JsonSerializable(typeof(PrincipalResponse))]
internal sealed partial class SignInReadJson : JsonSerializerContext;
