using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IssuerGateway.Ctl.Parties.Drift;
using IssuerGateway.Ctl.Parties.Verification;

namespace IssuerGateway.Ctl.Parties.Google;

/// <summary>Compares a provider, and the rights on a service account, as gcloud prints them, with what is wanted.</summary>
internal sealed partial class GoogleVerification(GoogleOptions options)
{
    private const string ProviderCommand = "gcloud iam workload-identity-pools providers describe PROVIDER --project=PROJECT --location=global --workload-identity-pool=POOL --format=json > FILE";
    private const string RightsCommand = "gcloud iam service-accounts get-iam-policy EMAIL --format=json > FILE";
    private const string Impersonator = "roles/iam.workloadIdentityUser";
    private static readonly string[] algorithms = ["RS256", "ES256"];

    private readonly Option<string> providerFile = new("--provider-file") { Description = $"Output of {ProviderCommand[..^" > FILE".Length]}. Required.", HelpName = "FILE" };
    private readonly Option<string> rightsFile = new("--rights-file") { Description = $"Output of {RightsCommand[..^" > FILE".Length]}; looked at with --google-account.", HelpName = "FILE" };

    public IEnumerable<Option> All => [providerFile, rightsFile, .. options.All];

    public VerifiedTrust? Read(OptionValues values, TrustReport report)
    {
        GoogleTrust? trust = options.Read(values);
        JsonObject? provider = ExportedFile.Json(providerFile.Name, values.Raw(providerFile), "oidc", ProviderCommand, values);
        JsonObject? rights = values.Raw(rightsFile) is { } file ? ExportedFile.Json(rightsFile.Name, file, "bindings", RightsCommand, values) : null;
        if (trust is null || provider is null || (values.Raw(rightsFile) is not null && rights is null))
        {
            return null;
        }

        CompareProvider(trust, provider, report);
        CompareRights(trust, rights, report);
        string? uploaded = ExportedFile.Text(ExportedFile.At(provider, "oidc", "jwksJson"));
        IReadOnlyList<PinnedKey>? held = uploaded is { Length: > 0 } ? KeyFile.Read(Encoding.UTF8.GetBytes(uploaded), out _) : null;
        if (uploaded is { Length: > 0 } && held is null)
        {
            report.Error("keys-unreadable", "the uploaded key set has no key that can be read", "upload the published key set again (--jwk-json-path)");
        }

        return new VerifiedTrust
        {
            Name = $"provider {trust.Provider}",
            Evidence = "the export of Google",
            Workload = trust.Workload,
            Algorithms = algorithms,
            HeldKeys = held,
            RenewKeys = "upload the published key set: gcloud iam workload-identity-pools providers update-oidc … --jwk-json-path=FILE; before the cluster signs with a new key",
        };
    }

    private static void CompareProvider(GoogleTrust trust, JsonObject provider, TrustReport report)
    {
        const string update = "gcloud iam workload-identity-pools providers update-oidc …, as issuerctl trust render google --format gcloud prints it";
        report.Compare("provider-name", "name of the provider", ExportedFile.Text(provider["name"]), $"{trust.PoolName}/providers/{trust.Provider}", "export the provider that the pods name, or verify with its --project-number, --pool and --provider");
        if (ExportedFile.Text(provider["state"]) is { } state && state != "ACTIVE")
        {
            report.Error("provider-state", $"the provider is {state}", "gcloud iam workload-identity-pools providers undelete; within 30 days");
        }

        if (provider["disabled"] is JsonValue disabled && disabled.TryGetValue(out bool off) && off)
        {
            report.Error("provider-disabled", "the provider is disabled", "gcloud iam workload-identity-pools providers update-oidc … --no-disabled");
        }

        report.CompareIssuer("provider-issuer", "issuerUri of the provider", ExportedFile.Text(ExportedFile.At(provider, "oidc", "issuerUri")), trust.Workload.Issuer.Value, update);
        IReadOnlyList<string> allowed = ExportedFile.Texts(ExportedFile.At(provider, "oidc", "allowedAudiences"));
        string[] accepted = allowed.Count > 0 ? [.. allowed] : [trust.ProviderAudience, $"https:{trust.ProviderAudience}"];
        if (!accepted.Contains(trust.Workload.Audience, StringComparer.Ordinal))
        {
            report.Error("provider-audience", $"the provider takes the audiences {TrustReport.Shown(accepted)}, and {TrustReport.Shown(trust.Workload.Audience)} is none of them", $"add it to --allowed-audiences: {update}");
        }

        report.Compare("provider-mapping", "attributeMapping of google.subject", ExportedFile.Text(ExportedFile.At(provider, "attributeMapping", "google.subject")), "assertion.sub", update);
        CompareCondition(trust, ExportedFile.Text(provider["attributeCondition"]), update, report);
    }

