namespace IssuerGateway.Checking.Steps;

/// <summary>What is said of a step for which the time of the whole check was not enough.</summary>
internal static class Deadline
{
    public const string Spent = "the time of --timeout was up";
}
