namespace IssuerGateway.Ctl.Cluster.Inspection;

/// <summary>What was read of a cluster, and what could not be read; nothing in it is guessed.</summary>
internal sealed record ClusterState
{
    public required DetectedDistribution Distribution { get; init; }

    /// <summary><c>gitVersion</c> of the server that was queried; null when it could not be read.</summary>
    public string? Version { get; init; }

    public IReadOnlyList<ControlPlaneNode> Nodes { get; init; } = [];

    public IReadOnlyList<ApiServerState> Servers { get; init; } = [];

    /// <summary>Live identity Leases in kube-system, one for each running API server; null when they could not be read.</summary>
    public int? IdentityLeases { get; init; }

    /// <summary>Those of them that were not renewed for five minutes: the server is down, or its machine was replaced within the hour.</summary>
    public int SilentLeases { get; init; }

    /// <summary>Addresses that the EndpointSlices of default/kubernetes list; empty when unknown.</summary>
    public IReadOnlyList<string> Endpoints { get; init; } = [];

    /// <summary>What the flags are made from: an object of the cluster, or the files that were given; one for all servers or one for each.</summary>
    public IReadOnlyList<ConfigurationSource> Sources { get; init; } = [];

    /// <summary>The configuration of all servers, or of the first one.</summary>
    public ConfigurationSource? Source => Sources.FirstOrDefault(source => source.Node is null) ?? (Sources is [var first, ..] ? first : null);

    /// <summary>The configuration of a node: its own, else the one of all.</summary>
    public ConfigurationSource? SourceOf(string? node) => Sources.FirstOrDefault(source => source.Node is not null && source.Node == node) ?? Sources.FirstOrDefault(source => source.Node is null);

    public IReadOnlyList<PublishedDocuments> Discovery { get; init; } = [];

    public IReadOnlyList<UnreadItem> Unread { get; init; } = [];

    /// <summary>
    /// How many API servers there are by the largest of all counts; null when nothing that counts could be read.
    /// Each source may see too few (a stopped kubelet, a controller that is no node), none sees too many.
    /// </summary>
    public int? ServerCount
    {
        get
        {
            int most = new[] { IdentityLeases ?? 0, Servers.Count, Nodes.Count, Endpoints.Count }.Max();
            return most == 0 ? null : most;
        }
    }
}

/// <summary>The distribution as recognized, with the evidence; the id is one of <c>DistributionCatalog</c>.</summary>
internal sealed record DetectedDistribution(string Id, string? Version, IReadOnlyList<string> Evidence)
{
    /// <summary>Known from the command line instead of the cluster.</summary>
    public bool IsGiven { get; init; }
}

/// <summary>A node that the cluster labels as control plane.</summary>
internal sealed record ControlPlaneNode
{
    public required string Name { get; init; }

    public string? Address { get; init; }

    public string? KubeletVersion { get; init; }

    public string? OsImage { get; init; }

    /// <summary>
    /// The <c>kube-apiserver-arg</c> values that the administrator gave k3s or RKE2, from the annotation that both write
    /// (config.yaml included); null when there is none.
    /// </summary>
    public IReadOnlyList<string>? GivenArguments { get; init; }
}

/// <summary>One API server: its flags as far as they could be read, and from where.</summary>
internal sealed record ApiServerState
{
    public required string Name { get; init; }

    public string? Node { get; init; }

    /// <summary>Address and port that it advertises.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Address and port by which its flags were read, where that may be another; null when they were not read from it.</summary>
    public string? ReachedAt { get; init; }

    /// <summary>Its image without the version; null where it is not known.</summary>
    public string? Image { get; init; }

    /// <summary>The version of its image.</summary>
    public string? Version { get; init; }

    /// <summary>Mirror pod, annotation, <c>/flagz</c> or operator object.</summary>
    public required string ReadFrom { get; init; }

    public FlagSet? Flags { get; init; }

    /// <summary>
    /// Whether <see cref="Flags"/> are all flags of the running process; an annotation holds only those that the
    /// administrator gave, without the distribution's defaults.
    /// </summary>
    public bool IsComplete { get; init; } = true;

    /// <summary>Whether it shows itself as a mirror pod, wherever its flags were read.</summary>
    public bool IsPod { get; init; }

    /// <summary>Whether <see cref="Flags"/> are what the process was started with, and no default beside it.</summary>
    public bool IsGiven => ReadFrom.StartsWith("mirror pod", StringComparison.Ordinal);
}

/// <summary>An object or a file that the flags are made from, its content verbatim.</summary>
/// <param name="Kind">The kind of the object; <c>file</c> for one that was given on the command line.</param>
/// <param name="Name">Its name, or the path as given.</param>
/// <param name="Content">Not shown as a whole: it may hold secrets.</param>
/// <param name="Node">The node whose file it is; null for all.</param>
internal sealed record ConfigurationSource(string Kind, string Name, string Content, string? Node = null)
{
    public const string File = "file";

    /// <summary>kube-system/kubeadm-config.</summary>
    public const string ConfigMap = "ConfigMap";
}

/// <summary>What one reached address publishes, with and without credentials.</summary>
internal sealed record PublishedDocuments
{
    public required string Server { get; init; }

    public string? Issuer { get; init; }

    public string? KeySetUri { get; init; }

    public IReadOnlyList<string> Algorithms { get; init; } = [];

    public IReadOnlyList<PublishedKey> Keys { get; init; } = [];

    /// <summary>Status of the discovery document and the JWK Set without credentials; null when not tried.</summary>
    public int? AnonymousDiscovery { get; init; }

    public int? AnonymousKeySet { get; init; }
}

internal sealed record PublishedKey(string KeyId, string KeyType, string Algorithm);

/// <summary>Something that could not be read: what, why, and the right or the way that is missing.</summary>
internal sealed record UnreadItem(string What, string Why, string Hint);
