using System.Net;
using System.Net.Sockets;
using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>The first steps of every relying party: DNS and TCP, each address on its own.</summary>
public sealed class NetworkSteps(CheckRequest request, TimeProvider time)
{
    public async Task<(StepReport Report, IReadOnlyList<IPAddress> Addresses)> ResolveAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        StepBuilder step = new("dns", request.Profiles, time);
        if (request.Overrides.Resolve.TryGetValue(endpoint.HostAndPort, out IPAddress? given))
        {
            return (step.Done($"{given}, as given"), [given]);
        }

        IPAddress[] addresses = [];
        try
        {
            addresses = await request.Overrides.AddressesAsync(endpoint.DnsHost, cancellationToken);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            step.Error("dns-failed", $"{PrintableText.Of(endpoint.DnsHost)}: {Reason(e)}", $"publish an A or AAAA record: dig +short {PrintableText.Of(endpoint.DnsHost)}");
        }

        foreach (IPAddress address in addresses.Where(HostScope.IsPrivate))
        {
            if (!request.Overrides.AllowPrivate && request.Profiles.Any(profile => profile.IsPublic))
            {
                step.Warning("address-private", $"{PrintableText.Of(endpoint.DnsHost)} resolves to {address}, a private address",
                    $"publish the public address in public DNS; behind split-horizon DNS, check the public one: --resolve {ShellText.Quote($"{endpoint.HostAndPort}:PUBLIC-ADDRESS")}");
            }
        }

        return (step.Done(addresses.Length == 0 ? "no address" : string.Join(", ", addresses.AsEnumerable())), addresses);
    }

    /// <summary>Connects to every address and keeps those that accept.</summary>
    public async Task<(StepReport Report, IReadOnlyList<IPAddress> Reachable)> ConnectAsync(Endpoint endpoint, IReadOnlyList<IPAddress> addresses, CancellationToken cancellationToken)
    {
        StepBuilder step = new("tcp", request.Profiles, time);
        List<IPAddress> reachable = [];
        foreach (IPAddress address in addresses)
        {
            using Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, endpoint.Port), cancellationToken);
                reachable.Add(address);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                step.Error("tcp-failed", $"{new IPEndPoint(address, endpoint.Port)}: {Reason(e)}",
                    "open the port in the firewall and point it at the gateway; remove addresses that do not answer from DNS");
            }
        }

        return (step.Done($"{reachable.Count} of {addresses.Count} addresses answer on port {endpoint.Port}"), reachable);
    }

    public static string Reason(Exception e) => e switch
    {
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => "the name does not resolve",
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "connection refused",
        SocketException { SocketErrorCode: SocketError.HostUnreachable or SocketError.NetworkUnreachable } => "no route",
        SocketException socket => socket.SocketErrorCode.ToString(),
        OperationCanceledException => "no answer in time",
        _ => e.GetType().Name,
    };
}
