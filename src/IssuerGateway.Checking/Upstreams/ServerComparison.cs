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
        sides = IssuerSides.Of(request, documents, known);
        published = documents.KeySet?.Body is { } body ? KeySet.Parse(body, out _) : null;
        hasDocument = documents.Discovery?.Body is not null;
        CheckFinding[] earlier = [.. documents.Steps.SelectMany(step => step.Findings)];
        ofDocument = earlier.FirstOrDefault(finding => finding.Id == "issuer-mismatch");
        ofEmptySet = earlier.FirstOrDefault(finding => finding.Id == "key-set-empty");
    }

    /// <summary>Whether an earlier finding says what differs between what is published and an API server.</summary>
    public bool IsReportedAbove { get; private set; }

    /// <summary>New tokens of the server carry its issuer. Whoever rejects them for that sees nothing of its keys.</summary>
    public void CompareIssuer(StepBuilder step, ApiServer server)
    {
        if (!hasDocument || server.Document?.Issuer is not { } issuer || server.Keys.Keys.Count == 0)
        {
            return;
        }

        IsReportedAbove |= sides.IsOtherDocument && ofDocument is not null && issuer != sides.Document;

        // New tokens of a server with the issuer that was checked are as registered, but at AWS, which drops a default port from that.
        string stored = IssuerDifference.WithoutDefaultPort(issuer);
        bool isDropped = issuer != stored && (sides.Document ?? stored) == stored;
        IReadOnlyList<RelyingParty> parties = [.. step.Parties.Where(party => issuer == request.Issuer.Value ? isDropped && party.Id == "aws" : !sides.IsAsStored(party, issuer))];
        if (parties.Count == 0)
        {
            return;
        }

        if (sides.IsOtherDocument && ofDocument is not null && (sides.IsOfThisIssuer(issuer) || IsOwn(server)))
        {
            folding.Add(ofDocument, Responses(parties, entry => AdaptIssuer(entry, issuer)));
            return;
        }

        // A server of another cluster lacks its keys too, which those see that do not reject its issuer for certain.
        bool isForeign = !sides.IsOfThisIssuer(issuer) && !IsOwn(server) && published is not null && LackingOf(server).Length > 0;
        PartyRule Adapt(PartyRule entry) => AdaptIssuer(entry, issuer) is var adapted && (IsCertain(adapted) || !isForeign) ? adapted : HasTokenOf(entry.Party) ? entry with { Evidence = Evidence.Unconfirmed } : entry;

        string fix = issuer == sides.Document ? sides.FixOfDocument() : sides.FixOfServer(issuer, IsOwn(server));
        PartyRule[] responses = Responses(parties, Adapt);
        if ((Covering(server, rulesOfIssuer, (token, _) => token.Issuer == issuer) ?? tokens.SelectMany(token => token.Step.Findings).FirstOrDefault(finding => finding.Id == "token-issuer" && finding.Fix == fix)) is { } ofToken)
        {
            folding.Add(ofToken, responses);
            IsReportedAbove = true;
        }
        else
        {
            string other = sides.Document is { } named && named != issuer ? $"published is {HiddenCharacters.Named(named)}" : $"checked was {ShownText.Quote(request.Issuer.Value)}";
            step.Report("upstream-differs", $"{server.Name} has issuer {HiddenCharacters.Named(issuer)}, {other}", fix, parties, adapt: Adapt);
        }

        step.LimitTo([.. step.Parties.Where(party => !isForeign && !responses.Any(entry => entry.Party == party.Id && IsCertain(entry)))]);
    }

    public void CompareKeys(StepBuilder step, ApiServer server)
    {
        if (published is null || server.Keys.Keys.Count == 0 || step.Parties.Count == 0)
        {
            return;
        }

        SigningKey[] lacking = LackingOf(server);
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

    private static bool IsCertain(PartyRule entry) => entry is { Severity: Severity.Error, Evidence: not Evidence.Unconfirmed };

    // A good token shows that the server may be one of another cluster, which nobody signs in with.
    private PartyRule AdaptIssuer(PartyRule entry, string issuer) =>
        sides.AdaptToToken(issuer, As("token-issuer", entry)) is var adapted && HasTokenOf(entry.Party) ? adapted with { Evidence = Evidence.Unconfirmed } : adapted;

    private bool HasTokenOf(string party) => tokens.Any(token => TokenOf(token.Input).Issuer is { } iss && (iss == request.Issuer.Value || sides.IsPortOf(iss, party)));

    // Of this cluster is a server whose key is published, or has signed a token of the issuer.
    private bool IsOwn(ApiServer server) => (published is not null && server.Keys.Keys.Any(key => published.Keys.Any(other => other.Material == key.Material)))
        || tokens.Any(token => TokenOf(token.Input).Issuer == request.Issuer.Value && server.HasSigned(token.Input.Text));

    private SigningKey[] LackingOf(ApiServer server) => [.. server.Keys.Keys.Where(key => published!.Keys.All(other => !IsPublishedAs(key, other)))];

    // That a published key has no kid is a finding of the set.
    private static bool IsPublishedAs(SigningKey key, SigningKey other) => string.IsNullOrEmpty(key.KeyId) ? other.Material == key.Material : other.KeyId == key.KeyId || (string.IsNullOrEmpty(other.KeyId) && other.Material == key.Material);

    // The document that is published is another cluster's, and its keys are too.
    private bool IsOfOtherDocument => ofDocument is not null && sides.IsOfOtherCluster;

    private void ReportLacking(StepBuilder step, ApiServer server, SigningKey[] lacking)
    {
        if ((IsOfOtherDocument ? ofDocument : ofEmptySet) is { } earlier)
        {
            folding.Add(earlier, Responses(step.Parties, entry => entry), IsOfOtherDocument ? null : known.FixOfMissing);
            IsReportedAbove = true;
            return;
        }

        if (Covering(server, rulesOfMissing, (_, signer) => lacking.Contains(signer)) is { } ofToken)
        {
            folding.Add(ofToken, Responses(step.Parties, entry => entry));
            IsReportedAbove = true;
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
            IsReportedAbove = true;
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
