using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.Drift;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.Verification;

/// <summary>A token of the workload, and the published keys, beside the registration. Nothing of the token is printed but its claims.</summary>
internal static class TokenComparison
{
    public static void Compare(CompactToken token, VerifiedTrust trust, TimeProvider time, TrustReport report)
    {
        Workload wanted = trust.Workload;
        report.CompareIssuer("token-issuer", "iss of the token", token.Issuer, wanted.Issuer.Value, "send a token of this cluster, or verify with --issuer as the token has it");
        report.Compare("token-subject", "sub of the token", token.Subject, wanted.Subject, "the token is of another service account: set serviceAccountName of the pod, or verify with --namespace and --service-account as the token has them");
        if (!token.Audiences.Contains(wanted.Audience, StringComparer.Ordinal))
        {
            report.Error("token-audience", $"aud of the token is {TrustReport.Shown(token.Audiences)}; expected {TrustReport.Shown(wanted.Audience)}", "project the token with this audience (serviceAccountToken.audience)");
        }

        if (token.Expires is { } expires && expires <= time.GetUtcNow())
        {
            report.Error("token-expired", $"the token expired at {expires:yyyy-MM-ddTHH:mm:ssZ}", "read the token file at every use, or create a new token");
        }

        if (trust.Algorithms.Count > 0 && !trust.Algorithms.Contains(token.Algorithm))
        {
            report.Error("token-algorithm", $"alg of the token is {TrustReport.Shown(token.Algorithm)}; the party takes {string.Join(", ", trust.Algorithms)}", "sign with a key of another kind (--service-account-signing-key-file of the API server)");
        }
    }

    /// <summary>Whether the keys that verify the token are where the party looks for them.</summary>
    public static void CompareKeys(IReadOnlyList<PinnedKey> published, CompactToken? token, VerifiedTrust trust, TrustReport report)
    {
        if (token?.KeyId is { } keyId && published.All(key => key.KeyId != keyId))
        {
            report.Error("token-key", $"the key {PrintableText.Of(keyId)} that signed the token is not published", "the signing key was switched too early, or the token is of another cluster: issuerctl check ISSUER --token FILE");
        }

        if (trust.HeldKeys is not { } held)
        {
            return;
        }

        KeyDrift drift = KeyDrift.Between(published, held);
        foreach ((IReadOnlyList<PinnedKey> keys, string id, string meaning) in (IEnumerable<(IReadOnlyList<PinnedKey>, string, string)>)
        [
            (drift.Missing, "keys-missing", "is published, but the party does not hold it: tokens that it signs are rejected"),
            (drift.Stale, "keys-stale", "is held by the party, but no longer published: tokens that it signs are still accepted"),
            (drift.Replaced, "keys-replaced", "is held by the party with other key material than is published under this kid: every signature is rejected"),
        ])
        {
            foreach (PinnedKey key in keys)
            {
                report.Error(id, $"{PrintableText.Of(key.Name)} {meaning}", trust.RenewKeys);
            }
        }
    }
}
