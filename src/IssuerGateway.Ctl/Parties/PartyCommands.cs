using System.CommandLine;

namespace IssuerGateway.Ctl.Parties;

/// <summary>What one relying party offers below <c>issuerctl trust VERB</c>; each command carries the name of the party.</summary>
internal sealed record PartyCommands
{
    public Command? Render { get; init; }

    public Command? Plan { get; init; }

    public Command? Apply { get; init; }

    public Command? Remove { get; init; }

    public Command? Verify { get; init; }

    public Command? Test { get; init; }

    public Command? Drift { get; init; }
}
