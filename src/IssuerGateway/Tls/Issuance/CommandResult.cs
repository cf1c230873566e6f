namespace IssuerGateway.Tls.Issuance;

/// <summary>What became of a command of an operator.</summary>
internal sealed record CommandResult(bool IsDone, string Message, string? Hint);
