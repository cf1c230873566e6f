using IssuerGateway.Checking;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>
/// One input that breaks a rule, or its neighbour that does not, and what the facts say that each party does about it.
/// The facts are the tables of fetching, keys, tokens and responses; nothing here is taken from the code of the check.
/// </summary>
/// <param name="Rule">The rule that is looked at; other findings do not matter.</param>
/// <param name="Input">The input in words; with the rule it is the name of the case.</param>
/// <param name="Parties">
/// A letter for each party, in the order entra, aws, google, vault, openbao, kubernetes, generic, anthropic, openai,
/// snowflake, databricks, keycloak: E rejects, W might or will later, - accepts. <see cref="Accept"/> for no finding.
/// </param>
internal sealed record RuleCase(string Rule, string Input, string Parties, Func<Task<IEnumerable<CheckFinding>>> RunAsync)
{
    public const string Accept = "------------";
    public const string Reject = "EEEEEEEEEEEE";
    public const string Warn = "WWWWWWWWWWWW";
    public const string Entra = "E-----------";

    public bool Rejects => Parties != Accept;
}
