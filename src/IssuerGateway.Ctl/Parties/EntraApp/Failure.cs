namespace IssuerGateway.Ctl.Parties.EntraApp;

/// <summary>Why nothing further was done: what was found, and the fix.</summary>
internal sealed record Failure(int ExitCode, string Message, string Hint);
