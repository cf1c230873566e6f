using IssuerGateway.Base;
using IssuerGateway.Checking;

namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>The rules for addresses and assignments; see <see cref="RegistrationRules"/>.</summary>
internal static class AccessRules
{
    // Entra takes no longer redirect URI.
    private const int MaxUrlLength = 256;

    public static IEnumerable<SettingError> Urls(string option, IReadOnlyList<string> urls) =>
        from url in urls
        where !IsRedirectUrl(url)
        select new SettingError(option, UrlOption.Shown(url), $"an https URL of at most {MaxUrlLength} characters without wildcard and fragment, such as https://app.example.com/signed-out",
            "Entra compares it exactly with what the browser sends");

    public static IEnumerable<SettingError> Assignments(IReadOnlyList<string> assignments, IReadOnlyList<string> roles) =>
        from text in assignments
        where Parse(text, roles) is null
        select new SettingError("--assign", PrintableText.Quote(text),
            roles.Count switch { 0 => "the object id of a user or group", 1 => "the object id of a user or group, or ROLE=ID", _ => $"ROLE=ID with one of the roles {string.Join(", ", roles)} and the object id of a user or group" },
            "az ad group show --group NAME --query id --output tsv");

    public static RoleAssignment? Parse(string text, IReadOnlyList<string> roles)
    {
        int split = text.LastIndexOf('=');
        string? role = split >= 0 ? text[..split] : roles.Count == 1 ? roles[0] : null;
        bool isRole = role is null ? roles.Count == 0 : roles.Contains(role, StringComparer.Ordinal);
        return isRole && Guid.TryParseExact(text[(split + 1)..], "D", out Guid principal)
            ? new RoleAssignment(principal, role is null ? null : new AppRole(role))
            : null;
    }

    private static bool IsRedirectUrl(string url) =>
        url.Length <= MaxUrlLength && url.All(c => c is > ' ' and <= '~' and not ('*' or '\\' or '"' or '\'' or '<' or '>' or '`' or '{' or '}' or '|' or '^'))
        && Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) && uri is { Scheme: "https", Fragment: "", UserInfo: "" } && UrlOption.Defect(url.Split('?')[0], "https", allowPath: true) is null;
}