    // CEL in general is not evaluated; the forms that name subjects are.
    private static void CompareCondition(GoogleTrust trust, string? condition, string update, TrustReport report)
    {
        if (string.IsNullOrWhiteSpace(condition))
        {
            report.Error("provider-open", "the provider has no attribute condition: every pod of the cluster can exchange its token", $"--attribute-condition=\"{trust.Condition}\": {update}");
            return;
        }

        string subject = trust.Workload.Subject;
        if (Equality().Match(condition) is { Success: true } one)
        {
            report.Compare("provider-condition", "the subject of the attribute condition", one.Groups[2].Value, subject, update);
        }
        else if (Membership().Match(condition) is { Success: true } list)
        {
            string[] subjects = [.. Quoted().Matches(list.Groups[1].Value).Select(match => match.Groups[2].Value)];
            if (!subjects.Contains(subject, StringComparer.Ordinal))
            {
                report.Error("provider-condition", $"the attribute condition admits {TrustReport.Shown(subjects)}, not {TrustReport.Shown(subject)}", update);
            }
        }
        else if (Prefix().Match(condition) is { Success: true } prefix)
        {
            string start = prefix.Groups[2].Value;
            if (!subject.StartsWith(start, StringComparison.Ordinal))
            {
                report.Error("provider-condition", $"the attribute condition admits subjects that start with {TrustReport.Shown(start)}, not {TrustReport.Shown(subject)}", update);
            }
            else
            {
                report.Warn("provider-wide", $"the attribute condition admits every subject that starts with {TrustReport.Shown(start)}", $"name one: {update}");
            }
        }
        else
        {
            report.NotChecked("attribute condition", $"it is CEL of another form: {Base.PrintableText.Of(condition)}");
        }
    }

    private static void CompareRights(GoogleTrust trust, JsonObject? rights, TrustReport report)
    {
        if (trust.GoogleAccount is not { } account)
        {
            return;
        }

        if (rights is null)
        {
            report.NotChecked("impersonation", "because --rights-file is not given");
            return;
        }

        string[] members = [.. (rights["bindings"] as JsonArray ?? []).Where(each => ExportedFile.Text(ExportedFile.At(each, "role")) == Impersonator).SelectMany(each => ExportedFile.Texts(ExportedFile.At(each, "members")))];
        string everyone = $"principalSet://iam.googleapis.com/{trust.PoolName}/*";
        string add = $"gcloud iam service-accounts add-iam-policy-binding {account} --role={Impersonator} --member={trust.Principal}";
        if (members.Contains(everyone))
        {
            report.Error("account-open", $"every identity of pool {trust.Pool} may impersonate {account}", $"{add}; then remove the member {everyone}");
        }
        else if (!members.Contains(trust.Principal))
        {
            string? nearest = members.FirstOrDefault(member => string.Equals(member, trust.Principal, StringComparison.OrdinalIgnoreCase));
            report.Error("account-member", $"{Impersonator} on {account} is given to {TrustReport.Shown(members)}{TrustReport.Nearly(nearest, trust.Principal)}, not to {trust.Principal}", add);
        }
    }

    [GeneratedRegex("""\A\s*(?:assertion\.sub|google\.subject)\s*==\s*(['"])([^'"\\]*)\1\s*\z""")]
    private static partial Regex Equality();

    [GeneratedRegex("""\A\s*(?:assertion\.sub|google\.subject)\s+in\s*\[((?:\s*(?:'[^'\\]*'|"[^"\\]*")\s*,?)*)\]\s*\z""")]
    private static partial Regex Membership();

    [GeneratedRegex("""\A\s*(?:assertion\.sub|google\.subject)\.startsWith\(\s*(['"])([^'"\\]*)\1\s*\)\s*\z""")]
    private static partial Regex Prefix();

    [GeneratedRegex("""(['"])([^'"\\]*)\1""")]
    private static partial Regex Quoted();
}
