using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Base;
using IssuerGateway.Kubernetes.Trust;

namespace IssuerGateway.Ctl.Parties.Kubernetes;

/// <summary>The options of a trusting cluster and the rules of its API server over them.</summary>
internal sealed class ClusterOptions
{
    private readonly WorkloadOptions workload = new(defaultAudience: null, maxAudience: 512);
    private readonly Option<string> prefix = new("--prefix") { Description = "Put before the subject to make the user name, such as \"shop-cluster:\". Required.", HelpName = "TEXT" };
    private readonly Option<string[]> ownIssuer = new("--own-issuer") { Description = "Each issuer of the trusting cluster itself, which it must not trust a second time. Repeatable. Required.", HelpName = "URL" };
    private readonly Option<string> discoveryUrl = new("--discovery-url") { Description = "Where the API servers fetch the discovery document. Default: at the issuer.", HelpName = "URL" };
    private readonly Option<string> ca = new("--issuer-ca") { Description = "PEM file with the CA of the issuer. Default: the roots of the host.", HelpName = "FILE" };
    private readonly Option<string> clusterRole = new("--cluster-role") { Description = "ClusterRole that the workload gets. Required.", HelpName = "NAME" };
    private readonly Option<string> targetNamespace = new("--target-namespace") { Description = "Namespace of the trusting cluster where it holds. Default: everywhere.", HelpName = "NAME" };
    private readonly Option<string> server = new("--server") { Description = "URL of the trusting cluster's API server, for --format patch, configmap, values and init.", HelpName = "URL" };

    public IEnumerable<Option> All => [prefix, ownIssuer, clusterRole, targetNamespace, discoveryUrl, ca, server, .. workload.All];

    public ClusterTrust? Read(OptionValues values)
    {
        const string url = @"https://[^/?#@\s\\][^?#@\s\\]*";
        string before = values.Required(prefix, OptionRule.Pattern("(?!system:)[A-Za-z0-9][A-Za-z0-9._:/@-]{0,63}", "1 to 64 of A-Z a-z 0-9 . _ : / @ -, not empty and not starting with system: (Kubernetes, claimMappings.username.prefix)",
            "with an empty prefix a foreign pod would be the local service account of the same name"));
        IReadOnlyList<string> own = values.Each(ownIssuer, OptionRule.Issuer("the issuer of the trusting cluster", "kubectl --context OTHER get --raw /.well-known/openid-configuration | jq -r .issuer"), required: true);
        string role = values.Required(clusterRole, OptionRule.Pattern("[A-Za-z0-9]([A-Za-z0-9.:_-]{0,251}[A-Za-z0-9])?", "the name of a ClusterRole", "such as view"));
        string? target = values.Optional(targetNamespace, OptionRule.KubernetesLabel("leave it out for the whole cluster"));
        string? discovery = values.Optional(discoveryUrl, OptionRule.Pattern(url + IssuerGateway.Issuers.IssuerIdentifier.DiscoverySuffix.Replace(".", "[.]", StringComparison.Ordinal), "an https URL without user, query and fragment that ends in /.well-known/openid-configuration (Kubernetes, issuer.discoveryURL)", "leave it out when the API servers reach the issuer itself"));
        string? address = values.Optional(server, OptionRule.Url(["https"], "an https URL without path", "kubectl --context OTHER config view --minify -o jsonpath='{.clusters[0].cluster.server}'"));
        string? authority = values.Raw(ca) is { } file ? ReadCa(file, values) : null;
        Workload? subject = workload.Read(values, isPublic: false);
        if (subject is null)
        {
            return null;
        }

        string issuer = subject.Issuer.Value;
        if (own.Contains(issuer))
        {
            values.Reject(WorkloadOptions.IssuerName, PrintableText.Quote(issuer), "an issuer that is none of the trusting cluster's own (Kubernetes, --service-account-issuer)",
                "two clusters with one issuer cannot be told apart: change the issuer of the workload's cluster first");
        }

        if (discovery == issuer || discovery == subject.Issuer.DiscoveryUri)
        {
            values.Reject(discoveryUrl.Name, PrintableText.Quote(discovery), "another URL than that of the issuer (Kubernetes, issuer.discoveryURL)", "leave it out");
        }

        return new ClusterTrust
        {
            Workload = subject,
            Prefix = before,
            OwnIssuers = own,
            DiscoveryUrl = discovery,
            Ca = authority,
            ClusterRole = role,
            TargetNamespace = target,
            Server = address,
        };
    }

    private string? ReadCa(string file, OptionValues values)
    {
        try
        {
            X509Certificate2Collection roots = PemText.Bundle(NamedFile.Read(file, 256 * 1024));
            if (roots.Count > 0)
            {
                return string.Concat(roots.Select(root => root.ExportCertificatePem() + "\n"));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // Said below, the same for a file that is missing and one without certificates.
        }

        values.Reject(ca.Name, PrintableText.Quote(file), "a PEM file with certificates", "leave it out for an issuer that the hosts trust");
        return null;
    }
}
