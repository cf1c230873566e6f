namespace IssuerGateway.Ctl.Parties.Kubernetes;

/// <summary>Another cluster whose API servers accept the workload's token as a user of its own name.</summary>
internal sealed record ClusterTrust
{
    public required Workload Workload { get; init; }

    /// <summary>Put before the subject, so that a foreign pod is never a local service account.</summary>
    public required string Prefix { get; init; }

    /// <summary>The issuers of the trusting cluster itself, which it must not trust a second time.</summary>
    public required IReadOnlyList<string> OwnIssuers { get; init; }

    /// <summary>Where the API servers fetch the discovery document, when not at the issuer itself.</summary>
    public required string? DiscoveryUrl { get; init; }

    /// <summary>The CA of the issuer as PEM; absent: the roots of the host.</summary>
    public required string? Ca { get; init; }

    public required string ClusterRole { get; init; }

    /// <summary>The namespace in which the rights hold; absent: everywhere.</summary>
    public required string? TargetNamespace { get; init; }

    /// <summary>URL of the API server, for the pod's kubeconfig.</summary>
    public required string? Server { get; init; }

    public string User => Prefix + Workload.Subject;
}
