namespace IssuerGateway.Ctl.Parties;

/// <summary>The example and the exit codes below the help of <c>issuerctl trust VERB PARTY</c>.</summary>
internal static class TrustExamples
{
    private const string Workload = "--issuer https://oidc.example.com --namespace apps --service-account shop";
    private const string Vault = "--address https://vault.example.com:8200 --role shop --policy shop-read --audience https://vault.example.com";

    /// <summary>What the registration of each party needs besides the workload.</summary>
    private static readonly Dictionary<string, string> registration = new()
    {
        ["entra-app"] = "--tenant GUID --app-name shop --host shop.example.com",
        ["entra-identity"] = "--tenant GUID --subscription GUID --resource-group shop-rg --identity shop",
        ["aws"] = "--account 111122223333 --role shop --region eu-central-1",
        ["google"] = "--project shop-prod --project-number 123456789012 --pool clusters --provider shop",
        ["vault"] = Vault,
        ["openbao"] = Vault,
        ["kubernetes"] = "--prefix shop-cluster: --own-issuer https://other.example.com --cluster-role view --audience other-cluster",
    };

    private static readonly Dictionary<string, string> formats = new()
    {
        ["entra-app"] = "az", ["entra-identity"] = "az", ["aws"] = "cli", ["google"] = "gcloud", ["vault"] = "cli", ["openbao"] = "cli", ["kubernetes"] = "config",
    };

    private static readonly Dictionary<string, string> exported = new()
    {
        ["aws"] = "--provider-file provider.json --role-file role.json ", ["google"] = "--provider-file provider.json ", ["kubernetes"] = "--config-file authentication.yaml ",
    };

    private static readonly Dictionary<string, string> exchange = new()
    {
        ["entra-app"] = "--tenant GUID --client-id GUID",
        ["entra-identity"] = "--tenant GUID --client-id GUID --scope https://management.azure.com/.default",
        ["aws"] = "--role-arn arn:aws:iam::111122223333:role/shop --region eu-central-1",
        ["google"] = "--project-number 123456789012 --pool clusters --provider shop",
        ["vault"] = "--address https://vault.example.com:8200 --role shop",
        ["openbao"] = "--address https://vault.example.com:8200 --role shop",
        ["kubernetes"] = "--server https://other.example.com:6443 --user shop-cluster:system:serviceaccount:apps:shop",
    };

    public static string DetailsOf(string verb, string party) => $"Example: {ExampleOf(verb, party)}\n\nExit codes: {ExitCodesOf(verb, party)}";

    public static string ExampleOf(string verb, string party) => $"issuerctl trust {verb} {party} " + verb switch
    {
        "render" => $"--format {formats[party]} {registration[party]} {Workload}",
        "verify" => $"{exported.GetValueOrDefault(party)}{registration[party]} {Workload} --token token.jwt",
        "test" => $"--token token.jwt {exchange[party]}",
        "drift" => $"--uploaded {(party == "google" ? "provider.json" : "pinned.pem")} --issuer https://oidc.example.com",
        _ => $"{registration[party]} {Workload}",
    };

    private static string ExitCodesOf(string verb, string party) => verb switch
    {
        "render" => "0 printed; 2 wrong options.",
        "plan" => "0 with or without changes; 2 wrong options, or the party would reject them; 3 could not run.",
        "apply" => "0 registered; 2 wrong options, or the party would reject them, nothing was written; 3 could not run.",
        "remove" => "0 removed, or not there; 1 not confirmed; 2 wrong options, or it belongs to another registration; 3 could not run.",
        "test" => "0 accepted; 1 rejected; 2 wrong options; 3 not reached, or no verdict (a redirect, an overload, the page of a proxy).",
        "drift" => "0 the same keys; 1 they differ; 2 wrong options or files; 3 could not run.",
        "verify" when party == "entra-app" => "0 no errors; 1 errors; 2 wrong options or files; 3 could not run, or no errors but the assignments that decide could not be read.",
        _ => "0 no errors; 1 errors; 2 wrong options or files; 3 could not run.",
    };
}
