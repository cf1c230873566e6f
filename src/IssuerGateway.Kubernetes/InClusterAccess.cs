using System.Globalization;
using IssuerGateway.Kubernetes.Trust;

namespace IssuerGateway.Kubernetes;

/// <summary>The access that a pod has by its ServiceAccount; the servers are learnt from the cluster itself.</summary>
public sealed class InClusterAccess(string directory, string? host, string? port, TimeProvider time, string? serverName = null) : IAccessSource
{
    public const string DefaultDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

    private const string Hint = "run the gateway in a pod with automountServiceAccountToken, or set Upstream:Kind to Kubeconfig or Explicit";

    private readonly TokenFile token = new(Path.Combine(directory, "token"), time);
    private (string Hash, ApiServerAccess Access)? last;

    /// <param name="serverName">The name that the servers' certificates carry, where they carry none of the usual ones.</param>
    public static InClusterAccess FromEnvironment(TimeProvider time, string? serverName = null) => new(
        DefaultDirectory,
        Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST"),
        Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_PORT"),
        time,
        serverName);

    public string Description => "the API servers of this cluster";

    public AccessReading Read()
    {
        if (string.IsNullOrEmpty(host) || !int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is < 1 or > 65535)
        {
            return AccessReading.Failed(new AccessFault(AccessFaultCode.NotInCluster, "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT do not name the API server", Hint));
        }

        FileReading reading = FileReading.Read(TrustAnchors.MaxBytes, Hint, Path.Combine(directory, "ca.crt"));
        if (reading.Files is not { } files)
        {
            return AccessReading.Failed(reading.Fault!);
        }

        if (last is not { } known || known.Hash != files.Hash)
        {
            if (TrustAnchors.Parse(files.Contents[0], Path.Combine(directory, "ca.crt"), out AccessFault? fault) is not { } trust)
            {
                return AccessReading.Failed(fault!);
            }

            last = known = (files.Hash, Build(host, number, trust));
        }

        return AccessReading.Of(known.Access);
    }

    // The servers are queried by their own addresses, which not every certificate carries. Nearly every one carries the
    // service's name, unless the platform reaches its API servers by a DNS name of its own (then routed by that name). One
    // that carries only the service's address is accepted like client-go does, which connects to that address.
    private ApiServerAccess Build(string serviceHost, int servicePort, TrustAnchors trust) => new()
    {
        Servers = [new UriBuilder("https", serviceHost, servicePort).Uri],
        DiscoversServers = true,
        Trust = trust,
        ServerName = serverName ?? (ServerAddress.IsAddress(serviceHost) ? "kubernetes.default.svc" : serviceHost),
        AlternativeNames = serverName is null ? [serviceHost] : [],
        Token = token,
    };
}
