using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.SignIn;

/// <summary>Entra compares issuer, subject and audience as one tuple; the closest federated credential shows which part is wrong.</summary>
internal sealed class SignInCredentialValidation
{
    private const string CorrectOne = "correct the credential";

    private readonly StepBuilder step;
    private readonly SignInFacts facts;
    private readonly CredentialOwners owners;
    private readonly SignInExpectation expected;
    private readonly CompactToken? token;
    private readonly string app;
    private readonly string create;

    private SignInCredentialValidation(StepBuilder step, SignInFacts facts, SignInExpectation expected, CompactToken? token, string app)
    {
        this.step = step;
        this.facts = facts;
        owners = new CredentialOwners(facts.Credentials, expected);
        this.expected = expected;
        this.token = token;
        this.app = app;
        create = TokenCommand.Create(expected.Subject, expected.Audience);
    }

    /// <param name="token">What is compared; null for what the workload is meant to be. Nothing of the options takes the place of what a token does not say.</param>
    public static void Validate(StepBuilder step, SignInFacts facts, SignInExpectation expected, CompactToken? token, string app) =>
        new SignInCredentialValidation(step, facts, expected, token, app).Validate();

    private void Validate()
    {
        string? issuer = token is null ? expected.Issuer : token.Issuer;
        if (string.IsNullOrEmpty(issuer))
        {
            step.Report("token-issuer", $"{(issuer is not null ? "iss is empty" : token!.Has("iss") ? "iss is not a string" : "no iss")}; expected {ShownText.Quote(expected.Issuer)}", create);
        }

        if (facts.Credentials.Count == 0)
        {
            step.Report("credential-missing", "no federated credential", $"create it: {expected.Apply}");
        }
        else if (!string.IsNullOrEmpty(issuer))
        {
            ValidateIssuer(issuer);
        }
    }

    private void ValidateIssuer(string issuer)
    {
        SignInCredential[] ofIssuer = [.. facts.Credentials.Where(each => string.Equals(each.Issuer, issuer, StringComparison.Ordinal))];
        if (ofIssuer.Length == 0)
        {
            ReportIssuer(issuer);
            return;
        }

        string? subject = token is null ? expected.Subject : token.Subject;
        SignInCredential[] ofSubject = [.. ofIssuer.Where(each => string.Equals(each.Subject, subject, StringComparison.Ordinal))];
        string? audience = token is null ? expected.Audience : SignInTokenValidation.AudienceOf(token);
        bool isAudienceRight = audience is null || ofSubject.Any(each => each.Audiences is [var only] && string.Equals(only, audience, StringComparison.Ordinal));
        if (string.IsNullOrEmpty(subject))
        {
            // A claim that is missing is reported with the token.
        }
        else if (ofSubject.Length == 0)
        {
            ReportSubject(ofIssuer, subject);
        }
        else if (expected.Subject != subject)
        {
            // It is of another workload, which says nothing of the one that was asked about, whatever the credential of that one lacks.
            step.Report("token-subject", $"sub is {ShownText.Quote(subject)}; the options name {ShownText.Quote(expected.Subject)}", FixOfSubject(expected.Issuer, subject), adapt: Accepted);
        }
        else if (!isAudienceRight && (issuer == expected.Issuer || IssuerDifference.IsSpelling(expected.Issuer, issuer)))
        {
            ReportAudience(ofSubject[0], audience!);
        }
        else if (!isAudienceRight && CredentialOwners.IsFetched(issuer))
        {
            step.Report("token-issuer", OtherIssuer(issuer), owners.HasExpected ? create : $"use --issuer {ShellText.Quote(issuer)} if that is meant, and {(audience == expected.Audience ? "correct the credential: " : "")}{FixOfAudience(ofSubject[0], audience!)}", adapt: Accepted);
        }
        else if (expected.Issuer != issuer)
        {
            ReportOtherIssuer(issuer, ofSubject[0]);
        }
    }

