using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Base;
using IssuerGateway.Demo;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.EndToEnd.Secrets;

namespace IssuerGateway.EndToEnd.Acme;

/// <summary>Ports, a store and the settings of gateways that get their certificates from a Pebble; what they publish does not matter here.</summary>
internal sealed class AcmeSite : IDisposable
{
    public const string Host = "oidc.example.test";
    public const string StoreNotWritable = "make the store writable (Tls:Acme:Store, Tls:Acme:StoreDirectory; with Secrets the Role of the gateway)";

    private const string ThrowAway = "CN=ACME challenge";

    private readonly string directory = Directory.CreateTempSubdirectory("issuer-gateway-acme-").FullName;
    private readonly IReadOnlyList<int> ports = FreePorts.Take(3);

    public AcmeSite() => Directory.CreateDirectory(PathOf("documents"));

    public int HttpPort => ports[0];

    public int TlsPort => ports[1];

    public int OperationsPort => ports[2];

    public string CommandSocket => PathOf("commands.sock");

    public string PathOf(string name) => Path.Combine(directory, name);

    public PebbleOptions Validated => new() { HttpPort = HttpPort, TlsPort = TlsPort };

    public GatewayRun Serve(Pebble ca, params IEnumerable<string> further) => ServeFor(Host, ca, further);

    public GatewayRun ServeFor(string host, Pebble ca, params IEnumerable<string> further) => ServeIn([], host, ca, further);

    /// <summary>As <see cref="GatewayRun.StartIn"/>.</summary>
    public GatewayRun ServeIn(IReadOnlyList<string> commandPrefix, string host, Pebble ca, params IEnumerable<string> further)
    {
        string[] settings =
        [
            $"Issuers:0:Identifier=https://{host}",
            "Issuers:0:AllowPrivateHost=true",
            "Issuers:0:Upstream:Kind=Directory",
            $"Issuers:0:Upstream:Directory={PathOf("documents")}",
            "Edge:Address=127.0.0.1",
            $"Edge:HttpPort={HttpPort}",
            $"Edge:HttpsPort={TlsPort}",
            $"Operations:Port={OperationsPort}",
            $"Operations:CommandSocket={CommandSocket}",
            "Shutdown:Delay=0s",
            "Tls:Mode=Acme",
            $"Tls:Acme:Directory={ca.Url}",
            "Tls:Acme:AcceptTerms=true",
            "Tls:Acme:Contacts=ops@example.test",
            $"Tls:Acme:CaFile={ca.RootFile}",
            $"Tls:Acme:StoreDirectory={PathOf("store")}",
            .. further,
        ];
        return GatewayRun.StartIn(commandPrefix, [], ["serve", .. settings.SelectMany(setting => new[] { "--set", setting })]);
    }

    /// <summary>
    /// The certificate that a handshake for the host gets, leaf first; null while there is none: the handshake
    /// fails, or gets what a validator is shown that a balancer has redirected to https while HTTP-01 is pending.
    /// </summary>
    public Task<IReadOnlyList<X509Certificate2>?> HandshakeAsync(string host = Host) => HandshakeAsync(TlsPort, host);

    public static async Task<IReadOnlyList<X509Certificate2>?> HandshakeAsync(int port, string host)
    {
        List<X509Certificate2> sent = [];
        try
        {
            using TcpClient connection = new();
            await connection.ConnectAsync(IPAddress.Loopback, port);
            await using SslStream stream = new(connection.GetStream());
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = host,
                RemoteCertificateValidationCallback = (_, leaf, chain, _) =>
                {
                    sent.Add(X509CertificateLoader.LoadCertificate(leaf!.GetRawCertData()));
                    sent.AddRange(chain!.ChainPolicy.ExtraStore.Where(each => !each.Equals(leaf)).Select(each => X509CertificateLoader.LoadCertificate(each.RawData)));
                    return true;
                },
            });
            return sent[0].Subject == ThrowAway && sent[0].Issuer == ThrowAway ? null : sent;
        }
        catch (Exception e) when (e is IOException or SocketException or System.Security.Authentication.AuthenticationException)
        {
            return null;
        }
    }

    /// <summary>The status of a page of the operations listener; null while nobody responds.</summary>
    public async Task<HttpStatusCode?> StatusOfAsync(string path)
    {
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
        try
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri($"http://127.0.0.1:{OperationsPort}{path}"));
            SecretsOfTheRun.Show($"{path} of a gateway with ACME", await response.Content.ReadAsStringAsync());
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public async Task<IReadOnlyList<X509Certificate2>> CertificateAsync(GatewayRun gateway, Pebble ca, string host = Host)
    {
        IReadOnlyList<X509Certificate2>? chain = null;
        await UntilAsync(async () => (chain = await HandshakeAsync(host)) is not null, gateway, ca);
        foreach (string page in (string[])["/status", "/metrics", "/readyz"])
        {
            await StatusOfAsync(page);
        }

        return chain!;
    }

    /// <summary>Long enough for a busy machine and two back-offs: an attempt that fails there is taken up again.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, GatewayRun gateway, Pebble ca)
    {
        long began = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(4), $"{gateway.Output}\n{gateway.Error}\n{string.Join('\n', ca.Log.TakeLast(40))}");
            // Another process: there is no event to wait for.
            await Task.Delay(20);
        }
    }

    /// <summary>A certificate in the store, as an earlier run leaves it.</summary>
    public async Task<string> KeptAsync(Pebble ca)
    {
        await using GatewayRun first = Serve(ca);
        string thumbprint = (await CertificateAsync(first, ca))[0].Thumbprint;
        await UntilAsync(() => Task.FromResult(first.Output.Contains("Next certificate for", StringComparison.Ordinal)), first, ca);
        return thumbprint;
    }

    /// <summary>What an operator gets who requests a new certificate.</summary>
    public async Task<(int ExitCode, string Error)> RenewAsync()
    {
        (int exitCode, _, string error) = await GatewayRun.RunAsync("renew", Host, "--set", $"Operations:CommandSocket={CommandSocket}");
        return (exitCode, error);
    }

    public void Dispose()
    {
        RegisterStore();
        Directory.Delete(directory, recursive: true);
    }

    // The one place that is allowed to hold private keys, because it exists to: read by its owner alone.
    private void RegisterStore()
    {
        foreach (string file in Directory.Exists(PathOf("store")) ? Directory.GetFiles(PathOf("store"), "*", SearchOption.TopDirectoryOnly) : [])
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file) & ~(Path.GetFileName(file) == "leader.lock" ? (UnixFileMode)0x1FF & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite) : 0));
            string text = File.ReadAllText(file).Replace("\\n", "\n", StringComparison.Ordinal);
            foreach (System.Text.RegularExpressions.Match key in System.Text.RegularExpressions.Regex.Matches(text, "-----BEGIN (EC |RSA )?PRIVATE KEY-----[^-]*-----END (EC |RSA )?PRIVATE KEY-----"))
            {
                SecretsOfTheRun.RegisterKey($"a key of the ACME store ({Path.GetFileName(file)})", key.Value.Replace("\\u002B", "+", StringComparison.Ordinal));
            }
        }

        if (File.Exists(PathOf("eab")) && File.ReadAllText(PathOf("eab")).Trim() is { Length: > 24 } shared)
        {
            SecretsOfTheRun.Register("the key of an external account", shared);
        }
    }
}
