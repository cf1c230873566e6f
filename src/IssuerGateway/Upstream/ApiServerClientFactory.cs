using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Kubernetes.Trust;
using Yarp.ReverseProxy.Forwarder;

namespace IssuerGateway.Upstream;

/// <summary>Makes YARP's clients, for probes and for fetches, trust one cluster's CA only and carry our credential.</summary>
internal sealed class ApiServerClientFactory(Func<string, ApiServerAccess?> accessOf, FetchLimits limits) : ForwarderHttpClientFactory
{
    /// <summary>The member of a cluster's metadata that changes with CA, name and client certificate.</summary>
    public const string Fingerprint = "access";

    // The base looks at HttpClientConfig only, which knows nothing of the files behind the access.
    protected override bool CanReuseOldClient(ForwarderHttpClientContext context) =>
        base.CanReuseOldClient(context) && context.OldMetadata?.GetValueOrDefault(Fingerprint) == context.NewMetadata?.GetValueOrDefault(Fingerprint);

    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        StrictTrust.Apply(handler, AccessOf(context), limits.Connect);

        // The second document of a pair follows at once. Between two probes a connection would only be memory.
        handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(1);
    }

    protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler) =>
        AccessOf(context).Token is { } token ? new BearerTokenHandler(token) { InnerHandler = handler } : handler;

    private ApiServerAccess AccessOf(ForwarderHttpClientContext context) =>
        accessOf(context.ClusterId) ?? throw new InvalidOperationException($"no access for cluster {context.ClusterId}");
}
