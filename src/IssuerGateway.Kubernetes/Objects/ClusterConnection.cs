
namespace IssuerGateway.Kubernetes.Objects;

/// <summary>The API server for Secrets and Leases; connected again when its CA or our credential has changed.</summary>
public sealed class ClusterConnection(IAccessSource source) : IDisposable
{
    /// <summary>In place of the network, for simulations.</summary>
    internal Func<HttpMessageHandler>? Transport { get; init; }

    private readonly Lock gate = new();
    private (string Fingerprint, ApiServerClient Api)? open;

    /// <summary>The connection, or why there is none.</summary>
    public ApiServerClient? Open(out ClusterFault? fault)
    {
        lock (gate)
        {
            AccessReading reading = source.Read();
            if (reading.Access is not { } access)
            {
                fault = new ClusterFault($"{source.Description}: {string.Join("; ", reading.Faults.Select(each => each.Message))}", Status: null);
                return null;
            }

            fault = null;
            if (open is not { } current || current.Fingerprint != access.Fingerprint)
            {
                // The old one is left to the collector: requests of other tasks may be on it.
                open = current = (access.Fingerprint, Transport is { } transport ? new ApiServerClient(transport(), access.Servers[0]) : new ApiServerClient(access, access.Servers[0]));
            }

            return current.Api;
        }
    }

    public void Dispose() => open?.Api.Dispose();
}
