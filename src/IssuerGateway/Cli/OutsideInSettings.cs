using IssuerGateway.Checking;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Configuration;

namespace IssuerGateway.Cli;

/// <summary>Whether and how often the gateway looks at its own public URLs as a relying party does.</summary>
internal sealed record OutsideInSettings
{
    /// <summary><c>OutsideIn:Interval</c>: time between looks, 0 s (default, none) or up to 1 d. What it finds is reported; it never stops anything.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary><c>OutsideIn:Profiles</c>: the relying parties to look as, <c>all</c> for every one; default entra.</summary>
    public required IReadOnlyList<RelyingParty> Parties { get; init; }

    public static OutsideInSettings Read(SettingsReader reader)
    {
        IReadOnlyList<string> names = reader.Texts("Profiles");
        foreach (string unknown in names.Where(name => !ProfileNames.Exists(name)))
        {
            reader.Fail("Profiles", $"\"{unknown}\"", ProfileNames.Choices, $"remove {reader.KeyOf("Profiles")} for entra");
        }

        return new OutsideInSettings
        {
            Interval = reader.Duration("Interval", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(1)),
            Parties = ProfileNames.PartiesOf(names.Count == 0 ? ["entra"] : names),
        };
    }
}
