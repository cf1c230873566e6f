using System.Net;
using System.Net.Sockets;

namespace IssuerGateway.Demo;

/// <summary>
/// Loopback ports that nobody listens on at this moment, each another one. Below the range from which the kernel takes
/// ports for outgoing connections (32768 on Linux): one of those could take the port before it is listened on.
/// </summary>
internal static class FreePorts
{
    private const int First = 20_000;
    private const int Count = 12_000;

    private static int last = Random.Shared.Next(Count);

    public static IReadOnlyList<int> Take(int count)
    {
        List<int> ports = [];
        for (int attempts = 0; ports.Count < count; attempts++)
        {
            int port = First + (int)((uint)Interlocked.Increment(ref last) % Count);
            using TcpListener listener = new(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                ports.Add(port);
            }
            catch (SocketException) when (attempts < Count)
            {
                // Somebody listens there.
            }
        }

        return ports;
    }
}
