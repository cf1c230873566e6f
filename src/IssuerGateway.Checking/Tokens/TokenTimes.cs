using System.Globalization;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>The times of a token (RFC 7519 §4.1), but for parties written in Go (<see cref="GoTimes"/>). A skew is taken from the clock, never added to a time that may be the last one there is.</summary>
internal static class TokenTimes
{
    public static void Validate(StepBuilder step, CompactToken token, DateTimeOffset now)
    {
        RelyingParty[] others = [.. step.Parties.Where(party => !party.IsWrittenInGo)];
        if (token.MalformedTimes.Count > 0)
        {
            ReportMalformed(step, token.MalformedTimes, others);
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

        step.Report("token-lifetime", string.Create(CultureInfo.InvariantCulture, $"exp is {token.Expires:u}, more than 1 h ahead"), only: others.Where(party => token.Expires - now > party.MaxExpiry));
        step.Report("token-expired", string.Create(CultureInfo.InvariantCulture, $"exp was {token.Expires:u}, now it is {now:u}"), only: others.Where(party => token.Expires < now - party.ExpirySkew));
        step.Report("token-early", Early("nbf", Show(token.NotBefore), now), only: others.Where(party => token.NotBefore > now + party.StartSkew));
        step.Report("token-early", Early("iat", Show(token.IssuedAt), now), only: others.Where(party => party.ChecksIssuedAt && token.IssuedAt > now + party.StartSkew && !(token.NotBefore > now + party.StartSkew)));
    }

    public static void ReportMalformed(StepBuilder step, IEnumerable<string> claims, IEnumerable<RelyingParty> parties) =>
        step.Report("token-time-malformed", $"{string.Join(", ", claims)} is not a time, or out of range", only: parties);

    public static string Early(string claim, string time, DateTimeOffset now) => $"{claim} is {time}, now it is {Show(now)}";

    private static string Show(DateTimeOffset? time) => time?.ToString("u", CultureInfo.InvariantCulture) ?? "";

    // Never rounded: 25 hours and a second are too long, and must not read as 25 hours.
    private static string Hours(TimeSpan span) => span.Ticks % TimeSpan.TicksPerMinute == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0.##} h")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalHours):0} h {span.Minutes} min {span.Seconds} s");

    private static string AtMost(TimeSpan limit) => limit.Ticks % TimeSpan.TicksPerSecond == 0 ? $"at most {Hours(limit)}" : $"less than {Hours(limit + TimeSpan.FromTicks(1))}";
}
