using System.CommandLine;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>The options that say what the registration is to be; the same for rendering and for applying.</summary>
internal sealed class RegistrationOptions
{
    private readonly Option<string> tenant = new("--tenant") { Description = "Tenant id (GUID). Required.", HelpName = "GUID" };

    private readonly Option<string> appName = new("--app-name")
    {
        Description = "Display name and unique name of the app registration; an app of this unique name is updated. Required.",
        HelpName = "NAME",
    };

    private readonly Option<string[]> hosts = new("--host")
    {
        Description = "Host name of the app; its redirect URL is https://HOST/oauth2/callback. Repeatable. Required.",
        HelpName = "HOST",
    };

    private readonly Option<string> issuer = new("--issuer") { Description = "Issuer of the cluster's tokens, exactly as they carry it.", HelpName = "URL" };
    private readonly Option<string> namespaceName = new("--namespace") { Description = "Namespace of the workload. Required.", HelpName = "NAME" };
    private readonly Option<string> serviceAccount = new("--service-account") { Description = "Service account of the workload. Required.", HelpName = "NAME" };

    private readonly Option<string> credentialName = new("--credential-name")
    {
        Description = "Name of the federated credential; cannot be changed later. Default: NAMESPACE-SERVICEACCOUNT.",
        HelpName = "NAME",
    };

    private readonly Option<string> audience = new("--audience") { Description = $"Audience of the tokens. Default: {EntraCloud.Public.Audience}, or that of --cloud.", HelpName = "TEXT" };
    private readonly Option<string> cloud = new("--cloud") { Description = "public, usgov or china. Default: public.", HelpName = "CLOUD" };

    private readonly Option<string[]> appRoles = new("--app-role")
    {
        Description = "Value of a role that users and groups can be assigned to; arrives in the claim roles. Repeatable.",
        HelpName = "VALUE",
    };

    private readonly Option<string> groupClaims = new("--group-claims")
    {
        Description = "Which groups tokens name: SecurityGroup, ApplicationGroup or All. Default: SecurityGroup, unless the app has a value or --app-role is given.",
        HelpName = "GROUPS",
    };

    private readonly Option<string[]> redirectUrls = new("--redirect-url") { Description = "Further redirect URL of the app, besides those of --host. Repeatable.", HelpName = "URL" };
    private readonly Option<string[]> logoutUrls = new("--logout-url") { Description = "Address to which Entra may send users after sign-out (post_logout_redirect_uri). Repeatable.", HelpName = "URL" };
    private readonly Option<bool> assignmentRequired = new("--assignment-required") { Description = "Give tokens only to assigned users and groups (--assign)." };
    private readonly Option<bool> adminConsent = new("--admin-consent") { Description = "Grant openid, profile, email, offline_access and User.Read for all users, so that nobody is prompted. Needs an administrator." };

    private readonly Option<string[]> assignments = new("--assign")
    {
        Description = "Object id of a user or group to assign to the app; with several --app-role: ROLE=ID. Repeatable.",
        HelpName = "[ROLE=]ID",
    };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[tenant, appName, hosts, issuer, namespaceName, serviceAccount, audience, credentialName, cloud, appRoles, groupClaims, redirectUrls, logoutUrls, assignmentRequired, adminConsent, assignments])
        {
            command.Options.Add(option);
        }
    }

    public RegistrationInput Read(ParseResult result) => new()
    {
        Tenant = result.GetValue(tenant),
        AppName = result.GetValue(appName),
        Hosts = result.GetValue(hosts) ?? [],
        Issuer = result.GetValue(issuer),
        Namespace = result.GetValue(namespaceName),
        ServiceAccount = result.GetValue(serviceAccount),
        CredentialName = result.GetValue(credentialName),
        Cloud = result.GetValue(cloud),
        Audience = result.GetValue(audience),
        AppRoles = result.GetValue(appRoles) ?? [],
        GroupClaims = result.GetValue(groupClaims),
        RedirectUrls = result.GetValue(redirectUrls) ?? [],
        LogoutUrls = result.GetValue(logoutUrls) ?? [],
        AssignmentRequired = result.GetValue(assignmentRequired),
        AdminConsent = result.GetValue(adminConsent),
        Assignments = result.GetValue(assignments) ?? [],
    };
}
