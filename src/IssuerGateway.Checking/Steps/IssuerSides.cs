using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Checking.Upstreams;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Steps;

/// <summary>
/// One issuer as each side spells it: the relying party (what was checked), the discovery document, the tokens that were given, and
/// the API servers where they were queried. Every fix leads to the same end state, and tells no side to be what it is. Document and
/// new tokens both carry the first <c>--service-account-issuer</c> of the API servers, so sides that agree show which one is wrong.
/// </summary>
internal sealed class IssuerSides
{
    private readonly IssuerIdentifier issuer;
    private readonly string[] tokens;
    private readonly string[] servers;
    private readonly bool hasOwnKeys;

    /// <summary>Whether one of the parties compares the document, so that it is reported there.</summary>
    private readonly bool isDocumentCompared;

    private IssuerSides(CheckRequest request, string? document, string[] tokens, string[] servers, bool hasOwnKeys)
    {
        issuer = request.Issuer;
        isDocumentCompared = request.Parties.Any(party => RuleTable.Find("issuer-mismatch").For(party.Id).Severity == Severity.Error);
        this.tokens = tokens;
        this.servers = servers;
        this.hasOwnKeys = hasOwnKeys;
        Document = document;
    }

    /// <summary>The issuer of the discovery document; null for none.</summary>
    public string? Document { get; }

    /// <summary>What relying party, document and new tokens carry when the fixes have been followed; never a default port.</summary>
    public string EndState => IssuerDifference.WithoutDefaultPort(Agreed);

    private string Agreed =>
        Document is null ? tokens is [var iss] && IsSame(iss, Checked) && IssuerIdentifier.TryParse(iss, out _, out _) ? iss : Checked
        : AllNewAre(Checked) || !IssuerIdentifier.TryParse(Document, out IssuerIdentifier other, out _) || (other.IsPrivateHost && !issuer.IsPrivateHost) ? Checked
        : !IssuerDifference.IsSpelling(Checked, Document) && tokens.Concat(servers).Any(text => IsSame(text, Checked)) ? Checked
        : Document;

    private string Checked => issuer.Value;

    // What is checked, without a default port: where that is another spelling, it has to be registered too.
    private string Own => IssuerDifference.WithoutDefaultPort(Checked);

    private string Set => $"--service-account-issuer={ShellText.Quote(Own)}";

    private string Register => Checked == Own ? "" : $", and register {ShellText.Quote(Own)} at the relying party";

    /// <param name="servers">What the API servers have, where they were queried: new tokens carry their issuer.</param>
    public static IssuerSides Of(CheckRequest request, IssuerDocuments documents, ServerDocuments servers) => Of(request, documents.Issuer, servers.Issuers,
        documents.AllKeys.Any(key => servers.Servers.Any(server => server.Keys.Keys.Any(other => other.Material == key.Material)))
        || request.Tokens.Any(token => CompactToken.Parse(token.Text)?.Issuer is { } iss && IsSame(iss, request.Issuer.Value) && documents.AllKeys.Any(key => TokenSignature.Verify(token.Text, key).Result == SignatureResult.Valid)));

    /// <param name="document">The issuer of the discovery document; null for none.</param>
    /// <param name="servers">Those of the API servers.</param>
    /// <param name="hasOwnKeys">Whether a key is published that is known to be of the cluster of the issuer.</param>
    public static IssuerSides Of(CheckRequest request, string? document, IReadOnlyList<string>? servers = null, bool hasOwnKeys = false) => new(request, document,
        [.. request.Tokens.Select(token => CompactToken.Parse(token.Text)?.Issuer).OfType<string>().Where(each => each != ForeignToken.LegacyIssuer).Distinct(StringComparer.Ordinal)], [.. servers ?? []], hasOwnKeys);

    /// <summary>Whether the document names another issuer than the one that was checked.</summary>
    public bool IsOtherDocument => Document is not null && !string.Equals(Document, Checked, StringComparison.Ordinal);

    /// <summary>Whether the text is the issuer of one of the other two sides, at most spelled differently.</summary>
    public bool IsOfThisIssuer(string? text) => text is not null && (IsSame(text, Checked) || (Document is not null && IsSame(text, Document)));

    /// <summary>Whether the finding about the document covers a token with this <c>iss</c> too: it has the same fix, also for a party that compares only the token.</summary>
    public bool IsCoveredByDocument(string? iss) => tokens.Length == 1 && isDocumentCompared && IsOtherDocument && IsOfThisIssuer(iss);

