namespace IssuerGateway.Ctl.Parties;

/// <summary>What a pod needs so that its program finds the token: by hand as a patch, or by the label of charts/workload-identity.</summary>
internal sealed record PodNeeds
{
    public required Workload Workload { get; init; }

    /// <summary>Not that of another party: kubectl merges volumes by name, and a pod may have several parties.</summary>
    public required string VolumeName { get; init; }

    public required string Directory { get; init; }

    /// <summary>Name of the token's file in that directory.</summary>
    public required string TokenFile { get; init; }

    public int ExpirationSeconds { get; init; } = 3600;

    public required IReadOnlyList<(string Name, string Value)> Environment { get; init; }

    /// <summary>A file beside the token that the party's libraries read, as key of ConfigMap <see cref="ConfigMapName"/>.</summary>
    public (string Key, string Path, string Content)? File { get; init; }

    /// <summary>The label that requests all of this from charts/workload-identity.</summary>
    public required (string Key, string Value) Label { get; init; }

    public IReadOnlyList<(string Key, string Value)> Annotations { get; init; } = [];

    /// <summary>Keys of ConfigMap <see cref="ConfigMapName"/> that the chart reads; the file's among them.</summary>
    public IReadOnlyList<(string Key, string Value)> Settings { get; init; } = [];

    /// <summary>Values of charts/workload-identity under which the label means this: section, key, and the value in YAML.</summary>
    public required IReadOnlyList<(string Section, string Key, string Value)> ChartValues { get; init; }

    /// <summary>Arguments of <c>issuerctl trust test</c> that try this exchange, without the token.</summary>
    public required IReadOnlyList<string> Test { get; init; }

    /// <summary>What the label cannot do, one line each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The remark about an audience that the label takes from the chart, where it is not the chart's default.</summary>
    public static IReadOnlyList<string> OfChart(string value, string audience, string chartDefault) =>
        audience == chartDefault ? [] : [$"chart       {value}: {TextQuoting.Yaml(audience)}, once for the cluster (--format values): the label has no other audience"];

    /// <summary>The one of charts/workload-identity, or one of its own for a file that the chart does not know.</summary>
    public string ConfigMapName { get; init; } = "workload-identity";
}
