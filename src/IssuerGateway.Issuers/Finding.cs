using IssuerGateway.Base;

namespace IssuerGateway.Issuers;

public enum Severity
{
    /// <summary>Published all the same; some relying party will dislike it.</summary>
    Warning,

    /// <summary>Never published; the last good documents stay.</summary>
    Error,
}

/// <summary>What a rule says of a document: its id, subject with found and expected, and the fix.</summary>
public sealed record Finding(string Rule, Severity Severity, string Message, string Hint)
{
    /// <summary>The page about it.</summary>
    public string Link => Documentation.OfFinding(Rule);

    public static Finding Error(string rule, string message, string hint) => new(rule, Severity.Error, message, hint);

    public static Finding Warning(string rule, string message, string hint) => new(rule, Severity.Warning, message, hint);
}