    /// <summary>Whether another side spells the issuer as it was not checked, or the document or the cluster's API servers have another one.</summary>
    public bool HasOtherSpelling => IsOtherDocument || tokens.Concat(servers).Any(text => text != Checked && IsOfThisIssuer(text)) || (hasOwnKeys && servers.Length > 0 && !servers.Contains(Checked));

    /// <summary>Whether the document, and so the keys, are another cluster's, as tokens or API servers of the issuer that was checked show.</summary>
    public bool IsOfOtherCluster => IsOtherDocument && !hasOwnKeys && IsFetched(Document!) && !IssuerDifference.IsSpelling(Checked, Document!)
        && tokens.Length + servers.Length > 0 && tokens.Concat(servers).All(text => IsSame(text, Checked));

    /// <summary>
    /// Whether the party sees no difference: IAM accepts the default port in a URL and drops it (recorded calls), so that a document and
    /// tokens without it are of its provider.
    /// </summary>
    public bool IsAsStored(RelyingParty party) => IsAsStored(party, IssuerDifference.WithoutDefaultPort(Checked)) && tokens.Concat(servers).All(iss => IsAsStored(party, iss));

    /// <summary>The same of one token.</summary>
    public bool IsAsStored(RelyingParty party, string? iss) =>
        party.Id == "aws" && issuer.Port is 443 && IssuerDifference.WithoutDefaultPort(Checked) is var stored && (Document ?? stored) == stored && iss == stored;

    /// <summary>Whether the default port alone makes the difference, at a party that drops it. Whether STS drops that of a token, or compares the document, nobody has recorded.</summary>
    public bool IsPortOf(string? text, string party) => party == "aws" && text is not null && IssuerDifference.WithoutDefaultPort(text) == IssuerDifference.WithoutDefaultPort(Checked);

    public string FoundInDocument()
    {
        string other = HiddenCharacters.Named(Document), difference = IssuerDifference.Clause(Checked, Document!);
        return tokens switch
        {
            _ when AllNewAre(Document!) => $"{difference}: {Listed(["the document", .. Carriers])} name {other}, checked was {ShownText.Quote(Checked)}",
            _ when AllNewAre(Checked) => $"{difference}: the document names {other}, checked was {ShownText.Quote(Checked)}, which {Carried}",
            _ when tokens.Concat(servers).Any(IsOfThisIssuer) => $"{difference}: the document names {other}, checked was {ShownText.Quote(Checked)}{Of(", and iss is", tokens)}{Of(", and the API servers have", servers)}",
            _ => $"{difference}: the document names {other}, checked was {ShownText.Quote(Checked)}",
        };

        static string Of(string who, string[] issuers) => issuers.Length == 0 ? "" : $"{who} {string.Join(", ", issuers.Take(3).Select(HiddenCharacters.Named))}";
    }

