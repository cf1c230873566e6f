using System.Globalization;
using System.Text.Json;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Reports;

/// <summary>The rule table for <c>--list-rules</c>, as text and as JSON.</summary>
internal static class RuleListing
{
    public static IEnumerable<string> Lines(IReadOnlyList<RelyingParty> parties, DateTimeOffset now) =>
        RuleTable.All.SelectMany(rule => (string[])[$"{rule.Id} ({rule.Step})", .. Texts(rule, parties, now).SelectMany(text => FindingText.Wrapped("  ", text, 6)), ""]);

    private static IEnumerable<string> Texts(Rule rule, IReadOnlyList<RelyingParty> parties, DateTimeOffset now)
    {
        yield return rule.Cause;
        yield return $"expected: {rule.Expected}";
        yield return $"fix: {rule.Fix}";
        foreach (PartyRule entry in parties.Select(party => rule.For(party.Id)))
        {
            string severity = entry.Severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "accepted" };
            string response = entry.Response is null ? "" : $": {entry.Response}{(entry.Evidence == Evidence.Unconfirmed ? "" : FindingText.MarkOf(entry))}";
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{entry.Party}: {severity}{response} ({Names.Of(entry.Evidence)}, {entry.Source.Name}, {entry.Source.Read:yyyy-MM-dd}{(entry.Source.IsOutdated(now) ? ", read over a year ago" : "")})");
        }
    }

    public static string Json(IReadOnlyList<RelyingParty> parties, DateTimeOffset now) => JsonSerializer.Serialize(
        new JsonRules(2, [.. RuleTable.All.Select(rule => new JsonRule(
            rule.Id, rule.Step, rule.Cause, rule.Expected, rule.Fix, rule.Link, [.. parties.Select(party => JsonPartyRule.Of(rule.For(party.Id), now))]))]),
        CheckJson.Default.JsonRules);
}

internal sealed record JsonRules(int Version, IReadOnlyList<JsonRule> Rules);

internal sealed record JsonRule(string Id, string Step, string Cause, string Expected, string Fix, string Link, IReadOnlyList<JsonPartyRule> Parties);
