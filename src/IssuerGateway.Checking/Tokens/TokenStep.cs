using System.Text.RegularExpressions;
using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>Each token as each party validates it. A token of another cluster, or of a kind that no party takes, is one finding.</summary>
internal sealed partial class TokenStep(CheckRequest request, TimeProvider time)
{
    public IReadOnlyList<StepReport> Run(IssuerDocuments documents)
    {
        if (request.Tokens.Count == 0)
        {
            return [StepReport.NotRequested("token", "--token")];
        }

        return [.. request.Tokens.Select(token => Validate(token, documents))];
    }

    private StepReport Validate(TokenInput input, IssuerDocuments documents)
    {
        if (CompactToken.Parse(input.Text) is not { } token)
        {
            throw new ArgumentException("a token that TokenInput does not accept", nameof(input));
        }

        IReadOnlyList<RelyingParty> parties = request.MatchesAudiences ? [.. request.Parties.Where(party => TokenAudience.IsFor(party, token))] : request.Parties;
        return Validate(input, token, parties, documents) with { ValidatedBy = [.. parties.Select(party => party.Id)] };
    }

    private StepReport Validate(TokenInput input, CompactToken token, IReadOnlyList<RelyingParty> parties, IssuerDocuments documents)
    {
        StepBuilder step = new("token", parties, time);
        if (token.Issuer == ForeignToken.LegacyIssuer)
        {
            step.Report("token-legacy", $"iss is \"{ForeignToken.LegacyIssuer}\"", $"project a serviceAccountToken volume, or: kubectl create token {Account(token)} --audience {ShellText.Quote(TokenAudience.Example(parties))}");
            return step.Done(Summary(input, token, parties));
        }

        bool isNamed = documents.AllKeys.Any(key => key.KeyId is not null && key.KeyId == token.KeyId);
        bool isOfOtherIssuer = !string.Equals(token.Issuer, request.Issuer.Value, StringComparison.Ordinal);
        if (isOfOtherIssuer && documents.AllKeys.Count > 0 && token.KeyId is not null && !isNamed && !IsSpelling(token.Issuer))
        {
            step.Report("token-foreign", $"iss is {ShownText.Quote(token.Issuer)}, signed with kid \"{PrintableText.Of(token.KeyId, 60)}\"; neither is published here",
                ForeignToken.ServiceOf(token.Issuer) is { } service
                    ? $"this is a token of {service}, not of a cluster: kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience {ShellText.Quote(TokenAudience.Example(parties))}"
                    : $"create the token in the cluster of {ShellText.Quote(request.Issuer.Value)}, or check {ShellText.Quote(token.Issuer ?? "")}");
            return step.Done(Summary(input, token, parties));
        }

        // The discovery document has the same issuer as the token: then the one that was checked is wrong, and that has been reported.
        if (isOfOtherIssuer && !string.Equals(token.Issuer, documents.Issuer, StringComparison.Ordinal))
        {
            ReportIssuer(step, token);
        }

        if (documents.AllKeys.Count > 0)
        {
            TokenKey.Validate(step, input, token, documents);
        }

        TokenHeader.Validate(step, input, token);
        TokenClaims.Validate(step, input, token, request);
        TokenTimes.Validate(step, token, time.GetUtcNow());
        GoTimes.Validate(step, input, time.GetUtcNow());
        string summary = Summary(input, token, parties);
        if (documents.AllKeys.Count == 0 && step.Done("").Outcome != StepOutcome.Failed)
        {
            return StepReport.Skipped("token", $"{input.Name}: the signature cannot be verified without keys") with { Findings = step.Done("").Findings };
        }

        return step.Done(summary);
    }

    private bool IsSpelling(string? issuer) => issuer is not null && IssuerDifference.IsSpelling(request.Issuer.Value, issuer);

    private void ReportIssuer(StepBuilder step, CompactToken token)
    {
        string shown = ShownText.Of(token.Issuer);
        string quoted = ShellText.Quote(token.Issuer ?? "");
        step.Report("token-issuer",
            token.Issuer is { } other ? $"{IssuerDifference.Clause(request.Issuer.Value, other)}: iss is \"{shown}\", checked was {ShownText.Quote(request.Issuer.Value)}" : "the token has no iss",
            token.Issuer is null ? "send the token of the cluster as it is"
                : IsSpelling(token.Issuer) ? $"register {quoted} at the relying party, exactly as the token carries it; change --service-account-issuer only if you want the other spelling"
                : $"register {quoted} at the relying party and publish it, or project a new token after --service-account-issuer has changed");
    }

    // RFC 1123 §2.1, as Kubernetes names are: what starts with a hyphen would be an option of the command, quoted or not.
    [GeneratedRegex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DnsLabel();

    private static string Account(CompactToken token) =>
        token.Subject?.Split(':') is ["system", "serviceaccount", var space, var name] && DnsLabel().IsMatch(space) && name.Split('.').All(DnsLabel().IsMatch) ? $"{ShellText.Quote(name)} --namespace {ShellText.Quote(space)}" : "SERVICEACCOUNT --namespace NAMESPACE";

    private string Summary(TokenInput input, CompactToken token, IReadOnlyList<RelyingParty> parties)
    {
        string who = parties.Count == 0 ? "for no chosen profile" : request.Parties.Count > 1 ? $"validated as {string.Join(", ", parties.Select(party => party.Id))}" : $"kid {PrintableText.Of(token.KeyId, 50)}";
        string name = request.Tokens.Count == 1 ? Path.GetFileName(input.Name) : input.Name;
        return $"{PrintableText.Of(name, 60)}: {PrintableText.Of(token.Subject, 100)}, {PrintableText.Of(token.Algorithm, 20)}, {who}";
    }
}