    public string FixOfDocument()
    {
        string shown = ShellText.Quote(Document!), publish = $"publish through the gateway, with {ShellText.Quote(Own)} as its Identifier{Register}";
        string renew = AllNewAre(Checked) ? "" : ", and create new tokens";
        bool isSpelling = IssuerDifference.IsSpelling(Checked, Document!);

        // Where what new tokens carry is known, it shows whether the document is as the API servers have it.
        (string[] carried, string have, string lack) = servers.Length > 0 ? (servers, "the API servers have", "the API servers do not have") : (tokens, "the token carries", "the token does not have");
        string? unlike = carried.Length == 0 || carried.Contains(Document) ? null
            : carried.All(text => text == Own) ? $", and {have} {ShellText.Quote(Own)}: {publish}{(tokens.All(iss => iss == Own) ? "" : ", and create new tokens")}"
            : $", which {lack}: set {Set} on every API server, {publish}{renew}";
        if (!IssuerIdentifier.TryParse(Document!, out IssuerIdentifier other, out (string Expected, string Hint) fault))
        {
            string? hidden = HiddenCharacters.In(Document);
            return unlike is not null ? $"the document names no issuer that can be fetched ({(hidden is null ? $"expected {fault.Expected}" : $"it has {hidden}")}){unlike}"
                : hidden is not null ? $"--service-account-issuer of the API servers has {hidden}: set {Set} on every one of them{renew}{Register}"
                : $"the document names no issuer that can be fetched (expected {fault.Expected}): set {Set} on every API server{renew}{Register}";
        }

        return tokens switch
        {
            _ when other.IsPrivateHost && !issuer.IsPrivateHost => unlike is not null ? $"the document has an internal issuer{unlike}"
                : $"the API servers have an internal issuer first: set {Set} before that on every one of them, and keep the internal one as the second value{Register}",
            _ when IsOfOtherCluster => $"{Listed(Carriers)} {(servers.Length > 0 ? "are" : "is")} of {(tokens.Concat(servers).Distinct().Count() > 1 ? $"{ShellText.Quote(Own)}, in several spellings" : ShellText.Quote(carried[0]))}, and the document is of another cluster: make this URL lead to the gateway of the cluster {(tokens.Length > 0 ? "that issued the token" : "of these API servers")}",
            _ when Agreed != EndState => Everywhere(),
            _ when AllNewAre(Checked) => $"the discovery document is wrong, because {CarriedAsWell}: {(servers.Length > 0 || !isSpelling ? publish : $"set {Set} on every API server")}",
            _ when AllNewAre(Document!) => isSpelling
                ? $"the spelling at the relying party is wrong, because {Listed(["the document", .. Carriers])} have {shown}: register that, and check it"
                : $"{Listed(["document", .. tokens.Length > 0 ? ["token"] : (string[])[], .. servers.Length > 0 ? ["API servers"] : (string[])[]])} are of {shown}: register that at the relying party, and check it",
            _ when !isSpelling && !hasOwnKeys && (Agreed != Checked || (servers.Length > 0 && servers.All(text => text == Document))) => $"if {shown} is the issuer of the cluster, register and check that; otherwise this host leads to another cluster's gateway",
            _ when servers.Any(text => text != Document && (hasOwnKeys || IsOfThisIssuer(text))) || Agreed == Checked => Everywhere(),
            _ when tokens.Any(IsOfThisIssuer) => $"new tokens carry {shown}, as the document does: register that at the relying party, check it, and replace tokens with another iss",
            _ => $"the spelling at the relying party is wrong, because tokens of this cluster carry {shown}: register that, and check it",
        };
    }

    /// <summary>What a party does about the document, where the tokens show more than the table knows.</summary>
    public PartyRule Adapt(PartyRule entry)
    {
        PartyRule ofToken = RuleTable.Find("token-issuer").For(entry.Party);
        return (tokens.Length > 0 && IsRegistered(tokens, entry.Party)) || (IsPortOf(Document, entry.Party) && tokens.All(iss => IsPortOf(iss, entry.Party)))

            // The token is as registered, but for a port that may be dropped; nobody has recorded whether these compare the document at all.
            ? entry with { Response = null, Evidence = Evidence.Unconfirmed }
            : entry.Severity != Severity.Error && tokens.Any(iss => iss != Checked && IsCoveredByDocument(iss)) ? ofToken
            : tokens.Length > 0 && tokens.All(iss => iss != Checked) && entry is { Severity: Severity.Error, Evidence: Evidence.Unconfirmed } && ofToken is { Severity: Severity.Error, Evidence: not Evidence.Unconfirmed } ? ofToken
            : entry;
    }

    /// <summary>The same where the API servers show it: new tokens are as registered.</summary>
    public PartyRule AdaptToServers(PartyRule entry) => tokens.Length + servers.Length > 0 && IsRegistered([.. tokens, .. servers], entry.Party) ? entry with { Response = null, Evidence = Evidence.Unconfirmed } : entry;

    /// <summary>What a party does about the token.</summary>
    public PartyRule AdaptToToken(string? iss, PartyRule entry) => IsPortOf(iss, entry.Party) ? entry with { Evidence = Evidence.Unconfirmed } : entry;

