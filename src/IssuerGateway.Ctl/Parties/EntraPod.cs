using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties;

/// <summary>What a pod needs to sign in at Entra ID as an app or a managed identity, as Microsoft's libraries and webhook have it.</summary>
internal static class EntraPod
{
    private const string Directory = "/var/run/secrets/azure/tokens";

    public static readonly OptionRule ClientIdRule = OptionRule.Guid("the client id of the app or identity, a GUID with hyphens", "the script of --format az prints it, and so does apply");

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
        ChartValues = [("azure", "enabled", "true"), ("azure", "audience", TextQuoting.Yaml(workload.Audience)), ("azure", "authorityHost", TextQuoting.Yaml(cloud.Login + "/"))],
        Test = ["entra-app", "--tenant", tenant, "--client-id", clientId, .. cloud == EntraCloud.Public ? (string[])[] : ["--cloud", cloud.Name]],
    };
}
