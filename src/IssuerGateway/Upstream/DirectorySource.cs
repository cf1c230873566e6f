using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;

namespace IssuerGateway.Upstream;

/// <summary>Documents that <c>export</c> pushed from inside the cluster, for an edge that may not reach it.</summary>
internal sealed class DirectorySource(string directory, FetchLimits limits) : IDocumentSource
{
    private readonly string[] paths = [Path.Join(directory, DocumentRequest.Discovery.Path), Path.Join(directory, DocumentRequest.KeySet.Path)];

    public string Description => $"directory {directory}";

    public Task<IReadOnlyList<UpstreamResponse>> FetchAsync(CancellationToken cancellationToken)
    {
        FileReading reading = FileReading.Read(limits.DocumentBytes, "let issuer-gateway export write into this directory, or correct Upstream:Directory", paths);
        return Task.FromResult<IReadOnlyList<UpstreamResponse>>(
        [
            reading.Files is { } files
                ? new UpstreamResponse(Description, new DocumentPair(files.Contents[0], files.Contents[1], null), null)
                : new UpstreamResponse(Description, null, reading.Fault!.ToFetchFault()),
        ]);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
