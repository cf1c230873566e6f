using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Handshakes;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;

namespace IssuerGateway.Checking.Steps;

/// <summary>The handshake as a relying party does it: publicly trusted, complete, for the right name, in date, TLS 1.2 or later.</summary>
internal sealed class TlsStep(CheckRequest request, TimeProvider time)
{
    private static readonly TimeSpan shortestRest = TimeSpan.FromDays(7);

    /// <summary>How long one address has for its handshake, as in Go's net/http; others may wait longer or shorter.</summary>
    private static readonly TimeSpan handshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>What a server says to further hellos is worth no more of the time for the documents.</summary>
    private static readonly TimeSpan probeTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Every address side by side, because a relying party takes any of them; and those through which documents can be fetched.</summary>
    public async Task<(StepReport Report, IReadOnlyList<IPEndPoint> Usable)> RunAsync(Endpoint endpoint, IReadOnlyList<IPEndPoint> targets, CancellationToken cancellationToken)
    {
        StepBuilder step = new("tls", request.Parties, time);
        StepReport[] tried = await Task.WhenAll(targets.Select(target => RunAsync(endpoint, target, cancellationToken)));
        IPEndPoint[] usable = [.. targets.Where((_, i) => request.Parties.Any(party => AddressFindings.IsUsable(tried[i], party)))];
        AddressFindings.Report(step, targets, tried);
        string summary = tried.FirstOrDefault(report => request.Parties.Any(party => AddressFindings.IsUsable(report, party)))?.Summary ?? tried[0].Summary;
        return (step.Done(usable.Length > 0 && usable.Length < targets.Count ? $"{usable.Length} of {targets.Count} addresses; {summary}" : summary), usable);
    }

    private async Task<StepReport> RunAsync(Endpoint endpoint, IPEndPoint target, CancellationToken cancellationToken)
    {
        StepBuilder step = new("tls", request.Parties, time);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(handshakeTimeout);
        TlsObserver observer = new(request, time);
        try
        {
            TlsObservation observation = await observer.ObserveAsync(endpoint, target, limit.Token);

            // What this machine's TLS library offers beside, such as other groups, relying parties do not.
            using CancellationTokenSource probe = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
            probe.CancelAfter(probeTimeout);
            if (await FailedHandshake.OutsideAsync(endpoint, target, probe.Token) is { } other)
            {
                step.Report(other.Rule, other.Found);
                return step.Done("no handshake");
            }

            if (observation.Protocol == SslProtocols.Tls13 && request.Parties.Any(party => party.Id == "aws"))
            {
                observation = observation with { RejectsTls12 = await FailedHandshake.AcceptsAsync(ClientHello.OfTls12, endpoint, target, probe.Token) == false };
            }

            Validate(step, observation, endpoint.DnsHost, time.GetUtcNow());
            if (observation.Protocol == SslProtocols.Tls12 && !RelyingPartyTls.IsOfGo(observation.Suite) && request.Parties.Any(party => party.IsWrittenInGo)
                && await FailedHandshake.AcceptsAsync(ClientHello.OfGo, endpoint, target, probe.Token) == false)
            {
                SuiteOutsideGo(step, observation.Suite);
            }

            return step.Done(string.Create(CultureInfo.InvariantCulture,
                $"{Name(observation.Protocol)}, {observation.CertificatesSent} certificate{(observation.CertificatesSent == 1 ? "" : "s")} sent, expires {observation.NotAfter:yyyy-MM-dd}"));
        }
        catch (Exception e) when (e is AuthenticationException or IOException or SocketException or OperationCanceledException)
        {
            // Who says nothing at all says nothing to another hello either.
            HandshakeCause? cause = e is OperationCanceledException ? null : await FailedHandshake.ExplainAsync(endpoint, target, observer.IsCertificateRequested, limit.Token);
            if (cause is null && cancellationToken.IsCancellationRequested)
            {
                step.Report("check-timeout", $"{target} accepts the connection and {NetworkFault.Reason(new OperationCanceledException())}");
                return step.Done("no handshake");
            }

            cause ??= new HandshakeCause("tls-failed", e is OperationCanceledException ? $"{target} accepts the connection and does not complete the handshake within {handshakeTimeout.TotalSeconds:0} s" : $"{target} closed the connection during the handshake");
            step.Report(cause.Rule, cause.Found, cause.Fix ?? (cause.Rule == "tls-failed" ? $"to investigate: {FailedHandshake.Investigate(endpoint, target)}" : null),
                adapt: entry => e is not OperationCanceledException || RelyingParty.Find(entry.Party)!.FetchTimeout <= handshakeTimeout ? entry : entry with { Evidence = Evidence.Unconfirmed });
            return step.Done("no handshake");
        }
    }

