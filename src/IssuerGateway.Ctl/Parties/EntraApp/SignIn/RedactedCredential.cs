using Azure.Core;
using Azure.Identity;

namespace IssuerGateway.Ctl.Parties.EntraApp.SignIn;

/// <summary>A credential whose failures name none of its secrets: no exception of Azure.Identity, which quotes responses, gets past it.</summary>
/// <param name="create">Called at the first use: Azure.Identity throws for a malformed variable when it is made.</param>
/// <param name="tenant">The tenant that is registered at, whatever the environment names.</param>
internal sealed class RedactedCredential(Func<TokenCredential> create, string tenant, SignInSecrets secrets) : TokenCredential
{
    private readonly Lazy<TokenCredential> inner = new(create);

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        try
        {
            return inner.Value.GetToken(In(requestContext), cancellationToken);
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
            return await inner.Value.GetTokenAsync(In(requestContext), cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw Redacted(e);
        }
    }

    private TokenRequestContext In(TokenRequestContext context) => new(context.Scopes, context.ParentRequestId, context.Claims, tenant);

    // Without the inner exception: it has the same text as it came.
    private AuthenticationFailedException Redacted(Exception e) => SignInException.In(e) ?? new AuthenticationFailedException(secrets.Without(SignInFailure.Whole(e)));
}
