using IssuerGateway.Checking.Rules;

namespace IssuerGateway.Checking;

/// <summary>The names of profiles as a person writes them, for <c>--profile</c> and for <c>OutsideIn:Profiles</c>.</summary>
public static class ProfileNames
{
    /// <summary>Every one of them.</summary>
    public const string All = "all";

    public static string Choices { get; } = $"{string.Join(", ", RelyingParty.Ids)}, {All}";

    public static bool Exists(string name) => name == All || RelyingParty.Find(name) is not null;

    /// <summary>Each party once; names that do not exist are left out.</summary>
    public static IReadOnlyList<RelyingParty> PartiesOf(IReadOnlyList<string> names) =>
        names.Contains(All) ? RelyingParty.All : [.. names.Distinct().Select(RelyingParty.Find).OfType<RelyingParty>()];
}
