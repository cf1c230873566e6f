using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Ctl.Parties.Verification;
using YamlDotNet.RepresentationModel;
using static IssuerGateway.Ctl.Parties.Kubernetes.AuthenticationFile;

namespace IssuerGateway.Ctl.Parties.Kubernetes;

/// <summary>Compares the authentication configuration and the rights of a trusting cluster with what is wanted.</summary>
internal sealed class ClusterVerification(ClusterOptions options, TimeProvider time)
{
    private const int MaxBytes = 1024 * 1024;
    private const string ConfigCommand = "the file that --authentication-config of every API server names";
    private const string RightsCommand = "kubectl --context OTHER get rolebinding NAME -n NAMESPACE -o yaml > FILE";
    private static readonly string[] algorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"];

    private readonly Option<string> configFile = new("--config-file") { Description = $"The AuthenticationConfiguration: {ConfigCommand}. Required.", HelpName = "FILE" };
    private readonly Option<string> rightsFile = new("--rights-file") { Description = "RoleBinding or ClusterRoleBinding of the workload, as kubectl get -o yaml prints it.", HelpName = "FILE" };

    public IEnumerable<Option> All => [configFile, rightsFile, .. options.All];

    public VerifiedTrust? Read(OptionValues values, TrustReport report)
    {
        ClusterTrust? trust = options.Read(values);
        YamlMappingNode? config = Yaml(configFile.Name, values.Required(configFile, OptionRule.NotEmpty("the authentication configuration of the trusting cluster", ConfigCommand)), ConfigCommand, values);
        YamlMappingNode? rights = values.Raw(rightsFile) is { } file ? Yaml(rightsFile.Name, file, RightsCommand, values) : null;
        if (trust is null || config is null || (values.Raw(rightsFile) is not null && rights is null))
        {
            return null;
        }

        CompareFile(config, trust.OwnIssuers, report);
        CompareIssuer(trust, config, report);
        CompareRights(trust, rights, report);
        return new VerifiedTrust { Name = $"user {trust.User}", Evidence = "the authentication configuration", Workload = trust.Workload, Algorithms = algorithms };
    }

    private static void CompareFile(YamlMappingNode config, IReadOnlyList<string> ownIssuers, TrustReport report)
    {
        foreach (string unknown in Unknown(config).Distinct())
        {
            report.Error("config-field", $"{unknown} is no field of AuthenticationConfiguration: the API server rejects the whole file", "correct the name; letter case counts");
        }

        string version = $"{Text(At(config, "kind"))} {Text(At(config, "apiVersion"))}";
        if (version != "AuthenticationConfiguration apiserver.config.k8s.io/v1")
        {
            report.Error("config-version", $"the file is {TrustReport.Shown(version.Trim())}", "AuthenticationConfiguration of apiserver.config.k8s.io/v1 (Kubernetes 1.34 or later)");
        }

        string[] urls = [.. List(At(config, "jwt")).Select(each => Text(At(each, "issuer", "url"))).OfType<string>()];
        foreach (string url in urls.GroupBy(url => url).Where(same => same.Count() > 1).Select(same => same.Key))
        {
            report.Error("issuer-twice", $"{TrustReport.Shown(url)} is there more than once: the API server rejects the whole file", "merge the entries");
        }

        foreach (string url in urls.Where(ownIssuers.Contains))
        {
            report.Error("issuer-own", $"{TrustReport.Shown(url)} is the trusting cluster's own issuer: the API server rejects the whole file", "remove the entry: its own tokens need none");
        }
    }

    private void CompareIssuer(ClusterTrust trust, YamlMappingNode config, TrustReport report)
    {
        IReadOnlyList<YamlNode> entries = List(At(config, "jwt"));
        string issuer = trust.Workload.Issuer.Value;
        const string add = "add the entry of issuerctl trust render kubernetes --format config to the jwt list";
        if (entries.FirstOrDefault(each => Text(At(each, "issuer", "url")) == issuer) is not { } entry)
        {
            string? nearest = entries.Select(each => Text(At(each, "issuer", "url"))).OfType<string>().OrderBy(url => string.Equals(url.TrimEnd('/'), issuer.TrimEnd('/'), StringComparison.OrdinalIgnoreCase) ? 0 : 1).FirstOrDefault();
            report.CompareIssuer("issuer-missing", "the nearest issuer.url", nearest, issuer, add);
            return;
        }

        IReadOnlyList<YamlNode> audiences = List(At(entry, "issuer", "audiences"));
        if (!audiences.Select(Text).Contains(trust.Workload.Audience))
        {
            report.Error("audience", $"audiences are {TrustReport.Shown(audiences.Select(Text).OfType<string>())}, and {TrustReport.Shown(trust.Workload.Audience)} is none of them", "add it, or project the token with one of them");
        }

        if (audiences.Count > 1 && Text(At(entry, "issuer", "audienceMatchPolicy")) != "MatchAny")
        {
            report.Error("audience-policy", $"there are {audiences.Count} audiences without audienceMatchPolicy: the API server rejects the whole file", "audienceMatchPolicy: MatchAny");
        }

        string? discovery = Text(At(entry, "issuer", "discoveryURL"));
        if (discovery is not null && (discovery == issuer || !discovery.StartsWith("https://", StringComparison.Ordinal)))
        {
            report.Error("discovery-url", $"discoveryURL is {TrustReport.Shown(discovery)}", "an https URL other than issuer.url, or leave it out");
        }

        CompareAuthority(Text(At(entry, "issuer", "certificateAuthority")), report);
        CompareUser(trust, entry, report);
        foreach (string rules in (string[])["claimValidationRules", "userValidationRules"])
        {
            if (List(At(entry, rules)).Any(rule => Text(At(rule, "expression")) != "!user.username.startsWith('system:')"))
            {
                report.NotChecked(rules, "they are evaluated by the API server alone: issuerctl trust test kubernetes");
            }
        }
    }

