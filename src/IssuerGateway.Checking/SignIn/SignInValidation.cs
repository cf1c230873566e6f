using System.Text.Encodings.Web;
using System.Text.Json;
using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.SignIn;

/// <summary>The sign-in side of Entra: what fails although every check of the issuer passes.</summary>
public static class SignInValidation
{
    /// <summary>What the exchange audiences of all clouds start with.</summary>
    private const string ExchangeAudience = "api://AzureADTokenExchange";

    private static readonly string[] scopes = ["openid", "profile", "email", "offline_access", "User.Read"];

    public static StepReport Validate(SignInFacts facts, SignInExpectation expected, TimeProvider time)
    {
        StepBuilder step = new("sign-in", [RelyingParty.Find("entra")!], time);
        if (facts.ClientId is not { } clientId)
        {
            step.Report("app-missing", "no app registration has this name");
            return step.Done("no app registration");
        }

        string app = ShellText.Quote(clientId);
        ValidateCredential(step, facts, expected, app);
        if (expected.Token is { } token)
        {
            string create = TokenCommand.Create(expected.Intended?.Subject ?? expected.Subject, expected.Intended?.Audience ?? expected.Audience);
            TokenTimes.Validate(step, token, time.GetUtcNow(), create);
            TokenHeader.ValidateAlgorithm(step, token, create, []);
        }

        ValidateRedirects(step, facts, expected, app);
        ValidateGroups(step, facts, expected, app);
        SignInRoleValidation.Validate(step, facts, expected, app);
        ValidatePrincipal(step, facts, app);
        if (facts.SignInAudience is { } audience && audience != "AzureADMyOrg")
        {
            step.Report("tenant-multiple", $"signInAudience is {PrintableText.Of(audience, 60)}", $"unless other tenants are meant: az ad app update --id {app} --sign-in-audience AzureADMyOrg");
        }

        return step.Done($"app {clientId}");
    }

    // Entra compares issuer, subject and audience as one tuple; the closest credential shows which part is wrong.
    private static void ValidateCredential(StepBuilder step, SignInFacts facts, SignInExpectation expected, string app)
    {
        if (expected.MissingClaims.Count > 0)
        {
            step.Report("token-claim-missing", $"no {string.Join(", ", expected.MissingClaims)} that is a string");
            return;
        }

        if (expected.OtherAudiences.Count > 0)
        {
            string audiences = string.Join(", ", expected.OtherAudiences.Prepend(expected.Audience).Take(5).Select(each => $"\"{PrintableText.Of(each, 100)}\""));
            step.Report("token-audience", $"aud is {audiences}; Entra accepts exactly one", "project the token with the one audience of the federated credential");
        }

        if (facts.Credentials.Count == 0)
        {
            step.Report("credential-missing", "no federated credential");
            return;
        }

        SignInCredential[] ofIssuer = [.. facts.Credentials.Where(each => string.Equals(each.Issuer, expected.Issuer, StringComparison.Ordinal))];
        SignInCredential[] ofSubject = [.. ofIssuer.Where(each => string.Equals(each.Subject, expected.Subject, StringComparison.Ordinal))];
        if (ofIssuer.Length == 0 && ForeignToken.ServiceOf(expected.Issuer) is { } service)
        {
            step.Report("token-foreign", $"iss is {ShownText.Quote(expected.Issuer)}: a token of {service}, not of a cluster", Create(expected));
        }
        else if (ofIssuer.Length == 0 && expected.Issuer == ForeignToken.LegacyIssuer)
        {
            step.Report("token-legacy", $"iss is {ShownText.Quote(expected.Issuer)}", Create(expected));
        }
        else if (ofIssuer.Length == 0)
        {
            SignInCredential nearest = facts.Credentials.FirstOrDefault(each => string.Equals(each.Issuer.Trim().TrimEnd('/'), expected.Issuer.TrimEnd('/'), StringComparison.OrdinalIgnoreCase))
                ?? facts.Credentials.FirstOrDefault(each => each.Subject == expected.Subject) ?? facts.Credentials[0];
            step.Report("credential-issuer", $"\"{PrintableText.Of(nearest.Name, 120)}\" has issuer {ShownText.Quote(nearest.Issuer)}: {IssuerDifference.Clause(expected.Issuer, nearest.Issuer)} from {ShownText.Quote(expected.Issuer)}",
                IsTokenOdd(nearest, expected, IssuerDifference.IsSpelling(expected.Issuer, nearest.Issuer)) ? Create(expected) : Correct(app, nearest, expected));
        }
        else if (ofSubject.Length == 0)
        {
            SignInCredential nearest = ofIssuer.FirstOrDefault(each => string.Equals(each.Subject, expected.Subject, StringComparison.OrdinalIgnoreCase)) ?? ofIssuer[0];
            string nearly = string.Equals(nearest.Subject, expected.Subject, StringComparison.OrdinalIgnoreCase) ? ", only the letter case differs" : "";
            step.Report("credential-subject", $"\"{PrintableText.Of(nearest.Name, 120)}\" has subject {HiddenCharacters.Named(nearest.Subject)}{nearly}; expected {HiddenCharacters.Named(expected.Subject)}", IsTokenOdd(nearest, expected, nearly.Length > 0) ? Create(expected) : Correct(app, nearest, expected));
        }
        else if (!ofSubject.Any(each => each.Audiences is [var only] && string.Equals(only, expected.Audience, StringComparison.Ordinal)))
        {
            step.Report("credential-audience", $"\"{PrintableText.Of(ofSubject[0].Name, 120)}\" has {(ofSubject[0].Audiences.Count == 0 ? "no audience" : $"audience {string.Join(", ", ofSubject[0].Audiences.Take(3).Select(each => $"\"{PrintableText.Of(each, 100)}\""))}")}; the token has \"{PrintableText.Of(expected.Audience)}\"",
                ofSubject[0].Audiences is [var audience] && !expected.Audience.StartsWith(ExchangeAudience, StringComparison.Ordinal)
                    ? $"project the token with audience: {ShellText.Quote(audience)}" : Correct(app, ofSubject[0], expected));
        }
        else if (expected.Intended is { } intended && intended.Issuer != expected.Issuer)
        {
            step.Report("token-issuer", $"iss is {ShownText.Quote(expected.Issuer)}; the options name {ShownText.Quote(intended.Issuer)}", Create(expected));
        }
        else if (expected.Intended is { } workload && workload.Subject != expected.Subject)
        {
            // It fits the credential of another workload, which says nothing of the one that was asked about.
            step.Report("token-subject", $"sub is {ShownText.Quote(expected.Subject)}; the options name {ShownText.Quote(workload.Subject)}", Create(expected));
        }
    }