    /// <param name="create">The command that creates a new token.</param>
    public string FixOfToken(string? iss, string create)
    {
        string set = $"set {Set} on every API server{Register}";
        bool isIssuer = IssuerIdentifier.TryParse(iss ?? "", out IssuerIdentifier other, out _);
        return iss switch
        {
            null or "" => $"an API server writes its issuer into every token: {create}",
            _ when Agreed != EndState && IsOfThisIssuer(iss) => Everywhere(),
            _ when IsOtherDocument => IsOfThisIssuer(iss) ? FixOfDocument() : $"create the token in the cluster of {ShellText.Quote(EndState)}",
            _ when Document is not null && servers.Length > 0 && servers.All(text => text == EndState) => $"the API servers have {ShellText.Quote(EndState)}, so the token is not theirs, or an old one: {create}",
            _ when Document is not null => $"the relying party and the discovery document agree, so the token is wrong. If a new one has the same iss, {set}. Create it: {create}",
            _ when HiddenCharacters.In(iss) is { } hidden => $"--service-account-issuer of the API server has {hidden}: {set}, and create a new token",
            _ when IsSame(iss, Checked) && isIssuer => $"register {ShellText.Quote(iss)} at the relying party, exactly as the token carries it, and check it",
            _ when isIssuer && !other.IsPrivateHost => $"check {ShellText.Quote(iss)}, or create the token in the cluster of {ShellText.Quote(Own)}",
            _ => $"create the token in the cluster of {ShellText.Quote(Own)}; if this is that cluster, {set}",
        };
    }

    /// <summary>What to do about an API server that has another issuer than the document.</summary>
    /// <param name="isOwn">Whether its keys show that the server is of this cluster.</param>
    public string FixOfServer(string other, bool isOwn)
    {
        bool isIssuer = IssuerIdentifier.TryParse(other, out IssuerIdentifier parsed, out _);
        string set = $"--service-account-issuer={ShellText.Quote(EndState)}";
        return IsOfThisIssuer(other) && Agreed != EndState ? Everywhere()
            : isIssuer && parsed.IsPrivateHost && !issuer.IsPrivateHost && isOwn ? $"this API server has an internal issuer first: set {set} before that, and keep the internal one as the second value{Register}"
            : IsOfThisIssuer(other) || isOwn ? $"set {set} on this API server, as on every other{Register}"
            : $"this is another cluster, or its first --service-account-issuer is not {ShellText.Quote(EndState)}{(isIssuer && !parsed.IsPrivateHost ? $"; check {ShellText.Quote(other)}" : "")}";
    }

    // To register the port as well would only move the difference to the parties that drop it.
    private string Everywhere()
    {
        string end = ShellText.Quote(EndState);
        bool areServersRight = servers.Length > 0 ? servers.All(text => text == EndState) : Document == EndState;
        return $"{(Agreed != EndState ? "leave :443 out everywhere" : Document is null || IssuerDifference.IsSpelling(Checked, Document) ? "use one spelling everywhere" : "use one issuer everywhere")}: {Listed([
            .. areServersRight ? [] : (string[])[$"set --service-account-issuer={end} on every API server"],
            .. areServersRight && Document is not null && Document != EndState ? [$"publish {end} as the Identifier of the gateway"] : (string[])[],
            .. Checked == EndState ? [] : (string[])[$"register {end} at the relying party"],
            .. areServersRight && tokens.All(iss => iss == EndState) ? [] : (string[])["create new tokens"],
        ])}";
    }

    /// <summary>What carries the issuer of the API servers, as far as it is known.</summary>
    private IEnumerable<string> Carriers => [.. tokens.Length > 0 ? ["the token"] : (string[])[], .. servers.Length > 0 ? ["the API servers"] : (string[])[]];

    private string Carried => $"{Listed(Carriers)} {(servers.Length > 0 ? "have" : "carries")}";

    private string CarriedAsWell => $"{Carried} {ShellText.Quote(Checked)} as well";

    private static string Listed(IEnumerable<string> parts) => parts.ToArray() is [.. var first, var last] ? first.Length == 0 ? last : $"{string.Join(", ", first)} and {last}" : "";

    /// <summary>Whether everything that shows what new tokens carry has the issuer.</summary>
    private bool AllNewAre(string text) => tokens.Length + servers.Length > 0 && tokens.Concat(servers).All(each => string.Equals(each, text, StringComparison.Ordinal));

    // At the two of which nobody has recorded whether they compare the document.
    private bool IsRegistered(string[] issuers, string party) => issuers.All(text => party switch { "entra" => text == Checked, "aws" => IsPortOf(text, party), _ => false });

    // Whether somebody outside of the cluster can fetch it, so that it may be that of another cluster.
    private bool IsFetched(string text) => IssuerIdentifier.TryParse(text, out IssuerIdentifier other, out _) && (!other.IsPrivateHost || issuer.IsPrivateHost);

    private static bool IsSame(string text, string other) => string.Equals(text, other, StringComparison.Ordinal) || IssuerDifference.IsSpelling(other, text);
}