    private static void CompareUser(ClusterTrust trust, YamlNode entry, TrustReport report)
    {
        YamlNode? user = At(entry, "claimMappings", "username");
        if (Text(At(user, "expression")) is { } expression)
        {
            report.NotChecked("user name", $"it is made by an expression: {Base.PrintableText.Of(expression)}");
            return;
        }

        report.Compare("username-claim", "claimMappings.username.claim", Text(At(user, "claim")), "sub", "claim: sub");
        string fix = $"prefix: \"{trust.Prefix}\"";
        switch (Text(At(user, "prefix")))
        {
            case null: report.Error("prefix-missing", "claimMappings.username has no prefix: the API server rejects the whole file", fix); break;
            case "": report.Error("prefix-empty", $"the prefix of the user name is empty: a pod of the other cluster is the local service account {trust.Workload.Subject}, with all its rights", fix); break;
            case { } system when system.StartsWith("system:", StringComparison.Ordinal): report.Error("prefix-system", $"the prefix {TrustReport.Shown(system)} makes names that Kubernetes keeps for itself", fix); break;
            case { } other: report.Compare("prefix", "the prefix of the user name", other, trust.Prefix, $"{fix}, or verify with --prefix as the file has it"); break;
        }
    }

    private void CompareAuthority(string? pem, TrustReport report)
    {
        if (pem is null)
        {
            return;
        }

        X509Certificate2Collection roots = [];
        try
        {
            roots.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            // Said below, as for a text without certificates.
        }

        if (roots.Count == 0)
        {
            report.Error("authority", "certificateAuthority holds no certificate: the API server rejects the whole file", "put the PEM there, not the name of a file, or leave it out for a publicly trusted issuer");
        }
        else if (roots.All(root => root.NotAfter.ToUniversalTime() < time.GetUtcNow()))
        {
            report.Error("authority-expired", $"certificateAuthority ended at {roots.Max(root => root.NotAfter.ToUniversalTime()):yyyy-MM-dd}", "put the CA that signs the issuer's certificate now");
        }
    }

    private static void CompareRights(ClusterTrust trust, YamlMappingNode? rights, TrustReport report)
    {
        if (rights is null)
        {
            report.NotChecked("rights", "because --rights-file is not given");
            return;
        }

        string fix = "kubectl --context OTHER apply -f what issuerctl trust render kubernetes --format rbac prints";
        string?[] users = [.. List(At(rights, "subjects")).Where(each => Text(At(each, "kind")) == "User").Select(each => Text(At(each, "name")))];
        if (!users.Contains(trust.User))
        {
            report.Error("rights-user", $"the binding names {TrustReport.Shown(users.OfType<string>())}, not {TrustReport.Shown(trust.User)}{(users.Contains(trust.Workload.Subject) ? " (the prefix is missing)" : "")}", fix);
        }

        report.Compare("rights-role", "roleRef of the binding", Text(At(rights, "roleRef", "name")), trust.ClusterRole, fix);
        string expected = trust.TargetNamespace is null ? "ClusterRoleBinding" : "RoleBinding";
        report.Compare("rights-kind", "kind of the binding", Text(At(rights, "kind")), expected, fix);
        if (trust.TargetNamespace is { } target)
        {
            report.Compare("rights-namespace", "namespace of the binding", Text(At(rights, "metadata", "namespace")), target, fix);
        }
    }

    private static YamlMappingNode? Yaml(string option, string file, string command, OptionValues values)
    {
        if (file.Length == 0 || ExportedFile.Read(option, file, MaxBytes, command, values) is not { } content)
        {
            return null;
        }

        YamlMappingNode? root = Parse(content);
        if (root is null)
        {
            values.Reject(option, "something else", "one YAML document", command);
        }

        return root;
    }
}
