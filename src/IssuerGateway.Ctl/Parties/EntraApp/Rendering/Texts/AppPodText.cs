using IssuerGateway.Issuers;
using static IssuerGateway.Ctl.Parties.TextQuoting;

namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering.Texts;

/// <summary>
/// What the pods of an app registration need: the token, for a program that signs in as the app, and the sign-in sidecar of
/// charts/workload-identity, for users.
/// </summary>
internal static class AppPodText
{
    public static string Patch(AppRegistration registration, AppPod pod) => PodText.Patch(Needs(registration, pod));

    public static string ConfigMap(AppRegistration registration, AppPod pod) =>
        PodText.ConfigMap(Needs(registration, pod), EntraAppParty.Name) + string.Join('\n', SignIn(registration, pod)) + "\n";

    public static string ChartValues(AppRegistration registration, AppPod pod) => PodText.ChartValues(Needs(registration, pod));

    public static string InitContainer(AppRegistration registration, AppPod pod) => PodText.InitContainer(Needs(registration, pod));

    private static PodNeeds Needs(AppRegistration registration, AppPod pod)
    {
        // The rules have read it already.
        _ = IssuerIdentifier.TryParse(registration.Credential.Issuer, out IssuerIdentifier issuer, out _);
        PodNeeds needs = EntraPod.Of(new Workload
        {
            Issuer = issuer,
            Namespace = registration.Namespace,
            ServiceAccount = registration.ServiceAccount,
            Audience = registration.Credential.Audience,
            Container = pod.Container,
        }, registration.Tenant, pod.ClientId, registration.Cloud);
        return registration.Cloud == EntraCloud.Public ? needs with { ChartValues = [.. needs.ChartValues, ("signIn", "enabled", "true")] } : needs;
    }

    // Entra writes ids in lower case, and the sign-in compares them exactly.
    private static string Id(string id) => id.ToLowerInvariant();

    private static string[] SignIn(AppRegistration registration, AppPod pod)
    {
        IReadOnlyList<string> allowed = registration.AppRoles.Count > 0 ? [.. registration.AppRoles.Select(role => role.Value)] : [.. pod.AllowedGroups.Select(Id)];
        return registration.Cloud.Warning is { } warning ? [$"# No sign-in by label: {warning.Message}"]
            : allowed.Count == 0 ? ["# For the sign-in of users by label: render with --allowed-group (or --app-role), so that not every user of the tenant may enter."]
            :
            [
                "---",
                "# Users sign in by the sidecar of charts/workload-identity (signIn.enabled). The template of the Deployment carries",
                $"#   serviceAccountName  {registration.ServiceAccount}",
                "#   label       issuer-gateway.io/sign-in: \"entra\"",
                .. registration.Hosts.Skip(1).Select(host => $"#   annotation  issuer-gateway.io/host: {Yaml(host)}, for the app at that host"),
                "# and its namespace has this ConfigMap, and the Secret of the session cookies:",
                $"#   kubectl create secret generic oauth2-proxy-cookie -n {registration.Namespace} --from-literal=cookie-secret=\"$(openssl rand -base64 32 | tr -- '+/' '-_')\"",
                "apiVersion: v1",
                "kind: ConfigMap",
                "metadata:",
                "  name: oauth2-proxy",
                $"  namespace: {Yaml(registration.Namespace)}",
                "data:",
                $"  tenantId: {Yaml(Id(registration.Tenant))}",
                $"  clientId: {Yaml(Id(pod.ClientId))}",
                $"  host: {Yaml(registration.Hosts[0])}",
                $"  allowedGroups: {Yaml(string.Join(',', allowed))}",
                .. registration.AppRoles.Count > 0 ? (string[])["  groupsClaim: \"roles\""] : [],
            ];
    }
}
