using IssuerGateway.Ctl.Parties.Drift;
using IssuerGateway.Ctl.Parties.Exchange;
using IssuerGateway.Ctl.Parties.Registering;

namespace IssuerGateway.Ctl.Parties.Vault;

/// <summary>Vault or OpenBao as a relying party: the jwt auth method.</summary>
internal static class VaultParty
{
    public static PartyCommands Create(ProgramEnvironment environment, VaultProduct product)
    {
        VaultOptions options = new(product);
        VaultServerOptions server = new(product, options, environment);
        RegistrationVerbs verbs = new(product.Party, [.. server.All], server.Read, environment);
        return new PartyCommands
        {
            Render = RenderVerb.Create(product.Party, $"Prints a jwt auth method and a role of {product.Title}; no network.", options.All, options.Read,
                new Dictionary<string, Func<VaultTrust, string>> { ["cli"] = VaultText.Cli, ["terraform"] = VaultText.Terraform, ["http"] = VaultText.Http },
                Needs, environment.Terminal),
            Plan = verbs.Plan(),
            Apply = verbs.Apply(),
            Remove = verbs.Remove(),
            Verify = verbs.Verify(),
            Test = VaultExchange.Create(product, environment),
            Drift = DriftVerb.Create(product.Party, $"The pinned keys (jwt_validation_pubkeys in PEM, or jwks_pairs): {product.Command} read -field=jwt_validation_pubkeys auth/PATH/config, or the file that was pinned.",
                "write the configuration with the published keys, whole (a write resets what it leaves out), or use oidc_discovery_url; before the cluster signs with a new key", environment),
        };
    }

    private static PodNeeds? Needs(VaultTrust trust, OptionValues values)
    {
        if (trust.Address is not { } address)
        {
            values.Reject("--address", "nothing", $"the URL of {trust.Product.Title}, for the pod's environment", "such as https://vault.example.com:8200");
            return null;
        }

        string prefix = trust.Product.VariablePrefix;
        string directory = $"/var/run/secrets/{trust.Product.Party}";
        (string Name, string Value)[] environment =
        [
            ($"{prefix}_ADDR", address),
            .. trust.ServerNamespace is { } inner ? [($"{prefix}_NAMESPACE", inner)] : Array.Empty<(string, string)>(),
        ];
        return new PodNeeds
        {
            Workload = trust.Workload,
            VolumeName = $"{trust.Product.Party}-token",
            Directory = directory,
            TokenFile = "token",
            Environment = environment,
            Remarks = [.. environment.Select(each => $"variable    {each.Name}={each.Value}, set by hand: the label adds the token alone")],
            Label = ("issuer-gateway.io/token", "true"),
            ChartValues = [("token", "enabled", "true")],
            Test = [trust.Product.Party, "--address", address, "--role", trust.Role, "--path", trust.Mount, .. trust.ServerNamespace is { } space ? (string[])["--server-namespace", space] : []],
            Annotations = [("issuer-gateway.io/token-audience", trust.Workload.Audience), ("issuer-gateway.io/token-path", $"{directory}/token")],
        };
    }
}
