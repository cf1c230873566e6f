using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using IssuerGateway.Demo;

namespace IssuerGateway.EndToEnd.Acme;

/// <summary>
/// Let's Encrypt's Pebble with its mock DNS, as strict as it can be: it rejects one nonce in five, never reuses an
/// authorization, offers alternate roots and puts two intermediates into each chain. Ended by its ids.
/// </summary>
internal sealed class Pebble : IAsyncDisposable
{
    private readonly Process names;
    private readonly Process pebble;
    private readonly int managementPort;
    private readonly int namesPort;
    private readonly string directory;
    private readonly HttpClient http;
    private readonly ConcurrentQueue<string> log = new();

    private Pebble(string directory, int[] ports, PebbleOptions options)
    {
        this.directory = directory;
        (managementPort, namesPort) = (ports[1], ports[2]);
        Url = $"https://localhost:{ports[0]}/dir";
        RootFile = Path.Combine(directory, "pebble-https.pem");
        string configuration = WriteConfiguration(ports, options);
        X509ChainPolicy trust = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(RootFile);
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false, SslOptions = { CertificateChainPolicy = trust } });
        names = Start("pebble-challtestsrv", $"-management 127.0.0.1:{ports[2]} -dns01 127.0.0.1:{ports[3]} -http01= -https01= -tlsalpn01= -defaultIPv4 127.0.0.1 -defaultIPv6=");
        pebble = Start("pebble", $"-config {configuration} -strict -dnsserver 127.0.0.1:{ports[3]}");
        Follow(pebble.StandardOutput);
        Follow(pebble.StandardError);
        _ = names.StandardOutput.ReadToEndAsync();
        _ = names.StandardError.ReadToEndAsync();
    }

    public string Url { get; }

    /// <summary>The root of Pebble's own HTTPS.</summary>
    public string RootFile { get; }

    public IReadOnlyList<string> Log => [.. log];

    public int Count(string text) => log.Count(line => line.Contains(text, StringComparison.Ordinal));

    /// <summary>How many certificates have been signed.</summary>
    public int Issued => Count("Issued certificate serial");

    public int Orders => Count("Added order ");

    public static async Task<Pebble> StartAsync(PebbleOptions options)
    {
        string directory = Directory.CreateTempSubdirectory("issuer-gateway-pebble-").FullName;
        Pebble started = new(directory, [.. FreePorts.Take(4)], options);
        long began = Stopwatch.GetTimestamp();
        while (!await started.IsUpAsync())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(60), string.Join('\n', started.Log));
            await Task.Delay(50);
        }

        return started;
    }

    /// <summary>A root that chains lead to; 0 is the one of the first chain.</summary>
    public async Task<X509Certificate2> RootAsync(int number = 0) =>
        X509Certificate2.CreateFromPem(await http.GetStringAsync(new Uri($"https://127.0.0.1:{managementPort}/roots/{number}")));

    /// <summary>What a name resolves to; without it 127.0.0.1.</summary>
    public async Task ResolveAsync(string host, string address)
    {
        using HttpResponseMessage response = await http.PostAsJsonAsync(
            new Uri($"http://127.0.0.1:{namesPort}/add-a"), new JsonObject { ["host"] = $"{host}.", ["addresses"] = new JsonArray(address) });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Process process in (Process[])[pebble, names])
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        http.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private async Task<bool> IsUpAsync()
    {
        try
        {
            return (await http.GetAsync(new Uri(Url))).IsSuccessStatusCode && (await http.GetAsync(new Uri($"http://127.0.0.1:{namesPort}/"))).StatusCode > 0;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private string WriteConfiguration(int[] ports, PebbleOptions options)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=Pebble's own HTTPS", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder alternative = new();
        alternative.AddDnsName("localhost");
        alternative.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(alternative.Build());
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
        File.WriteAllText(RootFile, certificate.ExportCertificatePem());
        string keyFile = Path.Combine(directory, "pebble-https.key");
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        JsonObject pebble = new()
        {
            ["listenAddress"] = $"127.0.0.1:{ports[0]}",
            ["managementListenAddress"] = $"127.0.0.1:{ports[1]}",
            ["certificate"] = RootFile,
            ["privateKey"] = keyFile,
            ["httpPort"] = options.HttpPort,
            ["tlsPort"] = options.TlsPort,
            ["ocspResponderURL"] = "",
            ["externalAccountBindingRequired"] = options.Eab is not null,
            ["certificateValidityPeriod"] = options.Validity,
        };
        if (options.Eab is { } eab)
        {
            pebble["externalAccountMACKeys"] = new JsonObject { [eab.KeyId] = eab.HmacKey };
        }

        string file = Path.Combine(directory, "pebble.json");
        File.WriteAllText(file, new JsonObject { ["pebble"] = pebble }.ToJsonString());
        return file;
    }

    private static Process Start(string program, string arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PEBBLE_VA_NOSLEEP"] = "1";
        start.Environment["PEBBLE_WFE_NONCEREJECT"] = "20";
        start.Environment["PEBBLE_AUTHZREUSE"] = "0";
        start.Environment["PEBBLE_ALTERNATE_ROOTS"] = "1";
        start.Environment["PEBBLE_CHAIN_LENGTH"] = "2";
        return Process.Start(start)!;
    }

    private void Follow(StreamReader reader) => _ = Task.Run(async () =>
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            log.Enqueue(line);
        }
    });
}
