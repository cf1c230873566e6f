using System.Globalization;
using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Issuers;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace IssuerGateway.Checking;

/// <summary>A token judged as a relying party judges it, each rule on its own; the signature by Microsoft.IdentityModel.</summary>
public sealed class TokenStep(CheckRequest request, TimeProvider time)
{
    private static readonly TimeSpan skew = TimeSpan.FromMinutes(5);

    public async Task<StepReport> RunAsync(IssuerIdentifier issuer, KeySet? keys)
    {
        if (request.Token is not { } text)
        {
            return StepBuilder.Skipped("token", "none given (--token FILE)");
        }

        StepBuilder step = new("token", request.Profiles, time);
        if (CompactToken.Parse(text) is not { } token)
        {
            step.Error("token-malformed", $"{text.Length} characters that are not a signed JWT", "mint one: kubectl create token SERVICEACCOUNT --audience api://AzureADTokenExchange");
            return step.Done("not a JWT");
        }

        JudgeHeader(step, token);
        await JudgeSignatureAsync(step, text, token, keys);
        JudgeClaims(step, token, issuer);
        JudgeTimes(step, token);
        return step.Done($"alg {PrintableText.Of(token.Algorithm)}, kid {PrintableText.Of(token.KeyId)}, sub {PrintableText.Of(token.Subject)}");
    }

    private void JudgeHeader(StepBuilder step, CompactToken token)
    {
        if (token.Type is { } type && !type.Equals("JWT", StringComparison.OrdinalIgnoreCase))
        {
            step.Error("token-type", $"typ \"{PrintableText.Of(type)}\"", "send the token of the cluster as it is; something has made another one");
        }

        foreach (RelyingPartyProfile profile in request.Profiles.Where(profile => profile.Algorithms.Count > 0 && !profile.Algorithms.Contains(token.Algorithm ?? "")))
        {
            step.Error("token-algorithm", $"alg \"{PrintableText.Of(token.Algorithm)}\", {profile.Name} takes {string.Join(", ", profile.Algorithms)}",
                "sign with an RSA key: --service-account-signing-key-file on every API server");
        }
    }

    private static async Task JudgeSignatureAsync(StepBuilder step, string text, CompactToken token, KeySet? keys)
    {
        if (keys is null)
        {
            return;
        }

        if (keys.Keys.FirstOrDefault(key => key.KeyId == token.KeyId) is not { } published)
        {
            step.Error("token-key-unpublished", $"kid \"{PrintableText.Of(token.KeyId)}\" is not among the {keys.Keys.Count} published keys",
                "is the token of this cluster? then the rotation signed with the key before it was published: add it to --service-account-key-file of every API server");
            return;
        }

        TokenValidationParameters parameters = new()
        {
            IssuerSigningKey = new JsonWebKey(Encoding.UTF8.GetString(published.Member.Span)),
            ValidateIssuer = false,
            ValidateAudience = false,
            ValidateLifetime = false,
        };
        TokenValidationResult result = await new JsonWebTokenHandler().ValidateTokenAsync(text, parameters);
        if (!result.IsValid)
        {
            step.Error("token-signature", $"the signature is not by kid \"{PrintableText.Of(token.KeyId)}\"", "the token was altered, or another cluster uses the same kid");
        }
    }

    private void JudgeClaims(StepBuilder step, CompactToken token, IssuerIdentifier issuer)
    {
        if (!string.Equals(token.Issuer, issuer.Value, StringComparison.Ordinal))
        {
            step.Error("token-issuer",
                token.Issuer is { } other ? $"iss \"{PrintableText.Of(other)}\": {IssuerDifference.Describe(issuer.Value, other)} differs from \"{issuer}\"" : "no iss",
                "use the iss of the token as issuer everywhere: at the relying party, as Identifier, in the URL of this check");
        }

        string? audience = request.Audience ?? request.Profiles.Select(profile => profile.DefaultAudience).FirstOrDefault(value => value is not null);
        if (audience is not null && !(token.Audiences is [string only] && only == audience))
        {
            step.Error("token-audience", $"aud {PrintableText.Of(string.Join(", ", token.Audiences.Select(each => $"\"{each}\"")))}, expected only \"{audience}\"",
                $"project the token with audience: {audience}");
        }

        if (request.Subject is { } subject && token.Subject != subject)
        {
            string nearly = string.Equals(token.Subject, subject, StringComparison.OrdinalIgnoreCase) ? ", only the letter case differs" : "";
            step.Error("token-subject", $"sub \"{PrintableText.Of(token.Subject)}\"{nearly}, expected \"{subject}\"",
                "set subject of the federated credential to system:serviceaccount:NAMESPACE:NAME of the workload");
        }
    }

    private void JudgeTimes(StepBuilder step, CompactToken token)
    {
        TimeSpan? lifetime = token.Expires - token.IssuedAt;
        if (request.Profiles.Min(profile => profile.LongestLifetime) is { } longest && (lifetime is null || lifetime > longest))
        {
            string found = token.IssuedAt is null ? "no iat" : token.Expires is null ? "no exp" : string.Create(CultureInfo.InvariantCulture, $"{lifetime!.Value.TotalHours:0.##} h");
            step.Error("token-lifetime", found, "project the token with expirationSeconds: 3600");
        }

        DateTimeOffset now = time.GetUtcNow();
        if (token.MalformedTimes.Count > 0)
        {
            step.Error("token-time-malformed", $"{string.Join(", ", token.MalformedTimes)} is not a time, or out of range", "use a token of the cluster as it is; something has made another one");
        }

        // Never added to what a token carries: the sum may be no instant any more.
        else if (token.Expires is not { } expires || expires < now - skew || token.NotBefore > now + skew)
        {
            step.Error("token-expired", string.Create(CultureInfo.InvariantCulture, $"valid from {token.NotBefore:u} to {token.Expires:u}, now {now:u}"),
                "re-read the token file at every use: the kubelet rotates it at 80 % of its lifetime; check the clocks");
        }
    }
}
