using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>Turns typed options into the wanted registration, or names everything that is wrong with them at once.</summary>
internal static class RegistrationRules
{
    /// <summary>Values of Graph's <c>groupMembershipClaims</c> that make sense for OAuth2 Proxy.</summary>
    public static readonly IReadOnlyList<string> GroupClaims = ["SecurityGroup", "ApplicationGroup", "All"];

    private const int MaxAppNameLength = 120;
    private const int MaxRoleLength = 120;
    private const int MaxHosts = 100;

    public static AppRegistration? Validate(RegistrationInput input, out IReadOnlyList<SettingError> errors)
    {
        List<SettingError> found =
        [
            .. Tenant(input.Tenant),
            .. AppName(input.AppName),
            .. Hosts(input.Hosts),
            .. Issuer(input.Issuer, input.AllowPrivate),
            .. KubernetesName("--namespace", input.Namespace, maxLength: 63, dots: false),
            .. KubernetesName("--service-account", input.ServiceAccount, maxLength: 253, dots: true),
            .. Cloud(input.Cloud),
            .. Audience(input.Audience),
            .. Roles(input.AppRoles),
            .. GroupClaim(input.GroupClaims),
            .. AccessRules.Urls("--redirect-url", input.RedirectUrls),
            .. AccessRules.Urls("--logout-url", input.LogoutUrls),
            .. AccessRules.Assignments(input.Assignments, input.AppRoles),
        ];
        FederatedCredential credential = CredentialOf(input);

        // The default of the name follows from names that were rejected above.
        bool hasDerivedName = input.CredentialName is null && found.Exists(error => error.Key is "--namespace" or "--service-account");
        found.AddRange(credential.Faults().Where(fault => !found.Exists(earlier => earlier.Key == fault.Key) && !(hasDerivedName && fault.Key == "--credential-name")));
        errors = found;
        return found.Count > 0 ? null : new AppRegistration
        {
            Tenant = input.Tenant!.ToLowerInvariant(),
            AppName = input.AppName!,
            Hosts = input.Hosts,
            Namespace = input.Namespace!,
            ServiceAccount = input.ServiceAccount!,
            Credential = credential,
            Cloud = CloudOf(input.Cloud)!,
            AppRoles = [.. input.AppRoles.Select(value => new AppRole(value))],

            // Without it tokens carry no groups, and OAuth2 Proxy responds 403 to every member. Roles arrive by themselves.
            GroupClaims = GroupClaimOf(input.GroupClaims) ?? (input.AppRoles.Count == 0 ? GroupClaims[0] : null),
            GroupClaimsChosen = input.GroupClaims is not null,
            RedirectUrls = input.RedirectUrls,
            LogoutUrls = input.LogoutUrls,
            AssignmentRequired = input.AssignmentRequired,
            AdminConsent = input.AdminConsent,
            Assignments = [.. input.Assignments.Select(text => AccessRules.Parse(text, input.AppRoles)!)],
        };
    }

    private static FederatedCredential CredentialOf(RegistrationInput input) => new()
    {
        Name = input.CredentialName ?? FederatedCredential.DefaultName(input.Namespace, input.ServiceAccount),
        Issuer = input.Issuer ?? "",
        Subject = $"system:serviceaccount:{input.Namespace}:{input.ServiceAccount}",
        Audience = input.Audience ?? (CloudOf(input.Cloud) ?? EntraCloud.Public).Audience,
    };

