using System.Globalization;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>The times of a token (RFC 7519 §4.1), but for parties written in Go (<see cref="GoTimes"/>). A skew is taken from the clock, never added to a time that may be the last one there is.</summary>
internal static class TokenTimes
{
    /// <summary>Clocks that are synchronized differ by less than this; what is ahead by no more is no news.</summary>
    private static readonly TimeSpan noise = TimeSpan.FromSeconds(10);

    /// <param name="create">The command that creates a new token.</param>
    public static void Validate(StepBuilder step, CompactToken token, DateTimeOffset now, string create)
    {
        RelyingParty[] others = [.. step.Parties.Where(party => !party.IsWrittenInGo)];
        ReportUnread(step, token, others, create);
        if (token.FractionalTimes.Except(token.MalformedTimes).ToArray() is { Length: > 0 } fractional)
        {
            step.Report("token-time-fraction", $"{string.Join(", ", fractional)} has a fraction", TokenCommand.Instead(create));
        }

        if (token is { Expires: { } expires, IssuedAt: { } issuedAt })
        {
            TimeSpan lifetime = expires - issuedAt;
            foreach (IGrouping<TimeSpan?, RelyingParty> same in step.Parties.Where(party => lifetime > party.MaxLifetime).GroupBy(party => party.MaxLifetime))
            {
                step.Report("token-lifetime", $"{Hours(lifetime)} between iat and exp; {AtMost(same.Key!.Value)}", only: same);
            }
        }

        // A lifetime within the limit ends beyond it only by a clock that is ahead: that is the cause.
        RelyingParty[] distant = [.. others.Where(party => token.Expires - now > party.MaxExpiry)], ahead = [.. distant.Where(party => token.Expires - token.IssuedAt <= party.MaxExpiry)];
        step.Report("token-lifetime", string.Create(CultureInfo.InvariantCulture, $"exp is {token.Expires:u}, more than 1 h ahead"), only: distant.Except(ahead));
        ReportExpired(step, token, now, create, others);
        ReportEarly(step, token, now, others, ahead);
    }

    public static void ReportMalformed(StepBuilder step, IReadOnlyCollection<string> faults, IEnumerable<RelyingParty> parties, string create, Func<PartyRule, PartyRule>? adapt = null)
    {
        if (faults.Count > 0)
        {
            step.Report("token-time-malformed", string.Join(", ", faults), TokenCommand.Instead(create), parties, adapt: adapt);
        }
    }

    // RFC 7519 §2 has no last day: a reader of the standard takes such an exp, and compares no iat. Who has a limit rejects that exp, whether it can be read or not.
    private static void ReportUnread(StepBuilder step, CompactToken token, RelyingParty[] others, string create)
    {
        bool isRead = token.MalformedTimes.All(claim => claim != "nbf" && token.FarTimes.Contains(claim)), isOnlyExpiry = isRead && token.MalformedTimes is ["exp"];
        ReportMalformed(step, token.TimeFaults, others.Where(party => !(isRead && party.Id == "generic")), create,
            entry => isOnlyExpiry && RelyingParty.Find(entry.Party) is { MaxLifetime: not null } or { MaxExpiry: not null } ? RuleTable.Find("token-lifetime").For(entry.Party)

                // Who compares it with the clock rejects it as any other that is ahead.
                : token.MalformedTimes is [var claim] && token.FarTimes.Contains(claim) && ((claim == "nbf" && entry.Party != "google") || (claim == "iat" && RelyingParty.Find(entry.Party)!.ComparesIssuedAt == true)) ? RuleTable.Find("token-early").For(entry.Party)
                : entry);
    }

    public static string Early(string claim, string time, DateTimeOffset now) => $"{claim} is {time}, now it is {Show(now)}";

    public static string Renew(string create) => $"read the token file again at every use: the kubelet replaces it at 80 % of its lifetime. Check the clocks, and create a new token: {create}";

    // How far a clock may differ is known of a party, or it is a guess: then it might reject what others tolerate.
    private static void ReportExpired(StepBuilder step, CompactToken token, DateTimeOffset now, string create, RelyingParty[] others)
    {
        string found = string.Create(CultureInfo.InvariantCulture, $"exp was {token.Expires:u}, now it is {now:u}");
        RelyingParty[] beyond = [.. others.Where(party => token.Expires < now - party.ExpirySkew)];
        step.Report("token-expired", found, Renew(create), beyond);
        step.Report("token-expired", $"{found}; how far clocks may differ is not documented", Renew(create), others.Except(beyond).Where(party => !party.HasKnownSkew && token.Expires < now - noise), adapt: Unconfirmed);
    }

    // A token that is early becomes good by waiting, so that the same doubt is only a warning.
    private static void ReportEarly(StepBuilder step, CompactToken token, DateTimeOffset now, RelyingParty[] others, RelyingParty[] ahead)
    {
        string notBefore = Early("nbf", Show(token.NotBefore), now), issued = Early("iat", Show(token.IssuedAt), now);
        RelyingParty[] byStart = [.. others.Where(party => token.NotBefore > now + party.StartSkew)];
        RelyingParty[] byIssue = [.. others.Except(byStart).Where(party => ahead.Contains(party) || (party.ComparesIssuedAt == true && token.IssuedAt > now + party.StartSkew))];
        RelyingParty[] rest = [.. others.Except(byStart).Except(byIssue)];
        RelyingParty[] perhapsByStart = [.. rest.Where(party => !party.HasKnownSkew && token.NotBefore > now + noise)];
        RelyingParty[] perhaps = [.. rest.Except(perhapsByStart).Where(party => party.ComparesIssuedAt == true && !party.HasKnownSkew && token.IssuedAt > now + noise)];

        // Of Google only iat is documented.
        step.Report("token-early", notBefore, only: byStart, adapt: entry => entry.Party == "google" ? Unconfirmed(entry) : entry);
        step.Report("token-early", issued, only: byIssue);
        step.Report("token-early", $"{notBefore}; how far clocks may differ is not documented", only: perhapsByStart, atMost: Severity.Warning, adapt: Unconfirmed);
        step.Report("token-early", $"{issued}; how far clocks may differ is not documented", only: perhaps, atMost: Severity.Warning, adapt: Unconfirmed);
        step.Report("token-early", $"{issued}; whether iat is compared with the clock is not documented", only: rest.Except(perhapsByStart).Where(party => party.ComparesIssuedAt is null && token.IssuedAt > now + noise), atMost: Severity.Warning, adapt: Unconfirmed);
    }

    private static PartyRule Unconfirmed(PartyRule entry) => entry with { Evidence = Evidence.Unconfirmed };

    private static string Show(DateTimeOffset? time) => time?.ToString("u", CultureInfo.InvariantCulture) ?? "";

    // Never rounded: 25 hours and a second are too long, and must not read as 25 hours.
    private static string Hours(TimeSpan span) => span.Ticks % TimeSpan.TicksPerMinute == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0.##} h")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalHours):0} h {span.Minutes} min {span.Seconds} s");

    private static string AtMost(TimeSpan limit) => limit.Ticks % TimeSpan.TicksPerSecond == 0 ? $"at most {Hours(limit)}" : $"less than {Hours(limit + TimeSpan.FromTicks(1))}";
}
