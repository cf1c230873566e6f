using IssuerGateway.Cli.EntraRender;
using IssuerGateway.Entra.Graph;
using IssuerGateway.Entra.Registering;

namespace IssuerGateway.Entra.Commands;

/// <summary>What a verb starts from: judged options, a checked issuer, and the tenant as it stands.</summary>
internal sealed record Prepared
{
    public required AppRegistration Registration { get; init; }

    public required DirectoryState State { get; init; }

    public required GraphClient Graph { get; init; }

    public required DirectoryReader Reader { get; init; }
}
