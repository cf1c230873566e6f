using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties.EntraApp.Registering;

/// <summary>
/// Carries out a plan in the order in which the parts depend on each other. Each step sets values under an alternate key,
/// so after a failure in the middle the next run plans and does only what is missing.
/// </summary>
internal sealed class Applier(GraphClient graph, DirectoryReader reader, ReplicationWait replication, Action<string> done)
{
    // One directory server that knows the credential proves little; consecutive responses come from several.
    private const int ConsecutiveReads = 3;

    /// <summary>The client id, or why it ends here.</summary>
    public async Task<(string? AppId, Failure? Failure)> ApplyAsync(AppRegistration wanted, DirectoryState state, RegistrationPlan plan, CancellationToken cancellation)
    {
        (string? appId, Failure? failure) = await ApplicationAsync(wanted, state, plan, cancellation);
        if (appId is null)
        {
            return (null, failure);
        }

        if (plan.ServicePrincipal is { } principal)
        {
            failure = await DependantAsync("the application can have a service principal",
                token => graph.UpsertAsync(GraphAddress.ServicePrincipal(appId), principal, GraphJson.Compact.ServicePrincipalBody, token), cancellation);
            if (failure is not null)
            {
                return (appId, failure);
            }

            done(state.HasServicePrincipal ? "service principal: changed" : "service principal: created");
        }

        failure = plan.Credential is { } credential ? await CredentialAsync(wanted.Credential, appId, credential, cancellation) : null;
        return failure is null && (plan.Assignments.Count > 0 || plan.Scopes is not null)
            ? (appId, await AccessAsync(appId, plan, state.Grant, cancellation))
            : (appId, failure);
    }

    // Assignment and consent name the service principal by its id, which is known only once it is readable.
    private async Task<Failure?> AccessAsync(string appId, RegistrationPlan plan, GrantResponse? grant, CancellationToken cancellation)
    {
        GraphResult<ServicePrincipalResponse> last = default;
        string? id = await replication.UntilAsync("the service principal is readable", async token =>
        {
            last = await reader.ServicePrincipalAsync(appId, token);
            return last.IsNotFound ? null : last.Value?.Id ?? "";
        }, cancellation);
        if (string.IsNullOrEmpty(id))
        {
            return (last.Fault ?? new GraphFault { Request = $"GET {GraphAddress.ServicePrincipal(appId)}", Message = "the service principal has no id" }).ToFailure();
        }

        foreach (RoleAssignment assignment in plan.Assignments)
        {
            AssignmentBody body = new($"{assignment.PrincipalId}", id, $"{assignment.RoleId}");
            Failure? failure = await DependantAsync("the service principal has the role", token => graph.CreateAsync(GraphAddress.Assignments(id), body, GraphJson.Compact.AssignmentBody, token), cancellation);
            if (failure is not null)
            {
                return failure;
            }

            done($"assignment: {assignment}");
        }

        return plan.Scopes is { } scopes ? await ConsentAsync(id, scopes, grant, cancellation) : null;
    }

    private async Task<Failure?> ConsentAsync(string id, string scopes, GrantResponse? grant, CancellationToken cancellation)
    {
        GraphResult<ServicePrincipalResponse> resource = await reader.ServicePrincipalAsync(SignInSettings.MicrosoftGraph, cancellation);
        if (resource.Value?.Id is not { } resourceId)
        {
            return resource.Fault?.ToFailure();
        }

        GraphFault? fault = grant?.Id is { } known
            ? await graph.UpdateAsync(GraphAddress.Grant(known), new GrantScopeBody(scopes), GraphJson.Compact.GrantScopeBody, cancellation)
            : await graph.CreateAsync(GraphAddress.Grants, new GrantBody(id, "AllPrincipals", resourceId, scopes), GraphJson.Compact.GrantBody, cancellation);
        if (fault is null)
        {
            done("consent for all users: granted");
        }

        return fault is { Status: System.Net.HttpStatusCode.Forbidden }
            ? fault.ToFailure() with { Hint = "consent for all users needs a Cloud Application Administrator or DelegatedPermissionGrant.ReadWrite.All; everything else is done" }
            : fault?.ToFailure();
    }

    private async Task<(string? AppId, Failure? Failure)> ApplicationAsync(AppRegistration wanted, DirectoryState state, RegistrationPlan plan, CancellationToken cancellation)
    {
        if (plan.Application is null)
        {
            return (state.AppId, null);
        }

        GraphFault? fault = await graph.UpsertAsync(GraphAddress.Application(wanted.AppName), plan.Application, GraphJson.Compact.ApplicationBody, cancellation);
        if (fault is not null)
        {
            return (null, fault.ToFailure());
        }

        done(state.Application is null ? "application: created" : "application: changed");
        if (state.AppId is { } known)
        {
            return (known, null);
        }

        GraphResult<ApplicationResponse> last = default;
        string? appId = await replication.UntilAsync("the application is readable", async token =>
        {
            last = await reader.ApplicationAsync(wanted.AppName, token);
            return last.IsNotFound ? null : last.Value?.AppId ?? "";
        }, cancellation);
        return string.IsNullOrEmpty(appId)
            ? (null, (last.Fault ?? DirectoryReader.Incomplete(wanted.AppName)).ToFailure())
            : (appId, null);
    }

    private async Task<Failure?> CredentialAsync(FederatedCredential wanted, string appId, CredentialBody body, CancellationToken cancellation)
    {
        Failure? failure = await DependantAsync("the application can have a federated credential",
            token => graph.UpsertAsync(GraphAddress.Credential(appId, wanted.Name), body, GraphJson.Compact.CredentialBody, token), cancellation);
        if (failure is not null)
        {
            return failure;
        }

        done($"federated credential: {(body.Description is null ? "changed" : "created")}");
        int seen = 0;
        GraphFault? fault = null;
        await replication.UntilAsync("the federated credential is readable everywhere", async token =>
        {
            GraphResult<IReadOnlyList<CredentialResponse>> credentials = await reader.CredentialsAsync(appId, token);
            fault = credentials.IsNotFound ? null : credentials.Fault;
            seen = credentials.Value?.Any(credential => RegistrationPlan.IsNamed(credential, wanted.Name) && RegistrationPlan.Matches(wanted, credential)) == true ? seen + 1 : 0;
            return fault is null && seen < ConsecutiveReads ? null : "";
        }, cancellation);
        return fault?.ToFailure()
            ?? (seen >= ConsecutiveReads ? null : new Failure(ExitCode.CouldNotRun, "the federated credential is written, but Microsoft Graph does not show it steadily yet", "run it again in some minutes, or give it longer with --wait"));
    }

    // While the application spreads, requests for its dependents fail as if it were not there.
    private async Task<Failure?> DependantAsync(string what, Func<CancellationToken, Task<GraphFault?>> write, CancellationToken cancellation)
    {
        GraphFault? fault = null;
        await replication.UntilAsync(what, async token =>
        {
            fault = await write(token);
            return fault is { MayBePropagation: true } ? null : "";
        }, cancellation);
        return fault?.ToFailure();
    }
}
