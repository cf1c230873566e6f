using System.Net;
using System.Net.Sockets;
using System.Text;
using IssuerGateway.Configuration;

namespace IssuerGateway.Operations;

/// <summary>Where operators and probes look; never a public address.</summary>
internal sealed record OperationsSettings
{
    /// <summary>sockaddr_un of Linux holds 108 bytes with the closing zero.</summary>
    private const int MaxSocketPath = 107;

    /// <summary><c>Operations:Address</c>: default 127.0.0.1. In a pod <c>*</c> (every address, IPv4 and IPv6), behind a NetworkPolicy: it exposes everything.</summary>
    public required IPAddress Address { get; init; }

    /// <summary><c>Operations:Port</c>: 0 to 65535, default 9090; 0 lets the system choose.</summary>
    public required int Port { get; init; }

    /// <summary><c>Operations:AllowedHosts</c>: further names under which <c>/status</c> and <c>/metrics</c> may be requested, default none. Addresses and names of the cluster always may.</summary>
    public required IReadOnlyList<string> AllowedHosts { get; init; }

    /// <summary><c>Operations:CommandSocket</c>: Unix socket that takes commands such as <c>renew</c>, default <c>/run/issuer-gateway/commands.sock</c>. Opened with ACME only.</summary>
    public required string CommandSocket { get; init; }

    public static OperationsSettings Read(SettingsReader reader)
    {
        string text = reader.Text("Address", "127.0.0.1")!;
        IPAddress? address = text == "*" ? (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any) : null;
        if (address is null && !IPAddress.TryParse(text, out address))
        {
            reader.Fail("Address", $"\"{text}\"", "* or an IP address", "remove it for loopback, or write * in a pod whose NetworkPolicy guards the port");
        }

        string socket = reader.Text("CommandSocket", "/run/issuer-gateway/commands.sock")!;
        if (!Path.IsPathRooted(socket) || Encoding.UTF8.GetByteCount(socket) > MaxSocketPath)
        {
            reader.Fail("CommandSocket", $"\"{socket}\"", $"an absolute path of at most {MaxSocketPath} bytes", $"remove {reader.KeyOf("CommandSocket")} for the default");
        }

        IReadOnlyList<string> hosts = reader.Texts("AllowedHosts");
        for (int i = 0; i < hosts.Count; i++)
        {
            if (Uri.CheckHostName(hosts[i]) == UriHostNameType.Unknown)
            {
                reader.Fail($"AllowedHosts:{i}", $"\"{hosts[i]}\"", "a host name without scheme, port and wildcard", "write each name as it stands in the address bar, such as gateway.example.com");
            }
        }

        return new OperationsSettings
        {
            Address = address ?? IPAddress.Loopback,
            Port = reader.Number("Port", 9090, 0, 65535),
            AllowedHosts = hosts,
            CommandSocket = socket,
        };
    }
}