    public static void Validate(StepBuilder step, TlsObservation seen, string host, DateTimeOffset now)
    {
        if (seen.Protocol is not (SslProtocols.Tls12 or SslProtocols.Tls13))
        {
            step.Report("tls-old-protocol", Name(seen.Protocol));
        }

        if (RelyingPartyTls.IsWeak(seen.Suite))
        {
            step.Report("tls-weak-suite", seen.Suite.ToString());
        }

        if (!seen.NameMatches)
        {
            // What else is wrong with the certificate of another host does not matter: it has to go.
            bool isTrusted = seen.IsTrustedAsSent || seen.IsTrustedWithDownloads;
            // Where the common name is the host, only the alternative names explain it.
            string names = seen.Names.Contains($"CN={host}", StringComparison.OrdinalIgnoreCase) ? seen.AlternativeNames : "";
            step.Report("tls-name-mismatch", $"the certificate is not for {PrintableText.Of(host)}: {seen.Names}{names}{(isTrusted ? "" : "; it is not signed by a trusted CA either")}",
                $"get a certificate whose SAN has {ShellText.Quote(host)}{(isTrusted ? "" : ", and load it where TLS is terminated: what is sent now looks like a default certificate")}");
            return;
        }

        if (now < seen.NotBefore || now > seen.NotAfter)
        {
            step.Report("tls-expired", string.Create(CultureInfo.InvariantCulture, $"valid from {seen.NotBefore:u} to {seen.NotAfter:u}"), RuleTable.Find("tls-expired").Fix.Replace("renew HOST", $"renew {ShellText.Quote(host)}", StringComparison.Ordinal));
        }
        else if (seen.OutOfDateInChain is { } outOfDate)
        {
            step.Report("tls-expired", outOfDate, "serve the leaf with the chain that its CA gives with it now (fullchain.pem of a renewal), or correct the clock of this machine (timedatectl)");
        }
        else if (seen.NotAfter - now < TimeSpan.Min(shortestRest, (seen.NotAfter - seen.NotBefore) / 3))
        {
            step.Report("tls-expires-soon", string.Create(CultureInfo.InvariantCulture, $"expires {seen.NotAfter:u}"), RuleTable.Find("tls-expires-soon").Fix.Replace("renew HOST", $"renew {ShellText.Quote(host)}", StringComparison.Ordinal));
        }

        if (seen.WeakSignature is { } weak)
        {
            step.Report("tls-weak-signature", weak);
        }

        if (seen.IsForAnyUsage)
        {
            step.Report("tls-usage-any", seen.Names);
        }

        if (!seen.IsTrustedAsSent && seen.IsTrustedWithDownloads)
        {
            step.Report("tls-chain-incomplete", $"{seen.CertificatesSent} certificate{(seen.CertificatesSent == 1 ? "" : "s")} sent; an intermediate certificate is missing from the chain");
        }
        else if (!seen.IsTrustedAsSent)
        {
            ReportUntrusted(step, seen);
        }
        else if (seen.RejectsTls12)
        {
            step.Report("tls-13-only", "the server rejects TLS 1.2");
        }
    }

    private static void ReportUntrusted(StepBuilder step, TlsObservation seen)
    {
        if (seen.ChainFault is { } fault)
        {
            // No CA that somebody registers cures it.
            step.Report("tls-untrusted", $"{seen.Names}: {fault}", "get another certificate for this host, from a publicly trusted CA (ACME)", adapt: entry => RelyingParty.Find(entry.Party)!.IsWrittenInGo ? entry with { Evidence = Evidence.SourceRead } : entry);
            return;
        }

        string gap = seen is { IsSelfIssued: false, CertificatesSent: 1 } ? "if that CA is a public one, serve the full chain (fullchain.pem); else " : "";
        step.Report("tls-untrusted", seen.Names, $"{gap}use a publicly trusted CA (ACME){PrivateCa.Registering(step.Parties)}; to check behind a private one: --ca FILE");
    }

    internal static void SuiteOutsideGo(StepBuilder step, TlsCipherSuite suite) => step.Report("tls-no-common-suite",
        $"the server chooses TLS 1.2 with {suite}, and rejects what Go offers, in which the party is written", only: step.Parties.Where(party => party.IsWrittenInGo));

#pragma warning disable CA5397, SYSLIB0039 // Old versions are named in order to be reported.
    private static string Name(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls13 => "TLS 1.3",
        SslProtocols.Tls12 => "TLS 1.2",
        SslProtocols.Tls11 => "TLS 1.1",
        SslProtocols.Tls => "TLS 1.0",
        _ => "an unknown protocol",
    };
#pragma warning restore CA5397, SYSLIB0039
}
