namespace IssuerGateway.Kubernetes;

/// <summary>What one context of a kubeconfig says, as far as the gateway takes it; files are named, not yet read.</summary>
public sealed record KubeconfigEntry
{
    public required Uri Server { get; init; }

    public required string? ServerName { get; init; }

    public required KubeconfigContent Trust { get; init; }

    public required string? Token { get; init; }

    public required string? TokenFile { get; init; }

    public required KubeconfigContent? ClientCertificate { get; init; }

    public required KubeconfigContent? ClientKey { get; init; }
}

/// <summary>Content that a kubeconfig gives either in place or by the path of a file.</summary>
public sealed record KubeconfigContent(byte[]? Data, string? File)
{
    public override string ToString() => File ?? "data in the kubeconfig";
}
