using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties.EntraApp.Registering;

/// <summary>What lies between the tenant and the wanted registration: the bodies to send, each null when nothing differs.</summary>
internal sealed record RegistrationPlan
{
    public required IReadOnlyList<Change> Changes { get; init; }

    /// <summary>Why nothing may be written; empty when it may.</summary>
    public required IReadOnlyList<SettingError> Rejections { get; init; }

    public required ApplicationBody? Application { get; init; }

    public required ServicePrincipalBody? ServicePrincipal { get; init; }

    public required CredentialBody? Credential { get; init; }

    public required IReadOnlyList<RoleAssignment> Assignments { get; init; }

    /// <summary>The scopes to grant for all users; null when nothing is missing.</summary>
    public required string? Scopes { get; init; }

    public bool ChangesNothing => Application is null && ServicePrincipal is null && Credential is null && Assignments.Count == 0 && Scopes is null;

    public static RegistrationPlan Between(AppRegistration wanted, DirectoryState state)
    {
        ApplicationBody? application = ApplicationOf(wanted, state.Application);
        CredentialResponse? present = state.Credentials.FirstOrDefault(credential => IsNamed(credential, wanted.Credential.Name));
        CredentialBody? body = CredentialBodyOf(wanted.Credential, present);
        return new RegistrationPlan
        {
            Application = application,
            ServicePrincipal = AccessChanges.ServicePrincipalOf(wanted, state.ServicePrincipal),
            Assignments = AccessChanges.MissingAssignments(wanted, state),
            Scopes = AccessChanges.MissingScopes(wanted, state),
            Credential = body,
            Rejections = [.. AccessChanges.Deleted(wanted, state), .. wanted.Credential.Faults(), .. TooMany(wanted.Credential, present, state), .. Duplicates(wanted.Credential, state), .. OfAnother(wanted.Credential, present)],
            Changes =
            [
                .. ApplicationChanges.Of(wanted, state.Application),
                .. AccessChanges.Of(wanted, state),
                .. CredentialChanges(wanted.Credential, present),
            ],
        };
    }

    // Redirect URLs and roles of others stay: the union is sent, because Graph replaces whole lists.
    private static ApplicationBody? ApplicationOf(AppRegistration wanted, ApplicationResponse? present)
    {
        ApplicationBody fresh = RenderedRequests.ApplicationOf(wanted);
        if (present is null)
        {
            return fresh;
        }

        return ApplicationChanges.Of(wanted, present).All(change => change.Kind == ChangeKind.Kept) ? null : fresh with
        {
            Web = new WebBody([.. present.Web?.RedirectUris ?? [], .. ApplicationChanges.MissingUrls(wanted, present)]),
            AppRoles = ApplicationChanges.MissingRoles(wanted, present) is { Count: > 0 } missing
                ? [.. present.AppRoles ?? [], .. missing.Select(AppRoleBody.Of)]
                : null,
            Tags = null,
            GroupMembershipClaims = ApplicationChanges.GroupClaimsOf(wanted, present),
        };
    }

    private static CredentialBody? CredentialBodyOf(FederatedCredential wanted, CredentialResponse? present) => present switch
    {
        null => CredentialBody.Of(wanted) with { Description = OwnershipMark.Description },
        _ when Matches(wanted, present) => null,
        _ => CredentialBody.Of(wanted),
    };

    public static bool Matches(FederatedCredential wanted, CredentialResponse present) =>
        Same(present.Issuer, wanted.Issuer) && Same(present.Subject, wanted.Subject) && present.Audiences is [{ } audience] && Same(audience, wanted.Audience);

    // Graph finds alternate keys without regard to letter case.
    public static bool IsNamed(CredentialResponse credential, string name) => string.Equals(credential.Name, name, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<SettingError> TooMany(FederatedCredential wanted, CredentialResponse? present, DirectoryState state)
    {
        if (present is null && state.Credentials.Count >= FederatedCredential.MaxPerApp)
        {
            yield return new SettingError("--app-name", $"{state.Credentials.Count} federated credentials on the app", $"fewer than {FederatedCredential.MaxPerApp}, so that {PrintableText.Quote(wanted.Name)} fits",
                "delete one that is not used, or use another app");
        }
    }

    // Issuer and subject must be unique within an app; Entra responds to such a write with an error that names neither.
    private static IEnumerable<SettingError> Duplicates(FederatedCredential wanted, DirectoryState state) =>
        from credential in state.Credentials
        where !IsNamed(credential, wanted.Name) && Same(credential.Issuer, wanted.Issuer) && Same(credential.Subject, wanted.Subject)
        select new SettingError("--credential-name", PrintableText.Quote(wanted.Name), $"{PrintableText.Quote(credential.Name ?? "")}, which has this issuer and subject already",
            $"use --credential-name {PrintableText.Of(credential.Name ?? "")}, or delete that credential");

    // A change would end the sign-in of the workload that has it.
    private static IEnumerable<SettingError> OfAnother(FederatedCredential wanted, CredentialResponse? present)
    {
        if (present is not null && FederatedCredential.IsOfAnother(wanted.Name, wanted.Subject, present.Subject))
        {
            yield return new SettingError("--credential-name", $"{PrintableText.Quote(wanted.Name)}, the default name, for {PrintableText.Quote(present.Subject ?? "")}",
                $"a credential of {PrintableText.Quote(wanted.Subject)}", "that credential is another workload's: choose another --credential-name");
        }
    }

    private static IEnumerable<Change> CredentialChanges(FederatedCredential wanted, CredentialResponse? present)
    {
        string subject = $"federated credential \"{wanted.Name}\"";
        (string Name, string? Present, string Wanted)[] members =
        [
            ("issuer", present?.Issuer, wanted.Issuer),
            ("subject", present?.Subject, wanted.Subject),
            ("audience", present is null ? null : string.Join(" ", present.Audiences ?? []), wanted.Audience),
        ];
        return members.Select(member => present is null ? new Change(ChangeKind.Added, subject, $"{member.Name} {member.Wanted}")
            : Same(member.Present, member.Wanted) ? new Change(ChangeKind.Kept, subject, $"{member.Name} {member.Wanted}")
            : new Change(ChangeKind.Changed, subject, $"{member.Name} {PrintableText.Quote(member.Present ?? "")} -> {PrintableText.Quote(member.Wanted)}"));
    }

    private static bool Same(string? left, string right) => string.Equals(left, right, StringComparison.Ordinal);
}
