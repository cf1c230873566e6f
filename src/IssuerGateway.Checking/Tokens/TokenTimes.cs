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

        if (token.FractionalTimes.Count > 0)
        {
            step.Report("token-time-fraction", $"{string.Join(", ", token.FractionalTimes)} has a fraction");
        }

        if (token is { Expires: { } expires, IssuedAt: { } issuedAt })
        {
            TimeSpan lifetime = expires - issuedAt;
            foreach (IGrouping<TimeSpan?, RelyingParty> same in step.Parties.Where(party => lifetime > party.MaxLifetime).GroupBy(party => party.MaxLifetime))
            {
                step.Report("token-lifetime", string.Create(CultureInfo.InvariantCulture, $"{lifetime.TotalHours:0.##} h between iat and exp; at most {same.Key!.Value.TotalHours:0.##} h"), only: same);
            }
        }

        step.Report("token-lifetime", string.Create(CultureInfo.InvariantCulture, $"exp is {token.Expires:u}, more than 1 h ahead"), only: step.Parties.Where(party => token.Expires - now > party.MaxExpiry));
        step.Report("token-expired", string.Create(CultureInfo.InvariantCulture, $"exp was {token.Expires:u}, now it is {now:u}"), only: step.Parties.Where(party => token.Expires < now - party.ExpirySkew));
        step.Report("token-early", string.Create(CultureInfo.InvariantCulture, $"nbf is {token.NotBefore:u}, now it is {now:u}"), only: step.Parties.Where(party => token.NotBefore > now + party.StartSkew));
        step.Report("token-early", string.Create(CultureInfo.InvariantCulture, $"iat is {token.IssuedAt:u}, now it is {now:u}"),
            only: step.Parties.Where(party => party.ChecksIssuedAt && token.IssuedAt > now + party.StartSkew && !(token.NotBefore > now + party.StartSkew)));
    }
}
