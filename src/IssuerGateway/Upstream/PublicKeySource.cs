using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;

namespace IssuerGateway.Upstream;

/// <summary>Makes both documents of public key files, for clusters whose API server is not queried at all.</summary>
internal sealed class PublicKeySource(IReadOnlyList<string> paths, string issuer, string jwksUri) : IDocumentSource
{
    public const int MaxBytes = 1 << 20;

    public string Description => $"public keys {string.Join(", ", paths)}";

    public Task<IReadOnlyList<UpstreamResponse>> FetchAsync(CancellationToken cancellationToken)
    {
        (DocumentPair? documents, FetchFault? fault) = Read();
        return Task.FromResult<IReadOnlyList<UpstreamResponse>>([new UpstreamResponse(Description, documents, fault)]);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private (DocumentPair? Documents, FetchFault? Fault) Read()
    {
        FileReading reading = FileReading.Read(MaxBytes, "correct Upstream:PublicKeyFiles, or put the file there", paths);
        if (reading.Files is not { } files)
        {
            return (null, reading.Fault!.ToFetchFault());
        }

        List<PublicKeyJwk> keys = [];
        for (int i = 0; i < paths.Count; i++)
        {
            keys.AddRange(PublicKeyFile.Read(paths[i], files.Contents[i], out FetchFault? fault));
            if (fault is not null)
            {
                return (null, fault);
            }
        }

        return (new DocumentPair(PublicKeyDocuments.Discovery(issuer, jwksUri, keys), PublicKeyDocuments.KeySet(keys), null), null);
    }
}
