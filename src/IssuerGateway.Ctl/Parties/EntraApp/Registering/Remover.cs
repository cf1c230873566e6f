using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties.EntraApp.Registering;

/// <summary>Carries out a removal; what is gone already counts as removed, so that it can be repeated after a failure.</summary>
internal sealed class Remover(GraphClient graph, Action<string> done)
{
    public async Task<Failure?> RemoveAsync(string appId, RemovalPlan plan, CancellationToken cancellation)
    {
        if (plan.Credential is { } id)
        {
            // First: from here on nobody can sign in as the app, even if the rest fails.
            GraphFault? fault = await graph.DeleteAsync(GraphAddress.CredentialById(appId, id), cancellation);
            if (fault is not null)
            {
                return fault.ToFailure();
            }

            done("federated credential: removed");
        }

        if (plan.RemainingUrls is { } urls)
        {
            GraphFault? fault = await graph.UpdateAsync(
                GraphAddress.ApplicationByAppId(appId), new RedirectUrlsBody(new WebBody(urls)), GraphJson.Compact.RedirectUrlsBody, cancellation);
            if (fault is not null)
            {
                return fault.ToFailure();
            }

            done("redirect URLs: removed");
        }

        if (!plan.DeletesApplication)
        {
            return null;
        }

        // The service principal of an application goes with it; Entra keeps both restorable for 30 days.
        GraphFault? left = await graph.DeleteAsync(GraphAddress.ApplicationByAppId(appId), cancellation);
        if (left is null)
        {
            done("application: removed");
        }

        return left?.ToFailure();
    }
}
