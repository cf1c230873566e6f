using System.CommandLine;

namespace IssuerGateway.Ctl.Parties.Vault;

/// <summary>The options of a jwt auth method and the rules of Vault over them.</summary>
internal sealed class VaultOptions(VaultProduct product)
{
    private readonly WorkloadOptions workload = new(defaultAudience: null, maxAudience: 512);
    private readonly Option<string> address = new("--address") { Description = $"URL of {product.Title}, for the pod's texts and for commands with a network.", HelpName = "URL" };
    private readonly Option<string> mount = new("--path") { Description = "Where the auth method is mounted. Default: jwt.", HelpName = "PATH" };
    private readonly Option<string> role = new("--role") { Description = "Name of the role. Required.", HelpName = "NAME" };
    private readonly Option<string[]> policy = new("--policy") { Description = "Policy that the workload gets. Repeatable. Required.", HelpName = "NAME" };
    private readonly Option<string> ca = new("--issuer-ca") { Description = $"PEM file with the CA of the issuer. Default: the roots of {product.Title}'s server.", HelpName = "FILE" };
    private readonly Option<string> serverNamespace = new("--server-namespace") { Description = $"Namespace of {product.Title}. Default: none.", HelpName = "NAME" };

    public IEnumerable<Option> All => [role, policy, address, mount, ca, serverNamespace, .. workload.All];

    public VaultTrust? Read(OptionValues values)
    {
        string name = values.Required(role, OptionRule.Pattern("[a-zA-Z0-9][a-zA-Z0-9_-]{0,127}", $"1 to 128 of A-Z a-z 0-9 _ - ({product.Title}, part of a path)", "choose one, such as the name of the service account"));
        // The server keeps the names in lower case.
        IReadOnlyList<string> policies = values.Each(policy, OptionRule.Pattern("(?!(?i:root)$)[a-zA-Z0-9][a-zA-Z0-9_./-]{0,127}", $"the name of a policy other than root ({product.Title} policies)", $"{product.Command} policy list"), required: true);
        string path = values.Optional(mount, OptionRule.Pattern("[a-zA-Z0-9][a-zA-Z0-9_-]*(/[a-zA-Z0-9_-]+)*", "a path of A-Z a-z 0-9 _ - without auth/ and without a slash at either end", "the default is jwt")) ?? "jwt";
        string? url = values.Optional(address, OptionRule.Url(["https", "http"], "a URL with scheme and host, without path", "such as https://vault.example.com:8200"));
        string? file = values.Optional(ca, OptionRule.NotEmpty("a PEM file", "leave it out for a publicly trusted issuer"));
        string? inner = values.Optional(serverNamespace, OptionRule.Pattern("[A-Za-z0-9][A-Za-z0-9_/-]{0,255}", "a namespace path", "leave it out for the root namespace"));
        Workload? subject = workload.Read(values, isPublic: false);
        return subject is null ? null : new VaultTrust
        {
            Product = product,
            Workload = subject,
            Mount = path,
            Role = name,
            Policies = policies,
            CaFile = file,
            Address = url,
            ServerNamespace = inner,
        };
    }
}