    // Token and credential agree, and Entra compares nothing else: what differs is the option, or what the API servers are set to.
    private void ReportOtherIssuer(string issuer, SignInCredential match)
    {
        string found = $"token and credential \"{PrintableText.Of(match.Name, 120)}\" have issuer {HiddenCharacters.Named(issuer)}: {IssuerDifference.Clause(expected.Issuer, issuer)} from --issuer {ShownText.Quote(expected.Issuer)}";
        if (issuer.Trim() != issuer || !CredentialOwners.IsFetched(issuer))
        {
            // It blocks the exchange, also where the credential repeats it.
            step.Report("token-issuer", found, $"{(HiddenCharacters.In(issuer) is { } hidden ? SetWithout(hidden) : $"{Set} on every API server, create a new token")}{(owners.HasExpected ? $": {create}" : $", and correct the credential: {Update(match, expected.Issuer, match.Subject, expected.Audience)}")}");
        }
        else if (IsOfOtherCluster(issuer))
        {
            step.Report("token-issuer", OtherIssuer(issuer), create, adapt: Accepted);
        }
        else
        {
            step.Report("token-issuer", found,
                $"Entra accepts this token, and --issuer is what differs: use --issuer {ShellText.Quote(issuer)}. If that is not what is meant, {Set} on every API server, create a new token, and correct the credential", atMost: Severity.Warning, adapt: Accepted);
        }
    }

    private string OtherIssuer(string issuer) => $"iss is {ShownText.Quote(issuer)}; the options name {ShownText.Quote(expected.Issuer)}";

    // Beside the credential of the workload that was asked about.
    private bool IsOfOtherCluster(string issuer) => issuer != expected.Issuer && !IssuerDifference.IsSpelling(expected.Issuer, issuer) && owners.HasExpected;

    // It is wrong for what was asked about; the responses of the table are those to a token that no credential fits.
    private static PartyRule Accepted(PartyRule entry) => entry with { Response = null, Evidence = Evidence.Unconfirmed };

    private string Set => $"set --service-account-issuer={ShellText.Quote(expected.Issuer)}";

    private string SetWithout(string hidden) => $"--service-account-issuer of the API servers has {hidden}: {Set} on every one of them, create a new token";

    private void ReportIssuer(string issuer)
    {
        if (ForeignToken.ServiceOf(issuer) is { } service)
        {
            step.Report("token-foreign", $"iss is {ShownText.Quote(issuer)}: a token of {service}, not of a cluster", create);
            return;
        }

        if (issuer == ForeignToken.LegacyIssuer)
        {
            step.Report("token-legacy", $"iss is {ShownText.Quote(issuer)}", create);
            return;
        }

        SignInCredential nearest = owners.Nearest(facts.Credentials, issuer);
        step.Report("credential-issuer", $"\"{PrintableText.Of(nearest.Name, 120)}\" has issuer {ShownText.Quote(nearest.Issuer)}: {IssuerDifference.Clause(issuer, nearest.Issuer)} from {ShownText.Quote(issuer)}", FixOfIssuer(issuer));
    }

    // Of three sides the one that differs from the other two is named first.
    private string FixOfIssuer(string issuer)
    {
        if (token is null || issuer == expected.Issuer || HiddenCharacters.In(issuer) is not null)
        {
            return Correct(issuer, expected.Subject);
        }

        bool hasExpected = owners.HasExpected, isFetched = CredentialOwners.IsFetched(issuer);
        (string what, string? command) = Registration(isFetched ? issuer : expected.Issuer);
        string use = $"use --issuer {ShellText.Quote(issuer)}";
        string register = command is null ? what : $"{what}: {command}";
        return !isFetched ? $"{Set} on every API server, and create a new token{(hasExpected ? "" : $"; {register}")}"
            : !hasExpected ? $"{use} if that is meant{(command == expected.Apply ? ", also in this command" : "")}, and {register}"
            : !IssuerDifference.IsSpelling(expected.Issuer, issuer) ? create
            : $"credential and --issuer agree, and the token differs: {Set} on every API server, and create a new token. If {ShellText.Quote(issuer)} is meant, {use}, and {register}";
    }

