namespace IssuerGateway.Base;

/// <summary>One fault of the configuration: the key, what was found there, what was expected, and the fix.</summary>
public sealed record SettingError(string Key, string Found, string Expected, string Hint)
{
    public override string ToString() => $"{Key}: found {Found}, expected {Expected}\nhint: {Hint}";
}
