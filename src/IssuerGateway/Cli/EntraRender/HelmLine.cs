namespace IssuerGateway.Cli.EntraRender;

/// <summary>The command that installs OAuth2 Proxy for this registration; the chart's other values have working defaults.</summary>
internal static class HelmLine
{
    /// <summary>Stands for the client id as long as the app does not exist.</summary>
    public const string UnknownClientId = "CLIENT_ID";

    public static string Of(AppRegistration registration, string clientId) => string.Join(" ",
    [
        "helm upgrade --install",
        registration.ServiceAccount,
        "charts/oauth2-proxy-workload",
        $"--namespace {registration.Namespace} --create-namespace",
        $"--set tenantId={registration.Tenant}",
        $"--set clientId={clientId}",
        .. registration.Hosts.Select((host, i) => $"--set host={host}"),
        $"--set serviceAccount.name={registration.ServiceAccount}",
    ]);
}
