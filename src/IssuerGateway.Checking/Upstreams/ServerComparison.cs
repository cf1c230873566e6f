using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Upstreams;

/// <summary>The issuer and the keys of an API server beside those that are published. What an earlier finding is about is folded into that one.</summary>
internal sealed class ServerComparison
{
    // What is said of a token whose issuer, or whose key, is that of an API server and is not published.
    private static readonly string[] rulesOfIssuer = ["token-foreign", "token-issuer"];
    private static readonly string[] rulesOfMissing = ["token-foreign", "token-key-unpublished", "token-signature"];
    private static readonly string[] rulesOfOther = ["token-foreign", "token-signature"];

    private readonly CheckRequest request;
    private readonly ServerDocuments known;
    private readonly IReadOnlyList<(TokenInput Input, StepReport Step)> tokens;
    private readonly FindingFolding folding;
    private readonly TimeProvider time;
    private readonly IssuerSides sides;
    private readonly KeySet? published;
    private readonly CheckFinding? ofDocument;
    private readonly CheckFinding? ofEmptySet;
    private readonly bool hasDocument;

    public ServerComparison(CheckRequest request, IssuerDocuments documents, ServerDocuments known, IReadOnlyList<(TokenInput Input, StepReport Step)> tokens, FindingFolding folding, TimeProvider time)
    {
        (this.request, this.known, this.tokens, this.folding, this.time) = (request, known, tokens, folding, time);
        sides = IssuerSides.Of(request, documents.Issuer, known.Issuers);
        published = documents.KeySet?.Body is { } body ? KeySet.Parse(body, out _) : null;
        hasDocument = documents.Discovery?.Body is not null;
        CheckFinding[] earlier = [.. documents.Steps.SelectMany(step => step.Findings)];
        ofDocument = earlier.FirstOrDefault(finding => finding.Id == "issuer-mismatch");
        ofEmptySet = earlier.FirstOrDefault(finding => finding.Id == "key-set-empty");
    }

    /// <summary>New tokens of the server carry its issuer. Whoever rejects them for that sees nothing of its keys.</summary>
    public void CompareIssuer(StepBuilder step, ApiServer server)
    {
        if (!hasDocument || server.Document?.Issuer is not { } issuer || server.Keys.Keys.Count == 0 || issuer == request.Issuer.Value)
        {
            return;
        }

        PartyRule Adapt(PartyRule entry) => sides.AdaptToToken(issuer, As("token-issuer", entry)) is var adapted && tokens.Any(token => TokenOf(token.Input).Issuer == request.Issuer.Value)
            ? adapted with { Evidence = Evidence.Unconfirmed } : adapted;

        IReadOnlyList<RelyingParty> parties = [.. step.Parties.Where(party => !sides.IsAsStored(party, issuer))];
        if (sides.IsOtherDocument && ofDocument is not null && sides.IsOfThisIssuer(issuer))
        {
            folding.Add(ofDocument, Responses(parties, Adapt));
            return;
        }

        if (Covering(server, rulesOfIssuer, (token, _) => token.Issuer == issuer) is { } ofToken)
        {
            folding.Add(ofToken, Responses(parties, Adapt));
        }
        else
        {
            string other = sides.Document is { } named && named != issuer ? $"published is {HiddenCharacters.Named(named)}" : $"checked was {ShownText.Quote(request.Issuer.Value)}";
            step.Report("upstream-differs", $"{server.Name} has issuer {HiddenCharacters.Named(issuer)}, {other}", issuer == sides.Document ? sides.FixOfDocument() : sides.FixOfServer(issuer), parties, adapt: Adapt);
        }

        step.LimitTo([.. step.Parties.Where(party => RuleTable.Find("token-issuer").For(party.Id).Severity != Severity.Error)]);
    }

    public void CompareKeys(StepBuilder step, ApiServer server)
    {
        if (published is null || server.Keys.Keys.Count == 0)
        {
            return;
        }

        SigningKey[] lacking = [.. server.Keys.Keys.Where(key => published.Keys.All(other => !IsPublishedAs(key, other)))];
        SigningKey[] contradicted = [.. server.Keys.Keys.Where(key => !string.IsNullOrEmpty(key.KeyId) && published.Keys.Any(other => other.KeyId == key.KeyId) && !published.Keys.Any(other => other.KeyId == key.KeyId && other.Material == key.Material))];
        if (lacking.Length > 0)
        {
            ReportLacking(step, server, lacking);
        }

        if (contradicted.Length > 0 && !IsOfOtherDocument)
        {
            ReportContradicted(step, server, contradicted);
        }
    }

