using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>
/// The times of a token as the parties written in Go read and compare them: Kubernetes with the <c>jsonTime</c> of go-oidc,
/// Vault and OpenBao with the <c>NumericDate</c> of go-jose and the defaults of hashicorp/cap. They know years beyond 9999;
/// a number that does not fit into 64 bits becomes a time long past.
/// </summary>
internal sealed partial class GoTimes
{
    private const long FromYearOneTo1970 = 62_135_596_800;

    /// <summary>What cap adds to the latest of iat and nbf where there is no exp, and takes from exp where there is neither.</summary>
    private const long DefaultLeeway = 150;

    private readonly RelyingParty party;
    private readonly JsonElement payload;
    private readonly List<string> malformed = [];

    private GoTimes(RelyingParty party, JsonElement payload)
    {
        this.party = party;
        this.payload = payload;
    }

    private bool IsKubernetes => party.Id == "kubernetes";

    /// <param name="create">The command that creates a new token.</param>
    public static void Validate(StepBuilder step, TokenInput token, DateTimeOffset now, string create)
    {
        using JsonDocument payload = JsonDocument.Parse(Base64Url.DecodeFromChars(token.Text.Split('.')[1]));
        foreach (RelyingParty party in step.Parties.Where(party => party.IsWrittenInGo))
        {
            new GoTimes(party, payload.RootElement).Validate(step, now, create);
        }
    }

    private void Validate(StepBuilder step, DateTimeOffset now, string create)
    {
        long? issuedAt = Read("iat"), notBefore = Read("nbf"), expires = Read("exp");
        if (malformed is ["iat is null"])
        {
            // The others, for which a null is none, say the same of it.
            step.Report("token-claim-missing", "no iat", $"create the token with the API server, which writes every claim: {create}", [party]);
            return;
        }

        if (malformed.Count > 0)
        {
            TokenTimes.ReportMalformed(step, malformed, [party], create);
            return;
        }

        string after = "exp", start = "nbf";
        if (!IsKubernetes)
        {
            if ((issuedAt ?? notBefore ?? expires) is null)
            {
                step.Report("token-claim-missing", "none of iat, nbf and exp", $"create the token with the API server, which writes every claim: {create}", [party]);
                return;
            }

            (after, start) = (expires is null ? "exp, which the token does not have and which counts as 150 s after iat or nbf," : after, notBefore is null && issuedAt is null ? "nbf, which the token does not have and which counts as 150 s before exp," : start);
            expires ??= unchecked(Math.Max(issuedAt ?? 0, notBefore ?? 0) + DefaultLeeway);
            notBefore ??= issuedAt is null ? unchecked(expires - DefaultLeeway) : null;
        }

        if (expires is { } far && IsOutOfRange(far))
        {
            // What overflows is long past to the party; the others do not read it, which is the same cause.
            TokenTimes.ReportMalformed(step, [CompactToken.TimeFault("exp", payload.GetProperty("exp"))], [party], create, entry => RuleTable.Find("token-expired").For(entry.Party));
        }
        else if (expires is { } end && Ticks(end) < (now - party.ExpirySkew).UtcTicks)
        {
            step.Report("token-expired", $"{after} was {Show(end)}, now it is {now.ToString("u", CultureInfo.InvariantCulture)}", TokenTimes.Renew(create), [party]);
        }

        if (notBefore is { } begin && Ticks(begin) > (now + party.StartSkew).UtcTicks)
        {
            step.Report("token-early", TokenTimes.Early(start, Show(begin), now), only: [party]);
        }
        else if (party.ComparesIssuedAt == true && issuedAt is { } at && Ticks(at) > (now + party.StartSkew).UtcTicks)
        {
            step.Report("token-early", TokenTimes.Early("iat", Show(at), now), only: [party]);
        }
    }

    /// <summary>Seconds since 1970; null for a claim that is not there to the party.</summary>
    private long? Read(string claim)
    {
        if (!payload.TryGetProperty(claim, out JsonElement value))
        {
            return null;
        }

        // Only the nbf of go-oidc is a pointer, which a null leaves empty (in exp it has been reported as a missing claim); to cap also a zero is no time.
        bool isAbsent = value.ValueKind == JsonValueKind.Null && (!IsKubernetes || claim is "nbf" or "exp");
        long? seconds = isAbsent ? null : IsKubernetes ? JsonTime(value) : NumericDate(value);
        if (seconds is null && !isAbsent)
        {
            malformed.Add(CompactToken.TimeFault(claim, value));
        }

        return seconds is 0 && !IsKubernetes ? null : seconds;
    }

    // encoding/json takes a string for a json.Number when it is one.
    private static long? JsonTime(JsonElement value)
    {
        string? text = value.ValueKind == JsonValueKind.Number ? value.GetRawText() : value.ValueKind == JsonValueKind.String && Number().IsMatch(value.GetString()!) ? value.GetString() : null;
        return text is null ? null : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long seconds) ? seconds : Truncated(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture));
    }

    private static long? NumericDate(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double seconds) ? Truncated(seconds) : null;

    // What is too large for a float64 is an error; for an int64 amd64 makes the lowest of it, and arm64 the highest, which overflows in time.Unix.
    private static long? Truncated(double seconds) => double.IsInfinity(seconds) ? null : seconds is >= -9223372036854775808.0 and < 9223372036854775808.0 ? (long)seconds : long.MinValue;

    // Of exp alone: without one it is computed from times that are in range. What is far below zero is past to everybody.
    private bool IsOutOfRange(long seconds) => payload.TryGetProperty("exp", out JsonElement value) && value.ValueKind == JsonValueKind.Number && !value.GetRawText().StartsWith('-')
        && (seconds == long.MinValue || (seconds > 0 && unchecked(seconds + FromYearOneTo1970) < 0));

    // time.Unix counts from the year 1 in an int64, as .NET does in ticks.
    private static Int128 Ticks(long seconds) => (Int128)unchecked(seconds + FromYearOneTo1970) * TimeSpan.TicksPerSecond;

    private static string Show(long seconds) => unchecked(seconds + FromYearOneTo1970) is >= 0 and < 315_537_897_600
        ? DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("u", CultureInfo.InvariantCulture)
        : Ticks(seconds) < 0 ? "before the year 1 as Go reads it" : "after the year 9999";

    [GeneratedRegex("^-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
