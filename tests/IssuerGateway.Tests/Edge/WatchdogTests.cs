using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Edge;
using IssuerGateway.Edge.Watchdog;
using IssuerGateway.Tests.Tls;
using IssuerGateway.Transport;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Edge;

public sealed class WatchdogTests
{
    private static readonly TimeSpan waitLimit = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider time = new();
    private readonly PublicPorts ports = new();
    private readonly DrainState state = new();
    private int fed;

    [Fact]
    public async Task Feeds_the_supervisor_while_the_public_port_responds()
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync();
        using EdgeWatchdog watchdog = Watch(new IPEndPoint(IPAddress.Loopback, edge.Port));
        await watchdog.StartAsync(CancellationToken.None);

        await UntilAsync(() => Volatile.Read(ref fed) >= 3);

        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(watchdog)).Status);
        await watchdog.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Fails_liveness_and_feeds_nobody_when_the_public_port_accepts_and_does_not_respond()
    {
        // As a process that hangs: the kernel completes connections and nobody serves them.
        using Socket hanging = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        hanging.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        hanging.Listen();
        using EdgeWatchdog watchdog = Watch((IPEndPoint)hanging.LocalEndPoint!);
        await watchdog.StartAsync(CancellationToken.None);

        await UntilAsync(async () => (await CheckAsync(watchdog)).Status == HealthStatus.Unhealthy);

        Assert.Equal(0, fed);
        Assert.StartsWith("no public port has responded for ", (await CheckAsync(watchdog)).Description, StringComparison.Ordinal);
        await watchdog.StopAsync(CancellationToken.None);
    }

    // .NET would wait for the download on the thread that waits for all sockets: with inline completions for ever, or 15 s.
    [Fact]
    public async Task Fetches_no_intermediate_certificate_that_the_public_port_does_not_send()
    {
        using TcpListener archive = new(IPAddress.Loopback, 0);
        archive.Start();
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(ocspUris: null, [$"http://127.0.0.1:{((IPEndPoint)archive.LocalEndpoint).Port}/intermediate.cer"]));
        using X509Certificate2 leaf = X509Certificate2.CreateFromPem(new TestCa().Issue(request, ["localhost"]), key.ExportPkcs8PrivateKeyPem());
        using X509Certificate2 served = X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null);
        using TcpListener port = new(IPAddress.Loopback, 0);
        port.Start();
        Task serving = RespondAsync(port, SslStreamCertificateContext.Create(served, additionalCertificates: null, offline: true));

        Assert.True(await new PublicPortProbe(new OwnConnections()).RespondsAsync((IPEndPoint)port.LocalEndpoint, "localhost", TestContext.Current.CancellationToken));
        Assert.False(archive.Pending());
        await serving;
    }

    private static async Task RespondAsync(TcpListener port, SslStreamCertificateContext certificate)
    {
        using TcpClient client = await port.AcceptTcpClientAsync();
        await using SslStream tls = new(client.GetStream());
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = certificate });
        await tls.ReadAtLeastAsync(new byte[1024], 1);
        await tls.WriteAsync("HTTP/1.1 404 Not Found\r\n\r\n"u8.ToArray());
    }

    [Fact]
    public async Task Fails_liveness_when_the_public_port_is_closed()
    {
        using Socket closed = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using EdgeWatchdog watchdog = Watch((IPEndPoint)closed.LocalEndPoint!);
        await watchdog.StartAsync(CancellationToken.None);

        await UntilAsync(async () => (await CheckAsync(watchdog)).Status == HealthStatus.Unhealthy);

        Assert.Equal(0, fed);
        await watchdog.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Watches_neither_before_the_ports_are_open_nor_while_they_close()
    {
        using EdgeWatchdog watchdog = new(new WatchdogSettings(null, () => Interlocked.Increment(ref fed), null), ports, new PublicPortProbe(new OwnConnections()), state, time, NullLogger<EdgeWatchdog>.Instance);
        await watchdog.StartAsync(CancellationToken.None);
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(watchdog)).Status);

        state.Listening();
        state.Begin();
        time.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(watchdog)).Status);
        await watchdog.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Is_admitted_where_every_place_is_taken_and_is_counted_nowhere()
    {
        await using EdgeFixture edge = await EdgeFixture.StartAsync(further: ["Edge:MaxConnections=16", "Edge:ClientAddress=ProxyProtocol", "Edge:ProxyProtocol:TrustedSources=127.0.0.0/8"]);
        List<TcpClient> taken = [];
        for (int i = 0; i < 16; i++)
        {
            taken.Add(new TcpClient());
            await taken[i].ConnectAsync(IPAddress.Loopback, edge.Port);
        }

        PublicPortProbe probe = new((OwnConnections)edge.Services.GetService(typeof(OwnConnections))!);
        Assert.True(await probe.RespondsAsync(new IPEndPoint(IPAddress.Any, edge.Port), null, TestContext.Current.CancellationToken));

        Assert.Equal("issuer_gateway_requests_total{document=\"none\",status=\"404\"} 0", await edge.MetricAsync("issuer_gateway_requests_total{document=\"none\",status=\"404\"}"));
        Assert.Equal("issuer_gateway_connections_refused_total{reason=\"total\"} 0", await edge.MetricAsync("issuer_gateway_connections_refused_total{reason=\"total\"}"));
        taken.ForEach(connection => connection.Dispose());
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("60000000", null, 60.0)]
    [InlineData("60000000", "7", 60.0)]
    [InlineData("60000000", "8", null)]
    [InlineData("0", "7", null)]
    [InlineData("soon", "7", null)]
    public void Reads_the_supervisors_timeout(string? microseconds, string? process, double? seconds) =>
        Assert.Equal(seconds, WatchdogSettings.TimeoutOf(microseconds, process, own: 7)?.TotalSeconds);

    [Theory]
    [InlineData(null, 10)]
    [InlineData(60.0, 10)]
    [InlineData(9.0, 3)]
    public void Probes_often_enough_for_the_supervisor(double? timeout, int interval) =>
        Assert.Equal(TimeSpan.FromSeconds(interval), new WatchdogSettings(null, () => { }, timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null).Interval);

    [Theory]
    [InlineData(4.5, 5, true)]
    [InlineData(11, 12, true)]
    [InlineData(5.5, 5, true)]
    [InlineData(3.5, 5, false)]
    [InlineData(0.01, 0, false)]
    [InlineData(0.01, 0.01, false)]
    [InlineData(5, -86_400, false)]
    [InlineData(86_400, 86_405, false)]
    [InlineData(86_400, 5, false)]
    [InlineData(-86_400, 5, false)]
    public void Takes_collections_without_end_for_busy_and_no_step_of_the_clock(double paused, double elapsed, bool isBusy) =>
        Assert.Equal(isBusy, CollectionShare.IsBusy(TimeSpan.FromSeconds(paused), TimeSpan.FromSeconds(elapsed)));

    [Theory]
    [InlineData(160, 192, 100, 230, true)]
    [InlineData(20, 192, 240, 230, true)]
    [InlineData(20, 192, 100, 230, false)]
    [InlineData(0, 0, 0, 0, false)]
    public void Takes_a_heap_or_a_load_near_its_limit_for_scarce_memory(long heap, long heapLimit, long load, long highLoad, bool isScarce) =>
        Assert.Equal(isScarce, CollectionShare.IsScarce(heap, heapLimit, load, highLoad));

    [Fact]
    public void Takes_memory_for_exhausted_after_three_samples_in_a_row()
    {
        CollectionShare share = default;

        Assert.Equal(
            [false, false, false, false, false, true, true],
            ((bool[])[true, true, false, true, true, true, true]).Select(each => share.IsExhaustedAfter(each)).ToArray());
    }

    private EdgeWatchdog Watch(IPEndPoint port)
    {
        ports.Add(port);
        state.Listening();
        return new EdgeWatchdog(new WatchdogSettings(null, () => Interlocked.Increment(ref fed), null), ports, new PublicPortProbe(new OwnConnections()), state, time, NullLogger<EdgeWatchdog>.Instance);
    }

    private static Task<HealthCheckResult> CheckAsync(EdgeWatchdog watchdog) => watchdog.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);

    private Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    // The fake clock moves on; sockets need real time.
    private async Task UntilAsync(Func<Task<bool>> condition)
    {
        using CancellationTokenSource limit = new(waitLimit);
        while (!await condition())
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
        }
    }
}
