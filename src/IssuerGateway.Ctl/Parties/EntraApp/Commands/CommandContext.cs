using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.Registering;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties.EntraApp.Commands;

/// <summary>What a verb starts from: validated options, a checked issuer, and the tenant as it stands.</summary>
internal sealed record CommandContext
{
    public required AppRegistration Registration { get; init; }

    public required DirectoryState State { get; init; }

    public required GraphClient Graph { get; init; }

    public required DirectoryReader Reader { get; init; }
}
