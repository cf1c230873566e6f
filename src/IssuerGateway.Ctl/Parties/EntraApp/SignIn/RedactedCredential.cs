using Azure.Core;
using Azure.Identity;

namespace IssuerGateway.Ctl.Parties.EntraApp.SignIn;

/// <summary>A credential whose failures name none of its secrets: no exception of Azure.Identity, which quotes responses, gets past it.</summary>
internal sealed class RedactedCredential(TokenCredential inner, SignInSecrets secrets) : TokenCredential
{
    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        try
        {
            return inner.GetToken(requestContext, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw Redacted(e);
        }
    }

    public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        try
        {
            return await inner.GetTokenAsync(requestContext, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw Redacted(e);
        }
    }

    // Without the inner exception: it has the same text as it came.
    private AuthenticationFailedException Redacted(Exception e) => new(secrets.Without(SignInFailure.Whole(e)));
}
