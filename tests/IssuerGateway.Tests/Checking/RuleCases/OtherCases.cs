using IssuerGateway.Checking.SignIn;
using IssuerGateway.Tests.Issuers;
using static IssuerGateway.Tests.Checking.RuleCases.RuleCase;
using static IssuerGateway.Tests.Publishing.PublisherFixture;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>API servers, the exchange, and the sign-in side, which only Entra has.</summary>
internal static class OtherCases
{
    private const string SignInWarning = "W-----------";
    private const string Rejected = """{"error":"invalid_client","error_description":"AADSTS700211: No matching federated identity record found."}""";
    private const string Granted = """{"token_type":"Bearer","access_token":"x"}""";

    public static IEnumerable<RuleCase> All =>
    [
        new("upstream-unreachable", "a server that does not respond", Warn, () => Stage.Upstream(Good(RecordedPair(), "s1"), Bad("timeout", "s2"))),
        new("upstream-unreachable", "both respond", Accept, () => Stage.Upstream(Good(RecordedPair(), "s1"), Good(RecordedPair(), "s2"))),
        new("upstream-differs", "an algorithm that is not published", Warn, () => Stage.Upstream(Good(RecordedPair("discovery-public-jwks-uri-rs256-es256"), "s1"))),
        new("upstream-differs", "a key that is not published", Reject, () => Stage.Upstream(Good(RecordedPair(keys: "jwks-two-rsa-rotated"), "s1"))),
        new("upstream-differs", "the same", Accept, () => Stage.Upstream(Good(RecordedPair(), "s1"))),
        new("servers-differ", "a key that one lacks", Warn, () => Stage.Upstream(Good(RecordedPair(), "s1"), Good(RecordedPair(keys: "jwks-two-rsa-rotated"), "s2"))),
        new("servers-differ", "the same keys", Accept, () => Stage.Upstream(Good(RecordedPair(), "s1"), Good(RecordedPair(), "s2"))),
        new("kid-conflict", "one kid, two keys", Warn, () => Stage.Upstream(Good(RecordedPair() with { KeySet = Set(Build.Rsa("a")) }, "s1"), Good(RecordedPair() with { KeySet = Set(Build.Rsa("a", 3072)) }, "s2"))),
        new("kid-conflict", "two kids", Accept, () => Stage.Upstream(Good(RecordedPair() with { KeySet = Set(Build.Rsa("a")) }, "s1"), Good(RecordedPair() with { KeySet = Set(Build.Rsa("b")) }, "s2"))),

        new("exchange-refused", "401", Entra, () => Stage.Exchange(401, Rejected)),
        new("exchange-refused", "429, which is no verdict", Accept, () => Stage.Exchange(429, Rejected)),
        new("exchange-refused", "503, which is no verdict", Accept, () => Stage.Exchange(503, Rejected)),
        new("exchange-failed", "200 of another program", SignInWarning, () => Stage.Exchange(200, "<html>")),
        new("exchange-failed", "429", SignInWarning, () => Stage.Exchange(429, Rejected)),
        new("exchange-failed", "503", SignInWarning, () => Stage.Exchange(503, Rejected)),
        new("exchange-failed", "302", SignInWarning, () => Stage.Exchange(302, "")),
        new("exchange-failed", "a status of Kubernetes", SignInWarning, () => Stage.Exchange(403, """{"kind":"Status","code":403}""")),
        new("exchange-refused", "an access token", Accept, () => Stage.Exchange(200, Granted)),
        new("exchange-untrusted", "a certificate for another name", SignInWarning, () => Stage.Exchange(200, Granted, "other.example.test")),
        new("exchange-untrusted", "a certificate for this name", Accept, () => Stage.Exchange(200, Granted)),
        new("exchange-failed", "401", Accept, () => Stage.Exchange(401, Rejected)),

        new("app-missing", "no app", Entra, () => Stage.SignIn(_ => new SignInFacts())),
        new("app-missing", "an app", Accept, () => Stage.SignIn(facts => facts)),
        new("service-principal-missing", "none", Entra, () => Stage.SignIn(facts => facts with { HasServicePrincipal = false })),
        new("service-principal-missing", "one", Accept, () => Stage.SignIn(facts => facts)),
        new("service-principal-disabled", "off", Entra, () => Stage.SignIn(facts => facts with { IsEnabled = false })),
        new("service-principal-disabled", "on", Accept, () => Stage.SignIn(facts => facts)),
        new("credential-missing", "none", Entra, () => Stage.SignIn(facts => facts with { Credentials = [] })),
        new("credential-missing", "of another issuer", Accept, () => Stage.SignIn(facts => With(facts, issuer: "https://other.example.test"))),
        new("credential-issuer", "a slash", Entra, () => Stage.SignIn(facts => With(facts, issuer: Stage.Issuer + "/"))),
        new("credential-issuer", "white space", Entra, () => Stage.SignIn(facts => With(facts, issuer: " " + Stage.Issuer))),
        new("credential-issuer", "the same beside another", Accept, () => Stage.SignIn(facts => facts with { Credentials = [new SignInCredential("other", "https://other.example.test", Stage.Subject, ["x"]), .. facts.Credentials] })),
        new("credential-subject", "another account", Entra, () => Stage.SignIn(facts => With(facts, subject: "system:serviceaccount:shop:default"))),
        new("credential-subject", "the same", Accept, () => Stage.SignIn(facts => facts)),
        new("credential-audience", "of another cloud", Entra, () => Stage.SignIn(facts => With(facts, audience: "api://AzureADTokenExchangeChina"))),
        new("credential-audience", "the same", Accept, () => Stage.SignIn(facts => facts)),
        new("redirect-missing", "with a slash", Entra, () => Stage.SignIn(facts => facts with { WebRedirects = ["https://app.example.com/oauth2/callback/"] })),
        new("redirect-missing", "among others", Accept, () => Stage.SignIn(facts => facts with { WebRedirects = ["https://other.example.com/", .. facts.WebRedirects] })),
        new("redirect-platform", "single-page application", Entra, () => Stage.SignIn(facts => facts with { SinglePageRedirects = facts.WebRedirects, WebRedirects = [] })),
        new("redirect-platform", "both platforms", Accept, () => Stage.SignIn(facts => facts with { SinglePageRedirects = facts.WebRedirects })),
        new("groups-claim-missing", "not set", Entra, () => Stage.SignIn(facts => facts with { GroupClaims = null })),
        new("groups-claim-missing", "DirectoryRole", Entra, () => Stage.SignIn(facts => facts with { GroupClaims = "DirectoryRole" })),
        new("groups-claim-missing", "ApplicationGroup with an assigned group", Accept, () => Stage.SignIn(facts => facts)),
        new("groups-claim-missing", "ApplicationGroup with nobody assigned", Entra, () => Stage.SignIn(facts => facts with { RequiresAssignment = false, Assignments = [] })),
        new("groups-claim-missing", "ApplicationGroup with an assigned user", Entra, () => Stage.SignIn(facts => facts with { Assignments = [new SignInAssignment(Stage.Person, Guid.Empty) { IsGroup = false }] })),
        new("groups-claim-missing", "ApplicationGroup beside SecurityGroup, nobody assigned", Accept, () => Stage.SignIn(facts => facts with { GroupClaims = "SecurityGroup, ApplicationGroup", RequiresAssignment = false, Assignments = [] })),
        new("groups-claim-missing", "ApplicationGroup beside All, nobody assigned", Accept, () => Stage.SignIn(facts => facts with { GroupClaims = "All, ApplicationGroup", RequiresAssignment = false, Assignments = [] })),
        new("groups-claim-missing", "ApplicationGroup, assignments not readable", Accept, () => Stage.SignIn(facts => facts with { Assignments = null })),
        new("groups-claim-missing", "ApplicationGroup, assignment is required, and nobody assigned: one finding", Accept, () => Stage.SignIn(facts => facts with { Assignments = [] })),
        new("groups-claim-unset", "not set, and no roles", SignInWarning, () => Stage.SignIn(facts => facts with { GroupClaims = null }, needsGroups: false)),
        new("groups-claim-unset", "not set, but roles", Accept, () => Stage.SignIn(facts => facts with { GroupClaims = null, Roles = [Role()] }, needsGroups: false)),
        new("groups-claim-overage", "SecurityGroup", SignInWarning, () => Stage.SignIn(facts => facts with { GroupClaims = "SecurityGroup" })),
        new("groups-claim-overage", "ApplicationGroup", Accept, () => Stage.SignIn(facts => facts)),
        new("consent-missing", "no grant", SignInWarning, () => Stage.SignIn(facts => facts with { GrantedScopes = [] })),
        new("consent-missing", "without User.Read", SignInWarning, () => Stage.SignIn(facts => facts with { GrantedScopes = ["openid", "profile", "email", "offline_access"] })),
        new("consent-missing", "all", Accept, () => Stage.SignIn(facts => facts)),
        new("consent-missing", "not readable", Accept, () => Stage.SignIn(facts => facts with { GrantedScopes = null })),
        new("assignment-missing", "required, nobody", Entra, () => Stage.SignIn(facts => facts with { Assignments = [] })),
        new("assignment-missing", "not required", Accept, () => Stage.SignIn(facts => facts with { RequiresAssignment = false, Assignments = [] })),
        new("assignment-missing", "not readable", Accept, () => Stage.SignIn(facts => facts with { Assignments = null })),
        new("groups-claim-unset", "not set, and a disabled role", SignInWarning, () => Stage.SignIn(facts => facts with { GroupClaims = null, Roles = [Role() with { IsEnabled = false }] }, needsGroups: false)),
        new("assignment-optional", "required, and off", SignInWarning, () => Stage.SignIn(facts => facts with { RequiresAssignment = false }, change: wanted => wanted with { RequiresAssignment = true })),
        new("assignment-optional", "required, and on", Accept, () => Stage.SignIn(facts => facts, change: wanted => wanted with { RequiresAssignment = true })),
        new("assignment-optional", "not required, and off", Accept, () => Stage.SignIn(facts => facts with { RequiresAssignment = false })),
        new("assignment-other", "required, another is there", Entra, () => Stage.SignIn(facts => facts, change: wanted => wanted with { Assignments = [(role, null)] })),
        new("assignment-other", "required with a role, there with default access", Entra, () => Stage.SignIn(facts => facts with { Roles = [Role()] }, change: wanted => wanted with { Assignments = [(Stage.Person, "admin")] })),
        new("assignment-other", "required, and there", Accept, () => Stage.SignIn(facts => facts, change: wanted => wanted with { Assignments = [(Stage.Person, null)] })),
        new("app-role-missing", "none", Entra, () => WithRole(facts => facts with { Roles = [] })),
        new("app-role-missing", "in other letter case", Entra, () => WithRole(facts => facts with { Roles = [Role() with { Value = "Admin" }] })),
        new("app-role-missing", "the role", Accept, () => WithRole(facts => facts)),
        new("app-role-disabled", "disabled", Entra, () => WithRole(facts => facts with { Roles = [Role() with { IsEnabled = false }] })),
        new("app-role-disabled", "another one is disabled", Accept, () => WithRole(facts => facts with { Roles = [Role(), Role() with { Value = "old", IsEnabled = false }] })),
        new("app-role-members", "for applications", Entra, () => WithRole(facts => facts with { Roles = [Role() with { MemberTypes = ["Application"] }] })),
        new("app-role-members", "for users and applications", Accept, () => WithRole(facts => facts with { Roles = [Role() with { MemberTypes = ["User", "Application"] }] })),
        new("app-role-unassigned", "nobody, and assignment is not required", Entra, () => WithRole(facts => facts with { RequiresAssignment = false, Assignments = [] })),
        new("app-role-unassigned", "somebody with default access", Entra, () => WithRole(facts => facts with { Assignments = [new SignInAssignment(Stage.Person, Guid.Empty)] })),
        new("app-role-unassigned", "one of two roles", SignInWarning, () => Stage.SignIn(facts => Assigned(facts) with { Roles = [Role(), new SignInRole(Guid.Parse("33333333-2222-3333-4444-555555555555"), "other", true, ["User"])] }, change: wanted => wanted with { Roles = ["admin", "other"] })),
        new("app-role-unassigned", "nobody is assigned, as required: one finding", Accept, () => WithRole(facts => facts with { Assignments = [] })),
        new("app-role-unassigned", "not readable", Accept, () => WithRole(facts => facts with { Assignments = null })),
        new("app-role-unassigned", "somebody", Accept, () => WithRole(facts => facts)),
        new("tenant-multiple", "any tenant", SignInWarning, () => Stage.SignIn(facts => facts with { SignInAudience = "AzureADMultipleOrgs" })),
        new("tenant-multiple", "its own", Accept, () => Stage.SignIn(facts => facts)),
    ];

    private static readonly Guid role = Guid.Parse("22222222-2222-3333-4444-555555555555");

    private static SignInRole Role() => new(role, "admin", true, ["User"]);

    private static SignInFacts Assigned(SignInFacts facts) => facts with { Roles = [Role()], Assignments = [new SignInAssignment(Stage.Person, role)] };

    private static Task<IEnumerable<IssuerGateway.Checking.CheckFinding>> WithRole(Func<SignInFacts, SignInFacts> spoil) => Stage.SignIn(facts => spoil(Assigned(facts)), change: wanted => wanted with { Roles = ["admin"] });

    private static byte[] Set(string key) => Build.Utf8($"{{\"keys\":[{key}]}}");

    private static SignInFacts With(SignInFacts facts, string? issuer = null, string? subject = null, string? audience = null) =>
        facts with { Credentials = [new SignInCredential("kubernetes", issuer ?? Stage.Issuer, subject ?? Stage.Subject, [audience ?? "api://AzureADTokenExchange"])] };
}
