using System.Text.RegularExpressions;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Tokens;

/// <summary>The command that creates a good token, with values filled in where they are names of Kubernetes and nothing else.</summary>
internal static partial class TokenCommand
{
    private const string ServiceAccount = "system:serviceaccount:";

    /// <summary>A token in place of this one: for the ServiceAccount that it is of, or else for the one that was given.</summary>
    public static string Create(CheckRequest request, IReadOnlyList<RelyingParty> parties, CompactToken token) =>
        Create(IsServiceAccount(token.Subject) ? token.Subject : request.Subject, Audience(parties, request.Audience, token));

    /// <param name="subject">Whose token; a placeholder for one that is no ServiceAccount.</param>
    public static string Create(string? subject, string audience)
    {
        string account = AccountOf(subject) is (var space, var name) ? $"{ShellText.Quote(name)} --namespace {ShellText.Quote(space)}" : "SERVICEACCOUNT --namespace NAMESPACE";
        return $"kubectl create token {account} --audience {(HiddenCharacters.In(audience) is null ? ShellText.Quote(audience) : "AUDIENCE")}";
    }

    /// <summary>The audience of a new token: the one that was given, else the token's own where it is that of a party, else that of the first party that has one, else the token's own.</summary>
    public static string Audience(IReadOnlyList<RelyingParty> parties, string? stated, CompactToken token)
    {
        string? own = token.Audiences.FirstOrDefault(audience => audience.Length > 0 && HiddenCharacters.In(audience) is null);
        return stated is not null && HiddenCharacters.In(stated) is null ? stated
            : own is not null && parties.Any(party => party.Audience is not null && TokenAudience.IsOwn(party, own)) ? own
            : own is not null && parties.All(party => party.Audience is null) ? own
            : Audience(parties, stated: null);
    }

    /// <summary>The audience of a token in place of one that is of something else: nothing of that one is meant.</summary>
    public static string Audience(IReadOnlyList<RelyingParty> parties, string? stated) =>
        stated is not null && HiddenCharacters.In(stated) is null ? stated : parties.Select(TokenAudience.Expected).FirstOrDefault(audience => audience is not null) ?? "AUDIENCE";

    /// <summary>What to do about a token with something in it that no API server writes.</summary>
    public static string Instead(string create) => $"no API server creates such a token: {create}";

    /// <summary>The whole subject where somebody has written <c>NAMESPACE:NAME</c> or <c>NAMESPACE/NAME</c>; anything else as it is.</summary>
    /// <param name="own">The subject of the token: other issuers have subjects of two parts as well, such as <c>repo:NAME</c>.</param>
    public static string WholeSubject(string text, string? own) =>
        (string.IsNullOrEmpty(own) || own.StartsWith(ServiceAccount, StringComparison.Ordinal)) && text.Replace('/', ':') is var parts && IsServiceAccount(ServiceAccount + parts) ? ServiceAccount + parts : text;

    public static bool IsServiceAccount(string? subject) => AccountOf(subject) is not null;

    private static (string Namespace, string Name)? AccountOf(string? subject) =>
        subject?.Split(':') is ["system", "serviceaccount", var space, var name] && DnsLabel().IsMatch(space) && name.Split('.').All(DnsLabel().IsMatch) ? (space, name) : null;

    // RFC 1123 §2.1, as Kubernetes names are: what starts with a hyphen would be an option of the command, quoted or not.
    [GeneratedRegex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\z", RegexOptions.CultureInvariant)]
    private static partial Regex DnsLabel();
}
