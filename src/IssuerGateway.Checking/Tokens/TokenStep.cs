using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Checking.Steps.Keys;
using IssuerGateway.Checking.Upstreams;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>Each token as each party validates it. A token of another cluster, or of a kind that no party takes, is one finding.</summary>
internal sealed class TokenStep(CheckRequest request, ServerDocuments servers, FindingFolding folding, TimeProvider time)
{
    public IReadOnlyList<StepReport> Run(IssuerDocuments documents)
    {
        if (request.Tokens.Count == 0)
        {
            return [StepReport.NotRequested("token", "--token")];
        }

        IssuerSides sides = IssuerSides.Of(request, documents, servers);
        return [.. request.Tokens.Select(token => Validate(token, documents, sides))];
    }

    private StepReport Validate(TokenInput input, IssuerDocuments documents, IssuerSides sides)
    {
        if (CompactToken.Parse(input.Text) is not { } token)
        {
            throw new ArgumentException("a token that TokenInput does not accept", nameof(input));
        }

        IReadOnlyList<RelyingParty> parties = request.MatchesAudiences ? [.. request.Parties.Where(party => TokenAudience.IsFor(party, token) || TokenAudience.IsMeantFor(party, token))] : request.Parties;
        StepReport report = Validate(input, token, parties, documents, sides);
        string name = PrintableText.Of(NameOf(input), 100);
        return report with
        {
            Token = name,
            ValidatedBy = [.. parties.Select(party => party.Id)],
            Findings = request.Tokens.Count == 1 ? report.Findings : [.. report.Findings.Select(finding => finding with { Token = name })],
        };
    }

