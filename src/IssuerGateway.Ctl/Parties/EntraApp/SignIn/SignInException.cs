using Azure.Identity;

namespace IssuerGateway.Ctl.Parties.EntraApp.SignIn;

/// <summary>A sign-in that failed for a cause that this program has found itself: no text of anybody else is in it, and it is shown as it is.</summary>
internal sealed class SignInException(int exitCode, string message, string hint) : AuthenticationFailedException(message)
{
    public Failure Failure => new(exitCode, Message, hint);

    /// <summary>The one in an exception of Azure.Identity, which wraps whatever is thrown inside of it.</summary>
    public static SignInException? In(Exception? exception) => exception is null or SignInException ? exception as SignInException : In(exception.InnerException);
}
