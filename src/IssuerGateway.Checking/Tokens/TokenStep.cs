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
    private const string LegacyIssuer = "kubernetes/serviceaccount";

    public async Task<IReadOnlyList<StepReport>> RunAsync(IssuerDocuments documents)
    {
        if (request.Tokens.Count == 0)
        {
            return [StepReport.NotRequested("token", "--token")];
        }

        List<StepReport> reports = [];
        foreach (TokenInput token in request.Tokens)
        {
            reports.Add(await ValidateAsync(token, documents));
        }

        return reports;
    }

    private async Task<StepReport> ValidateAsync(TokenInput input, IssuerDocuments documents)
    {
        if (CompactToken.Parse(input.Text) is not { } token)
        {
            throw new ArgumentException("a token that TokenInput does not accept", nameof(input));
        }

        IReadOnlyList<RelyingParty> parties = request.MatchesAudiences ? [.. request.Parties.Where(party => TokenAudience.IsFor(party, token))] : request.Parties;
        return await ValidateAsync(input, token, parties, documents) with { ValidatedBy = [.. parties.Select(party => party.Id)] };
    }

    private async Task<StepReport> ValidateAsync(TokenInput input, CompactToken token, IReadOnlyList<RelyingParty> parties, IssuerDocuments documents)
    {
        StepBuilder step = new("token", parties, time);
        if (token.Issuer == LegacyIssuer)
        {
            step.Report("token-legacy", $"iss is \"{LegacyIssuer}\"", $"kubectl create token {Account(token)} --audience {ShellText.Quote(TokenAudience.Example(parties))}, or project a serviceAccountToken volume");
            return step.Done(Summary(input, token, parties));
        }

        SigningKey[] named = documents.Keys is { } keys ? [.. keys.Keys.Where(key => key.KeyId is not null && key.KeyId == token.KeyId)] : [];
        bool isOfOtherIssuer = !string.Equals(token.Issuer, request.Issuer.Value, StringComparison.Ordinal);
        if (isOfOtherIssuer && documents.Keys is not null && token.KeyId is not null && named.Length == 0 && !IsSpelling(token.Issuer))
        {
            step.Report("token-foreign", $"iss is \"{PrintableText.Of(token.Issuer)}\", signed with kid \"{PrintableText.Of(token.KeyId, 60)}\"; neither is published here",
                $"create the token in the cluster of {ShellText.Quote(request.Issuer.Value)}, or check {ShellText.Quote(token.Issuer ?? "")}");
            return step.Done(Summary(input, token, parties));
        }

        // The discovery document has the same issuer as the token: then the one that was checked is wrong, and that has been reported.
        if (isOfOtherIssuer && !string.Equals(token.Issuer, documents.Issuer, StringComparison.Ordinal))
        {
            ReportIssuer(step, token);
        }

        if (documents.Keys is { } published)
        {
            await ValidateKeyAsync(step, input, token, published, named);
        }

        TokenHeader.Validate(step, input, token);
        TokenClaims.Validate(step, input, token, request);
        TokenTimes.Validate(step, token, time.GetUtcNow());
        string summary = Summary(input, token, parties);
        if (documents.Keys is null && step.Done("").Outcome != StepOutcome.Failed)
        {
            return StepReport.Skipped("token", $"{input.Name}: the signature cannot be verified without keys") with { Findings = step.Done("").Findings };
        }

        return step.Done(summary);
    }

    private bool IsSpelling(string? issuer) => issuer is not null && IssuerSpelling.IsSpelling(IssuerDifference.Describe(request.Issuer.Value, issuer));

    private void ReportIssuer(StepBuilder step, CompactToken token)
    {
        string shown = PrintableText.Of(token.Issuer);
        string quoted = ShellText.Quote(token.Issuer ?? "");
        step.Report("token-issuer",
            token.Issuer is { } other ? $"{IssuerDifference.Describe(request.Issuer.Value, other)} differs: iss is \"{shown}\", checked was \"{PrintableText.Of(request.Issuer.Value)}\"" : "the token has no iss",
            token.Issuer is null ? "send the token of the cluster as it is"
                : IsSpelling(token.Issuer) ? $"register {quoted} at the relying party, exactly as the token carries it; change --service-account-issuer only if you want the other spelling"
                : $"register {quoted} at the relying party and publish it, or project a new token after --service-account-issuer has changed");
    }

    private static async Task ValidateKeyAsync(StepBuilder step, TokenInput input, CompactToken token, KeySet published, SigningKey[] named)
    {
        if (token.KeyId is null)
        {
            // RFC 7515 §4.1.4 makes kid optional; who tries every key gets on without it.
            step.Report("token-kid-missing", "the header has no kid");
            RelyingParty[] lenient = [.. step.Parties.Where(party => party.TriesEveryKey)];
            if (!IsVerifiable(token))
            {
                ReportUnverified(step, token, lenient);
            }
            else if (lenient.Length > 0 && !await IsByAnyAsync(input.Text, published.Keys))
            {
                step.Report("token-signature", "the signature is by no published key", only: lenient);
            }

            return;
        }

        string kid = PrintableText.Of(token.KeyId, 60);
        if (named.Length == 0)
        {
            step.Report("token-key-unpublished", $"kid \"{kid}\" is not published; published: {string.Join(", ", published.Keys.Take(3).Select(key => PrintableText.Quote(key.KeyId ?? "(no kid)")))}{(published.Keys.Count > 3 ? ", ..." : "")}",
                "the signing key was switched before it was published: add its public key to --service-account-key-file of every API server, or sign with the old key again");
        }
        else if (!IsVerifiable(token))
        {
            ReportUnverified(step, token, step.Parties);
        }
        else if (!await IsByAnyAsync(input.Text, named))
        {
            step.Report("token-signature", $"the signature is not by kid \"{kid}\"");
        }
        else if (named is [var only])
        {
            ReportUnusable(step, InspectedKey.Of(only), [.. published.Keys.Select(InspectedKey.Of)]);
        }
        else if ( !await TokenSignature.IsByAsync(input.Text, named[^1]))
        {
            step.Report("token-signature", $"of {named.Length} keys with kid \"{kid}\" the last one did not sign the token", only: step.Parties.Where(party => party.Id is "aws" or "keycloak"));
        }
    }

    // Where no other key is good, the set itself has been reported.
    private static void ReportUnusable(StepBuilder step, InspectedKey key, InspectedKey[] all)
    {
        foreach (IGrouping<string, RelyingParty> same in step.Parties
            .GroupBy(party => string.Join(", ", KeyDefects.Of(key, party).Where(rule => KeyDefects.IsOneOfSeveral(rule, party, all))), StringComparer.Ordinal).Where(group => group.Key.Length > 0))
        {
            step.Report("token-key-unusable", $"{key.Name}: {same.Key}", only: same);
        }
    }

    private static bool IsVerifiable(CompactToken token) => token.Algorithm is "RS256" or "RS384" or "RS512" or "ES256" or "ES384" or "ES512" or "PS256" or "PS384" or "PS512";

    // Who rejects the algorithm has rejected the token already; for the others "verified" would be a guess.
    private static void ReportUnverified(StepBuilder step, CompactToken token, IEnumerable<RelyingParty> parties) =>
        step.Report("token-signature-unverified", $"signature not verified: alg is {PrintableText.Quote(token.Algorithm)}", only: parties.Where(party => party.Accepts(token.Algorithm)));

    private static async Task<bool> IsByAnyAsync(string token, IEnumerable<SigningKey> keys)
    {
        foreach (SigningKey key in keys)
        {
            if (await TokenSignature.IsByAsync(token, key))
            {
                return true;
            }
        }

        return false;
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
