using IssuerGateway.Ctl.Parties.EntraApp.SignIn;

namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>Addresses of Microsoft Graph by alternate key, relative to <c>…/v1.0/</c>.</summary>
internal static class GraphAddress
{
    public static string Application(string uniqueName) => $"applications(uniqueName={Key(uniqueName)})";

    public static string ApplicationByAppId(string appId) => $"applications(appId={Key(appId)})";

    public static string ServicePrincipal(string appId) => $"servicePrincipals(appId={Key(appId)})";

    public static string Assignments(string principalId) => $"servicePrincipals/{Uri.EscapeDataString(principalId)}/appRoleAssignedTo";

    public const string Grants = "oauth2PermissionGrants";

    public static string Grant(string id) => $"{Grants}/{Uri.EscapeDataString(id)}";

    public static string GrantsOf(string principalId) => $"{Grants}?$filter=clientId eq '{Uri.EscapeDataString(principalId)}' and consentType eq 'AllPrincipals'";

    public const string DeletedApplications = "directory/deletedItems/microsoft.graph.application?$select=id,appId,displayName,uniqueName,deletedDateTime";

    public static string Credentials(string appId) => $"{ApplicationByAppId(appId)}/federatedIdentityCredentials";

    public static string Credential(string appId, string name) => $"{Credentials(appId)}(name={Key(name)})";

    public static string CredentialById(string appId, string id) => $"{Credentials(appId)}/{Uri.EscapeDataString(id)}";

    // OData URL conventions §5.1.1.6.2: a quote in a text is doubled; the rest is percent-encoded as in any URL.
    private static string Key(string value) => $"'{Uri.EscapeDataString(value.Replace("'", "''", StringComparison.Ordinal))}'";
}
