using System.Collections.Concurrent;
using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Demo;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.EndToEnd.Secrets;
using IssuerGateway.Issuers;

namespace IssuerGateway.EndToEnd.Load;

/// <summary>What the API servers see is the schedule, whatever the internet does.</summary>
public sealed partial class UpstreamScheduleTests
{
    private const string Discovery = "/.well-known/openid-configuration";
    private const string KeySet = "/openid/v1/jwks";
    private const string Marker = "X-Load-Test";
    private const int Sighup = 1;
    private const int Users = 32;
    private const int RequestsEach = 625;

    private const string Place = "of a gateway under load";

    private static readonly TimeSpan waitLimit = TimeSpan.FromSeconds(60);
    private static readonly string cookie = RandomNumberGenerator.GetHexString(48);

    [Fact]
    public async Task Public_requests_cause_no_request_to_an_API_server()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("issuer-gateway-load-");
        try
        {
            await ShowAsync(directory.FullName);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task ShowAsync(string directory)
    {
        IReadOnlyList<int> ports = FreePorts.Take(2);
        GatewayLaunch launch = new(directory, ports[0], ports[1]);
        await using StandInCluster cluster = await StandInCluster.StartAsync(new StandInOptions { Issuer = launch.Issuer, Servers = 2 });

        ConcurrentQueue<string> said = new();

        // An hour: within this test the schedule is the fetch at the start and what is requested by SIGHUP.
        await using GatewayProcess gateway = GatewayProcess.Start(
            Environment.GetEnvironmentVariable("ISSUER_GATEWAY_BINARY"),
            launch.Arguments(cluster, new ClusterFiles(cluster, directory)).Select(argument => argument.StartsWith("Refresh:Interval=", StringComparison.Ordinal) ? "Refresh:Interval=1h" : argument),
            TimeProvider.System, said.Enqueue);
        SecretsOfTheRun.Register("a cookie of a visitor", cookie);
        SecretsOfTheRun.RegisterToken(await File.ReadAllTextAsync(Path.Combine(directory, "token")));
        Assert.True(await gateway.IsReadyAsync(new Uri($"{launch.Operations}/readyz"), waitLimit, CancellationToken.None), string.Join('\n', gateway.LastLines));
        Assert.Equal([1, 1, 1, 1], FetchesOf(cluster));

        await LoadAsync(launch);

        Assert.Equal([1, 1, 1, 1], FetchesOf(cluster));
        Assert.DoesNotContain(cluster.Servers.SelectMany(server => server.Requests.All), request => request.Headers.ContainsKey(Marker));

        // The next turn of the schedule, and that the count is able to grow.
        Assert.Equal(0, Kill(gateway.Id, Sighup));
        using CancellationTokenSource late = new(waitLimit);
        foreach (StandInApiServer server in cluster.Servers)
        {
            await server.Requests.WaitForAsync(Discovery, 2, late.Token);
            await server.Requests.WaitForAsync(KeySet, 2, late.Token);
        }

        await LoadAsync(launch);

        Assert.Equal([2, 2, 2, 2], FetchesOf(cluster));
        await ShowToTheSearchAsync(launch, gateway, said);

        // A kid is no secret; in the place of one it shows that the search gets to see all of this.
        IReadOnlyList<string> places = SecretsOfTheRun.PlacesOf(cluster.Server.Keys[0].KeyId);
        foreach (string place in (string[])["standard output and error", "/status", "/metrics"])
        {
            Assert.Contains($"{place} {Place} shows what was planted", places);
        }

        Assert.Contains(places, place => place.StartsWith($"StateDirectory {Place} keys-", StringComparison.Ordinal));
    }

    private static async Task ShowToTheSearchAsync(GatewayLaunch launch, GatewayProcess gateway, IReadOnlyCollection<string> said)
    {
        using (HttpClient http = new(new SocketsHttpHandler { UseProxy = false }))
        {
            foreach (string page in (string[])["/status", "/metrics", "/readyz"])
            {
                SecretsOfTheRun.Show($"{page} {Place}", await http.GetStringAsync(new Uri(launch.Operations + page)));
            }
        }

        await gateway.EndAsync();
        SecretsOfTheRun.Show($"standard output and error {Place}", string.Join('\n', said));
        SecretsOfTheRun.ShowDirectory($"StateDirectory {Place}", Path.Combine(launch.Directory, "state"));
    }

    private static int[] FetchesOf(StandInCluster cluster) =>
        [.. cluster.Servers.SelectMany(server => new[] { server.Requests.Count(Discovery), server.Requests.Count(KeySet) })];

    /// <summary>Twenty thousand requests, a third of them for other targets or with other methods.</summary>
    private static async Task LoadAsync(GatewayLaunch launch)
    {
        using X509Certificate2 trust = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(launch.TrustFile));
        using SocketsHttpHandler handler = new() { UseProxy = false };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { trust }, RevocationMode = X509RevocationMode.NoCheck };
        using HttpMessageInvoker invoker = new(handler);
        (HttpMethod Method, string Target, HttpStatusCode Status)[] requests =
        [
            (HttpMethod.Get, KeySet, HttpStatusCode.OK),
            (HttpMethod.Get, Discovery, HttpStatusCode.OK),
            (HttpMethod.Get, $"{KeySet}?again", HttpStatusCode.OK),
            (HttpMethod.Head, KeySet, HttpStatusCode.OK),
            (HttpMethod.Get, "/api/v1/secrets", HttpStatusCode.NotFound),
            (HttpMethod.Post, KeySet, HttpStatusCode.MethodNotAllowed),
        ];
        await Task.WhenAll(Enumerable.Range(0, Users).Select(async user =>
        {
            for (int i = 0; i < RequestsEach; i++)
            {
                (HttpMethod method, string target, HttpStatusCode status) = requests[(user + i) % requests.Length];
                using HttpRequestMessage request = new(method, launch.Issuer + target) { Version = i % 2 == 0 ? HttpVersion.Version20 : HttpVersion.Version11 };
                request.Headers.Add(Marker, "1");
                request.Headers.Add("Cookie", $"session={cookie}");
                using HttpResponseMessage response = await invoker.SendAsync(request, CancellationToken.None);
                Assert.Equal(status, response.StatusCode);
            }
        }));
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
