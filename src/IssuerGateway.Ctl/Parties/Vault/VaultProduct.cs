namespace IssuerGateway.Ctl.Parties.Vault;

/// <summary>HashiCorp Vault or its fork OpenBao: the same method, other names.</summary>
internal sealed record VaultProduct(string Party, string Title, string Command, string VariablePrefix)
{
    public static readonly VaultProduct Vault = new("vault", "Vault", "vault", "VAULT");

    public static readonly VaultProduct OpenBao = new("openbao", "OpenBao", "bao", "BAO");
}
