using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties.EntraApp.Registering;

/// <summary>How the application itself differs from what is wanted.</summary>
internal static class ApplicationChanges
{
    private const string MyOrganization = "AzureADMyOrg";

    public static IReadOnlyList<Change> Of(AppRegistration wanted, ApplicationResponse? present)
    {
        string subject = $"application \"{wanted.AppName}\"";
        return
        [
            present is null ? new Change(ChangeKind.Added, subject, "is created") : new Change(ChangeKind.Kept, subject, $"is there, client id {PrintableText.Of(present.AppId ?? "")}"),
            .. Value(subject, "display name", present, present?.DisplayName, wanted.AppName),
            .. Value(subject, "accounts", present, present?.SignInAudience, MyOrganization),
            .. MissingUrls(wanted, present).Select(url => new Change(ChangeKind.Added, subject, $"redirect URL {url}")),
            .. (present?.Web?.RedirectUris ?? []).Select(url => new Change(ChangeKind.Kept, subject, $"redirect URL {PrintableText.Of(url)}")),
            .. MissingRoles(wanted, present).Select(role => new Change(ChangeKind.Added, subject, $"app role {role.Value}")),
            .. (present?.AppRoles ?? []).Select(role => new Change(ChangeKind.Kept, subject, $"app role {PrintableText.Of(role.Value ?? "")}")),
            .. GroupClaimsOf(wanted, present) is { } claims ? Value(subject, "group claims", present, present?.GroupMembershipClaims, claims) : [],
        ];
    }

    public static IReadOnlyList<string> MissingUrls(AppRegistration wanted, ApplicationResponse? present) =>
        [.. wanted.RedirectUris.Except(present?.Web?.RedirectUris ?? [], StringComparer.Ordinal)];

    public static IReadOnlyList<AppRole> MissingRoles(AppRegistration wanted, ApplicationResponse? present) =>
        [.. wanted.AppRoles.Where(role => !(present?.AppRoles ?? []).Any(other => string.Equals(other.Value, role.Value, StringComparison.Ordinal)))];

    /// <summary>The group claims to set; the default never replaces a value that somebody has chosen.</summary>
    public static string? GroupClaimsOf(AppRegistration wanted, ApplicationResponse? present) =>
        wanted.GroupClaimsChosen || present?.GroupMembershipClaims is null or "" or "None" ? wanted.GroupClaims : null;

    private static IEnumerable<Change> Value(string subject, string name, ApplicationResponse? present, string? found, string wanted)
    {
        if (present is null)
        {
            yield return new Change(ChangeKind.Added, subject, $"{name} {wanted}");
        }
        else if (!string.Equals(found, wanted, StringComparison.Ordinal))
        {
            yield return new Change(ChangeKind.Changed, subject, $"{name} {PrintableText.Quote(found ?? "")} -> {PrintableText.Quote(wanted)}");
        }
    }
}
