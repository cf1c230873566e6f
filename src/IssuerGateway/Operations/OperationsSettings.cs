using System.Net;
using IssuerGateway.Configuration;

namespace IssuerGateway.Operations;

/// <summary>Where operators and probes look; never a public address.</summary>
internal sealed record OperationsSettings
{
    /// <summary><c>Operations:Address</c>: default 127.0.0.1. In a pod <c>0.0.0.0</c>, behind a NetworkPolicy: it tells everything.</summary>
    public required IPAddress Address { get; init; }

    /// <summary><c>Operations:Port</c>: 0 to 65535, default 9090; 0 lets the system choose.</summary>
    public required int Port { get; init; }

    public static OperationsSettings Read(SettingsReader reader)
    {
        string text = reader.Text("Address", "127.0.0.1")!;
        if (!IPAddress.TryParse(text, out IPAddress? address))
        {
            reader.Fail("Address", $"\"{text}\"", "an IP address", "remove it for loopback, or write 0.0.0.0 in a pod whose NetworkPolicy guards the port");
        }

        return new OperationsSettings { Address = address ?? IPAddress.Loopback, Port = reader.Number("Port", 9090, 0, 65535) };
    }
}
