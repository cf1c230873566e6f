using System.Globalization;
using System.Net;
using System.Net.Sockets;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching.Routing;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Steps;

/// <summary>What DNS, TCP and TLS came to: where the issuer accepts connections, or why nothing can be fetched.</summary>
internal sealed record Connection(IReadOnlyList<StepReport> Steps, IReadOnlyList<IPEndPoint> EndPoints, string? Obstacle);

/// <summary>DNS, then TCP and TLS on every address side by side.</summary>
internal sealed class ConnectionSteps(CheckRequest request, TimeProvider time)
{
    /// <summary>Addresses that are tried; DNS may list any number.</summary>
    private const int MaxAddresses = 16;

    public async Task<Connection> RunAsync(CancellationToken cancellationToken)
    {
        if (request.Proxy is not null)
        {
            return new Connection([.. ((string[])["dns", "tcp", "tls"]).Select(step => StepReport.NotRequested(step, "left to the proxy"))], [], null);
        }

        Endpoint endpoint = Endpoint.Of(request.Issuer);
        ConnectionTarget target = request.Overrides.TargetOf(endpoint.DnsHost, endpoint.Port);
        (StepReport dns, IReadOnlyList<IPEndPoint> all) = await ResolveAsync(endpoint, target, cancellationToken);
        if (all.Count == 0)
        {
            return new Connection([dns, .. Skip("no address", "tcp", "tls")], [], "no address");
        }

        (StepReport tcp, IReadOnlyList<IPEndPoint> reachable) = await ConnectAsync(all, target, cancellationToken);
        if (reachable.Count == 0)
        {
            return new Connection([dns, tcp, .. Skip("no connection", "tls")], [], "no connection");
        }

        (StepReport tls, IReadOnlyList<IPEndPoint> usable) = await new TlsStep(request, time).RunAsync(endpoint, reachable, cancellationToken);
        return new Connection([dns, tcp, tls], usable, usable.Count == 0 ? "no trusted TLS connection" : null);
    }

    private async Task<(StepReport Report, IReadOnlyList<IPEndPoint> EndPoints)> ResolveAsync(Endpoint endpoint, ConnectionTarget target, CancellationToken cancellationToken)
    {
        StepBuilder step = new("dns", request.Parties, time);
        IReadOnlyList<IPEndPoint> found = [];
        long started = time.GetTimestamp();
        string name = target.Route?.ToHost is null ? PrintableText.Of(target.Host) : $"{PrintableText.Of(target.Host)} of --connect-to";
        try
        {
            (found, _) = await request.Overrides.LocateAsync(endpoint.DnsHost, endpoint.Port, cancellationToken);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ArgumentException)
        {
            if (e is OperationCanceledException)
            {
                step.Report("check-timeout", $"{name}: the name server {NetworkFault.Reason(e)}");
                return (step.Done("no response of the name server"), []);
            }

            if (NetworkFault.IsOfNameServer(e as SocketException))
            {
                step.Report("dns-no-response", $"{name}: {NetworkFault.Reason(e)}", $"run the check again; see what the name servers of this machine say: dig {ShellText.Quote(target.Host)}; or state the address: --resolve {ShellText.Quote(endpoint.HostAndPort)}:ADDRESS");
                return (step.Done("no response of the name server"), []);
            }

            // The name of a cluster or a private network has been reported, and that it does not resolve here follows from it.
            if (target.IsStated || !IdentifierStep.IsPrivateName(request.Issuer))
            {
                step.Report("dns-failed", $"{name}: {NetworkFault.Reason(e)}", $"{(target.IsStated ? "correct --connect-to" : "publish an A or AAAA record")}, then: dig +short {ShellText.Quote(target.Host)}");
            }

            return (step.HasErrors ? step.Done("does not resolve") : StepReport.Skipped("dns", "does not resolve here"), []);
        }

        // Other resolvers may have the name already, so that this is a warning at most.
        TimeSpan elapsed = time.GetElapsedTime(started);
        step.Report("http-slow", string.Create(CultureInfo.InvariantCulture, $"{name}: the name server took {elapsed.TotalSeconds:0.0} s"), $"find out which name server of the zone is slow: dig +trace {ShellText.Quote(target.Host)}", request.Parties.Where(party => elapsed > party.GivesUpAfter / 2), Severity.Warning);

        if (!target.IsStated && !request.AllowsPrivateIssuer && !IdentifierStep.IsPrivateName(request.Issuer) && found.FirstOrDefault(each => HostScope.IsPrivate(each.Address)) is { } inside)
        {
            step.Report("address-private", inside.Address.ToString() == endpoint.DnsHost ? $"{inside.Address} is a private address" : $"{PrintableText.Of(endpoint.DnsHost)} resolves to {inside.Address} here, a private address",
                $"publish the public address in public DNS; behind split-horizon DNS, check the public one: --resolve {ShellText.Quote(endpoint.HostAndPort)}:ADDRESS");
        }

        string addresses = $"{string.Join(", ", found.Take(MaxAddresses).Select(each => each.Address))}{(found.Count > MaxAddresses ? $", and {found.Count - MaxAddresses} more, which are not tried" : "")}";
        string origin = target.IsStated ? $" (from {target.Options})" : target.Options is { } option ? $" (port {target.Port} from {option})" : "";
        return (step.Done(addresses + origin), [.. found.Take(MaxAddresses)]);
    }

