using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Ctl.EntraApp.Rendering;

/// <summary>The registrations that the tests render: the placeholders of manifests/entra, and one that uses every option.</summary>
internal static class SampleRegistrations
{
    public static readonly RegistrationInput Placeholders = new()
    {
        Tenant = "00000000-0000-0000-0000-000000000000",
        AppName = "oauth2-proxy",
        Hosts = ["app.example.com"],
        Issuer = "https://oidc.example.com",
        Namespace = "azure-demo",
        ServiceAccount = "azure-demo",
        CredentialName = "kubernetes",
    };

    public static readonly RegistrationInput Full = new()
    {
        Tenant = "8E2F0000-1111-2222-3333-44445555AAAA",
        AppName = "Demo app_2.0",
        Hosts = ["app.example.com", "www.example.com"],
        Issuer = "https://oidc.example.com:8443/clusters/one/",
        Namespace = "team-a",
        ServiceAccount = "web.frontend",
        Cloud = "USGov",
        AppRoles = ["admin", "Reader.All"],
        GroupClaims = "applicationgroup",
        RedirectUrls = ["https://app.example.com/sign-in/callback"],
        LogoutUrls = ["https://app.example.com/signed-out"],
        AssignmentRequired = true,
        AdminConsent = true,
        Assignments = ["Reader.All=aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "admin=bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee"],
    };

    public static AppRegistration Validated(RegistrationInput input)
    {
        AppRegistration? registration = RegistrationRules.Validate(input, out IReadOnlyList<SettingError> errors);
        Assert.Empty(errors);
        return registration!;
    }
}