    // The credential is as the workload is meant to be, and the token is of something else: then the token is the wrong one.
    private static bool IsTokenOdd(SignInCredential credential, SignInExpectation expected, bool isSpelling) =>
        !isSpelling && expected.Intended is { } intended && credential.Issuer == intended.Issuer && credential.Subject == intended.Subject;

    private static string Create(SignInExpectation expected) =>
        (expected.Intended?.Subject ?? "").Split(':') is ["system", "serviceaccount", var space, var name]
            ? $"kubectl create token {ShellText.Quote(name)} --namespace {ShellText.Quote(space)} --audience {ShellText.Quote(expected.Intended!.Audience)}"
            : "create the token in the cluster, for the ServiceAccount of the workload";

    // What nobody sees in a token is wrong there; a credential that repeats it does not match either (leading and trailing white space block the exchange).
    private static string Correct(string app, SignInCredential credential, SignInExpectation expected) =>
        expected.Token is null ? Update(app, credential, expected)
        : HiddenCharacters.In(expected.Issuer) is { } inIssuer ? $"--service-account-issuer of the API servers has {inIssuer}: set it without, and create a new token"
        : HiddenCharacters.In(expected.Subject) is { } inSubject ? $"the sub of the token has {inSubject}, which no API server writes: {Create(expected)}"
        : HiddenCharacters.In(expected.Audience) is { } inAudience ? $"the aud of the token has {inAudience}: write it without where the token is projected or requested"
        : Update(app, credential, expected);

    private static string Update(string app, SignInCredential credential, SignInExpectation expected)
    {
        string parameters = $"{{\"issuer\":\"{Json(expected.Issuer)}\", \"subject\":\"{Json(expected.Subject)}\", \"audiences\":[\"{Json(expected.Audience)}\"]}}";
        return $"az ad app federated-credential update --id {app} --federated-credential-id {ShellText.Quote(credential.Name)} --parameters {ShellText.Quote(parameters)}";
    }

    private static JsonEncodedText Json(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);

    private static void ValidateRedirects(StepBuilder step, SignInFacts facts, SignInExpectation expected, string app)
    {
        foreach (string missing in expected.RedirectUris.Where(uri => !facts.WebRedirects.Contains(uri, StringComparer.Ordinal)))
        {
            string shown = $"\"{PrintableText.Of(missing)}\"";
            string all = string.Join(' ', facts.WebRedirects.Append(missing).Select(ShellText.Quote));
            if (facts.SinglePageRedirects.Contains(missing, StringComparer.Ordinal))
            {
                step.Report("redirect-platform", $"{shown} is registered for the platform Single-page application", $"move it to the platform Web: az ad app update --id {app} --web-redirect-uris {all}");
            }
            else
            {
                string near = facts.WebRedirects.FirstOrDefault(each => string.Equals(each.TrimEnd('/'), missing.TrimEnd('/'), StringComparison.OrdinalIgnoreCase)) is { } close ? $"; registered is \"{PrintableText.Of(close)}\"" : "";
                step.Report("redirect-missing", $"{shown} is not registered{near}", $"az ad app update --id {app} --web-redirect-uris {all}");
            }
        }
    }

    private static void ValidateGroups(StepBuilder step, SignInFacts facts, SignInExpectation expected, string app)
    {
        bool carriesGroups = facts.GroupClaims is { } claims && claims.Split(',', StringSplitOptions.TrimEntries).Any(claim => claim is "SecurityGroup" or "ApplicationGroup" or "All");
        string set = $"az ad app update --id {app} --set groupMembershipClaims=SecurityGroup";
        if (!carriesGroups && expected.NeedsGroups)
        {
            step.Report("groups-claim-missing", $"groupMembershipClaims is {PrintableText.Of(facts.GroupClaims ?? "not set", 60)}", set);
        }
        else if (!carriesGroups && !facts.Roles.Any(role => role.IsEnabled))
        {
            step.Report("groups-claim-unset", $"groupMembershipClaims is {PrintableText.Of(facts.GroupClaims ?? "not set", 60)}, and the app has no roles", set);
        }
        else if (carriesGroups && !facts.GroupClaims!.Contains("ApplicationGroup", StringComparison.Ordinal))
        {
            step.Report("groups-claim-overage", $"groupMembershipClaims is {PrintableText.Of(facts.GroupClaims, 60)}", $"assign the groups to the enterprise application, then: az ad app update --id {app} --set groupMembershipClaims=ApplicationGroup");
        }
    }

    private static void ValidatePrincipal(StepBuilder step, SignInFacts facts, string app)
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
            step.Report("consent-missing", $"not granted for the tenant: {string.Join(' ', missing)}", $"az ad app permission admin-consent --id {app}");
        }
    }
}