    private void ReportSubject(SignInCredential[] ofIssuer, string subject)
    {
        SignInCredential nearest = ofIssuer.FirstOrDefault(each => string.Equals(each.Subject, subject, StringComparison.OrdinalIgnoreCase)) ?? owners.Nearest(ofIssuer, ofIssuer[0].Issuer);
        bool isSpelling = string.Equals(nearest.Subject, subject, StringComparison.OrdinalIgnoreCase);
        step.Report("credential-subject", $"\"{PrintableText.Of(nearest.Name, 120)}\" has {(nearest.Subject.Length == 0 ? "no subject" : $"subject {HiddenCharacters.Named(nearest.Subject)}")}{(isSpelling ? ", only the letter case differs" : "")}; {(token is null ? "expected" : "the token has")} {HiddenCharacters.Named(subject)}",
            FixOfSubject(nearest.Issuer, subject));
    }

    // No credential is changed to fit a token of something else: the options name the workload that is meant.
    private string FixOfSubject(string issuer, string subject)
    {
        if (token is null || subject == expected.Subject || HiddenCharacters.In(subject) is not null)
        {
            return issuer == expected.Issuer || HiddenCharacters.In(subject) is not null ? Correct(issuer, subject) : FixOfIssuer(issuer);
        }

        (string what, string? command) = Registration(expected.Issuer);
        return owners.HasExpected ? create
            : command is null ? $"{what}, and create a new token: {create}"
            : $"{what}, and create a new token: {command}; {create}";
    }

    private void ReportAudience(SignInCredential credential, string audience)
    {
        string found = credential.Audiences.Count == 0 ? "no audience" : $"audience {string.Join(", ", credential.Audiences.Take(3).Select(each => $"\"{PrintableText.Of(each, 100)}\""))}";
        step.Report("credential-audience", $"\"{PrintableText.Of(credential.Name, 120)}\" has {found}; {(token is null ? "expected" : "the token has")} \"{PrintableText.Of(audience)}\"", FixOfAudience(credential, audience));
    }

    // What the options name is what is meant: the other side of the two is the one to change.
    private string FixOfAudience(SignInCredential credential, string audience)
    {
        if (audience == expected.Audience || HiddenCharacters.In(audience) is not null)
        {
            return token is not null && HiddenCharacters.In(audience) is { } hidden ? $"the aud of the token has {hidden}: write it without where the token is projected or requested"
                : Update(credential, credential.Issuer, credential.Subject, audience);
        }

        string project = $"project the token with audience: {ShellText.Quote(expected.Audience)}";
        return credential.Audiences is [var only] && only == expected.Audience ? project : $"{project}, and correct the credential: {Update(credential, credential.Issuer, credential.Subject, expected.Audience)}";
    }

    // What nobody sees in a token is wrong there; a credential that repeats it does not match either (leading and trailing white space block the exchange).
    private string Correct(string issuer, string subject)
    {
        if (token is not null && HiddenCharacters.In(issuer) is { } inIssuer)
        {
            return SetWithout(inIssuer);
        }

        if (token is not null && HiddenCharacters.In(subject) is { } inSubject)
        {
            return $"the sub of the token has {inSubject}, which no API server writes: {create}";
        }

        (string what, string? command) = Registration(issuer);
        return command is null ? what : what == CorrectOne ? command : $"{what}: {command}";
    }

    // As apply does it: to change the credential of another workload, cluster or service would end its sign-in.
    private (string What, string? Command) Registration(string issuer)
    {
        const string createOne = "create a credential of this workload";
        SignInCredential? own = owners.OwnOf(issuer), named = owners.Named;
        return own is null && named is not null && expected.HasDefaultName && !string.Equals(named.Subject, expected.Subject, StringComparison.OrdinalIgnoreCase)
                ? ($"choose another --credential-name: credential \"{PrintableText.Of(named.Name, 120)}\" is another workload's", null)
            : (own ?? named) is { } credential ? (own is null && expected.HasDefaultName ? $"{CorrectOne}, or, if it is of another cluster, choose another --credential-name" : CorrectOne, Update(credential, issuer, expected.Subject, expected.Audience))
            : facts.Credentials.Count < SignInFacts.MaxCredentials ? (createOne, expected.Apply)
            : ($"delete a federated credential that nothing uses, because an app has at most {SignInFacts.MaxCredentials}, and {createOne}", expected.Apply);
    }

    private string Update(SignInCredential credential, string issuer, string subject, string audience) => CredentialCommand.Update(app, credential.Name, issuer, subject, audience);
}
