using Azure.Identity;

namespace IssuerGateway.Ctl.Parties.EntraApp.SignIn;

/// <summary>The file of <c>--access-token-file</c> is wrong, and not the sign-in.</summary>
internal sealed class AccessTokenFileException(string cause) : AuthenticationFailedException($"--access-token-file: {cause}")
{
    public const string Hint = "name the file that the access token is in, or sign in without one (az login --allow-no-subscriptions --tenant TENANT)";
}
