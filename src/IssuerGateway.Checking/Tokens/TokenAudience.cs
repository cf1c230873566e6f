using System.Text.RegularExpressions;
using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>Which party a token is for.</summary>
internal static partial class TokenAudience
{
    private const string Https = "https:";

    /// <summary>Whether the token carries the party's own audience; a party without one takes every token.</summary>
    public static bool IsFor(RelyingParty party, CompactToken token) => party.Audience is null || token.Audiences.Any(audience => Matches(party.Audience, audience)) || IsByAuthorizedParty(party, token, party.Audience);

    /// <summary>Google's is the resource name of the provider, with or without <c>https:</c> before it.</summary>
    public static bool Matches(string expected, string audience) =>
        expected.StartsWith("//", StringComparison.Ordinal)
            ? (audience.StartsWith(Https, StringComparison.Ordinal) ? audience[Https.Length..] : audience).StartsWith(expected, StringComparison.Ordinal)
            : string.Equals(expected, audience, StringComparison.Ordinal);

    public static string Example(IReadOnlyList<RelyingParty> parties) => parties.Select(Expected).FirstOrDefault(audience => audience is not null) ?? "AUDIENCE";

    public static string? Expected(RelyingParty party) => party.Id == "google"
        ? "//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER"
        : party.Audience;

    public static void Validate(StepBuilder step, CompactToken token, string? stated)
    {
        string found = token.Audiences.Count == 0 ? token.Claims.Contains("aud") ? "aud is neither a string nor an array of strings" : "no aud" : $"aud is {string.Join(", ", token.Audiences.Take(5).Select(each => $"\"{PrintableText.Of(each, 100)}\""))}";
        foreach (IGrouping<string?, RelyingParty> same in step.Parties.Where(party => !IsAccepted(party, token, stated)).GroupBy(party => stated ?? Expected(party), StringComparer.Ordinal))
        {
            if (same.Key is not { } wanted)
            {
                step.Report("token-audience", $"{found}; expected exactly one audience", "project the token with the one audience of the relying party", same);
                continue;
            }

            bool isOneOfSeveral = token.Audiences.Count > 1 && token.Audiences.Contains(wanted);
            step.Report("token-audience", isOneOfSeveral ? $"{found}; expected only {ShownText.Quote(wanted)}" : $"{found}; expected {ShownText.Quote(wanted)}",
                $"project the token with audience: {ShellText.Quote(wanted)}", same);
        }
    }

    private static bool IsAccepted(RelyingParty party, CompactToken token, string? stated)
    {
        if (stated is null && party.Audience is null)
        {
            return !party.RequiresSingleAudience || token.Audiences.Count <= 1;
        }

        bool contains = stated is not null ? token.Audiences.Any(audience => string.Equals(stated, audience, StringComparison.Ordinal))
            : party.Id == "google" ? token.Audiences.Any(audience => Provider().IsMatch(audience))
            : IsFor(party, token);

        return (contains && (!party.RequiresSingleAudience || token.Audiences.Count == 1)) || IsByAuthorizedParty(party, token, stated ?? party.Audience);
    }

    // The default audience is the whole resource name of a provider, with the number of the project: its name is another audience.
    [GeneratedRegex("^(?:https:)?//iam\\.googleapis\\.com/projects/[0-9]+/locations/global/workloadIdentityPools/[^/]+/providers/[^/]+\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Provider();

    // AWS reads azp in place of aud when there are several, whatever they are (recorded STS calls).
    private static bool IsByAuthorizedParty(RelyingParty party, CompactToken token, string? expected) =>
        party.Id == "aws" && token.Audiences.Count > 1 && token.AuthorizedParty is { } azp && string.Equals(azp, expected, StringComparison.Ordinal);
}
