using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes;

namespace IssuerGateway.Publishing;

/// <summary>
/// A projected token of the gateway's own pod, verified against what is published: the first token of the cluster that
/// a relying party would reject is the gateway's own. Findings name the key, never the token.
/// </summary>
internal sealed class OwnTokenCanary(string file, IssuerIdentifier issuer, TimeProvider time)
{
    private static readonly TimeSpan skew = TimeSpan.FromMinutes(1);

    /// <summary>Whether the token at hand is signed by a key that is not published, which a refresh may change.</summary>
    public bool SignsUnpublished(KeySet? published) =>
        published is not null && Read(out _) is { } text && CompactToken.Parse(text) is { HasDuplicates: false } token && published.Keys.All(key => key.KeyId != token.KeyId);

    /// <param name="unauthorizedSince">Since when every API server that responds rejects our access token; absent while none does.</param>
    public IReadOnlyList<Finding> Evaluate(KeySet published, DateTimeOffset? unauthorizedSince = null)
    {
        if (Read(out Finding? fault) is not { } text)
        {
            return [fault!];
        }

        if (CompactToken.Parse(text) is not { HasDuplicates: false } token)
        {
            return [Finding.Warning("canary-unreadable", $"own token {file}: not a signed JWT", "project a serviceAccountToken there")];
        }

        List<Finding> findings = [];
        if (!string.Equals(token.Issuer, issuer.Value, StringComparison.Ordinal))
        {
            findings.Add(Finding.Error("canary-issuer", $"own token: {IssuerDifference.Describe(issuer.Value, token.Issuer ?? "")} of its iss differs from issuer \"{issuer}\"",
                $"tokens of this cluster are rejected until Identifier is the issuer that they carry{(token.Issuer is { } iss && iss.Length < 600 && !iss.Any(char.IsControl) ? $": \"{iss}\"" : "")}"));
        }

        // Never added to what a token carries: the sum may be no instant any more.
        DateTimeOffset now = time.GetUtcNow();
        if (token.Expires is null)
        {
            findings.Add(Finding.Warning("canary-unreadable", $"own token {file}: its exp is missing or out of range", "project a serviceAccountToken there"));
        }
        else if (token.Expires < now - skew)
        {
            findings.Add(Finding.Warning("canary-expired", $"own token {file}: expired {token.Expires:u}", "mount the projected volume without subPath, else the kubelet never renews it"));
        }

        findings.AddRange(AlgorithmIsAccepted(token, published));
        findings.AddRange(EvaluateKey(text, token, published, unauthorizedSince));
        return findings;
    }

    // An RSA key that is still published does not help: the token names the algorithm that signed it.
    private static IEnumerable<Finding> AlgorithmIsAccepted(CompactToken token, KeySet published)
    {
        if (token.Algorithm is "RS256")
        {
            yield break;
        }

        string message = $"own token: signed with {(token.Algorithm is { } algorithm ? PrintableText.Of(algorithm) : "no algorithm")}, and Entra accepts RS256 only (AADSTS5002738)";
        const string hint = "sign with an RSA key again (--service-account-signing-key-file), unless no relying party of this cluster is Entra";
        yield return published.Keys.Any(key => key is { KeyType: "RSA", Algorithm: "RS256" or null })
            ? Finding.Error("canary-algorithm", message, hint)
            : Finding.Warning("canary-algorithm", message, hint);
    }

    private static IReadOnlyList<Finding> EvaluateKey(string text, CompactToken token, KeySet published, DateTimeOffset? unauthorizedSince)
    {
        if (published.Keys.FirstOrDefault(key => key.KeyId == token.KeyId) is not { } key)
        {
            string kid = PrintableText.Of(token.KeyId ?? "");
            return
            [
                unauthorizedSince is { } since
                    ? Finding.Error("signing-key-replaced", $"API servers respond with 401 since {since.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}, and the gateway's own token is signed by kid \"{kid}\", which is not published: the signing key was replaced in one step",
                        "publish the old public key beside the new one (--service-account-key-file twice) until every token signed by the old key has expired; the gateway publishes the new key as soon as the kubelet has renewed its access token")
                    : Finding.Error("signing-key-unpublished", $"own token: signed by kid \"{kid}\", which no API server publishes",
                        "the rotation signed before it published: add the public key to --service-account-key-file of every API server, or sign with the old key again"),
            ];
        }

        (SignatureResult result, string? cause) = TokenSignature.Verify(text, key);
        return result is SignatureResult.Valid or SignatureResult.AlgorithmUnsupported
            ? []
            : [Finding.Error("canary-signature", $"own token: not signed by the key that is published as kid \"{PrintableText.Of(token.KeyId ?? "")}\": {cause}", "an API server publishes another key under this kid: find out which, it may be compromised")];
    }

    private string? Read(out Finding? fault)
    {
        fault = null;
        try
        {
            return Encoding.ASCII.GetString(RegularFile.Read(CompactToken.MaxCharacters, file).Contents[0]).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = Finding.Warning("canary-unreadable", $"own token {file}: {e.Message}", "project a serviceAccountToken there, or remove CanaryTokenFile");
            return null;
        }
    }
}
