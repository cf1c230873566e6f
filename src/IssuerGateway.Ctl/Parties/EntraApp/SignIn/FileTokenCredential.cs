using System.Text;
using Azure.Core;
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

        // RFC 6750 §2.1.
        if (token.Length == 0 || !token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' or '+' or '/' or '='))
        {
            throw Wrong($"{PrintableText.Quote(path)} has something else than one token: write it alone, without quotes, JSON or a byte order mark");
        }

        return new AccessToken(token, time.GetUtcNow() + lifetime);
    }

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        ValueTask.FromResult(GetToken(requestContext, cancellationToken));

    private string Read()
    {
        if (EmptyValue.Is(path))
        {
            throw Wrong(EmptyValue.Message, EmptyValue.Hint);
        }

        string name = PrintableText.Quote(path);
        if (TokenShape.InPlaceOfFile(path) is { } mistake)
        {
            throw Wrong(mistake);
        }

        try
        {
            return Encoding.UTF8.GetString(NamedFile.Read(path, MaxBytes)).Trim();
        }
        catch (FileTooLargeException)
        {
            throw Wrong($"{name} has more than {MaxBytes} bytes");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Wrong($"{name} does not exist");
        }
        catch (UnauthorizedAccessException)
        {
            throw Wrong(Directory.Exists(path) ? $"{name} is a folder" : $"{name} may not be read by this user");
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            // .NET appends the path, which is named already.
            throw Wrong($"{name}: {PrintableText.Of(e.Message.Split(" : '")[0])}");
        }
    }

    private static SignInException Wrong(string cause, string hint = "name the file that the access token is in, or sign in without one (az login --allow-no-subscriptions --tenant TENANT)") =>
        new(ExitCode.Usage, $"--access-token-file: {cause}", hint);
}