    private static EntraCloud? CloudOf(string? name) =>
        name is null ? EntraCloud.Public : EntraCloud.All.FirstOrDefault(cloud => cloud.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static string? GroupClaimOf(string? name) =>
        GroupClaims.FirstOrDefault(claim => claim.Equals(name, StringComparison.OrdinalIgnoreCase));

    // A domain name would do for signing in, but OAuth2 Proxy compares the issuer, and Entra writes the id there.
    private static IEnumerable<SettingError> Tenant(string? tenant)
    {
        if (!Guid.TryParseExact(tenant, "D", out _))
        {
            yield return new SettingError("--tenant", Found(tenant), "the tenant id, a GUID with hyphens", "az account show --query tenantId --output tsv");
        }
    }

    private static IEnumerable<SettingError> AppName(string? name)
    {
        if (name is null || name.Length is 0 or > MaxAppNameLength || name[0] == ' ' || name[^1] == ' ' || !name.All(IsAppNameCharacter))
        {
            yield return new SettingError("--app-name", Found(name),
                $"1 to {MaxAppNameLength} letters, digits, blanks, dots, hyphens or underscores, no blank at either end",
                "it is shown to people who sign in, and Microsoft Graph finds the app again by it");
        }
    }

    private static IEnumerable<SettingError> Hosts(IReadOnlyList<string> hosts)
    {
        if (hosts.Count is 0 or > MaxHosts)
        {
            yield return new SettingError("--host", hosts.Count == 0 ? "nothing" : $"{hosts.Count} hosts", $"1 to {MaxHosts} host names",
                "give the host name that people type to reach the app, once for each");
        }

        foreach (string host in hosts.Where(host => !IsHost(host)))
        {
            yield return new SettingError("--host", UrlOption.Shown(host), "a host name in lower case without scheme, port or path, such as app.example.com",
                "Entra compares the redirect URL https://HOST/oauth2/callback exactly with what the browser sends");
        }

        foreach (string host in hosts.GroupBy(host => host).Where(same => same.Count() > 1).Select(same => same.Key))
        {
            yield return new SettingError("--host", $"{PrintableText.Quote(host)} more than once", "each host once", "remove the repetition");
        }
    }

    private static IEnumerable<SettingError> Issuer(string? issuer, bool allowPrivate)
    {
        if (issuer is null)
        {
            yield return new SettingError("--issuer", "nothing", "the issuer of the cluster's tokens",
                "kubectl get --raw /.well-known/openid-configuration | jq -r .issuer");
        }
        else if (!IssuerIdentifier.TryParse(issuer, out IssuerIdentifier identifier, out (string Expected, string Hint) fault))
        {
            yield return new SettingError("--issuer", UrlOption.Shown(issuer), fault.Expected, fault.Hint);
        }
        else if (identifier.IsPrivateHost && !allowPrivate)
        {
            yield return new SettingError("--issuer", PrintableText.Quote(issuer), "a host that Entra reaches from the internet",
                "publish the issuer under a public name first; issuerctl check explains each step");
        }
    }

    // RFC 1123 label, or subdomain where Kubernetes allows dots; of that it limits the whole and not each label (IsDNS1123Subdomain).
    private static IEnumerable<SettingError> KubernetesName(string option, string? name, int maxLength, bool dots)
    {
        string[] labels = dots ? name?.Split('.') ?? [] : [name ?? ""];
        if (name is null || name.Length > maxLength || !labels.All(label => IsLabel(label, maxLength)))
        {
            yield return new SettingError(option, Found(name),
                $"1 to {maxLength} of a-z 0-9 - {(dots ? "and . " : "")}as Kubernetes allows",
                "Entra accepts a wrong subject here and rejects every sign-in later (AADSTS700213)");
        }
    }

    private static IEnumerable<SettingError> Cloud(string? cloud)
    {
        if (CloudOf(cloud) is null)
        {
            yield return new SettingError("--cloud", Found(cloud), "one of public, usgov, china", "leave it out for the public cloud");
        }
    }

    private static IEnumerable<SettingError> Audience(string? audience)
    {
        if (audience is not null && !EntraPod.AudienceRule.Holds(audience))
        {
            yield return new SettingError("--audience", Found(audience), EntraPod.AudienceRule.Expected, EntraPod.AudienceRule.Hint);
        }
    }

    private static IEnumerable<SettingError> Roles(IReadOnlyList<string> roles)
    {
        foreach (string role in roles.Where(role => role.Length is 0 or > MaxRoleLength || !char.IsAsciiLetterOrDigit(role[0]) || !role.All(IsRoleCharacter)))
        {
            yield return new SettingError("--app-role", PrintableText.Quote(role), $"1 to {MaxRoleLength} of A-Z a-z 0-9 . _ : -, the first a letter or digit",
                "the value arrives in the claim roles and is given to OAuth2 Proxy as allowed group");
        }

        foreach (string role in roles.GroupBy(role => role).Where(same => same.Count() > 1).Select(same => same.Key))
        {
            yield return new SettingError("--app-role", $"{PrintableText.Quote(role)} more than once", "each role once", "remove the repetition");
        }
    }

    private static IEnumerable<SettingError> GroupClaim(string? claim)
    {
        if (claim is not null && GroupClaimOf(claim) is null)
        {
            yield return new SettingError("--group-claims", Found(claim), $"one of {string.Join(", ", GroupClaims)}",
                "ApplicationGroup names only groups assigned to the app and so avoids the limit of 200 groups");
        }
    }

    private static bool IsHost(string host) => host.Length <= 253 && host.Contains('.') && host.Split('.').All(label => IsLabel(label, 63));

    private static bool IsLabel(string label, int maxLength) =>
        label.Length > 0 && label.Length <= maxLength && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static bool IsAppNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is ' ' or '.' or '-' or '_';

    private static bool IsRoleCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or ':' or '-';

    private static string Found(string? value) => value is null ? "nothing" : PrintableText.Quote(value);
}
