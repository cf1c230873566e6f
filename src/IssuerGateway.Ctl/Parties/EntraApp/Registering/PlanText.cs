using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Parties.EntraApp.Registering;

/// <summary>Shows changes as a diff: <c>+</c> added, <c>~</c> changed, <c>-</c> removed, nothing for what stays.</summary>
internal static class PlanText
{
    public static void Write(IReadOnlyList<Change> changes, Terminal terminal)
    {
        foreach (IGrouping<string, Change> subject in changes.GroupBy(change => change.Subject))
        {
            terminal.Print(subject.Key);
            foreach (Change change in subject)
            {
                terminal.Print($"  {Sign(change.Kind)} {change.Text}");
            }
        }

        terminal.Print(Summary(changes));
    }

    private static string Summary(IReadOnlyList<Change> changes)
    {
        int Count(ChangeKind kind) => changes.Count(change => change.Kind == kind);
        return changes.All(change => change.Kind == ChangeKind.Kept)
            ? "nothing to change"
            : $"{Count(ChangeKind.Added)} to add, {Count(ChangeKind.Changed)} to change, {Count(ChangeKind.Removed)} to remove";
    }

    private static char Sign(ChangeKind kind) => kind switch
    {
        ChangeKind.Added => '+',
        ChangeKind.Changed => '~',
        ChangeKind.Removed => '-',
        _ => ' ',
    };
}
