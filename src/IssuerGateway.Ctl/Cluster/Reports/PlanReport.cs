using IssuerGateway.Base;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Ctl.Cluster.Reports;

/// <summary>A plan for a person: what is known, what is not, then the rolls one after the other.</summary>
internal static class PlanReport
{
    public static string Write(ChangePlan plan, ReportWriter writer)
    {
        writer.Heading(1, $"Change the issuer of this cluster to {plan.Issuer}");
        Summary(plan, writer);
        Findings(plan.Findings, writer);
        writer.Heading(2, $"How {plan.DistributionName} does it");
        Items([.. plan.Facts.Select(fact => fact.ToString())], writer);
        if (plan.Notes.Count > 0)
        {
            writer.Heading(2, "Before you begin");
            Items(plan.Notes, writer);
        }

        foreach (Roll roll in plan.Rolls)
        {
            RollSection(roll, plan, writer, 2);
        }

        writer.Heading(2, "Sources");
        writer.Paragraph($"What this plan says of {plan.DistributionName} was read in: {plan.Sources}.");
        return writer.ToString();
    }

    public static void Findings(IReadOnlyList<ClusterFinding> findings, ReportWriter writer)
    {
        if (findings.Count == 0)
        {
            return;
        }

        writer.Heading(2, "Findings");
        foreach (ClusterFinding finding in findings.OrderByDescending(finding => finding.Level))
        {
            writer.Item($"{finding.Level.ToString().ToLowerInvariant()} [{finding.Rule}]: {finding.Message}. Hint: {finding.Hint.TrimEnd('.')}.");
        }

        More(findings.Select(finding => finding.Link), writer);
    }

    /// <summary>The section about each word in brackets.</summary>
    public static void More(IEnumerable<string> links, ReportWriter writer)
    {
        writer.Paragraph("");
        writer.Paragraph("More about each word in [brackets]:");
        foreach (string link in links.Distinct().Order(StringComparer.Ordinal))
        {
            writer.Item(link);
        }
    }

    /// <summary>One roll with its steps; the page has them a level deeper than the plan.</summary>
    public static void RollSection(Roll roll, ChangePlan plan, ReportWriter writer, int level)
    {
        writer.Heading(level, $"Roll {roll.Number}: {roll.Title}");
        if (roll.Issuers.Count > 0)
        {
            writer.Paragraph($"Afterwards every server has {string.Join(", then ", roll.Issuers)}. The first one signs.{(roll.Audiences is null ? "" : $" Audiences: {string.Join(", ", roll.Audiences)}.")}");
        }

        Steps(roll.Steps, $"Step {roll.Number}", writer, level + 1);
        Section("Rolling out", roll.RollingOut, writer, level + 1);
        Section("Breaks", roll.Breaks, writer, level + 1);
        Section("Verify at every server", roll.Verify, writer, level + 1);
        Section("Wait", roll.Wait, writer, level + 1);
        writer.Heading(level + 1, "Go back");
        writer.Paragraph(roll.GoBack.Text);
        if (roll.GoBack.Steps.Count > 0)
        {
            Steps(roll.GoBack.Steps, $"Back from {roll.Number}, step ", writer, level + 1);
        }
    }

    private static void Summary(ChangePlan plan, ReportWriter writer)
    {
        writer.Value("Distribution", $"{plan.DistributionName}{(plan.Version is null ? "" : $", Kubernetes {plan.Version}")}");
        foreach (string evidence in plan.Evidence)
        {
            writer.Value("Evidence", evidence);
        }

        writer.Value("API servers", $"{(plan.ServerCount is { } count ? count : "unknown")}: {(plan.AreServersVisible ? string.Join(", ", plan.Servers) : "not visible from here")}");
        writer.Value("Issuers today", plan.Today.Count == 0 ? "unknown" : string.Join(", ", plan.Today));
        writer.Value("Audiences", plan switch
        {
            { TodayAudiences: { } audiences } => string.Join(", ", audiences),
            { AudiencesAreKnown: true } => "not set: all issuers, in order",
            _ => "unknown",
        });
    }

    private static void Steps(IReadOnlyList<RollStep> steps, string number, ReportWriter writer, int level)
    {
        int i = 0;
        string prefix = number.EndsWith(' ') ? number : number + ".";
        foreach (StepGroup group in StepGroups.Of(steps))
        {
            for (int part = 0; part < group.Steps.Count; part++)
            {
                writer.Heading(level, $"{prefix}{++i}: {group.Target(part)}");
                Step(group, part, writer);
                if (part == group.Steps.Count - 1 && group is { Steps.Count: > 1, Nodes.Count: > 1 })
                {
                    writer.Paragraph($"Do these {group.Steps.Count} steps on one node before you go to the next.");
                }
            }
        }
    }

    private static void Step(StepGroup group, int part, ReportWriter writer)
    {
        RollStep step = group.Steps[part];
        writer.Value("Place", step.Place);
        if (step.Note is not null)
        {
            writer.Value("Note", step.Note);
        }

        if (step.Content is not null)
        {
            writer.Code(step.Language, step.Content);
        }

        foreach (RollStep other in group.Nodes.Skip(1).Select(node => node[part]))
        {
            if (StepGroups.DifferentLines(step, other) is { Count: > 0 } lines)
            {
                writer.Paragraph($"The same on {other.Target}, with these lines in place of those of {step.Target}:");
                writer.Code(step.Language, string.Join('\n', lines));
            }
        }

        if (step.Command is not null)
        {
            IReadOnlyList<string> commands = group.Commands(part);
            writer.Paragraph(group.Nodes.Count == 1 ? "Then run:" : commands.Count == 1 ? "Then run on each:" : "Then run for each:");
            writer.Code("sh", string.Join('\n', commands));
        }
    }

    private static void Section(string title, IReadOnlyList<string> items, ReportWriter writer, int level)
    {
        if (items.Count > 0)
        {
            writer.Heading(level, title);
            Items(items, writer);
        }
    }

    private static void Items(IReadOnlyList<string> items, ReportWriter writer)
    {
        foreach (string item in items)
        {
            writer.Item(item);
        }
    }
}
