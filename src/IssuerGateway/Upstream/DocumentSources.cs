using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Kubernetes.Kubeconfigs;
using IssuerGateway.Kubernetes.Objects;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Upstream;

/// <summary>Makes the source of each issuer's documents; owns the YARP model that those of API servers share.</summary>
internal sealed class DocumentSources(FetchLimits limits, TimeProvider time, ILoggerFactory loggerFactory) : IAsyncDisposable
{
    private readonly Lazy<ApiServerClusters> clusters = new(() => new ApiServerClusters(limits, time, loggerFactory));

    /// <param name="issuer">The exact identifier: what a source of public keys writes into the discovery document, and the name of the YARP cluster. One source per issuer.</param>
    /// <param name="jwksUri">The public URL of the key set, for a source of public keys.</param>
    public IDocumentSource Create(UpstreamSettings settings, string issuer, string jwksUri) => settings switch
    {
        DirectoryUpstream directory => new DirectorySource(directory.Path, limits),
        PublicKeysUpstream publicKeys => new PublicKeySource(publicKeys.Files, issuer, jwksUri),
        _ => new ApiServerSource(
            issuer,
            AccessOf(settings),
            new EndpointSliceServers(time, loggerFactory.CreateLogger<EndpointSliceServers>()),
            clusters.Value,
            new DocumentFetcher(limits, time)),
    };

    /// <summary>
    /// The token that the gateway shows to the API server, for the cross-check of its issuer. Absent for kinds without a
    /// token, and while there is no readable one.
    /// </summary>
    public string? OwnToken(UpstreamSettings settings) =>
        settings is DirectoryUpstream or PublicKeysUpstream ? null : AccessOf(settings).Read().Access?.Token?.Read().Token;

    /// <summary>How each API server of each issuer does, for metrics and status.</summary>
    public IReadOnlyList<ServerHealth> Health() => clusters.IsValueCreated ? clusters.Value.Health() : [];

    public ValueTask DisposeAsync() => clusters.IsValueCreated ? clusters.Value.DisposeAsync() : ValueTask.CompletedTask;

    private IAccessSource AccessOf(UpstreamSettings settings) => settings switch
    {
        KubeconfigUpstream kubeconfig => new KubeconfigAccess(kubeconfig.File, kubeconfig.Context, time),
        ExplicitUpstream servers => new ExplicitAccess
        {
            Servers = servers.Servers,
            TrustFile = servers.TrustFile,
            Token = servers.TokenFile is { } file ? new TokenFile(file, time) : null,
            ClientCertificateFiles = servers.ClientCertificateFiles,
            ServerName = servers.ServerName,
        },
        _ => InClusterAccess.FromEnvironment(time, (settings as InClusterUpstream)?.ServerName),
    };
}