    // That a published key has no kid is a finding of the set.
    private static bool IsPublishedAs(SigningKey key, SigningKey other) => string.IsNullOrEmpty(key.KeyId) ? other.Material == key.Material : other.KeyId == key.KeyId || (string.IsNullOrEmpty(other.KeyId) && other.Material == key.Material);

    // The document that is published is another cluster's, and its keys are too.
    private bool IsOfOtherDocument => ofDocument is not null && sides.IsOfOtherCluster;

    private void ReportLacking(StepBuilder step, ApiServer server, SigningKey[] lacking)
    {
        if ((IsOfOtherDocument ? ofDocument : ofEmptySet) is { } earlier)
        {
            folding.Add(earlier, Responses(step.Parties, entry => entry), IsOfOtherDocument ? null : known.FixOfMissing);
            return;
        }

        if (Covering(server, rulesOfMissing, (_, signer) => lacking.Contains(signer)) is { } ofToken)
        {
            folding.Add(ofToken, Responses(step.Parties, entry => entry));
            return;
        }

        // Which of its keys the server signs with nobody knows; a good token by another one says that it is probably that.
        bool isPart = lacking.Length < server.Keys.Keys.Count, isUnused = isPart && tokens.Any(token => server.SignerOf(TokenOf(token.Input), token.Input.Text) is { } signer && !lacking.Contains(signer) && !token.Step.Findings.Any(finding => rulesOfMissing.Contains(finding.Id)));
        step.Report("upstream-differs", $"{server.Name} has {Listed(lacking)}, which {(lacking.Length == 1 ? "is" : "are")} not published", known.FixOfMissing, atMost: isUnused ? Severity.Warning : Severity.Error,
            adapt: entry => isPart ? entry with { Evidence = Evidence.Unconfirmed } : entry);
    }

    private void ReportContradicted(StepBuilder step, ApiServer server, SigningKey[] contradicted)
    {
        static PartyRule Adapt(PartyRule entry) => As("token-signature", entry);

        if (Covering(server, rulesOfOther, (_, signer) => contradicted.Contains(signer)) is { } ofToken)
        {
            folding.Add(ofToken, Responses(step.Parties, Adapt));
        }
        else
        {
            step.Report("upstream-differs", $"{server.Name} has another key under {Listed(contradicted)} than is published", known.FixOfOther, adapt: Adapt);
        }
    }

    /// <summary>The finding about a token that the server created.</summary>
    private CheckFinding? Covering(ApiServer server, string[] rules, Func<CompactToken, SigningKey, bool> isOf) =>
        tokens.Where(token => TokenOf(token.Input) is var parsed && server.SignerOf(parsed, token.Input.Text) is { } signer && isOf(parsed, signer))
            .SelectMany(token => token.Step.Findings).FirstOrDefault(finding => rules.Contains(finding.Id));

    private PartyRule[] Responses(IReadOnlyList<RelyingParty> parties, Func<PartyRule, PartyRule> adapt)
    {
        StepBuilder scratch = new("upstream", parties, time);
        scratch.Report("upstream-differs", "", adapt: adapt);
        return [.. scratch.Done("").Findings.SelectMany(finding => finding.Responses)];
    }

    // Tokens of the server meet the same end as a token that was given.
    private static PartyRule As(string rule, PartyRule entry) => RuleTable.Find(rule).For(entry.Party);

    private static CompactToken TokenOf(TokenInput input) => CompactToken.Parse(input.Text) ?? throw new ArgumentException("a token that TokenInput does not accept", nameof(input));

    private static string Listed(SigningKey[] keys) => UpstreamStep.Listed([.. keys.Select(key => key.KeyId is { Length: > 0 } kid ? $"kid \"{PrintableText.Of(kid, 60)}\"" : "a key without kid").Distinct()]);
}