    private StepReport Validate(TokenInput input, CompactToken token, IReadOnlyList<RelyingParty> parties, IssuerDocuments documents, IssuerSides sides)
    {
        StepBuilder step = new("token", parties, time);
        string create = TokenCommand.Create(request, parties, token);
        if (token.Issuer == ForeignToken.LegacyIssuer)
        {
            step.Report("token-legacy", $"iss is \"{ForeignToken.LegacyIssuer}\"", $"project a serviceAccountToken volume, or: {create}");
            return step.Done(Summary(input, token, parties));
        }

        if (documents.AllKeys.Count > 0 && !sides.IsOfThisIssuer(token.Issuer) && TokenKey.WhyForeign(input, token, documents.AllKeys) is { } ofAnotherKey)
        {
            step.Report("token-foreign", $"{(token.Issuer is null ? "no iss" : $"iss is {HiddenCharacters.Named(token.Issuer)}")}, {ofAnotherKey}",
                ForeignToken.ServiceOf(token.Issuer) is { } service ? $"this is a token of {service}, not of a cluster: {TokenCommand.Create(request.Subject, TokenCommand.Audience(request.Parties, request.Audience))}"
                    : $"create the token in the cluster of {ShellText.Quote(sides.EndState)}{(IssuerIdentifier.TryParse(token.Issuer ?? "", out _, out _) ? $", or check {ShellText.Quote(token.Issuer!)}" : "")}");
            return step.Done(Summary(input, token, parties));
        }

        if (!string.Equals(token.Issuer, request.Issuer.Value, StringComparison.Ordinal))
        {
            ReportIssuer(step, token, sides, create);
        }

        bool isOfOtherDocument = IsOfOtherDocument(input, token, parties, documents, sides);
        IReadOnlyList<RelyingParty> stopped = documents.AllKeys.Count > 0 && !isOfOtherDocument ? TokenKey.Validate(step, input, token, documents, servers, create) : [];
        TokenHeader.Validate(step, input, token, create, [.. stopped, .. WithoutKey(token, documents)]);
        TokenClaims.Validate(step, token, request.Audience, request.Subject, create);
        TokenTimes.Validate(step, token, time.GetUtcNow(), create);
        GoClaims.Validate(step, input, TokenCommand.Instead(create));
        GoTimes.Validate(step, input, time.GetUtcNow(), create);
        if ((documents.AllKeys.Count == 0 || isOfOtherDocument) && step.Done("").Outcome != StepOutcome.Failed)
        {
            return StepReport.Skipped("token", $"{PrintableText.Of(NameOf(input), 100)}: {(isOfOtherDocument ? "the published keys are another cluster's" : "the signature cannot be verified without keys")}") with { Findings = step.Done("").Findings };
        }

        return step.Done(Summary(input, token, parties));
    }

    // A document of another cluster has its keys too: that they did not sign the token is the same cause. Of several tokens each has its own verdict.
    private bool IsOfOtherDocument(TokenInput input, CompactToken token, IReadOnlyList<RelyingParty> parties, IssuerDocuments documents, IssuerSides sides)
    {
        CheckFinding? ofDocument = documents.Steps.SelectMany(step => step.Findings).FirstOrDefault(finding => finding.Id == "issuer-mismatch");
        if (ofDocument is null || !sides.IsOfOtherCluster || documents.AllKeys.Count == 0 || request.Tokens.Count > 1)
        {
            return false;
        }

        StepBuilder keys = new("token", parties, time);
        TokenKey.Validate(keys, input, token, documents, servers, "");
        PartyRule[] responses = [.. keys.Done("").Findings.Where(finding => finding.Id is "token-key-unpublished" or "token-signature").SelectMany(finding => finding.Responses)];
        if (responses.Length > 0)
        {
            folding.Add(ofDocument, responses);
        }

        return responses.Length > 0;
    }

    private void ReportIssuer(StepBuilder step, CompactToken token, IssuerSides sides, string create) =>
        step.Report("token-issuer",
            token.Issuer is { Length: > 0 } other ? $"{IssuerDifference.Clause(request.Issuer.Value, other)}: iss is {HiddenCharacters.Named(other)}{(ServerOf(other) is { } server ? $", as API server {server} has it" : "")}, checked was {ShownText.Quote(request.Issuer.Value)}"
                : $"{(token.Issuer is not null ? "iss is empty" : token.Has("iss") ? "iss is not a string" : "no iss")}; expected {ShownText.Quote(request.Issuer.Value)}",
            sides.FixOfToken(token.Issuer, create),
            sides.IsCoveredByDocument(token.Issuer) ? [] : step.Parties.Where(party => !sides.IsAsStored(party, token.Issuer)),
            adapt: entry => !token.Has("iss") ? ClaimRules.NamingMissing(entry, "iss") : token.Issuer is { } iss ? sides.AdaptToToken(iss, entry) : OfUnreadIssuer(entry));

    // Where not every server has the issuer of the token.
    private string? ServerOf(string iss) => servers.Issuers.Count > 1 ? servers.Servers.FirstOrDefault(server => server.Document?.Issuer == iss)?.Name : null;

    // go-jose does not read an iss that is not a string, whatever a role is bound to; Kubernetes has looked for its issuer before.
    private static PartyRule OfUnreadIssuer(PartyRule entry) => entry.Party is "vault" or "openbao" ? RuleTable.Find("token-member-type").For(entry.Party) : entry;

    // A set in which no key is for this party, because all are for the algorithm of the token, has been reported as such, and so has a key of a type that it does not know.
    private static IEnumerable<RelyingParty> WithoutKey(CompactToken token, IssuerDocuments documents)
    {
        InspectedKey[] named = [.. documents.AllKeys.Where(key => key.KeyId is not null && key.KeyId == token.KeyId).Select(InspectedKey.Of)];
        string[] rules = [.. named.Any(key => key.Kind == token.Algorithm) ? ["no-usable-key"] : (string[])[], .. named.Length > 0 && named.All(key => key.IsUnknownType) ? ["key-type-unknown", "no-usable-key"] : (string[])[]];
        return documents.Steps.SelectMany(step => step.Findings).Where(finding => rules.Contains(finding.Id)).SelectMany(finding => finding.Responses).Where(entry => entry.Severity == Severity.Error).Select(entry => RelyingParty.Find(entry.Party)!);
    }

    // Of several tokens the shortest name that tells them apart.
    private string NameOf(TokenInput input) =>
        Path.GetFileName(input.Name) is var name && request.Tokens.Count(other => Path.GetFileName(other.Name) == name) == 1 ? name : input.Name;

    private string Summary(TokenInput input, CompactToken token, IReadOnlyList<RelyingParty> parties)
    {
        string who = parties.Count == 0 ? "for no chosen profile" : request.Parties.Count > 1 ? $"validated as {string.Join(", ", parties.Select(party => party.Id))}" : Named("kid", token.KeyId, 50);
        return $"{PrintableText.Of(NameOf(input), 100)}: {(token.Subject is { Length: > 0 } subject ? PrintableText.Of(subject, 100) : "no sub")}, {(token.Algorithm is { Length: > 0 } algorithm ? PrintableText.Of(algorithm, 20) : "no alg")}, {who}{TokenAudience.NotCompared(parties, token, request.Audience)}";
    }

    private static string Named(string member, string? value, int maxLength) => value is { Length: > 0 } ? $"{member} {PrintableText.Of(value, maxLength)}" : $"no {member}";
}
