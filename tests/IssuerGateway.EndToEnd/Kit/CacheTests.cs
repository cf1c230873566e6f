using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Demo;
using IssuerGateway.EndToEnd.Gateway;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>
/// The configurations of docs/how-to/caches-in-front.md, in real caches before a gateway with two issuers (S10, S11): only the
/// addresses and files of the page are replaced.
/// </summary>
public sealed class CacheTests : IDisposable
{
    private static readonly string page = File.ReadAllText(Path.Combine(KitFolder.Root, "docs", "how-to", "caches-in-front.md"));

    private readonly string folder = ReadableByAll(Directory.CreateTempSubdirectory("kit-cache-").FullName);
    private readonly IReadOnlyList<int> ports = FreePorts.Take(4);

    private int Front => ports[0];

    private int Https => ports[1];

    private int Http => ports[2];

    private int Operations => ports[3];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public Task Nginx() => PlayAsync("nginx", isTls: true, () =>
    {
        string site = Block("nginx")
            .Replace("/var/cache/nginx/oidc", InFolder("cache"), StringComparison.Ordinal)
            .Replace("listen 443 ssl;", $"listen 127.0.0.1:{Front} ssl;", StringComparison.Ordinal)
            .Replace("oidc.example.com oidc-b.example.com", "a.example.test b.example.test", StringComparison.Ordinal)
            .Replace("/etc/nginx/oidc.crt", InFolder("front.crt"), StringComparison.Ordinal)
            .Replace("/etc/nginx/oidc.key", InFolder("front.key"), StringComparison.Ordinal)
            .Replace("/etc/nginx/gateway-ca.crt", InFolder("root.pem"), StringComparison.Ordinal)
            .Replace("issuer-gateway.internal:8443", $"127.0.0.1:{Https}", StringComparison.Ordinal);
        File.WriteAllText(InFolder("nginx.conf"), $$"""
            daemon off;
            user {{Environment.UserName}};
            pid {{InFolder("nginx.pid")}};
            error_log stderr;
            events {}
            http {
            access_log off;
            client_body_temp_path {{InFolder("body")}};
            proxy_temp_path {{InFolder("proxy")}};
            {{site}}
            }
            """);
        return ["-c", InFolder("nginx.conf"), "-e", "stderr"];
    });

    [Fact]
    public Task Haproxy() => PlayAsync("haproxy", isTls: true, () =>
    {
        File.WriteAllText(InFolder("front.pem"), File.ReadAllText(InFolder("front.crt")) + File.ReadAllText(InFolder("front.key")));
        File.WriteAllText(InFolder("haproxy.cfg"), "defaults\n    mode http\n    timeout connect 10s\n    timeout client 30s\n    timeout server 30s\n\n" + Block("haproxy")
            .Replace("bind :443 ssl crt /etc/haproxy/oidc.pem", $"bind 127.0.0.1:{Front} ssl crt {InFolder("front.pem")}", StringComparison.Ordinal)
            .Replace("issuer-gateway.internal:8443", $"127.0.0.1:{Https}", StringComparison.Ordinal)
            .Replace("/etc/haproxy/gateway-ca.crt", InFolder("root.pem"), StringComparison.Ordinal));
        return ["-db", "-f", InFolder("haproxy.cfg")];
    });

    [Fact]
    public Task Varnish() => PlayAsync("varnishd", isTls: false, () =>
    {
        File.WriteAllText(InFolder("front.vcl"), $$"""
            vcl 4.1;
            backend default {
                .host = "127.0.0.1";
                .port = "{{Http}}";
            }
            {{Block("vcl")}}
            """);
        return ["-F", "-f", InFolder("front.vcl"), "-a", $"127.0.0.1:{Front}", "-n", InFolder("varnish"), "-s", "malloc,16m"];
    });

    // Both have no end that the gateway sets: a document that was withdrawn after MaxStale, or a key that was revoked, would be served on.
    [Theory]
    [InlineData("nginx", "proxy_cache_use_stale ")]
    [InlineData("nginx", "proxy_cache_valid ")]
    [InlineData("vcl", "beresp.grace =")]
    [InlineData("vcl", "beresp.ttl =")]
    public void No_configuration_keeps_documents_longer_than_the_gateway_allows(string language, string directive) =>
        Assert.DoesNotContain(Block(language).Split('\n'), line => line.TrimStart().StartsWith(directive, StringComparison.Ordinal) || line.TrimStart().StartsWith("set " + directive, StringComparison.Ordinal));

