using System.Net;
using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;
using IssuerGateway.Ctl.Parties.EntraApp.SignIn;

namespace IssuerGateway.Ctl.Parties.EntraApp.Registering;

/// <summary>Reads the state of one app registration; it writes nothing.</summary>
internal sealed class DirectoryReader(GraphClient graph)
{
    public async Task<GraphResult<DirectoryState>> ReadAsync(AppRegistration wanted, CancellationToken cancellation)
    {
        GraphResult<ApplicationResponse> application = await ApplicationAsync(wanted.AppName, cancellation);
        if (application.Value?.AppId is not { } appId)
        {
            return application.IsNotFound
                ? new(new DirectoryState { Deleted = await DeletedAsync(wanted.AppName, cancellation) }, null)
                : new(null, application.Fault ?? Incomplete(wanted.AppName));
        }

        GraphResult<ServicePrincipalResponse> principal = await ServicePrincipalAsync(appId, cancellation);
        if (principal.Fault is not null && !principal.IsNotFound)
        {
            return new(null, principal.Fault);
        }

        GraphResult<IReadOnlyList<CredentialResponse>> credentials = await CredentialsAsync(appId, cancellation);
        if (credentials.Value is null)
        {
            return new(null, credentials.Fault);
        }

        DirectoryState state = new() { Application = application.Value, ServicePrincipal = principal.Value, Credentials = credentials.Value };
        return principal.Value?.Id is { } id ? await AccessAsync(wanted, state, id, cancellation) : new(state, null);
    }

    public Task<GraphResult<ServicePrincipalResponse>> ServicePrincipalAsync(string appId, CancellationToken cancellation) =>
        graph.GetAsync($"{GraphAddress.ServicePrincipal(appId)}?$select={ServicePrincipalResponse.Select}", GraphReadJson.Default.ServicePrincipalResponse, cancellation);

    public Task<GraphResult<IReadOnlyList<GrantResponse>>> GrantsAsync(string principalId, CancellationToken cancellation) =>
        graph.ListAsync<GrantsResponse, GrantResponse>(GraphAddress.GrantsOf(principalId), GraphReadJson.Default.GrantsResponse, cancellation);

    private async Task<GraphResult<DirectoryState>> AccessAsync(AppRegistration wanted, DirectoryState state, string principalId, CancellationToken cancellation)
    {
        if (wanted.Assignments.Count > 0)
        {
            GraphResult<IReadOnlyList<AssignmentResponse>> assignments = await graph.ListAsync<AssignmentsResponse, AssignmentResponse>($"{GraphAddress.Assignments(principalId)}?$top=999", GraphReadJson.Default.AssignmentsResponse, cancellation);
            if (assignments.Value is null)
            {
                return new(null, assignments.Fault);
            }

            state = state with { Assignments = assignments.Value };
        }

        if (wanted.AdminConsent)
        {
            GraphResult<IReadOnlyList<GrantResponse>> grants = await GrantsAsync(principalId, cancellation);
            if (grants.Value is null)
            {
                return new(null, grants.Fault);
            }

            // Other resources than Microsoft Graph have scopes of the same names.
            if (grants.Value is { Count: > 0 } granted)
            {
                GraphResult<ServicePrincipalResponse> resource = await ServicePrincipalAsync(SignInSettings.MicrosoftGraph, cancellation);
                if (resource.Value?.Id is not { } id)
                {
                    return new(null, resource.Fault ?? Incomplete(SignInSettings.MicrosoftGraph));
                }

                state = state with { Grant = granted.FirstOrDefault(grant => string.Equals(grant.ResourceId, id, StringComparison.OrdinalIgnoreCase)) };
            }
        }

        return new(state, null);
    }

    // Without the right to read deleted items, creating the app says what is wrong.
    private async Task<DeletedApplicationResponse?> DeletedAsync(string appName, CancellationToken cancellation) =>
        (await graph.GetAsync(GraphAddress.DeletedApplications, GraphReadJson.Default.DeletedApplicationsResponse, cancellation)).Value?.Value?
            .FirstOrDefault(application => string.Equals(application.UniqueName, appName, StringComparison.OrdinalIgnoreCase));

    public Task<GraphResult<ApplicationResponse>> ApplicationAsync(string appName, CancellationToken cancellation) =>
        graph.GetAsync($"{GraphAddress.Application(appName)}?$select={ApplicationResponse.Select}", GraphReadJson.Default.ApplicationResponse, cancellation);

    public Task<GraphResult<IReadOnlyList<CredentialResponse>>> CredentialsAsync(string appId, CancellationToken cancellation) =>
        graph.ListAsync<CredentialsResponse, CredentialResponse>(GraphAddress.Credentials(appId), GraphReadJson.Default.CredentialsResponse, cancellation);

    public static GraphFault Incomplete(string appName) =>
        new() { Request = $"GET {GraphAddress.Application(appName)}", Status = HttpStatusCode.OK, Message = "the application has no appId" };
}
