using System.Globalization;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>The times of a token (RFC 7519 §4.1). A skew is taken from the clock, never added to a time that may be the last one there is.</summary>
internal static class TokenTimes
{
    public static void Validate(StepBuilder step, CompactToken token, DateTimeOffset now)
    {
        if (token.MalformedTimes.Count > 0)
        {
            step.Report("token-time-malformed", $"{string.Join(", ", token.MalformedTimes)} is not a time, or out of range");
        }

        if (token.FractionalTimes.Except(token.MalformedTimes).ToArray() is { Length: > 0 } fractional)
        {
            step.Report("token-time-fraction", $"{string.Join(", ", fractional)} has a fraction");
        }

        if (token is { Expires: { } expires, IssuedAt: { } issuedAt })
        {
            TimeSpan lifetime = expires - issuedAt;
            foreach (IGrouping<TimeSpan?, RelyingParty> same in step.Parties.Where(party => lifetime > party.MaxLifetime).GroupBy(party => party.MaxLifetime))
            {
                step.Report("token-lifetime", $"{Hours(lifetime)} between iat and exp; {AtMost(same.Key!.Value)}", only: same);
            }
        }

        step.Report("token-lifetime", string.Create(CultureInfo.InvariantCulture, $"exp is {token.Expires:u}, more than 1 h ahead"), only: step.Parties.Where(party => token.Expires - now > party.MaxExpiry));
        step.Report("token-expired", string.Create(CultureInfo.InvariantCulture, $"exp was {token.Expires:u}, now it is {now:u}"), only: step.Parties.Where(party => token.Expires < now - party.ExpirySkew));
        step.Report("token-early", string.Create(CultureInfo.InvariantCulture, $"nbf is {token.NotBefore:u}, now it is {now:u}"), only: step.Parties.Where(party => token.NotBefore > now + party.StartSkew));
        step.Report("token-early", string.Create(CultureInfo.InvariantCulture, $"iat is {token.IssuedAt:u}, now it is {now:u}"),
            only: step.Parties.Where(party => party.ChecksIssuedAt && token.IssuedAt > now + party.StartSkew && !(token.NotBefore > now + party.StartSkew)));
    }

    // Never rounded: 25 hours and a second are too long, and must not read as 25 hours.
    private static string Hours(TimeSpan span) => span.Ticks % TimeSpan.TicksPerMinute == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0.##} h")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalHours):0} h {span.Minutes} min {span.Seconds} s");

    private static string AtMost(TimeSpan limit) => limit.Ticks % TimeSpan.TicksPerSecond == 0 ? $"at most {Hours(limit)}" : $"less than {Hours(limit + TimeSpan.FromTicks(1))}";
}