    private async Task PlayAsync(string program, bool isTls, Func<string[]> configure)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin").Split(':').Any(directory => File.Exists(Path.Combine(directory, program))))
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"not run: {program} is not installed");
            return;
        }

        await using GatewayRun gateway = await ServeAsync(isTls);
        string[] arguments = configure();
        using Process front = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        Task<string> said = front.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            using HttpClient client = Client(isTls);
            await GatewayFixture.WaitAsync(async () => front.HasExited || await IsOpenAsync(client), () => $"{program} does not respond");
            Assert.False(front.HasExited, front.HasExited ? await said : "");

            // Each issuer has its own keys, whichever was requested first, and the gateway is queried once for each.
            double before = await CountAsync("jwks\",status=\"200\"");
            string ofA = await GetAsync(client, "a", "/openid/v1/jwks");
            string ofB = await GetAsync(client, "b", "/openid/v1/jwks");
            Assert.NotEqual(ofA, ofB);
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal((ofA, ofB), (await GetAsync(client, "a", "/openid/v1/jwks"), await GetAsync(client, "b", "/openid/v1/jwks")));
            }

            Assert.Equal(before + 2, await CountAsync("jwks\",status=\"200\""));

            // A client may name the port.
            Assert.Equal(ofA, await GetAsync(client, "a", "/openid/v1/jwks", host: "a.example.test:443"));

            // No error is kept.
            double missed = await CountAsync("none\",status=\"404\"");
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(client, "a", "/nothing")).StatusCode);
            }

            Assert.Equal(missed + 3, await CountAsync("none\",status=\"404\""));

            // Documents outlive the gateway for as long as they may be cached; what is not there is no document.
            gateway.Kill();
            await gateway.ExitAsync();
            Assert.Equal((ofA, ofB), (await GetAsync(client, "a", "/openid/v1/jwks"), await GetAsync(client, "b", "/openid/v1/jwks")));
            Assert.True((int)(await SendAsync(client, "a", "/nothing")).StatusCode >= 500);
        }
        finally
        {
            if (!front.HasExited)
            {
                front.Kill(entireProcessTree: true);
                await front.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private async Task<GatewayRun> ServeAsync(bool isTls)
    {
        WriteCertificate();
        IEnumerable<string> settings = ((string[])["a", "b"]).SelectMany((name, i) => (string[])
        [
            $"Issuers:{i}:Identifier=https://{name}.example.test", $"Issuers:{i}:AllowPrivateHost=true",
            $"Issuers:{i}:Upstream:Kind=PublicKeys", $"Issuers:{i}:Upstream:PublicKeyFiles:0={KeyFile(name)}",
        ]);
        GatewayRun gateway = GatewayRun.Start(["serve", .. settings.Concat(
        [
            isTls ? "Tls:Mode=SelfSigned" : "Tls:Mode=None", isTls ? $"Tls:SelfSigned:ExportFile={InFolder("root.pem")}" : "Edge:HttpsPort=0",
            "Edge:Address=127.0.0.1", isTls ? $"Edge:HttpsPort={Https}" : $"Edge:HttpPort={Http}", $"Operations:Port={Operations}", "Shutdown:Delay=0s",
        ]).SelectMany(setting => new[] { "--set", setting })]);
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
        await GatewayFixture.WaitAsync(async () => await IsReadyAsync(http), () => $"not ready\n{gateway.Output}\n{gateway.Error}");
        return gateway;
    }

    private async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            return (await http.GetAsync(new Uri($"http://127.0.0.1:{Operations}/readyz"))).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<double> CountAsync(string labels)
    {
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
        string metrics = await http.GetStringAsync(new Uri($"http://127.0.0.1:{Operations}/metrics"));
        return double.Parse(metrics.Split('\n').Single(line => line.StartsWith($"issuer_gateway_requests_total{{document=\"{labels}}}", StringComparison.Ordinal)).Split(' ')[1], null);
    }

    // varnishd reads its configuration as another user than root.
    private static string ReadableByAll(string folder)
    {
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        return folder;
    }

    private static async Task<bool> IsOpenAsync(HttpClient client)
    {
        try
        {
            using HttpResponseMessage response = await SendAsync(client, "a", "/warm-up");
            return response.StatusCode == HttpStatusCode.NotFound;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<string> GetAsync(HttpClient client, string issuer, string path, string? host = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri($"{client.BaseAddress!.Scheme}://{issuer}.example.test{path}"));
        request.Headers.Host = host;
        using HttpResponseMessage response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string issuer, string path) => client.GetAsync(new Uri($"{client.BaseAddress!.Scheme}://{issuer}.example.test{path}"));

    private HttpClient Client(bool isTls)
    {
        SocketsHttpHandler handler = new()
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            ConnectCallback = async (_, token) =>
            {
                Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, Front, token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
#pragma warning disable CA5359 // Loopback; the certificate of the cache is the test's own.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        return new HttpClient(handler) { BaseAddress = new Uri(isTls ? "https://a.example.test" : "http://a.example.test"), Timeout = GatewayRun.WaitLimit };
    }

    private string KeyFile(string name)
    {
        using RSA key = RSA.Create(2048);
        File.WriteAllText(InFolder($"{name}.pub"), key.ExportSubjectPublicKeyInfoPem());
        return InFolder($"{name}.pub");
    }

    private void WriteCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = new CertificateRequest("CN=cache", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddMinutes(-5), now.AddHours(1));
        File.WriteAllText(InFolder("front.crt"), certificate.ExportCertificatePem() + "\n");
        File.WriteAllText(InFolder("front.key"), key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    private string InFolder(string name) => Path.Combine(folder, name);

    // The block of the page in this language.
    private static string Block(string language)
    {
        string start = $"```{language}\n";
        int begin = page.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return page[begin..page.IndexOf("```", begin, StringComparison.Ordinal)];
    }
}
