namespace IssuerGateway.Kubernetes.Documents;

/// <summary>Where the two documents of one issuer come from: API servers, a directory, or public keys.</summary>
public interface IDocumentSource : IAsyncDisposable
{
    /// <summary>What an operator calls it in a log line.</summary>
    string Description { get; }

    /// <summary>Queries every server once, all at the same time; never throws but for cancellation.</summary>
    Task<IReadOnlyList<UpstreamResponse>> FetchAsync(CancellationToken cancellationToken);
}
