using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using static IssuerGateway.Tests.Checking.RuleCases.RuleCase;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>URL, DNS, TCP and TLS.</summary>
internal static class ConnectionCases
{
    private static readonly IPAddress publicAddress = IPAddress.Parse("203.0.113.7");

    // No machine has a route for TCP to a multicast address (RFC 9293 §3.9.2.3).
    private static readonly IPAddress noRoute = IPAddress.Parse("239.255.0.1");

    public static IEnumerable<RuleCase> All =>
    [
        // Who fetches from the internet cannot get there; Vault, OpenBao, Kubernetes and Keycloak may stand inside.
        new("issuer-host-private", "the default issuer of a cluster", "EEEWWWEEEEEW", () => Stage.Url("https://kubernetes.default.svc.cluster.local")),
        new("issuer-host-private", "a name of .internal", "EEEWWWEEEEEW", () => Stage.Url("https://oidc.corp.internal")),
        new("issuer-host-private", "a public name", Accept, () => Stage.Url(Stage.Issuer)),
        new("issuer-host-private", "a public name with svc in it", Accept, () => Stage.Url("https://svc.example.com")),

        // Entra: at most 600 characters.
        new("issuer-long", "601 characters", Entra, () => Stage.Url(Sized(601))),
        new("issuer-long", "600 characters", Accept, () => Stage.Url(Sized(600))),

        // AWS: ports "should not"; Anthropic: https on 443.
        new("issuer-port", "port 8443", "-W-----E----", () => Stage.Url("https://oidc.example.com:8443")),
        new("issuer-port", "port 443, written", Accept, () => Stage.Url("https://oidc.example.com:443")),
        new("issuer-port", "no port", Accept, () => Stage.Url("https://oidc.example.com/8443")),
        new("issuer-port-default", "port 443, written, which AWS drops", "WEWWWWWWWWWW", () => Stage.Url("https://oidc.example.com:443")),
        new("issuer-port-default", "port 8443", Accept, () => Stage.Url("https://oidc.example.com:8443")),
        new("issuer-trailing-slash", "a path with a slash", Warn, () => Stage.Url("https://oidc.example.com/a/")),
        new("issuer-trailing-slash", "a path without", Accept, () => Stage.Url("https://oidc.example.com/a")),

        new("dns-failed", "a name that does not exist", Reject, () => At(_ => throw new SocketException((int)SocketError.HostNotFound))),
        new("dns-failed", "a name of which no name server says anything", Accept, () => At(_ => throw new SocketException((int)SocketError.TryAgain))),
        new("dns-no-response", "a name of which no name server says anything", Warn, () => At(_ => throw new SocketException((int)SocketError.TryAgain))),
        new("dns-no-response", "a name server that rejects the query (FORMERR)", Warn, () => At(_ => throw new SocketException((int)SocketError.NoRecovery))),
        new("dns-no-response", "a name that does not exist", Accept, () => At(_ => throw new SocketException((int)SocketError.HostNotFound))),
        new("dns-failed", "a name that does", Accept, () => At([IPAddress.Loopback])),
        new("address-private", "RFC 1918", "WWW---WWWWW-", () => At([IPAddress.Parse("10.0.0.1")], isReachable: false)),
        new("address-private", "IPv4 behind NAT64", "WWW---WWWWW-", () => At([IPAddress.Parse("64:ff9b::a00:1")], isReachable: false)),
        new("address-private", "a public one", Accept, () => At([publicAddress], isReachable: false)),
        new("check-timeout", "a name server that does not respond within 0.3 s", Warn, () => Stage.Server(_ => { }, (request, _) => request with
        {
            Timeout = TimeSpan.FromMilliseconds(300),
            Overrides = new ConnectionOverrides { Lookup = (_, _) => new TaskCompletionSource<IPAddress[]>().Task },
        })),
        new("check-timeout", "a handshake that hangs for 1 s", Warn, Hanging),
        new("dns-failed", "a name server that does not respond within 0.3 s", Accept, () => Stage.Server(_ => { }, (request, _) => request with
        {
            Timeout = TimeSpan.FromMilliseconds(300),
            Overrides = new ConnectionOverrides { Lookup = (_, _) => new TaskCompletionSource<IPAddress[]>().Task },
        })),
        new("tcp-failed", "nothing listens", Reject, () => At([IPAddress.Parse("127.0.0.98")], isReachable: false)),
        new("tcp-failed", "one of two listens", Accept, () => At([IPAddress.Parse("127.0.0.98"), IPAddress.Loopback])),
        new("tcp-failed", "no route, which says nothing about the issuer", Accept, () => At([noRoute])),
        new("tcp-no-route", "no route", Warn, () => At([noRoute])),
        new("tcp-no-route", "no route to one of two", Accept, () => At([noRoute, IPAddress.Loopback])),
        new("override-failed", "--connect-to a port that is closed", Warn, () => Leading(new IPEndPoint(IPAddress.Parse("127.0.0.98"), 1))),
        new("override-failed", "a closed port of the issuer itself", Accept, () => At([IPAddress.Parse("127.0.0.98")], isReachable: false)),
        new("tcp-failed", "--connect-to a port that is closed, which says nothing about the issuer", Accept, () => Leading(new IPEndPoint(IPAddress.Parse("127.0.0.98"), 1))),
        new("tcp-no-route", "nothing listens", Accept, () => At([IPAddress.Parse("127.0.0.98")])),
        new("tcp-partial", "one of two listens", Warn, () => At([IPAddress.Parse("127.0.0.98"), IPAddress.Loopback])),
        new("tcp-partial", "both do", Accept, () => At([IPAddress.Loopback, IPAddress.Loopback])),

        new("tls-failed", "a server that closes", Reject, Closing),
        new("tls-failed", "a server that speaks TLS", Accept, () => Stage.Server(_ => { })),
        new("tls-partial", "another certificate on one of two addresses", Warn, PartialTlsTests.OneOfTwoAsync),
        new("tls-partial", "one address", Accept, () => Stage.Server(_ => { })),
#pragma warning disable SYSLIB0039, CA5397 // The old versions are the subject.
        new("tls-old-protocol", "TLS 1.1", Reject, () => Stage.Tls(seen => seen with { Protocol = SslProtocols.Tls11 })),
        new("tls-old-protocol", "TLS 1.0", Reject, () => Stage.Tls(seen => seen with { Protocol = SslProtocols.Tls })),
#pragma warning restore SYSLIB0039, CA5397
        new("tls-old-protocol", "TLS 1.2", Accept, () => Stage.Tls(seen => seen with { Protocol = SslProtocols.Tls12 })),
        new("tls-no-common-suite", "finite-field DHE, which Go does not have", "---EEE------", () => Stage.TlsOutsideGo(TlsCipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256)),
        new("tls-no-common-suite", "only suites that nobody offers", Reject, RejectingTls13),
        new("tls-no-common-suite", "a server that speaks TLS", Accept, () => Stage.Server(_ => { })),

        // Go and Java take any purpose for every purpose; RFC 5280 leaves it to each application.
        new("tls-usage-any", "anyExtendedKeyUsage alone", "WWW---WWWWWW", () => Stage.Tls(seen => seen with { IsForAnyUsage = true })),
        new("tls-usage-any", "serverAuth", Accept, () => Stage.Tls(seen => seen)),
        new("tls-weak-suite", "CBC", Warn, () => Stage.Tls(seen => seen with { Protocol = SslProtocols.Tls12, Suite = TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA })),
        new("tls-weak-suite", "GCM", Accept, () => Stage.Tls(seen => seen with { Protocol = SslProtocols.Tls12, Suite = TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 })),
        new("tls-13-only", "a server without TLS 1.2", "-W----------", () => Stage.Tls(seen => seen with { RejectsTls12 = true })),
        new("tls-13-only", "a private CA, of which the thumbprint is compared in any case", Accept, () => Stage.Tls(seen => seen with { RejectsTls12 = true, IsTrustedAsSent = false, IsTrustedWithDownloads = false })),
        new("tls-13-only", "TLS 1.2 too", Accept, () => Stage.Server(_ => { })),
        new("tls-untrusted", "a root that nobody has", Reject, () => Stage.Tls(seen => seen with { IsTrustedAsSent = false, IsTrustedWithDownloads = false })),
        new("tls-untrusted", "a chain with a gap", Accept, () => Stage.Tls(seen => seen with { IsTrustedAsSent = false })),
        new("tls-untrusted", "a certificate for another host, which has to go anyway", Accept, () => Stage.Tls(seen => seen with { NameMatches = false, IsTrustedAsSent = false, IsTrustedWithDownloads = false })),
        new("tls-expired", "a certificate for another host, which has to go anyway", Accept, () => Stage.Tls(seen => seen with { NameMatches = false, NotAfter = Stage.Now.AddSeconds(-1) })),
        new("tls-chain-incomplete", "a chain with a gap", Reject, () => Stage.Tls(seen => seen with { IsTrustedAsSent = false })),
        new("tls-chain-incomplete", "a whole chain", Accept, () => Stage.Tls(seen => seen)),
        new("tls-name-mismatch", "another name", Reject, () => Stage.Tls(seen => seen with { NameMatches = false })),
        new("tls-name-mismatch", "the name", Accept, () => Stage.Tls(seen => seen)),
        new("tls-expired", "one second too old", Reject, () => Stage.Tls(seen => seen with { NotAfter = Stage.Now.AddSeconds(-1) })),
        new("tls-expired", "one second too young", Reject, () => Stage.Tls(seen => seen with { NotBefore = Stage.Now.AddSeconds(1) })),
        new("tls-expired", "an intermediate certificate", Reject, () => Stage.Tls(seen => seen with { OutOfDateInChain = "an intermediate" })),
        new("tls-weak-signature", "SHA-1, which Go rejects", "WWWEEEWWWWWW", () => Stage.Tls(seen => seen with { WeakSignature = "SHA-1" })),
        new("tls-weak-signature", "SHA-256", Accept, () => Stage.Server(_ => { })),
        new("tls-expired", "its last second", Accept, () => Stage.Tls(seen => seen with { NotAfter = Stage.Now })),
        new("tls-expires-soon", "6 of 90 days left", Warn, () => Stage.Tls(seen => seen with { NotBefore = Stage.Now.AddDays(-84), NotAfter = Stage.Now.AddDays(6) })),
        new("tls-expires-soon", "5 of 14 days left, more than a third", Accept, () => Stage.Tls(seen => seen with { NotBefore = Stage.Now.AddDays(-9), NotAfter = Stage.Now.AddDays(5) })),
        new("tls-expires-soon", "4 of 14 days left", Warn, () => Stage.Tls(seen => seen with { NotBefore = Stage.Now.AddDays(-10), NotAfter = Stage.Now.AddDays(4) })),
        new("tls-expires-soon", "3 of 6 days left", Accept, () => Stage.Tls(seen => seen with { NotBefore = Stage.Now.AddDays(-3), NotAfter = Stage.Now.AddDays(3) })),
    ];

