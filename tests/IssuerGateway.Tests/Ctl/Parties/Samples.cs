using IssuerGateway.Base;
using IssuerGateway.Ctl;

namespace IssuerGateway.Tests.Ctl.Parties;

/// <summary>A sound command line for each party, and what issuerctl ends with.</summary>
internal static class Samples
{
    public const string Guid = "11111111-2222-3333-4444-555555555555";
    public const string Group = "aaaaaaaa-2222-3333-4444-555555555555";

    private static readonly string[] workload = ["--issuer", "https://oidc.example.com/shop", "--namespace", "apps", "--service-account", "shop"];
    private static readonly string[] vault = [.. workload, "--audience", "https://vault.example.com", "--role", "shop", "--policy", "shop-read", "--policy", "shop-db", "--address", "https://vault.example.com:8200"];

    public static readonly IReadOnlyDictionary<string, string[]> Options = new Dictionary<string, string[]>
    {
        ["entra-app"] = [.. workload, "--tenant", Guid, "--app-name", "shop", "--host", "shop.example.com", "--client-id", Guid, "--allowed-group", Group],
        ["entra-identity"] = [.. workload, "--tenant", Guid, "--subscription", Guid, "--resource-group", "shop-rg", "--identity", "shop", "--client-id", Guid],
        ["aws"] = [.. workload, "--account", "111122223333", "--role", "shop", "--region", "eu-central-1", "--policy-arn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
        ["google"] = [.. workload, "--project", "shop-prod", "--project-number", "123456789012", "--pool", "clusters", "--provider", "shop", "--google-account", "shop@shop-prod.iam.gserviceaccount.com"],
        ["vault"] = vault,
        ["openbao"] = vault,
        ["kubernetes"] = [.. workload, "--audience", "other-cluster", "--prefix", "shop-cluster:", "--own-issuer", "https://oidc.example.com/other", "--cluster-role", "view", "--target-namespace", "reports", "--server", "https://other.example.com:6443"],
    };

    /// <summary>Every format of every party, with the ending of its golden file.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Formats = new Dictionary<string, string[]>
    {
        // The registration's own forms are recorded beside those tests (EntraApp/Rendering).
        ["entra-app"] = ["patch.yaml", "configmap.yaml", "values.yaml", "init.yaml"],
        ["entra-identity"] = ["az.sh", "bicep.bicep", "terraform.tf", "arm.json", "patch.yaml", "configmap.yaml", "values.yaml", "init.yaml"],
        ["aws"] = ["cli.sh", "terraform.tf", "cloudformation.json", "patch.yaml", "configmap.yaml", "values.yaml", "init.yaml"],
        ["google"] = ["gcloud.sh", "terraform.tf", "credentials.json", "patch.yaml", "configmap.yaml", "values.yaml", "init.yaml"],
        ["vault"] = ["cli.sh", "terraform.tf", "http.json", "patch.yaml", "configmap.yaml", "values.yaml", "init.yaml"],
        ["openbao"] = ["cli.sh", "terraform.tf", "http.json", "patch.yaml", "configmap.yaml", "values.yaml", "init.yaml"],
        ["kubernetes"] = ["config.yaml", "rbac.yaml", "patch.yaml", "configmap.yaml", "values.yaml", "init.yaml"],
    };

    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(IEnumerable<string> arguments)
    {
        StringWriter output = new(), error = new();
        int exitCode = await CtlCommand.RunAsync([.. arguments], new ProgramEnvironment { Terminal = new Terminal(output, error, program: null) });
        return (exitCode, output.ToString(), error.ToString());
    }

    /// <summary>The options of a party with one in place of another, added, or left out (a value of null).</summary>
    public static string[] With(string party, string option, params string?[] values)
    {
        List<string> changed = [];
        string[] sound = Options[party];
        for (int i = 0; i < sound.Length; i += 2)
        {
            if (sound[i] != option)
            {
                changed.AddRange([sound[i], sound[i + 1]]);
            }
        }

        foreach (string value in values.OfType<string>())
        {
            changed.AddRange([option, value]);
        }

        return [.. changed];
    }
}
