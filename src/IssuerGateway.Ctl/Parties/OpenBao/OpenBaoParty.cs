using IssuerGateway.Ctl.Parties.Vault;

namespace IssuerGateway.Ctl.Parties.OpenBao;

/// <summary>OpenBao as a relying party: Vault's jwt auth method under its own names.</summary>
internal static class OpenBaoParty
{
    public static PartyCommands Create(ProgramEnvironment environment) => VaultParty.Create(environment, VaultProduct.OpenBao);
}