    private static string Sized(int length) => $"{Stage.Issuer}/{new string('a', length - Stage.Issuer.Length - 1)}";

    private static Task<IEnumerable<CheckFinding>> At(IPAddress[] addresses, bool isReachable = true) => At(_ => Task.FromResult(addresses), isReachable);

    // Where nobody listens the check may give up at once; nothing is sent to the addresses of the cases.
    private static Task<IEnumerable<CheckFinding>> At(Func<string, Task<IPAddress[]>> lookup, bool isReachable = true) => Stage.Server(_ => { }, (request, server) => request with
    {
        Issuer = Issuers.Build.Identifier($"{Stage.Issuer}:{server.Port}"),
        Timeout = isReachable ? request.Timeout : TimeSpan.FromMilliseconds(300),
        Overrides = new ConnectionOverrides { Roots = [server.Authority.Root], Lookup = (host, _) => lookup(host) },
    });

    private static Task<IEnumerable<CheckFinding>> Leading(IPEndPoint target) => Stage.Server(_ => { }, (request, server) => request with
    {
        Overrides = ConnectionOverrides.Parse([], [$"::{target}"], null, false, []),
    });

    // Accepts by the backlog alone, and sends nothing.
    private static async Task<IEnumerable<CheckFinding>> Hanging()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        return await Stage.Server(_ => { }, (request, _) => request with { Timeout = TimeSpan.FromSeconds(1), Overrides = request.Overrides with { ConnectTo = [new ConnectTo(null, 443, "127.0.0.1", port)] } });
    }

    // An alert for a short list of suites, and a hello with one of its own for a long one: SM4 (RFC 8998).
    private static async Task<IEnumerable<CheckFinding>> RejectingTls13()
    {
        byte[] hello = [22, 3, 3, 0, 52, 2, 0, 0, 48, 3, 3, .. new byte[32], 0, 0x13, 0x04, 0, 0, 8, 0, 43, 0, 2, 3, 4, 0, 0];
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task accepting = Task.Run(async () =>
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync();
                byte[] buffer = new byte[4096];
                int read = await client.GetStream().ReadAtLeastAsync(buffer, 200, throwOnEndOfStream: false);
                await client.GetStream().WriteAsync(read > 600 ? hello : (byte[])[21, 3, 3, 0, 2, 2, 40]);
            }
        });
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        IEnumerable<CheckFinding> findings = await Stage.Server(_ => { }, (request, _) => request with { Overrides = request.Overrides with { ConnectTo = [new ConnectTo(null, 443, "127.0.0.1", port)] } });
        listener.Stop();
        await accepting.ContinueWith(_ => { }, TaskScheduler.Default);
        return findings;
    }

    private static async Task<IEnumerable<CheckFinding>> Closing()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task accepting = Task.Run(async () =>
        {
            while (true)
            {
                (await listener.AcceptTcpClientAsync()).Dispose();
            }
        });
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        IEnumerable<CheckFinding> findings = await Stage.Server(_ => { }, (request, _) => request with { Overrides = request.Overrides with { ConnectTo = [new ConnectTo(null, 443, "127.0.0.1", port)] } });
        listener.Stop();
        await accepting.ContinueWith(_ => { }, TaskScheduler.Default);
        return findings;
    }
}
