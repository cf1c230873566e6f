using IssuerGateway.Issuers;
using static IssuerGateway.Checking.Rules.Sources;

namespace IssuerGateway.Checking.Rules;

/// <summary>The rules of the sign-in side at Entra: what fails after every check of the issuer has passed.</summary>
internal static class SignInRules
{
    private const string NoRole = "403 of the proxy after a successful sign-in";

    public static IReadOnlyList<Rule> All { get; } =
    [
        OfEntra("app-missing", "The app registration does not exist.", "an app registration", "create it with issuerctl trust apply entra-app", Severity.Error,
            "AADSTS700016: Application with identifier was not found in the directory"),
        OfEntra("service-principal-missing", "The app registration has no service principal, so nobody can sign in to it.", "a service principal", "create it: az ad sp create --id CLIENT-ID", Severity.Error,
            "AADSTS700016: Application with identifier was not found in the directory"),
        OfEntra("service-principal-disabled", "Sign-in to the enterprise application is turned off.", "accountEnabled: true",
            "turn it on: az ad sp update --id CLIENT-ID --set accountEnabled=true", Severity.Error, null),
        OfEntra("credential-missing", "The app registration has no federated credential.", "a federated credential", "create it with issuerctl trust apply entra-app", Severity.Error,
            "AADSTS70025: The client has no configured federated identity credentials"),
        OfEntra("credential-issuer", "No federated credential names this issuer.", "a federated credential whose issuer is exactly that of the token", "correct the issuer of the workload's federated credential, or create one; leave those of other workloads as they are", Severity.Error,
            Responses.EntraNoMatch),
        OfEntra("credential-subject", "No federated credential of this issuer names this subject.", "a federated credential whose subject is exactly that of the token", "correct the subject of the workload's federated credential, or create one; leave those of other workloads as they are", Severity.Error,
            "AADSTS700213: No matching federated identity record found for presented assertion subject (only letter case: AADSTS7002138)"),
        OfEntra("credential-audience", "The federated credential names another audience than the token.", "the audience of the token", "project the token with the audience of the federated credential", Severity.Error,
            "AADSTS700212: No matching federated identity record found for presented assertion audience"),
        OfEntra("redirect-missing", "The redirect address of the proxy is not registered.", "the redirect address, character for character", "register it under Authentication, platform Web", Severity.Error,
            "AADSTS50011: The redirect URI specified in the request does not match the redirect URIs configured for the application", Evidence.Observed, Reported("jkroepke/openvpn-auth-oauth2#103")),
        OfEntra("redirect-platform", "The redirect address is registered for a single-page application, not for the platform Web.", "the platform Web", "move the redirect address to the platform Web", Severity.Error,
            "AADSTS9002327: Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests", Evidence.Observed, Reported("AzureAD/microsoft-authentication-library-for-js#2482")),
        OfEntra("groups-claim-missing", "Tokens of the app carry no groups claim, so a proxy that requires a group rejects every member.", "groupMembershipClaims: SecurityGroup, or ApplicationGroup with assignment",
            "set groupMembershipClaims of the app registration to SecurityGroup", Severity.Error, "403 of the proxy after a successful sign-in"),
        OfEntra("groups-claim-unset", "Tokens of the app carry neither groups nor roles: a proxy that requires either rejects everybody.", "groupMembershipClaims, or app roles, if the proxy requires them",
            "set groupMembershipClaims of the app registration to SecurityGroup if the proxy requires groups", Severity.Warning, "403 of the proxy after a successful sign-in"),
        OfEntra("groups-claim-overage", "Users in more than 200 groups get a link instead of the groups.", "ApplicationGroup with assignment, or app roles",
            "set groupMembershipClaims to ApplicationGroup and assign the groups to the enterprise application", Severity.Warning, "403 of the proxy for some users, or after a refresh", Evidence.Observed),
        OfEntra("consent-missing", "No administrator has granted consent: where users may not consent themselves, they cannot sign in.", "admin consent for openid, profile, email, offline_access and User.Read",
            "grant it with --admin-consent of issuerctl trust apply entra-app, as an administrator", Severity.Warning, "the page \"Need admin approval\""),
        OfEntra("assignment-missing", "Assignment is required, and no user or group is assigned.", "an assigned user or group", "assign users or groups to the enterprise application", Severity.Error,
            "AADSTS50105: The signed in user is not assigned to a role for the application", Evidence.Observed, Reported("microsoftgraph/microsoft-graph-explorer-v4#1333")),
        OfEntra("assignment-optional", "Assignment is not required, so that everybody in the tenant gets a token of the app.", "appRoleAssignmentRequired: true, as --assignment-required asks for",
            "az ad sp update --id CLIENT-ID --set appRoleAssignmentRequired=true", Severity.Warning, null),
        OfEntra("assignment-other", "An assignment that was requested does not exist.", "the user or group assigned to the role", "assign it with --assign of issuerctl trust apply entra-app", Severity.Error,
            "403 of the proxy after a successful sign-in, or AADSTS50105 where assignment is required", Evidence.Observed, Reported("microsoftgraph/microsoft-graph-explorer-v4#1333")),
        OfEntra("app-role-missing", "The app registration has no role of this value, so a proxy that asks for it rejects everybody.", "an app role with exactly this value", "create it with --app-role of issuerctl trust apply entra-app", Severity.Error,
            NoRole),
        OfEntra("app-role-disabled", "The app role is disabled, so that nobody can be assigned to it.", "isEnabled: true", "enable the role under App roles of the app registration", Severity.Error, NoRole),
        OfEntra("app-role-members", "The app role is not for users and groups.", "allowedMemberTypes with User", "allow Users/Groups for the role under App roles of the app registration", Severity.Error, NoRole),
        OfEntra("app-role-unassigned", "Nobody is assigned to the app role, so a proxy that asks for it rejects everybody.", "a user or group that is assigned to the role", "assign users or groups to the role with --assign ROLE=OBJECT-ID of issuerctl trust apply entra-app",
            Severity.Error, NoRole),
        OfEntra("tenant-multiple", "The app registration accepts accounts of other tenants.", "signInAudience: AzureADMyOrg", "set signInAudience to AzureADMyOrg unless other tenants are meant", Severity.Warning, null),
    ];

    // Codes of signing in that Microsoft's pages on workload identity do not list.
    private static RuleSource Reported(string thread) => new(thread, new DateOnly(2026, 11, 28));

    private static Rule OfEntra(string id, string cause, string expected, string fix, Severity severity, string? response, Evidence evidence = Evidence.Documented, RuleSource? source = null) => new()
    {
        Id = id,
        Step = "sign-in",
        Cause = cause,
        Expected = expected,
        Fix = fix,
        Parties = Every(null, ForEntra(severity, response, evidence, source)),
    };
}
