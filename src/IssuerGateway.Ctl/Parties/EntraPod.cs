using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties;

/// <summary>What a pod needs to sign in at Entra ID as an app or a managed identity, as Microsoft's libraries and webhook have it.</summary>
internal static class EntraPod
{
    private const string Directory = "/var/run/secrets/azure/tokens";

    public static readonly OptionRule ClientIdRule = OptionRule.Guid("the client id of the app or identity, a GUID with hyphens", "the script of --format az prints it, and so does apply");

    /// <summary>Narrower than Entra's, because the Azure CLI reads @FILE, [a,b] and {a:b} as something else.</summary>
    public static readonly OptionRule AudienceRule = OptionRule.Pattern("(?!null$)[A-Za-z0-9][A-Za-z0-9._~:/-]{0,599}", "1 to 600 of A-Z a-z 0-9 . _ ~ : / -, the first a letter or digit (Entra, and what the Azure CLI passes on unchanged)", "leave it out for the audience of --cloud; Entra compares it character by character with the claim aud");

    public static PodNeeds Of(Workload workload, string tenant, string clientId, EntraCloud cloud) => new()
    {
        Workload = workload,
        VolumeName = "azure-identity-token",
        Directory = Directory,
        TokenFile = "azure-identity-token",
        Environment =
        [
            ("AZURE_CLIENT_ID", clientId), ("AZURE_TENANT_ID", tenant),
            ("AZURE_FEDERATED_TOKEN_FILE", $"{Directory}/azure-identity-token"), ("AZURE_AUTHORITY_HOST", cloud.Login + "/"),
        ],
        Label = ("azure.workload.identity/use", "true"),
        Settings = [("clientId", clientId), ("tenantId", tenant)],
        Remarks = PodNeeds.OfChart("azure.audience", workload.Audience, EntraCloud.Public.Audience),
        ChartValues = [("azure", "enabled", "true"), ("azure", "audience", TextQuoting.Yaml(workload.Audience)), ("azure", "authorityHost", TextQuoting.Yaml(cloud.Login + "/"))],
        Test = ["entra-app", "--tenant", tenant, "--client-id", clientId, .. cloud == EntraCloud.Public ? (string[])[] : ["--cloud", cloud.Name]],
    };
}
