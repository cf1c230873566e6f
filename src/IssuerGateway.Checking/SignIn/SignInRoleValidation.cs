using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.SignIn;

/// <summary>App roles and assignments: a role that nobody is assigned to lets nobody in.</summary>
internal static class SignInRoleValidation
{
    public static void Validate(StepBuilder step, SignInFacts facts, SignInExpectation expected, string app)
    {
        SignInRole[] usable = [.. expected.Roles.Select(value => Find(facts, value)).OfType<SignInRole>()];
        foreach (string missing in expected.Roles.Where(value => Find(facts, value) is null))
        {
            string near = facts.Roles.FirstOrDefault(role => string.Equals(role.Value, missing, StringComparison.OrdinalIgnoreCase)) is { } close ? $"; the app has \"{PrintableText.Of(close.Value, 120)}\"" : "";
            step.Report("app-role-missing", $"{PrintableText.Quote(missing)} is not a role of the app{near}", $"create it: {expected.Apply}");
        }

        foreach (SignInRole role in usable.Where(role => !role.IsEnabled))
        {
            step.Report("app-role-disabled", $"{PrintableText.Quote(role.Value)} has isEnabled false", $"enable the role under App roles of app {app}");
        }

        foreach (SignInRole role in usable.Where(role => !role.IsForUsers))
        {
            string types = role.MemberTypes.Count == 0 ? "nothing" : string.Join(", ", role.MemberTypes.Take(3).Select(type => PrintableText.Quote(type)));
            step.Report("app-role-members", $"{PrintableText.Quote(role.Value)} has allowedMemberTypes {types}", $"allow Users/Groups for the role under App roles of app {app}");
        }

        if (facts.HasServicePrincipal)
        {
            ValidateAssignments(step, facts, expected, [.. usable.Where(role => role is { IsEnabled: true, IsForUsers: true })], app);
        }
    }

    private static void ValidateAssignments(StepBuilder step, SignInFacts facts, SignInExpectation expected, SignInRole[] roles, string app)
    {
        if (expected.RequiresAssignment && !facts.RequiresAssignment)
        {
            step.Report("assignment-optional", "appRoleAssignmentRequired is false", $"az ad sp update --id {app} --set appRoleAssignmentRequired=true");
        }

        if (facts.Assignments is not { } assigned)
        {
            return;
        }

        if (facts.RequiresAssignment && assigned.Count == 0)
        {
            step.Report("assignment-missing", "appRoleAssignmentRequired is true, and nobody is assigned");
            return;
        }

        // The proxy lets in whoever has one of the roles; without anybody in any of them nobody gets in.
        SignInRole[] empty = [.. roles.Where(role => assigned.All(each => each.Role != role.Id))];
        Severity severity = empty.Length == expected.Roles.Count ? Severity.Error : Severity.Warning;
        foreach (SignInRole role in empty)
        {
            int others = assigned.Count;
            string found = others == 0 ? "nobody is assigned at all" : $"{others} {(others == 1 ? "assignment is" : "assignments are")} for other roles or the default access";
            step.Report("app-role-unassigned", $"nobody is assigned to {PrintableText.Quote(role.Value)}; {found}", $"assign a user or group to the role: run issuerctl trust apply entra-app and add --assign {ShellText.Quote($"{role.Value}=OBJECT-ID")}", atMost: severity);
        }

        foreach ((Guid principal, string? role) in expected.Assignments.Where(wanted => !assigned.Any(each => each.Principal == wanted.Principal && each.Role == RoleId(facts, wanted.Role))))
        {
            step.Report("assignment-other", $"{principal} is not assigned {(role is null ? "the default access" : $"the role {PrintableText.Quote(role)}")}", $"assign it: {expected.Apply}");
        }
    }

    private static SignInRole? Find(SignInFacts facts, string value) => facts.Roles.FirstOrDefault(role => string.Equals(role.Value, value, StringComparison.Ordinal));

    private static Guid? RoleId(SignInFacts facts, string? value) => value is null ? Guid.Empty : Find(facts, value)?.Id;
}
