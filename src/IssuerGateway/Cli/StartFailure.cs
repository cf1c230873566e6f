using System.Net;
using System.Net.Sockets;
using IssuerGateway.Configuration;
using IssuerGateway.Tls;

namespace IssuerGateway.Cli;

/// <summary>
/// Why the gateway did not start, one sentence and one hint for each cause. A listener that failed is found by trying each
/// one again, so that every fault is named at once, with its key, whatever the server said about it.
/// </summary>
internal static class StartFailure
{
    public static IReadOnlyList<(string Message, string Hint)> Explain(Exception exception, GatewaySettings settings)
    {
        if (exception is StartException start)
        {
            return [(start.Message, start.Hint)];
        }

        IReadOnlyList<(string, string)> listeners = IsOfTheNetwork(exception) ? ListenerFaults(Listeners(settings)) : [];
        return listeners.Count > 0
            ? listeners
            : [($"unexpected {exception.GetType().Name}: {exception.Message}", "start again with --set Log:Level=Debug, and report this with the log if it happens again")];
    }

    /// <summary>The listeners that cannot be opened; to be called when none of our own is open any more.</summary>
    internal static IReadOnlyList<(string Message, string Hint)> ListenerFaults(IEnumerable<Listener> listeners)
    {
        List<(string, string)> faults = [];
        List<(Listener Listener, Socket Socket)> open = [];
        try
        {
            foreach (Listener listener in listeners)
            {
                Socket socket = new(listener.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                if (listener.EndPoint.Address.Equals(IPAddress.IPv6Any))
                {
                    socket.DualMode = true;
                }

                open.Add((listener, socket));
                try
                {
                    socket.Bind(listener.EndPoint);
                    socket.Listen(1);
                }
                catch (SocketException e)
                {
                    Listener? own = open.Select(each => each.Listener).FirstOrDefault(each => each != listener && each.EndPoint.Port == listener.EndPoint.Port);
                    faults.Add(Explain(listener, e.SocketErrorCode, e.Message, own));
                }
            }

            return faults;
        }
        finally
        {
            open.ForEach(each => each.Socket.Dispose());
        }
    }

    private static (string Message, string Hint) Explain(Listener listener, SocketError error, string message, Listener? own)
    {
        int port = listener.EndPoint.Port;
        return error switch
        {
            SocketError.AddressAlreadyInUse when own is not null =>
                ($"{listener.PortKey}: port {port} is also {own.PortKey}", $"give {listener.PortKey} and {own.PortKey} different ports"),
            SocketError.AddressAlreadyInUse =>
                ($"{listener.PortKey}: port {port} is in use by another process", $"find it with \"ss -ltnp sport = :{port}\" and stop it, or set {listener.PortKey} to a free port"),
            SocketError.AccessDenied =>
                ($"{listener.PortKey}: this user may not listen on port {port}", $"set {listener.PortKey} to a port above 1023, or grant the capability NET_BIND_SERVICE"),
            SocketError.AddressNotAvailable =>
                ($"{listener.AddressKey}: {listener.EndPoint.Address} is not an address of this machine", $"set {listener.AddressKey} to an address that \"ip address\" lists, or to {listener.EveryAddress} for every address"),
            SocketError.AddressFamilyNotSupported =>
                ($"{listener.AddressKey}: this machine has no {(listener.EndPoint.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4")}", $"set {listener.AddressKey} to an address that \"ip address\" lists"),
            _ => ($"{listener.PortKey}: cannot listen on {listener.EndPoint}: {message}", $"set {listener.AddressKey} and {listener.PortKey} to an address and a port that this machine can listen on"),
        };
    }

    private static bool IsOfTheNetwork(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is SocketException or IOException)
            {
                return true;
            }
        }

        return false;
    }

    private static IEnumerable<Listener> Listeners(GatewaySettings settings)
    {
        IPAddress edge = settings.Edge.Address == "*" ? (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any) : IPAddress.Parse(settings.Edge.Address);
        bool hasTls = settings.Tls.Mode != TlsMode.None;
        if (hasTls)
        {
            yield return new Listener("Edge:Address", "Edge:HttpsPort", new IPEndPoint(edge, settings.Edge.HttpsPort), "*");
        }

        if (!hasTls || settings.Tls.NeedsPlainHttp)
        {
            yield return new Listener("Edge:Address", "Edge:HttpPort", new IPEndPoint(edge, settings.Edge.HttpPort), "*");
        }

        yield return new Listener("Operations:Address", "Operations:Port", new IPEndPoint(settings.Operations.Address, settings.Operations.Port), "*");
    }

    internal sealed record Listener(string AddressKey, string PortKey, IPEndPoint EndPoint, string EveryAddress);
}
