using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using IssuerGateway.Ctl.Parties.Verification;

namespace IssuerGateway.Ctl.Parties.Aws;

/// <summary>Compares identity provider and role, as the AWS CLI prints them, with what is wanted.</summary>
internal sealed class AwsVerification(AwsOptions options)
{
    private const string ProviderCommand = "aws iam get-open-id-connect-provider --open-id-connect-provider-arn ARN > FILE";
    private const string RoleCommand = "aws iam get-role --role-name ROLE > FILE";
    private static readonly string[] algorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];

    private readonly Option<string> providerFile = new("--provider-file") { Description = $"Output of {ProviderCommand[..^" > FILE".Length]}. Required.", HelpName = "FILE" };
    private readonly Option<string> roleFile = new("--role-file") { Description = $"Output of {RoleCommand[..^" > FILE".Length]}. Required.", HelpName = "FILE" };

    public IEnumerable<Option> All => [providerFile, roleFile, .. options.All];

    public VerifiedTrust? Read(OptionValues values, TrustReport report)
    {
        AwsTrust? trust = options.Read(values);
        JsonObject? provider = ExportedFile.Json(providerFile.Name, values.Raw(providerFile), "Url", ProviderCommand, values);
        JsonObject? role = ExportedFile.Json(roleFile.Name, values.Raw(roleFile), "Role", RoleCommand, values)?["Role"] as JsonObject;
        if (trust is null || provider is null || role is null)
        {
            return null;
        }

        CompareProvider(trust, provider, report);
        CompareRole(trust, role, report);
        return new VerifiedTrust { Name = $"role {trust.Role}", Evidence = "the export of AWS", Workload = trust.Workload, Algorithms = algorithms };
    }

    private static void CompareProvider(AwsTrust trust, JsonObject provider, TrustReport report)
    {
        // IAM leaves the scheme out, and drops :443.
        string? url = ExportedFile.Text(provider["Url"]);
        string? found = url is null || url.Contains("://", StringComparison.Ordinal) ? url : $"https://{url}";
        report.CompareIssuer("provider-url", "URL of the identity provider", found, trust.Workload.Issuer.Value, "the URL of a provider cannot be changed: create one for the issuer (issuerctl trust render aws)");
        IReadOnlyList<string> clients = ExportedFile.Texts(provider["ClientIDList"]);
        if (!clients.Contains(trust.Workload.Audience, StringComparer.Ordinal))
        {
            report.Error("provider-audience", $"the audiences of the identity provider are {TrustReport.Shown(clients)}, and {TrustReport.Shown(trust.Workload.Audience)} is none of them",
                $"aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn {trust.ProviderArn} --client-id {trust.Workload.Audience}");
        }
    }

    private static void CompareRole(AwsTrust trust, JsonObject role, TrustReport report)
    {
        report.Compare("role-arn", "ARN of the role", ExportedFile.Text(role["Arn"]), trust.RoleArn, "export the role that the pods name, or verify with its --account and --role");
        string update = $"aws iam update-assume-role-policy --role-name {trust.Role} --policy-document FILE, with the trust policy of issuerctl trust render aws";
        TrustPolicy policy = new(Document(role["AssumeRolePolicyDocument"]), trust.ProviderArn, trust.ProviderName);
        if (!policy.NamesProvider)
        {
            report.Error("role-principal", policy.HasStatements ? $"the trust policy admits {TrustReport.Shown(policy.Principals)}, not {trust.ProviderArn}" : "the trust policy has no statement with sts:AssumeRoleWithWebIdentity", update);
            return;
        }

        (string subject, string audience) = (trust.Workload.Subject, trust.Workload.Audience);
        switch (policy.Admits(subject, audience))
        {
            case null: report.NotChecked("trust policy", "because a condition depends on more than the token"); break;
            case false when policy.Admits(subject, policy.ValuesOf("aud").FirstOrDefault() ?? audience) == true:
                report.Error("role-audience", $"the trust policy demands the audience {TrustReport.Shown(policy.ValuesOf("aud"))}; the token has {TrustReport.Shown(audience)}", update); break;
            case false:
                string[] values = [.. policy.ValuesOf("sub")];
                string wildcard = values.Any(value => value.Contains('*', StringComparison.Ordinal)) ? "; StringEquals takes * as it is written (StringLike would not)" : "";
                report.Error("role-subject", $"the trust policy does not admit {TrustReport.Shown(subject)}; its conditions name {TrustReport.Shown(values)}{values.Select(value => TrustReport.Nearly(value, subject)).FirstOrDefault(each => each.Length > 0)}{wildcard}", update); break;
        }

        CompareReach(trust, policy, update, report);
    }

    // Names that no cluster has by chance: whoever is admitted with them, anybody is.
    private static void CompareReach(AwsTrust trust, TrustPolicy policy, string update, TrustReport report)
    {
        (string account, string audience) = (trust.Workload.ServiceAccount, trust.Workload.Audience);
        const string other = "issuerctl-probe-0a1b2c3d";
        if (policy.Admits($"system:serviceaccount:{other}:{other}", audience) == true || policy.Admits($"system:serviceaccount:{other}:{account}", audience) == true)
        {
            report.Error("role-open", "the trust policy admits service accounts of other namespaces: pods that are not meant get the role", $"add StringEquals on {trust.ProviderName}:sub: {update}");
        }
        else if (policy.Admits($"system:serviceaccount:{trust.Workload.Namespace}:{other}", audience) == true)
        {
            report.Warn("role-wide", $"the trust policy admits every service account of namespace {trust.Workload.Namespace}", $"name one with StringEquals: {update}");
        }

        if (policy.Admits(trust.Workload.Subject, other) == true)
        {
            report.Warn("role-any-audience", "the trust policy has no condition on aud: tokens for every audience of the provider get the role", $"add StringEquals on {trust.ProviderName}:aud: {update}");
        }
    }

    // The CLI decodes the document; other tools print it as IAM has it, as a URL-encoded text.
    private static JsonNode? Document(JsonNode? node)
    {
        if (ExportedFile.Text(node) is not { } text)
        {
            return node;
        }

        try
        {
            return JsonNode.Parse(Uri.UnescapeDataString(text));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
