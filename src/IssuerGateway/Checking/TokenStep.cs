using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using IssuerGateway.Issuers;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace IssuerGateway.Checking;

/// <summary>A token judged as a relying party judges it, each rule on its own; the signature by Microsoft.IdentityModel.</summary>
internal sealed class TokenStep(CheckRequest request, TimeProvider time)
{
    private const int MaxCharacters = 64 * 1024;
    private static readonly TimeSpan skew = TimeSpan.FromMinutes(5);

    public async Task<StepReport> RunAsync(IssuerIdentifier issuer, KeySet? keys)
    {
        if (request.Token is not { } token)
        {
            return StepBuilder.Skipped("token", "none given (--token FILE)");
        }

        StepBuilder step = new("token", request.Profiles, time);
        if (!TryRead(token, out JsonDocument? header, out JsonDocument? payload))
        {
            step.Error("token-malformed", $"{token.Length} characters that are not a signed JWT", "mint one: kubectl create token SERVICEACCOUNT --audience api://AzureADTokenExchange");
            return step.Done("not a JWT");
        }

        using (header)
        using (payload)
        {
            JudgeHeader(step, header.RootElement);
            await JudgeSignatureAsync(step, token, header.RootElement, keys);
            JudgeClaims(step, payload.RootElement, issuer);
            JudgeTimes(step, payload.RootElement);
            return step.Done($"alg {SafeText.Of(StrictJson.TextOf(header.RootElement, "alg"))}, kid {SafeText.Of(StrictJson.TextOf(header.RootElement, "kid"))}, sub {SafeText.Of(StrictJson.TextOf(payload.RootElement, "sub"))}");
        }
    }

    private void JudgeHeader(StepBuilder step, JsonElement header)
    {
        if (header.TryGetProperty("typ", out JsonElement typ) && !(typ.ValueKind == JsonValueKind.String && string.Equals(typ.GetString(), "JWT", StringComparison.OrdinalIgnoreCase)))
        {
            step.Error("token-type", $"typ \"{SafeText.Of(typ.ToString())}\"", "send the token of the cluster as it is; something has made another one");
        }

        string? algorithm = StrictJson.TextOf(header, "alg");
        foreach (RelyingPartyProfile profile in request.Profiles.Where(profile => profile.Algorithms.Count > 0 && !profile.Algorithms.Contains(algorithm ?? "")))
        {
            step.Error("token-algorithm", $"alg \"{SafeText.Of(algorithm)}\", {profile.Name} takes {string.Join(", ", profile.Algorithms)}",
                "sign with an RSA key: --service-account-signing-key-file on every API server");
        }
    }

    private static async Task JudgeSignatureAsync(StepBuilder step, string token, JsonElement header, KeySet? keys)
    {
        if (keys is null)
        {
            return;
        }

        string? kid = StrictJson.TextOf(header, "kid");
        if (keys.Keys.FirstOrDefault(key => key.KeyId == kid) is not { } published)
        {
            step.Error("token-key-unpublished", $"kid \"{SafeText.Of(kid)}\" is not among the {keys.Keys.Count} published keys",
                "is the token of this cluster? then the rotation signed with the key before it was published: add it to --service-account-key-file of every API server");
            return;
        }

        TokenValidationParameters parameters = new()
        {
            IssuerSigningKey = new JsonWebKey(System.Text.Encoding.UTF8.GetString(published.Member.Span)),
            ValidateIssuer = false,
            ValidateAudience = false,
            ValidateLifetime = false,
        };
        TokenValidationResult result = await new JsonWebTokenHandler().ValidateTokenAsync(token, parameters);
        if (!result.IsValid)
        {
            step.Error("token-signature", $"the signature is not by kid \"{SafeText.Of(kid)}\"", "the token was altered, or another cluster uses the same kid");
        }
    }

    private void JudgeClaims(StepBuilder step, JsonElement payload, IssuerIdentifier issuer)
    {
        string? iss = StrictJson.TextOf(payload, "iss");
        if (!string.Equals(iss, issuer.Value, StringComparison.Ordinal))
        {
            step.Error("token-issuer", iss is null ? "no iss" : $"iss \"{SafeText.Of(iss)}\": {IssuerDifference.Describe(issuer.Value, iss)} differs from \"{issuer}\"",
                "use the iss of the token as issuer everywhere: at the relying party, as Identifier, in the URL of this check");
        }

        string? audience = request.Audience ?? request.Profiles.Select(profile => profile.DefaultAudience).FirstOrDefault(value => value is not null);
        string[] audiences = Audiences(payload);
        if (audience is not null && audiences is not [string only] || audience is not null && audiences[0] != audience)
        {
            step.Error("token-audience", $"aud {SafeText.Of(string.Join(", ", audiences.Select(each => $"\"{each}\"")))}, expected only \"{audience}\"",
                $"project the token with audience: {audience}");
        }

        string? subject = StrictJson.TextOf(payload, "sub");
        if (request.Subject is { } expected && subject != expected)
        {
            step.Error("token-subject", $"sub \"{SafeText.Of(subject)}\"{(string.Equals(subject, expected, StringComparison.OrdinalIgnoreCase) ? ", only the letter case differs" : "")}, expected \"{expected}\"",
                "set subject of the federated credential to system:serviceaccount:NAMESPACE:NAME of the workload");
        }
    }

    private void JudgeTimes(StepBuilder step, JsonElement payload)
    {
        DateTimeOffset? issued = TimeOf(payload, "iat");
        DateTimeOffset? expires = TimeOf(payload, "exp");
        DateTimeOffset? starts = TimeOf(payload, "nbf");
        TimeSpan? longest = request.Profiles.Min(profile => profile.LongestLifetime);
        if (longest is { } most && (issued is null || expires is null || expires - issued > most))
        {
            step.Error("token-lifetime", issued is null ? "no iat" : expires is null ? "no exp" : $"{(expires - issued).Value.TotalHours:0.#} h", "project the token with expirationSeconds: 3600");
        }

        DateTimeOffset now = time.GetUtcNow();
        if (expires is null || now > expires + skew || now < starts - skew)
        {
            step.Error("token-expired", string.Create(CultureInfo.InvariantCulture, $"valid from {starts:u} to {expires:u}, now {now:u}"),
                "re-read the token file at every use: the kubelet rotates it at 80 % of its lifetime; check the clocks");
        }
    }

    private static string[] Audiences(JsonElement payload) => payload.TryGetProperty("aud", out JsonElement aud)
        ? aud.ValueKind switch
        {
            JsonValueKind.String => [aud.GetString()!],
            JsonValueKind.Array => [.. aud.EnumerateArray().Select(each => each.ToString())],
            _ => [],
        }
        : [];

    private static DateTimeOffset? TimeOf(JsonElement payload, string claim) =>
        payload.TryGetProperty(claim, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double seconds)
            && seconds is >= 0 and < 253402300799
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;

    // RFC 7515 §3.1, compact serialisation: three base64url parts, the first two JSON objects.
    private static bool TryRead(string token, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out JsonDocument? header, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out JsonDocument? payload)
    {
        header = payload = null;
        string[] parts = token.Length > MaxCharacters ? [] : token.Split('.');
        if (parts.Length != 3 || !parts.All(part => part.Length > 0 && Base64Url.IsValid(part)))
        {
            return false;
        }

        header = StrictJson.ParseObject(Base64Url.DecodeFromChars(parts[0]), out _);
        payload = StrictJson.ParseObject(Base64Url.DecodeFromChars(parts[1]), out _);
        return header is not null && payload is not null;
    }
}
