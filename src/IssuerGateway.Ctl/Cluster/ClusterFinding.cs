using System.Text.Json.Serialization;
using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Cluster;

[JsonConverter(typeof(JsonStringEnumConverter<FindingLevel>))]
internal enum FindingLevel
{
    Information,

    /// <summary>The plan holds; something needs attention.</summary>
    Warning,

    /// <summary>The plan does not hold, or a server could be left behind, until this is dealt with.</summary>
    Error,
}

/// <summary>One observation about the cluster or the plan: a stable rule id, what was found, and what to do.</summary>
internal sealed record ClusterFinding(string Rule, FindingLevel Level, string Message, string Hint)
{
    /// <summary>The section about it.</summary>
    public string Link => Documentation.OfClusterFinding(Rule);

    public static ClusterFinding Error(string rule, string message, string hint) => new(rule, FindingLevel.Error, message, hint);

    public static ClusterFinding Warning(string rule, string message, string hint) => new(rule, FindingLevel.Warning, message, hint);

    public static ClusterFinding Information(string rule, string message, string hint) => new(rule, FindingLevel.Information, message, hint);
}
