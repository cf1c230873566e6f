using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Trust;

namespace IssuerGateway.Tests.Tls;

/// <summary>How the gateway reaches the stand-in API server inside a test process.</summary>
internal static class StandInCluster
{
    public static IAccessSource Access(this StandInObjects objects, int replica = 0) => new Source(new Uri($"http://127.0.0.1:{objects.Ports[replica]}"));

    private sealed class Source(Uri server) : IAccessSource
    {
        private readonly ApiServerAccess access = new() { Servers = [server], Trust = new TrustAnchors([], "none") };

        public string Description => "the stand-in cluster";

        public AccessReading Read() => AccessReading.Of(access);
    }
}
