using System.Text.Json.Nodes;
using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.SignIn;

/// <summary>The sign-in side of Entra: what fails although every check of the issuer passes.</summary>
public static class SignInValidation
{
    private static readonly string[] scopes = ["openid", "profile", "email", "offline_access", "User.Read"];

    private const string AdminConsent = "--admin-consent";

    public static StepReport Validate(SignInFacts facts, SignInExpectation expected, TimeProvider time)
    {
        StepBuilder step = new("sign-in", [RelyingParty.Find("entra")!], time);
        if (facts.ClientId is not { } clientId)
        {
            step.Report("app-missing", $"no app registration has this name{(facts.Deleted is { } deleted ? $"; {deleted.Found}" : "")}", facts.Deleted?.Fix ?? $"create it: {expected.Apply}");
            return step.Done("no app registration");
        }

        string app = ShellText.Quote(clientId);
        CompactToken? token = expected.Token is null ? null
            : CompactToken.Parse(expected.Token.Text) ?? throw new ArgumentException("a token that TokenInput does not accept", nameof(expected));
        SignInCredentialValidation.Validate(step, facts, expected, token, app);
        if (token is not null)
        {
            SignInTokenValidation.Validate(step, expected.Token!, token, expected, time.GetUtcNow());
        }

        ValidateRedirects(step, facts, expected, app);
        ValidateGroups(step, facts, expected, app);
        SignInRoleValidation.Validate(step, facts, expected, app);
        ValidatePrincipal(step, facts, expected, app);
        if (facts.SignInAudience is { } audience && audience != "AzureADMyOrg")
        {
            step.Report("tenant-multiple", $"signInAudience is {PrintableText.Of(audience, 60)}", $"unless other tenants are meant: az ad app update --id {app} --sign-in-audience AzureADMyOrg");
        }

        return step.Done($"app {clientId}");
    }

    private static void ValidateRedirects(StepBuilder step, SignInFacts facts, SignInExpectation expected, string app)
    {
        string[] absent = [.. expected.RedirectUris.Where(uri => !facts.WebRedirects.Contains(uri, StringComparer.Ordinal))];

        // The command replaces the whole list: an address that is not in it, or not exactly, would be lost.
        string[] wanted = [.. facts.WebRedirects, .. absent];
        string? replace = wanted.All(ShellText.IsExact) ? $"az ad app update --id {app} --web-redirect-uris {string.Join(' ', wanted.Select(ShellText.Quote))}" : null;
        string add = replace ?? $"add it under Authentication, platform Web, of app {app}, or let issuerctl add it to the addresses that are registered: {expected.Apply}";
        foreach (string missing in absent)
        {
            string shown = $"\"{PrintableText.Of(missing)}\"";
            if (facts.SinglePageRedirects.Contains(missing, StringComparer.Ordinal))
            {
                string others = string.Join(',', facts.SinglePageRedirects.Where(uri => uri != missing).Select(uri => JsonValue.Create(uri).ToJsonString()));
                step.Report("redirect-platform", $"{shown} is registered for the platform Single-page application", $"move it to the platform Web: az ad app update --id {app} --set {ShellText.Quote($"spa={{\"redirectUris\":[{others}]}}")}{(replace is null ? $", then {add}" : $" && {replace}")}");
            }
            else
            {
                string near = facts.WebRedirects.FirstOrDefault(each => string.Equals(each.TrimEnd('/'), missing.TrimEnd('/'), StringComparison.OrdinalIgnoreCase)) is { } close ? $"; registered is \"{PrintableText.Of(close)}\"" : "";
                step.Report("redirect-missing", $"{shown} is not registered{near}", add);
            }
        }
    }

    private static void ValidateGroups(StepBuilder step, SignInFacts facts, SignInExpectation expected, string app)
    {
        string set = $"az ad app update --id {app} --set groupMembershipClaims=SecurityGroup";
        string value = $"groupMembershipClaims is {PrintableText.Of(facts.GroupClaims ?? "not set", 60)}";
        (string found, string fix) = IsWithoutAssignedGroup(facts)
            ? ($"{value}, and {(facts.Assignments!.Count == 0 ? "nobody" : "no group")} is assigned to the enterprise application", $"assign the groups (run issuerctl trust apply entra-app and add --assign OBJECT-ID), or have all groups of a user named: {set}")
            : (value, set);
        bool carriesGroups = facts.GroupKinds.Count > 0 && !IsWithoutAssignedGroup(facts);
        if (!carriesGroups && expected.NeedsGroups)
        {
            step.Report("groups-claim-missing", found, fix);
        }
        else if (!carriesGroups && !facts.Roles.Any(role => role.IsEnabled))
        {
            step.Report("groups-claim-unset", $"{found}, and the app has no roles", fix);
        }
        else if (carriesGroups && !facts.GroupKinds.Contains("ApplicationGroup"))
        {
            step.Report("groups-claim-overage", value, $"assign the groups to the enterprise application, then: az ad app update --id {app} --set groupMembershipClaims=ApplicationGroup");
        }
    }

    // Where assignment is required and nobody is assigned, that is the cause, and has its own finding.
    private static bool IsWithoutAssignedGroup(SignInFacts facts) =>
        facts is { NamesAssignedGroupsOnly: true, HasServicePrincipal: true, Assignments: { } assigned } && !assigned.Any(each => each.IsGroup) && (assigned.Count > 0 || !facts.RequiresAssignment);

    private static void ValidatePrincipal(StepBuilder step, SignInFacts facts, SignInExpectation expected, string app)
    {
        if (!facts.HasServicePrincipal)
        {
            step.Report("service-principal-missing", "no service principal", $"az ad sp create --id {app}");
            return;
        }

        if (!facts.IsEnabled)
        {
            step.Report("service-principal-disabled", "accountEnabled is false", $"az ad sp update --id {app} --set accountEnabled=true");
        }

        if (facts.GrantedScopes is { } granted && scopes.Except(granted, StringComparer.OrdinalIgnoreCase).ToArray() is { Length: > 0 } missing)
        {
            step.Report("consent-missing", $"not granted for the tenant: {string.Join(' ', missing)}", $"grant it as an administrator: {expected.Apply}{(expected.Apply.Split(' ').Contains(AdminConsent) ? "" : $" {AdminConsent}")}");
        }
    }
}