    private async Task<(StepReport Report, IReadOnlyList<IPEndPoint> Reachable)> ConnectAsync(IReadOnlyList<IPEndPoint> targets, ConnectionTarget stated, CancellationToken cancellationToken)
    {
        StepBuilder step = new("tcp", request.Parties, time);
        (IPEndPoint Target, string? Fault, bool HasRoute, bool IsCut)[] tried = await Task.WhenAll(targets.Select(target => TryAsync(target, cancellationToken)));
        IPEndPoint[] reachable = [.. tried.Where(each => each.Fault is null).Select(each => each.Target)];
        int port = targets[0].Port;
        if (tried.Where(each => each.IsCut).ToArray() is { Length: > 0 } cut)
        {
            step.Report("check-timeout", string.Join("; ", cut.Select(each => $"{each.Target} {each.Fault}")), "raise --timeout: each address has 4 s to accept a connection");
        }
        else if (tried.All(each => !each.HasRoute))
        {
            step.Report("tcp-no-route", string.Join("; ", tried.Select(each => $"{each.Target} {each.Fault}")));
        }
        else if (reachable.Length == 0)
        {
            // No relying party goes where an option leads.
            step.Report(stated.Options is null ? "tcp-failed" : "override-failed", string.Join("; ", tried.Select(each => $"{each.Target} {each.Fault}")), stated.Options is null ? $"open port {port} in the firewall and forward it to the gateway"
                : $"start what is to listen on {PrintableText.Of(stated.Address)}{(stated.Route is null ? "" : ", such as the port-forward")}, or correct {stated.Options}");
        }
        else
        {
            for (int i = 0; i < tried.Length; i++)
            {
                if (tried[i] is { Fault: { } fault, HasRoute: true })
                {
                    step.Report("tcp-partial", $"address {i + 1} of {tried.Length} does not respond: {tried[i].Target} {fault}", $"remove {tried[i].Target.Address} from DNS{(stated.Entry is null ? "" : " (here: --resolve)")}, or make it respond on port {port}");
                }
            }
        }

        string summary = tried is [{ Fault: null }] ? $"{targets[0]} accepts connections"
            : tried is [var one] ? $"{one.Target} {one.Fault}"
            : $"{reachable.Length} of {tried.Length} addresses accept connections on port {port}{(tried.Count(each => !each.HasRoute) is > 0 and int away ? $"; {away} cannot be reached from this machine" : "")}";
        return (step.Done(summary), reachable);
    }

    private static async Task<(IPEndPoint Target, string? Fault, bool HasRoute, bool IsCut)> TryAsync(IPEndPoint target, CancellationToken cancellationToken)
    {
        try
        {
            (Socket? socket, SocketException? fault) = await GuardedConnector.ConnectAsync(target, cancellationToken);
            socket?.Dispose();
            return (target, fault is null ? null : NetworkFault.Reason(fault), !NetworkFault.IsWithoutRoute(fault), false);
        }
        catch (OperationCanceledException e)
        {
            return (target, NetworkFault.Reason(e), true, true);
        }
    }

    private static IEnumerable<StepReport> Skip(string why, params string[] steps) => steps.Select(step => StepReport.Skipped(step, why));
}
