using System.Globalization;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace IssuerGateway.EndToEnd.Entra;

/// <summary>
/// Validates a client assertion by the strict rules that are documented of Entra or seen in public reports, in the order in
/// which reports show them: form, record, times, then the keys through the issuer's public URL. It stands in for Entra,
/// it is not Entra; and it shares nothing with the gateway, so that both can be held against each other.
/// </summary>
internal sealed class AssertionValidator(PublicIssuerReader reader, TimeProvider time)
{
    private static readonly TimeSpan longestLife = new(days: 1, hours: 1, minutes: 0, seconds: 0);
    private static readonly TimeSpan skew = TimeSpan.FromMinutes(5);

    /// <summary>Null when the assertion is accepted.</summary>
    public async Task<Rejection?> ValidateAsync(string clientId, IReadOnlyList<FederatedRecord> records, string assertion, CancellationToken cancellation)
    {
        if (records.Count == 0)
        {
            return new Rejection(AadstsText.NoCredentials, clientId);
        }

        if (PresentedToken.Parse(assertion) is not { } token)
        {
            return new Rejection(AadstsText.Malformed);
        }

        return Form(token) ?? Match(token, records) ?? Times(token) ?? await KeysAsync(token, cancellation);
    }

    // Kubernetes tokens have no typ at all, and are accepted.
    private static Rejection? Form(PresentedToken token) =>
        token.Type is not (null or "JWT") ? new Rejection(AadstsText.TokenType, token.Type)
        : token.Algorithm != SecurityAlgorithms.RsaSha256 ? new Rejection(AadstsText.Algorithm, token.Algorithm ?? "")
        : null;

    // Each part exactly, letter case and slash included; a mismatch is reported before any key is fetched.
    private static Rejection? Match(PresentedToken token, IReadOnlyList<FederatedRecord> records)
    {
        List<FederatedRecord> left = [.. records.Where(record => Same(record.Issuer, token.Issuer))];
        if (left.Count == 0)
        {
            return new Rejection(AadstsText.NoIssuer, token.Issuer ?? "");
        }

        if (!left.Exists(record => Same(record.Subject, token.Subject)))
        {
            return new Rejection(left.Exists(record => string.Equals(record.Subject, token.Subject, StringComparison.OrdinalIgnoreCase)) ? AadstsText.SubjectCase : AadstsText.NoSubject, token.Subject ?? "");
        }

        return token.Audiences is [{ } audience] && left.Exists(record => Same(record.Subject, token.Subject) && Same(record.Audience, audience))
            ? null
            : new Rejection(AadstsText.NoAudience, string.Join(",", token.Audiences));
    }

    private Rejection? Times(PresentedToken token)
    {
        if (token.IssuedAt is not { } issued || token.Expires is not { } expires || expires - issued > longestLife.TotalSeconds)
        {
            return new Rejection(AadstsText.Lifetime, Show(token.IssuedAt), Show(token.Expires));
        }

        DateTimeOffset now = time.GetUtcNow();
        return now > At(expires) + skew || now < At(token.NotBefore ?? issued) - skew
            ? new Rejection(AadstsText.TimeRange, now.ToString("O", CultureInfo.InvariantCulture), At(expires).ToString("O", CultureInfo.InvariantCulture))
            : null;
    }

    private async Task<Rejection?> KeysAsync(PresentedToken token, CancellationToken cancellation)
    {
        (IReadOnlyList<JsonWebKey>? keys, Rejection? rejection) = await reader.ReadAsync(token.Issuer!, cancellation);
        if (keys is null)
        {
            return rejection;
        }

        JsonWebKey? key = keys.FirstOrDefault(key => key.Kid == token.KeyId && key.Kty == JsonWebAlgorithmsKeyTypes.RSA);
        if (key is null)
        {
            return new Rejection(AadstsText.KeyUnpublished, token.KeyId ?? "", token.Issuer!);
        }

        TokenValidationResult result = await new JsonWebTokenHandler().ValidateTokenAsync(token.Compact, new TokenValidationParameters
        {
            IssuerSigningKey = key,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
            ValidateAudience = false,
            ValidateIssuer = false,
            ValidateLifetime = false,
        });
        return result.IsValid ? null : new Rejection(AadstsText.SignatureInvalid);
    }

    private static bool Same(string record, string? presented) => string.Equals(record, presented, StringComparison.Ordinal);

    private static DateTimeOffset At(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);

    private static string Show(long? seconds) => seconds?.ToString(CultureInfo.InvariantCulture) ?? "";
}
