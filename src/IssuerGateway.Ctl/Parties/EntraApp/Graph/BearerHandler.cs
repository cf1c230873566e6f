using System.Net.Http.Headers;
using Azure.Core;

namespace IssuerGateway.Ctl.Parties.EntraApp.Graph;

/// <summary>Signs each request with a token that is valid for some minutes yet, requesting one only when needed.</summary>
internal sealed class BearerHandler(TokenCredential credential, string scope, TimeProvider time) : DelegatingHandler
{
    private static readonly TimeSpan reserve = TimeSpan.FromMinutes(2);

    private AccessToken? current;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (current is null || current.Value.ExpiresOn - reserve <= time.GetUtcNow())
        {
            current = await credential.GetTokenAsync(new TokenRequestContext([scope]), cancellationToken);
        }

        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", current.Value.Token);
        return await base.SendAsync(request, cancellationToken);
    }
}
