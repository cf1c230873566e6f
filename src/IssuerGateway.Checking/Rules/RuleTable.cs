namespace IssuerGateway.Checking.Rules;

/// <summary>The one table of rules: read by the check, by <c>--list-rules</c>, by the documentation and by the tests.</summary>
internal static class RuleTable
{
    public static IReadOnlyList<Rule> All { get; } =
        [.. ConnectionRules.All, .. ResponseRules.All, .. DocumentRules.All, .. KeyRules.All, .. TokenRules.All, .. ClaimRules.All, .. OtherRules.All, .. SignInRules.All];

    private static readonly Dictionary<string, Rule> byId = All.ToDictionary(rule => rule.Id, StringComparer.Ordinal);

    public static Rule Find(string id) => byId[id];
}
