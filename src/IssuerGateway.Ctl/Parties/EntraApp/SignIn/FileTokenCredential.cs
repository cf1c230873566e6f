using System.Text;
using Azure.Core;
using Azure.Identity;
using IssuerGateway.Base;
using IssuerGateway.Checking.Tokens;

namespace IssuerGateway.Ctl.Parties.EntraApp.SignIn;

/// <summary>An access token for Microsoft Graph that something else fetched; the file is read again each time, never printed.</summary>
internal sealed class FileTokenCredential(string path, TimeProvider time) : TokenCredential
{
    private const int MaxBytes = 64 * 1024;

    // The token says itself until when it is valid, but only Graph may look into it: it is requested again each time.
    private static readonly TimeSpan lifetime = TimeSpan.FromMinutes(3);

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        string token = Read();
        if (token.Length == 0 || token.Any(c => c is <= ' ' or > '~'))
        {
            throw new AuthenticationFailedException($"--access-token-file {PrintableText.Quote(path)}: not one token on one line");
        }

        return new AccessToken(token, time.GetUtcNow() + lifetime);
    }

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        ValueTask.FromResult(GetToken(requestContext, cancellationToken));

    private string Read()
    {
        try
        {
            return Encoding.UTF8.GetString(TokenFile.Read(path, MaxBytes)).Trim();
        }
        catch (FileTooLargeException)
        {
            throw new AuthenticationFailedException($"--access-token-file {PrintableText.Quote(path)}: more than {MaxBytes} bytes");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AuthenticationFailedException($"--access-token-file {PrintableText.Quote(path)}: {PrintableText.Of(e.Message)}");
        }
    }
}
