using System.Net;
using System.Net.Sockets;

namespace IssuerGateway.Demo;

/// <summary>Loopback ports that nobody listens on at this moment, each another one.</summary>
internal static class FreePorts
{
    public static IReadOnlyList<int> Take(int count)
    {
        TcpListener[] held = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in held)
        {
            listener.Start();
        }

        int[] ports = [.. held.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (TcpListener listener in held)
        {
            listener.Dispose();
        }

        return ports;
    }
}
