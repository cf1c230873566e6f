namespace IssuerGateway.Ctl.Parties.Exchange;

/// <summary>What a party made of the token. Texts name no credential: they are shown.</summary>
/// <param name="Accepted">Whether it gave what was requested.</param>
/// <param name="Message">On success what was given to whom, else the party's own words.</param>
/// <param name="Meaning">What the words mean, where they are known.</param>
/// <param name="Fix">What to do about it.</param>
internal sealed record ExchangeOutcome(bool Accepted, string Message, string? Meaning = null, string? Fix = null)
{
    /// <summary>The page about the party's error; null where there is none.</summary>
    public string? Link { get; init; }

    public static ExchangeOutcome Of(string said) => new(true, said);

    /// <summary>Explains by the first entry whose text occurs in what was said.</summary>
    public static ExchangeOutcome Rejected(string said, IEnumerable<(string Text, string Meaning, string Fix)> known, string otherwise)
    {
        (string? _, string? meaning, string? fix) = known.FirstOrDefault(each => said.Contains(each.Text, StringComparison.OrdinalIgnoreCase));
        return new ExchangeOutcome(false, said, meaning, fix ?? otherwise);
    }
}
