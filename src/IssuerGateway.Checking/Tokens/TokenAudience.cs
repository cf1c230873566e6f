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
    private const int MaxNamed = 5;

    /// <summary>The exchange audiences of Entra in other clouds than the public one.</summary>
    private static readonly (string Audience, string Cloud)[] entraClouds = [("api://AzureADTokenExchangeUSGov", "Azure Government"), ("api://AzureADTokenExchangeChina", "Azure in China")];

    /// <summary>What somebody writes who means the party, whatever is wrong with the rest.</summary>
    private static readonly Dictionary<string, string> marks = new(StringComparer.Ordinal)
    {
        ["entra"] = "AzureADTokenExchange", ["aws"] = "amazonaws.com", ["google"] = "iam.googleapis.com", ["snowflake"] = "snowflakecomputing.com",
    };

    /// <summary>Whether the token carries the party's own audience; a party without one takes every token.</summary>
    public static bool IsFor(RelyingParty party, CompactToken token) => party.Audience is null || token.Audiences.Any(audience => Matches(party.Audience, audience)) || IsByAuthorizedParty(party, token, party.Audience);

    /// <summary>Whether the token was probably meant for the party, although its audience is not that of the party.</summary>
    public static bool IsMeantFor(RelyingParty party, CompactToken token) => !IsFor(party, token) && marks.TryGetValue(party.Id, out string? mark) && token.Audiences.Any(audience => audience.Contains(mark, StringComparison.OrdinalIgnoreCase));

    /// <summary>Google's is the resource name of the provider, with or without <c>https:</c> before it.</summary>
    public static bool Matches(string expected, string audience) =>
        expected.StartsWith("//", StringComparison.Ordinal)
            ? (audience.StartsWith(Https, StringComparison.Ordinal) ? audience[Https.Length..] : audience).StartsWith(expected, StringComparison.Ordinal)
            : string.Equals(expected, audience, StringComparison.Ordinal);

    public static string? Expected(RelyingParty party) => party.Id == "google"
        ? "//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER"
        : party.Audience;

    public static void Validate(StepBuilder step, CompactToken token, string? stated)
    {
        // Nothing is compared with an audience that cannot be registered.
        RelyingParty[] tooLong = [.. step.Parties.Where(party => IsTooLong(party, token, stated))];
        foreach (RelyingParty party in tooLong)
        {
            step.Report("token-audience-long", $"{(stated is not null ? "--audience" : "aud")} has {(stated ?? token.Audiences[0]).Length} characters; {party.Name} takes {party.MaxAudienceCharacters}",
                $"register a shorter audience, and project the token with that: {Expected(party)}", [party]);
        }

        foreach (IGrouping<(string? Wanted, string? Documented), RelyingParty> same in step.Parties.Except(tooLong).Where(party => !IsAccepted(party, token, stated))
            .GroupBy(party => (stated ?? Expected(party), stated is not null && IsOptionWrong(party, token, stated) ? party.Name : null)))
        {
            if (same.Key.Wanted is not { } wanted)
            {
                step.Report("token-audience", $"{Found(token)}; expected {(HasNone(token) ? "the audience that is registered" : "exactly one audience")}", "project the token with the one audience that is registered at the relying party", same, adapt: entry => Adapt(entry, token));
                continue;
            }

            bool isOneOfSeveral = token.Audiences.Count > 1 && token.Audiences.Contains(wanted);
            (string Difference, string? Fix) near = isOneOfSeveral ? ("", null) : Nearly(wanted, token, stated is not null);
            step.Report("token-audience", $"{Found(token)}{near.Difference}; expected {(isOneOfSeveral ? "only " : "")}{HiddenCharacters.Named(wanted)}",
                near.Fix ?? (same.Key.Documented is not null ? FixOfOption(same.First(), token.Audiences[0], wanted, near.Difference.Length > 0)
                    : $"project the token with {(isOneOfSeveral ? "this audience alone" : "audience")}: {ShellText.Quote(wanted)}"), same, adapt: entry => Adapt(entry, token));
        }
    }

    // A claim that is not there AWS names; one of another type Go does not read at all, but for a null, of which go-oidc makes an empty audience.
    private static PartyRule Adapt(PartyRule entry, CompactToken token) =>
        !token.Has("aud") && entry.Party is "aws" or "kubernetes" ? ClaimRules.NamingMissing(entry, "aud")
        : token.HasOddAudience && RelyingParty.Find(entry.Party)!.IsWrittenInGo ? entry with { Response = null }
        : entry;

    // The token has what the party documents, and the option has something else.
    private static bool IsOptionWrong(RelyingParty party, CompactToken token, string stated) => !IsDocumented(party, stated) && token.Audiences is [var own] && IsDocumented(party, own);

    private static bool IsDocumented(RelyingParty party, string audience) => IsOwn(party, audience) || (party.Id == "entra" && entraClouds.Any(cloud => cloud.Audience == audience));

    private static string FixOfOption(RelyingParty party, string own, string stated, bool isMisspelled) =>
        $"the token has the documented audience of {party.Name}: register {ShellText.Quote(own)} there, and check {(IsOwn(party, own) ? "without --audience" : $"with --audience {ShellText.Quote(own)}")}"
        + (isMisspelled ? "" : $"; if {ShellText.Quote(stated)} is registered on purpose, project the token with audience: {ShellText.Quote(stated)}");

    private static bool IsTooLong(RelyingParty party, CompactToken token, string? stated) =>
        party.MaxAudienceCharacters is { } most && (stated is not null ? stated.Length > most : token.Audiences.Count > 0 && token.Audiences.All(audience => audience.Length > most));

    /// <summary>What the line of a token says of an audience that nothing was compared with; empty when every party has compared it.</summary>
    public static string NotCompared(IReadOnlyList<RelyingParty> parties, CompactToken token, string? stated)
    {
        string[] without = stated is not null ? [] : [.. parties.Where(party => party.Audience is null).Select(party => party.Id)];
        string[] with = [.. parties.Select(party => party.Id).Except(without)];
        return without.Length == 0 ? ""
            : token.Audiences.Count == 0 ? "; no aud"
            : $"; {Found(token)}, {(with.Length == 0 ? "not compared" : with.Length < without.Length ? $"compared as {string.Join(", ", with)} only" : $"not compared as {string.Join(", ", without)}")} (--audience)";
    }

    private static string Found(CompactToken token)
    {
        return !HasNone(token) ? $"aud is {string.Join(", ", token.Audiences.Take(MaxNamed).Select(Named))}{(token.Audiences.Count > MaxNamed ? $" and {token.Audiences.Count - MaxNamed} more" : "")}"
            : !token.Claims.Contains("aud") ? "no aud"
            : !token.Has("aud") ? "aud is null"
            : token.HasEmptyAudiences ? "aud is an empty array" : "aud is neither a string nor an array of strings";

        static string Named(string audience) => $"\"{PrintableText.Of(audience, 100)}\"{(HiddenCharacters.In(audience) is { } hidden ? $" (with {hidden})" : "")}";
    }

    // What differs from the audience that is wanted by something that is easily overlooked.
    private static (string Difference, string? Fix) Nearly(string wanted, CompactToken token, bool isStated)
    {
        if (isStated && HiddenCharacters.In(wanted) is { } hidden)
        {
            return ("", $"--audience has {hidden}: write it without");
        }

        if (token.Audiences.FirstOrDefault(audience => HiddenCharacters.In(audience) is not null && audience.Trim() == wanted) is not null)
        {
            return ("", $"write the audience without white space where the token is projected or requested: {ShellText.Quote(wanted)}");
        }

        if (!isStated && entraClouds.FirstOrDefault(each => wanted == "api://AzureADTokenExchange" && token.Audiences.Contains(each.Audience)) is { Cloud: not null } cloud)
        {
            return ($", the audience of {cloud.Cloud}", $"for {cloud.Cloud} check with --profile entra --audience {cloud.Audience}; for the public cloud project the token with audience: {wanted}");
        }

        return token.Audiences.Any(audience => string.Equals(audience, wanted, StringComparison.OrdinalIgnoreCase)) ? (", only the letter case differs", null)
            : token.Audiences.Any(audience => audience.TrimEnd('/') == wanted.TrimEnd('/')) ? (", only a slash at the end differs", null)
            : ("", null);
    }

    /// <summary>Whether it is the audience of the party; Google's is the one of any provider.</summary>
    public static bool IsOwn(RelyingParty party, string audience) => party.Id == "google" ? Provider().IsMatch(audience) : string.Equals(party.Audience, audience, StringComparison.Ordinal);

    // One that is no string is none.
    private static bool HasNone(CompactToken token) => token.Audiences.Count <= (token.HasOddAudience ? 1 : 0);

    private static bool IsAccepted(RelyingParty party, CompactToken token, string? stated)
    {
        if (token.HasOddAudience && party.IsWrittenInGo)
        {
            return false;
        }

        if (stated is null && party.Audience is null)
        {
            return !(party.RequiresSingleAudience && token.Audiences.Count > 1) && !(party.RequiresAudience && HasNone(token));
        }

        bool contains = token.Audiences.Any(audience => stated is not null ? string.Equals(stated, audience, StringComparison.Ordinal) || IsSameProvider(party, stated, audience) : IsOwn(party, audience));

        return (contains && (!party.RequiresSingleAudience || token.Audiences.Count == 1)) || IsByAuthorizedParty(party, token, stated ?? party.Audience);
    }

    // The default audience of a provider is accepted with https: before it and without; one of --allowed-audiences only as it is.
    private static bool IsSameProvider(RelyingParty party, string stated, string audience) =>
        party.Id == "google" && Provider().IsMatch(stated) && Provider().IsMatch(audience) && WithoutScheme(stated) == WithoutScheme(audience);

    private static string WithoutScheme(string audience) => audience.StartsWith(Https, StringComparison.Ordinal) ? audience[Https.Length..] : audience;

    // The default audience is the whole resource name of a provider, with the number of the project: its name is another audience.
    [GeneratedRegex("^(?:https:)?//iam\\.googleapis\\.com/projects/[0-9]+/locations/global/workloadIdentityPools/[^/]+/providers/[^/]+\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Provider();

    // AWS reads azp in place of aud when there are several, whatever they are (recorded STS calls).
    private static bool IsByAuthorizedParty(RelyingParty party, CompactToken token, string? expected) =>
        party.Id == "aws" && token.Audiences.Count > 1 && token.AuthorizedParty is { } azp && string.Equals(azp, expected, StringComparison.Ordinal);
}
