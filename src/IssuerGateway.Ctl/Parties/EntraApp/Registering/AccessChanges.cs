using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties.EntraApp.Registering;

/// <summary>How the service principal, its assignments and the consent differ from what is wanted.</summary>
internal static class AccessChanges
{
    private const string Subject = "service principal";

    public static IEnumerable<Change> Of(AppRegistration wanted, DirectoryState state)
    {
        ServicePrincipalResponse? present = state.ServicePrincipal;
        yield return new Change(present is null ? ChangeKind.Added : ChangeKind.Kept, Subject, present is null ? "is created" : "is there");
        if (present is not null && !IsVisible(present))
        {
            yield return new Change(ChangeKind.Added, Subject, "is shown in the portal's list of enterprise applications");
        }

        if (wanted.AssignmentRequired)
        {
            yield return new Change(present?.AppRoleAssignmentRequired == true ? ChangeKind.Kept : ChangeKind.Added, Subject, "assignment is required");
        }

        IReadOnlyList<RoleAssignment> missing = MissingAssignments(wanted, state);
        foreach (RoleAssignment assignment in wanted.Assignments)
        {
            yield return new Change(missing.Contains(assignment) ? ChangeKind.Added : ChangeKind.Kept, Subject, $"assignment: {assignment}");
        }

        if (wanted.AdminConsent)
        {
            yield return new Change(MissingScopes(wanted, state) is null ? ChangeKind.Kept : ChangeKind.Added, Subject, $"consent for all users: {SignInSettings.Scopes}");
        }
    }

    /// <summary>What to send; tags of others stay, because Graph replaces the whole list.</summary>
    public static ServicePrincipalBody? ServicePrincipalOf(AppRegistration wanted, ServicePrincipalResponse? present)
    {
        ServicePrincipalBody fresh = RenderedRequests.ServicePrincipalOf(wanted);
        if (present is null)
        {
            return fresh;
        }

        bool? required = wanted.AssignmentRequired && present.AppRoleAssignmentRequired != true ? true : null;
        return IsVisible(present) && required is null ? null : fresh with
        {
            Tags = IsVisible(present) ? null : [.. present.Tags ?? [], SignInSettings.VisibleTag],
            AppRoleAssignmentRequired = required,
        };
    }

    public static IReadOnlyList<RoleAssignment> MissingAssignments(AppRegistration wanted, DirectoryState state) =>
        [.. wanted.Assignments.Where(assignment => !state.Assignments.Any(other => IsId(other.PrincipalId, assignment.PrincipalId) && IsId(other.AppRoleId, assignment.RoleId)))];

    public static string? MissingScopes(AppRegistration wanted, DirectoryState state)
    {
        string[] granted = (state.Grant?.Scope ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] all = [.. granted.Union(SignInSettings.Scopes.Split(' '), StringComparer.Ordinal)];
        return wanted.AdminConsent && all.Length > granted.Length ? string.Join(' ', all) : null;
    }

    // Creating the app again responds 400 for 30 days (seen in public reports).
    public static IEnumerable<SettingError> Deleted(AppRegistration wanted, DirectoryState state)
    {
        if (state.Deleted is { } deleted)
        {
            yield return new SettingError("--app-name", HolderOf(wanted, deleted), "a name that no deleted app holds (Entra keeps it for 30 days)", FixOf(wanted, deleted));
        }
    }

    public static string HolderOf(AppRegistration wanted, DeletedApplicationResponse deleted) =>
        $"{PrintableText.Quote(wanted.AppName)}, the unique name of an app deleted at {PrintableText.Of(deleted.DeletedDateTime ?? "an unknown time")} (client id {PrintableText.Of(deleted.AppId ?? "")})";

    // The id comes from Graph, and the command is for a shell.
    public static string FixOf(AppRegistration wanted, DeletedApplicationResponse deleted)
    {
        string url = $"{wanted.Cloud.Graph}/v1.0/directory/deletedItems/{deleted.Id}";
        return $"delete it for good (az rest --method DELETE --url {ShellText.Quote(url)}), or restore it: az rest --method POST --url {ShellText.Quote($"{url}/restore")}";
    }

    private static bool IsVisible(ServicePrincipalResponse principal) => principal.Tags?.Contains(SignInSettings.VisibleTag, StringComparer.Ordinal) == true;

    private static bool IsId(string? text, Guid id) => Guid.TryParse(text, out Guid other) && other == id;
}
