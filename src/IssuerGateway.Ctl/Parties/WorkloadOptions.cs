using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties;

/// <summary>The options that are the same for every relying party, and what <c>check</c> would reject in them.</summary>
internal sealed class WorkloadOptions
{
    private readonly Option<string> issuer = new("--issuer") { Description = "Issuer of the cluster's tokens, exactly as they carry it. Required.", HelpName = "URL" };
    private readonly Option<string> namespaceName = new("--namespace") { Description = "Namespace of the workload. Required.", HelpName = "NAME" };
    private readonly Option<string> serviceAccount = new("--service-account") { Description = "Service account of the workload. Required.", HelpName = "NAME" };
    private readonly Option<string> audience = new(AudienceName) { HelpName = "TEXT" };
    private readonly Option<string> container = new("--container") { Description = "Container that --format patch is for. Default: app.", HelpName = "NAME" };
    private readonly string? defaultAudience;
    private readonly OptionRule audienceRule;

    /// <param name="defaultAudience">The audience when none is given; absent: one is required.</param>
    /// <param name="maxAudience">What the party allows.</param>
    public WorkloadOptions(string? defaultAudience, int maxAudience)
        : this(defaultAudience, OptionRule.Pattern($"[!-~]{{1,{maxAudience}}}", $"1 to {maxAudience} printable characters without blanks", "it is compared character by character with the claim aud"))
    {
    }

    public WorkloadOptions(string? defaultAudience, OptionRule audienceRule)
    {
        this.defaultAudience = defaultAudience;
        this.audienceRule = audienceRule;
        audience.Description = defaultAudience is null ? "Audience of the tokens. Required." : $"Audience of the tokens. Default: {defaultAudience}.";
    }

    public IEnumerable<Option> All => [issuer, namespaceName, serviceAccount, audience, container];

    public const string IssuerName = "--issuer";

    public const string AudienceName = "--audience";

    /// <param name="isPublic">Whether the party fetches the documents from the internet.</param>
    /// <param name="derivedAudience">The audience when none is given, where it follows from other options.</param>
    public Workload? Read(OptionValues values, bool isPublic, string? derivedAudience = null)
    {
        const string wildcard = "the subject of a token has both, and no party matches wildcards: name one service account for each registration";
        string subjectNamespace = values.Required(namespaceName, OptionRule.KubernetesLabel(wildcard));
        string subjectAccount = values.Required(serviceAccount, OptionRule.KubernetesName(wildcard));
        string? given = values.Optional(audience, audienceRule);
        string? chosen = given ?? derivedAudience ?? defaultAudience;
        if (chosen is null)
        {
            values.Reject(audience.Name, "nothing", "the audience of the tokens", "choose one for this party alone, such as the URL of its server");
        }

        string containerName = values.Optional(container, OptionRule.KubernetesLabel("kubectl get deployment NAME -o jsonpath='{.spec.template.spec.containers[*].name}'")) ?? "app";
        return ReadIssuer(values, isPublic) is not { } identifier || chosen is null ? null : new Workload
        {
            Issuer = identifier,
            Namespace = subjectNamespace,
            ServiceAccount = subjectAccount,
            Audience = chosen,
            Container = containerName,
        };
    }

    private IssuerIdentifier? ReadIssuer(OptionValues values, bool isPublic)
    {
        string? text = values.Raw(issuer);
        if (text is null)
        {
            values.Reject(IssuerName, "nothing", "the issuer of the cluster's tokens", "kubectl get --raw /.well-known/openid-configuration | jq -r .issuer");
            return null;
        }

        if (!IssuerIdentifier.TryParse(text, out IssuerIdentifier identifier, out (string Expected, string Hint) fault))
        {
            values.Reject(IssuerName, UrlOption.Shown(text), fault.Expected, fault.Hint);
            return null;
        }

        if (isPublic && identifier.IsPrivateHost)
        {
            values.Reject(IssuerName, PrintableText.Quote(text), "a host that the relying party reaches from the internet", "publish the issuer under a public name first; issuerctl check explains each step");
            return null;
        }

        return identifier;
    }
}
