namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>What decides, beside the app registration itself, whether a user's first sign-in works.</summary>
internal static class SignInSettings
{
    /// <summary>Shows the app in the portal's default list of enterprise applications.</summary>
    public const string VisibleTag = "WindowsAzureActiveDirectoryIntegratedApp";

    /// <summary>What OAuth2 Proxy requests; where users may not consent, an administrator grants it once for all.</summary>
    public const string Scopes = "openid profile email offline_access User.Read";

    /// <summary>The app id of Microsoft Graph, the same in every tenant.</summary>
    public const string MicrosoftGraph = "00000003-0000-0000-c000-000000000000";

    public static string ConsentUrl(AppRegistration registration, string clientId) =>
        $"{registration.Cloud.Login.TrimEnd('/')}/{registration.Tenant}/adminconsent?client_id={clientId}";
}
