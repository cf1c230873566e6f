using System.Globalization;
using IssuerGateway.Demo.StandIn;

namespace IssuerGateway.Demo;

/// <summary>Where the gateway of the demo listens, its settings from <c>--set</c>, and the files that it leaves.</summary>
internal sealed record GatewayLaunch(string Directory, int PublicPort, int OperationsPort)
{
    public string Issuer => string.Create(CultureInfo.InvariantCulture, $"https://localhost:{PublicPort}");

    public string Operations => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{OperationsPort}");

    /// <summary>The gateway's self-signed certificate, for curl and the relying party to trust.</summary>
    public string TrustFile => Path.Combine(Directory, "gateway.crt");

    public IEnumerable<string> Arguments(StandInCluster cluster, ClusterFiles files)
    {
        string state = Path.Combine(Directory, "state");
        System.IO.Directory.CreateDirectory(state);
        List<(string Key, string Value)> settings =
        [
            ("Issuers:0:Identifier", Issuer),

            // The demo's relying party lives on this machine; on the internet nobody could reach localhost.
            ("Issuers:0:AllowPrivateHost", "true"),
            ("Issuers:0:Upstream:Kind", "Explicit"),
            .. cluster.Servers.Select((server, index) => ($"Issuers:0:Upstream:Servers:{index}", $"https://127.0.0.1:{server.Port}")),
            ("Issuers:0:Upstream:CaFile", files.WriteCa()),

            // Nobody rotates it here, and the demo may be left running for days.
            ("Issuers:0:Upstream:TokenFile", files.WriteToken(TimeSpan.FromDays(30))),
            ("Refresh:Interval", "5s"),
            ("StateDirectory", state),
            ("Edge:Address", "127.0.0.1"),
            ("Edge:HttpsPort", PublicPort.ToString(CultureInfo.InvariantCulture)),
            ("Tls:Mode", "SelfSigned"),
            ("Tls:SelfSigned:ExportFile", TrustFile),
            ("Operations:Port", OperationsPort.ToString(CultureInfo.InvariantCulture)),
            ("Shutdown:Delay", "0s"),
        ];
        return ["serve", .. settings.SelectMany(setting => new[] { "--set", $"{setting.Key}={setting.Value}" })];
    }
}
