using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Ctl.Cluster.Reports;

/// <summary>
/// What several nodes have in common is printed once, with every one of them: nodes whose steps are the same but for a few
/// lines, such as their own address. Nodes that differ in more get their own steps.
/// </summary>
internal static class StepGroups
{
    private const int MaxDifferentLines = 4;

    /// <summary>Each group is one or more nodes with the same steps, or one step of the cluster; no step is left out.</summary>
    public static IReadOnlyList<StepGroup> Of(IReadOnlyList<RollStep> steps)
    {
        List<StepGroup> groups = [];
        List<List<RollStep>> nodes = [];
        foreach (RollStep step in steps)
        {
            if (step.Node is null)
            {
                groups.AddRange(Grouped(nodes));
                nodes = [];
                groups.Add(new StepGroup([[step]]));
            }
            else if (nodes is [.., var last] && last[0].Node == step.Node)
            {
                last.Add(step);
            }
            else
            {
                nodes.Add([step]);
            }
        }

        return [.. groups, .. Grouped(nodes)];
    }

    /// <summary>The lines of a content that another one of the same form has otherwise.</summary>
    public static IReadOnlyList<string> DifferentLines(RollStep first, RollStep other)
    {
        string[] lines = Lines(first);
        return [.. Lines(other).Where((line, i) => line != lines[i])];
    }

    private static IEnumerable<StepGroup> Grouped(List<List<RollStep>> nodes)
    {
        List<List<List<RollStep>>> groups = [];
        foreach (List<RollStep> node in nodes)
        {
            if (groups.Find(group => AreAlike(group[0], node)) is { } group)
            {
                group.Add(node);
            }
            else
            {
                groups.Add([node]);
            }
        }

        return groups.Select(group => new StepGroup(group));
    }

    private static bool AreAlike(List<RollStep> first, List<RollStep> other) => first.Count == other.Count && first.Zip(other).All(pair =>
        (pair.First.Place, pair.First.Command is null, pair.First.Note, pair.First.Language) == (pair.Second.Place, pair.Second.Command is null, pair.Second.Note, pair.Second.Language)
        && Lines(pair.First).Length == Lines(pair.Second).Length && DifferentLines(pair.First, pair.Second).Count is var different && different <= MaxDifferentLines && (different == 0 || different < Lines(pair.First).Length));

    private static string[] Lines(RollStep step) => step.Content?.Split('\n') ?? [];
}

/// <summary>The steps of each node, which are alike.</summary>
internal sealed record StepGroup(IReadOnlyList<IReadOnlyList<RollStep>> Nodes)
{
    public IReadOnlyList<RollStep> Steps => Nodes[0];

    /// <summary>The command of a step on each node; one where it is the same on all.</summary>
    public IReadOnlyList<string> Commands(int step) => Nodes.All(node => node[step].Command == Steps[step].Command)
        ? [Steps[step].Command!]
        : [.. Nodes.Select(node => $"# {node[step].Target}\n{node[step].Command}")];

    public string Target(int step)
    {
        string[] targets = [.. Nodes.Select(node => node[step].Target)];
        return targets.Length == 1 ? targets[0]
            : targets.All(target => target.StartsWith("node ", StringComparison.Ordinal)) ? $"nodes {string.Join(", ", targets.Select(target => target["node ".Length..]))}, one after the other"
            : $"{string.Join(", ", targets)}, one after the other";
    }
}
