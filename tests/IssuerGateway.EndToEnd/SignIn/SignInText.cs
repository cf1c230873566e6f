using IssuerGateway.EndToEnd.Entra;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>What Entra shows a person, or returns for a code or a refresh token, when a sign-in is rejected. Nothing but tests may depend on the texts.</summary>
internal static class SignInText
{
    public static readonly AadstsText UnknownTenant = Page(90002, "Tenant '{0}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.");
    public static readonly AadstsText UnknownRedirect = Page(50011, "The redirect URI '{0}' specified in the request does not match the redirect URIs configured for the application '{1}'.");
    public static readonly AadstsText UnknownScope = Page(650053, "The application asked for scope '{0}' that doesn't exist on the resource '00000003-0000-0000-c000-000000000000'.");
    public static readonly AadstsText ApprovalNeeded = Page(90094, "Need admin approval. The grant requires admin permission.");
    public static readonly AadstsText NotAssigned = Page(50105, "The signed in user '{0}' is not assigned to a role for the application '{1}'.");
    public static readonly AadstsText Blocked = Grant(50057, "The user account is disabled.");
    public static readonly AadstsText CodeUnknown = Grant(54005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.");
    public static readonly AadstsText VerifierDiffers = Grant(501481, "The Code_Verifier does not match the code_challenge supplied in the authorization request.");
    public static readonly AadstsText RefreshTokenUnknown = Grant(9002313, "Invalid request. Request is malformed or invalid.");

    private static AadstsText Page(int code, string template) => new(code, "invalid_request", 400, false, template);

    private static AadstsText Grant(int code, string template) => new(code, "invalid_grant", 400, false, template);
}
