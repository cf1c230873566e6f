namespace IssuerGateway.Tls.Issuance;

/// <summary>What became of a command of an operator.</summary>
internal sealed record CommandResult(bool IsDone, string Message, string? Hint)
{
    /// <summary>Whether the CA may have counted it: what did not get that far leaves an operator free to try again.</summary>
    public bool IsOrder { get; init; }
}
