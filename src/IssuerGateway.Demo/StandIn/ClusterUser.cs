namespace IssuerGateway.Demo.StandIn;

/// <summary>Whom the API server takes the sender of a request for.</summary>
internal sealed record ClusterUser(string Name, bool IsAdministrator = false)
{
    public bool IsServiceAccount => Name.StartsWith("system:serviceaccount:", StringComparison.Ordinal);
}

/// <summary>A ServiceAccount as tokens name it.</summary>
internal sealed record ServiceAccount(string Namespace, string Name, Guid Uid)
{
    public string Subject => $"system:serviceaccount:{Namespace}:{Name}";
}

/// <summary>A token that the cluster has signed, and what an API server goes by when it comes back as a credential.</summary>
internal sealed record MintedToken(string Text, ServiceAccount Account, ServiceAccountKey Key, IReadOnlyList<string> Audiences, DateTimeOffset Expires);
