using System.Net;
using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;
using IssuerGateway.Ctl.Parties.EntraApp.SignIn;

namespace IssuerGateway.Ctl.Parties.EntraApp.Registering;

/// <summary>Reads the state of one app registration; it writes nothing.</summary>
internal sealed class DirectoryReader(GraphClient graph)
{
    // More pages than 20 credentials can fill: a server that goes on and on is cut off.
    private const int MaxPages = 10;

    public async Task<GraphResult<DirectoryState>> ReadAsync(string appName, CancellationToken cancellation)
    {
        GraphResult<ApplicationAnswer> application = await ApplicationAsync(appName, cancellation);
        if (application.Value?.AppId is not { } appId)
        {
            return application.IsNotFound ? new(DirectoryState.Empty, null) : new(null, application.Fault ?? Incomplete(appName));
        }

        GraphResult<ServicePrincipalAnswer> principal =
            await graph.GetAsync($"{GraphAddress.ServicePrincipal(appId)}?$select=id,appId", GraphReadJson.Default.ServicePrincipalAnswer, cancellation);
        if (principal.Fault is not null && !principal.IsNotFound)
        {
            return new(null, principal.Fault);
        }

        GraphResult<IReadOnlyList<CredentialAnswer>> credentials = await CredentialsAsync(appId, cancellation);
        return credentials.Value is null
            ? new(null, credentials.Fault)
            : new(new DirectoryState { Application = application.Value, HasServicePrincipal = principal.Value is not null, Credentials = credentials.Value }, null);
    }

    public Task<GraphResult<ApplicationAnswer>> ApplicationAsync(string appName, CancellationToken cancellation) =>
        graph.GetAsync($"{GraphAddress.Application(appName)}?$select={ApplicationAnswer.Select}", GraphReadJson.Default.ApplicationAnswer, cancellation);

    public async Task<GraphResult<IReadOnlyList<CredentialAnswer>>> CredentialsAsync(string appId, CancellationToken cancellation)
    {
        List<CredentialAnswer> credentials = [];
        string? next = GraphAddress.Credentials(appId);
        for (int page = 0; next is not null && page < MaxPages; page++)
        {
            GraphResult<CredentialsAnswer> answer = await graph.GetAsync(next, GraphReadJson.Default.CredentialsAnswer, cancellation);
            if (answer.Value is null)
            {
                return new(null, answer.Fault);
            }

            credentials.AddRange(answer.Value.Value ?? []);
            next = answer.Value.NextLink;
            if (next is not null && !graph.IsOwn(next))
            {
                return new(null, new GraphFault { Request = $"GET {GraphAddress.Credentials(appId)}", Status = HttpStatusCode.OK, Message = "the next page is at another address" });
            }
        }

        return new(credentials, null);
    }

    public static GraphFault Incomplete(string appName) =>
        new() { Request = $"GET {GraphAddress.Application(appName)}", Status = HttpStatusCode.OK, Message = "the application has no appId" };
}
