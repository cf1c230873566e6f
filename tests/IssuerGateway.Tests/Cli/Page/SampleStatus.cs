using IssuerGateway.Cli.RunningGateway;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.Reporting;

namespace IssuerGateway.Tests.Cli.Page;

/// <summary>States of a gateway that its page is tried with.</summary>
internal static class SampleStatus
{
    /// <summary>Every way in which a text becomes markup, changes the direction of what follows, or is not seen.</summary>
    public const string HostileText = "\"><script>document.title='run'</script><img src=x onerror=document.title='run'>&lt;b&gt;'`{}\u202Egnp.exe\u0000\u0085\u0300\uD800</style></td>";

    public static DateTimeOffset Now { get; } = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    /// <summary>One issuer published by three servers, one with a finding, and one that has never been published.</summary>
    public static StatusDocument WithFindings { get; } = Of(
        Issuer("https://oidc.example.com"),
        Issuer("https://edge.example.com") with
        {
            Findings = [new FindingStatus("servers-differ", "warning", "issuer \"https://edge.example.com\": 10.0.0.13:6443 does not publish kid 8bQ2", "make --service-account-key-file the same on every API server")],
            Servers = [Server("10.0.0.11:6443"), Server("10.0.0.12:6443"), new ServerStatus("10.0.0.13:6443", false, Now.AddMinutes(-12), ["server-unreachable"])],
            FailuresInARow = 0,
        },
        Issuer("https://lab.example.com") with
        {
            IsPublished = false,
            ConfirmedAt = null,
            AgeSeconds = null,
            FailuresInARow = 4,
            Keys = [],
            Servers = [new ServerStatus("10.9.0.1:6443", false, null, ["server-unreachable"])],
            Findings = [new FindingStatus("server-unreachable", "error", "10.9.0.1:6443: connection refused", "check the address and the firewall between the gateway and the API server")],
            LastRefreshes = [.. Enumerable.Range(0, 4).Select(i => new RefreshOutcome(Now.AddSeconds(-30 * i), TimeSpan.FromMilliseconds(30), 0, 1))],
        }) with
    {
        Certificates =
        [
            new CertificateStatus("oidc.example.com", Now.AddDays(-30), Now.AddDays(60.5), []),
            new CertificateStatus("edge.example.com", Now.AddDays(-85), Now.AddDays(5.2), [new FindingStatus("certificate-chain-incomplete", "warning", "the chain of edge.example.com does not lead to a trusted root", "add the intermediate certificates to the file, leaf first")]),
        ],
    };

    public static StatusDocument Of(params IReadOnlyList<IssuerStatus> issuers) => new()
    {
        Version = "0.1.0",
        IsDraining = false,
        Issuers = issuers,
        Servers = [.. issuers.SelectMany(issuer => issuer.Servers.Select(server => new ServerHealthStatus(issuer.Issuer, server.Server, server.IsAccepted ? "healthy" : "unhealthy", "healthy")))],
        SeenFromOutside = [],
    };

    public static IssuerStatus Issuer(string identifier) => new()
    {
        Issuer = identifier,
        PreviousIdentifiers = ["https://kubernetes.default.svc.cluster.local"],
        Source = "the API servers of this cluster",
        IsPublished = true,
        ConfirmedAt = Now.AddSeconds(-12),
        AgeSeconds = 12,
        FailuresInARow = 0,
        Keys =
        [
            Key("F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2o", age: 200),
            Key("8bQ2Zs1kVYc0nHkq0Fg6y9X4kS2d7ufJk0dYp3Tq1mE", age: 1) with { SafeToSignAt = Now.AddHours(24) },
        ],
        WatchingSince = Now.AddDays(-200),
        Servers = [Server("10.0.0.11:6443"), Server("10.0.0.12:6443"), Server("10.0.0.13:6443")],
        Findings = [],
        LastRefreshes = [.. Enumerable.Range(0, 30).Select(i => new RefreshOutcome(Now.AddSeconds(-30 * (30 - i)), TimeSpan.FromMilliseconds(40 + (i * 37 % 90)), i == 17 ? 2 : 3, 3))],
    };

    public static KeyStatus Key(string kid, int age) => new(kid, "RSA", "RS256", Now.AddDays(-age), Now, Now.AddDays(2 - age), Removed: null,
        [.. ((string[])["10.0.0.11:6443", "10.0.0.12:6443", "10.0.0.13:6443"]).Select(server => new KeyServerStatus(server, "publishes", Now.AddDays(-age), Now))]);

    private static ServerStatus Server(string address) => new(address, true, Now.AddSeconds(-12), []);
}
