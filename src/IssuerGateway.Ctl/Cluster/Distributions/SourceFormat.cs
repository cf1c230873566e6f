using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>The file or object that a distribution makes the flags from, where it is not in the cluster itself: how to get it, and how it is read.</summary>
internal sealed record SourceFormat
{
    /// <summary>What it is, after "is not" and "the".</summary>
    public required string Name { get; init; }

    /// <summary>The command that writes it to a file.</summary>
    public required string Fetch { get; init; }

    /// <summary>Whether each server has its own.</summary>
    public bool IsPerServer { get; init; }

    /// <summary>The arguments that it gives the API server; null when the text is something else.</summary>
    public required Func<string, FlagSet?> Read { get; init; }

    /// <summary>What in it speaks against the plan.</summary>
    public Func<string, IEnumerable<ClusterFinding>> Findings { get; init; } = _ => [];
}
