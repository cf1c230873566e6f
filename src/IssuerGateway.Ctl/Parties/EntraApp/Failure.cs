using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Parties.EntraApp;

/// <summary>Why nothing further was done: what was found, and the fix.</summary>
internal sealed record Failure(int ExitCode, string Message, string Hint)
{
    public override string ToString() => $"error: {Message}\nhint: {Hint}";
}
