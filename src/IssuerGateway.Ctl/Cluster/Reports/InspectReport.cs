using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Ctl.Cluster.Reports;

/// <summary>What <c>inspect</c> shows, in the shape of its JSON.</summary>
internal sealed record InspectReport
{
    public required string Distribution { get; init; }

    public required string DistributionName { get; init; }

    public string? DistributionVersion { get; init; }

    public required IReadOnlyList<string> Evidence { get; init; }

    public string? KubernetesVersion { get; init; }

    public int? ServerCount { get; init; }

    public int? IdentityLeases { get; init; }

    public required IReadOnlyList<string> Endpoints { get; init; }

    public required IReadOnlyList<InspectedNode> Nodes { get; init; }

    public required IReadOnlyList<InspectedServer> Servers { get; init; }

    /// <summary>Whether servers whose flags are known have different issuers.</summary>
    public required bool ServersDiffer { get; init; }

    public required IReadOnlyList<PublishedDocuments> Discovery { get; init; }

    public string? ConfigurationSource { get; init; }

    public required IReadOnlyList<UnreadItem> Unread { get; init; }

    public required IReadOnlyList<ClusterFinding> Findings { get; init; }

    public static InspectReport Of(ClusterState state)
    {
        TodaysIssuers today = TodaysIssuers.Of(state);
        Distribution distribution = DistributionCatalog.Find(state.Distribution.Id) ?? General.Distribution;
        return new InspectReport
        {
            Distribution = state.Distribution.Id,
            DistributionName = distribution.Name,
            DistributionVersion = state.Distribution.Version,
            Evidence = state.Distribution.Evidence,
            KubernetesVersion = state.Version,
            ServerCount = state.ServerCount,
            IdentityLeases = state.IdentityLeases,
            Endpoints = state.Endpoints,
            Nodes = [.. state.Nodes.Select(node => new InspectedNode(node.Name, node.Address, node.KubeletVersion, node.OsImage))],
            Servers = [.. state.Servers.Select(server => InspectedServer.Of(server, today))],
            ServersDiffer = today.Differ,
            Discovery = state.Discovery,
            ConfigurationSource = state.Sources.Count > 0 ? string.Join(", ", state.Sources.Select(source => $"{source.Kind} {source.Name}")) : null,
            Unread = state.Unread,
            Findings = [.. StateFindings.Of(state, distribution, today), .. SourceFindings.Of(state, distribution).Where(finding => finding.Rule != "source-unread")],
        };
    }
}

internal sealed record InspectedNode(string Name, string? Address, string? KubeletVersion, string? OsImage);

/// <summary>One server with the flags that decide about tokens; null where unknown.</summary>
internal sealed record InspectedServer
{
    public required string Name { get; init; }

    public string? Node { get; init; }

    public string? Endpoint { get; init; }

    public string? Version { get; init; }

    public required string ReadFrom { get; init; }

    public IReadOnlyList<string>? Issuers { get; init; }

    public IReadOnlyList<string>? Audiences { get; init; }

    public string? KeySetUri { get; init; }

    public IReadOnlyList<string>? KeyFiles { get; init; }

    public string? SigningKeyFile { get; init; }

    public string? SigningEndpoint { get; init; }

    /// <summary>Every flag that was read.</summary>
    public IReadOnlyList<string>? Flags { get; init; }

    public static InspectedServer Of(ApiServerState server, TodaysIssuers today) => new()
    {
        Name = server.Name,
        Node = server.Node,
        Endpoint = server.Endpoint,
        Version = server.Version,
        ReadFrom = server.ReadFrom,
        Issuers = today.Of(server),
        Audiences = server.Flags?.Audiences,
        KeySetUri = server.Flags?.Last(FlagSet.KeySetUri),
        KeyFiles = server.Flags?.All(FlagSet.KeyFile),
        SigningKeyFile = server.Flags?.Last(FlagSet.SigningKeyFile),
        SigningEndpoint = server.Flags?.Last(FlagSet.SigningEndpoint),
        Flags = server.Flags?.Flags.Select(flag => flag.ToString()).ToList(),
    };
}
