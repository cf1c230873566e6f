using IssuerGateway.Checking.Reports;

namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>The commands that install OAuth2 Proxy for this registration, one a host; values that are not named have working defaults.</summary>
internal static class HelmLine
{
    /// <summary>Stands for the client id as long as the app does not exist.</summary>
    public const string UnknownClientId = "CLIENT_ID";

    /// <summary>Stands for what only the operator knows: who may enter.</summary>
    public const string WhoMayEnter = "GROUP_OBJECT_ID is the group that may enter; for the whole tenant write --set allowAnyTenantUser=true in its place";

    // A release name is part of object names.
    private const int MaxReleaseLength = 50;

    public static string Of(AppRegistration registration, string clientId)
    {
        IEnumerable<string> lines = registration.Hosts.Select((host, i) => string.Join(" ", Words(registration, clientId, host, i)));
        IEnumerable<string> consent = registration.AdminConsent ? [] : [$"if the first sign-in stops at \"Need admin approval\", an administrator opens once: {SignInSettings.ConsentUrl(registration, clientId)}"];
        return string.Join("\n", (registration.AppRoles.Count > 0 ? lines : lines.Append(WhoMayEnter)).Concat(consent));
    }

    private static IEnumerable<string> Words(AppRegistration registration, string clientId, string host, int index)
    {
        string account = registration.ServiceAccount;
        string release = account[..Math.Min(account.Length, MaxReleaseLength)].TrimEnd('.', '-');
        return
        [
            $"helm install {release}{(index == 0 ? "" : $"-{index + 1}")} charts/oauth2-proxy-workload --namespace {registration.Namespace} --create-namespace",
            $"--set tenantId={registration.Tenant} --set {ShellText.Quote($"clientId={clientId}")} --set host={host} --set serviceAccount.name={account}",
            .. index == 0 ? [] : (string[])["--set serviceAccount.create=false"],
            .. registration.Credential.Audience == EntraCloud.Public.Audience ? [] : (string[])[$"--set token.audience={registration.Credential.Audience}"],
            "--set-string cookie.secret=\"$(openssl rand -hex 16)\"",
            .. registration.AppRoles.Count == 0
                ? (string[])["--set 'allowedGroups={GROUP_OBJECT_ID}'"]
                : ["--set groupsClaim=roles", $"--set 'allowedGroups={{{string.Join(",", registration.AppRoles.Select(role => role.Value))}}}'"],
        ];
    }
}
