namespace IssuerGateway.Ctl.Parties.Exchange;

/// <summary>What a party made of the token. Texts name no credential: they are shown.</summary>
/// <param name="Accepted">Whether it gave what was requested.</param>
/// <param name="Message">On success what was given to whom, else the party's own words.</param>
/// <param name="Meaning">What the words mean, where they are known.</param>
/// <param name="Fix">What to do about it.</param>
internal sealed record ExchangeOutcome(bool Accepted, string Message, string? Meaning = null, string? Fix = null)
{
    /// <summary>Whether this is what the party decided about the token; a redirect, an overload or the page of a proxy is no verdict.</summary>
    public bool IsVerdict { get; init; } = true;

    /// <summary>The page about the party's error; null where there is none.</summary>
    public string? Link { get; init; }

    /// <summary>A response that says nothing about the token.</summary>
    /// <param name="party">The party's name.</param>
    /// <param name="status">The status.</param>
    public static ExchangeOutcome NoVerdict(string party, int status) => new(false, $"status {status} without an error of {party}, which is no verdict on the token", null, status switch
    {
        >= 300 and < 400 => "redirects are not followed, because the token would travel with them: correct the URL",
        429 or >= 500 => "run it again later",
        _ => $"is the URL that of {party}?",
    }) { IsVerdict = false };

    public static ExchangeOutcome Of(string said) => new(true, said);

    /// <summary>Explains by the first entry whose text occurs in what was said.</summary>
    public static ExchangeOutcome Rejected(string party, int status, string? said, IEnumerable<(string Text, string Meaning, string Fix)> known)
    {
        if (said is null)
        {
            return NoVerdict(party, status);
        }

        (string? _, string? meaning, string? fix) = known.FirstOrDefault(each => said.Contains(each.Text, StringComparison.OrdinalIgnoreCase));
        return new ExchangeOutcome(false, said, meaning, fix ?? (status is 429 or >= 500 ? "run it again later" : $"see the documentation of {party} for this error")) { IsVerdict = fix is not null || status is not (429 or >= 500) };
    }
}
