namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>The key files of an API server: the public keys that it publishes and accepts, and the private key that signs; null: left as it is.</summary>
internal sealed record KeyFiles(IReadOnlyList<string> Public, string? Private);
