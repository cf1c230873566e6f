using k8s;

namespace IssuerGateway.Kubernetes;

/// <summary>KubernetesClient for one server, with our trust and our token instead of its own.</summary>
internal static class ApiServerClient
{
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// No certificate authority goes into its configuration: its own callback would then accept a wrong name together
    /// with a wrong chain, and chains to any root of the system.
    /// </summary>
    public static k8s.Kubernetes Create(ApiServerAccess access, Uri server)
    {
        KubernetesClientConfiguration configuration = new()
        {
            Host = server.AbsoluteUri,
            TlsServerName = access.ServerName,
            DisableHttp2 = true,
            UserAgent = "issuer-gateway",
            FirstMessageHandlerSetup = handler => StrictTrust.Apply(handler, access, ConnectTimeout),
        };
        return access.Token is { } token
            ? new k8s.Kubernetes(configuration, new BearerTokenHandler(token), new WholeAnswerHandler())
            : new k8s.Kubernetes(configuration, new WholeAnswerHandler());
    }
}
