using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Issuers;

namespace IssuerGateway.EndToEnd.Faults;

/// <summary>The process at its limits of descriptors and of memory.</summary>
public sealed class LimitTests
{
    private const int MemoryBytes = 64 << 20;
    private const string KeySet = "/openid/v1/jwks";

    [Fact]
    public async Task With_256_descriptors_and_300_clients_it_serves_up_to_its_limit_without_a_busy_loop_and_recovers()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();

        // On the JIT compiler the process holds up to 192 descriptors of its assemblies, which the native binary has not.
        bool isNative = Environment.GetEnvironmentVariable("ISSUER_GATEWAY_BINARY") is not null;
        string limit = isNative ? "256" : "448";
        await using GatewayRun gateway = await site.ServeInAsync(["prlimit", $"--nofile={limit}:{limit}", "--"], [], isNative ? [] : ["Edge:MaxConnections=144"]);
        List<SslStream> held = [];
        int served = 0;
        for (int client = 0; client < 300; client++)
        {
            if (await VisitAsync(site.Port) is { } connection)
            {
                held.Add(connection);
                served++;
            }
        }

        // 144 by default: three quarters of what 64 descriptors in reserve leave.
        Assert.True(served >= 144, $"{served} of 300 served\n{gateway.Output}\n{gateway.Error}");
        ProcessUse before = ProcessUse.Of(gateway.Id);
        long began = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(2));
        double share = (ProcessUse.Of(gateway.Id).Processor - before.Processor) / Stopwatch.GetElapsedTime(began);
        TestContext.Current.TestOutputHelper?.WriteLine($"{served} of 300 served, {before.Descriptors} descriptors open, {share:P1} of a processor while they stay");
        Assert.InRange(before.Descriptors, 1, int.Parse(limit, CultureInfo.InvariantCulture));
        Assert.True(share < 0.5, $"{share:P0} of a processor while nothing is asked");
        Assert.Equal(HttpStatusCode.OK, await site.StatusOfAsync("/livez"));
        await RespondsAsync(site, gateway);

        foreach (SslStream connection in held)
        {
            await connection.DisposeAsync();
        }

        await RespondsAsync(site, gateway);
        await site.UntilStatusAsync(gateway, status => status.Contains("\"isPublished\": true", StringComparison.Ordinal));
        Assert.DoesNotContain("Too many open files", gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Within_64_MiB_it_serves_under_load()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        using MemoryBound bound = MemoryBound.Of(MemoryBytes);
        await using GatewayRun gateway = await site.ServeInAsync(bound.CommandPrefix, bound.Variables);
        using HttpClient relyingParty = site.Public();
        int responded = 0;
        await Task.WhenAll(Enumerable.Range(0, 24).Select(async visitor =>
        {
            for (int visit = 0; visit < 200; visit++)
            {
                using HttpRequestMessage request = new(HttpMethod.Get, KeySet) { Version = visitor % 2 == 0 ? HttpVersion.Version20 : HttpVersion.Version11 };
                request.Headers.ConnectionClose = visitor % 3 == 0 ? true : null;
                using HttpResponseMessage response = await relyingParty.SendAsync(request);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                Interlocked.Increment(ref responded);
            }
        }));

        ProcessUse use = ProcessUse.Of(gateway.Id);
        TestContext.Current.TestOutputHelper?.WriteLine($"{responded} responses; {bound.Means}; resident {use.Resident >> 20} MiB, of which anonymous {use.Anonymous >> 20} MiB, peak {use.Peak >> 20} MiB");
        Assert.Equal(24 * 200, responded);

        // The tests' own build on the JIT compiler is no measure; the native binary is what runs in production.
        if (Environment.GetEnvironmentVariable("ISSUER_GATEWAY_BINARY") is not null)
        {
            Assert.True(use.Anonymous < MemoryBytes, $"{use.Anonymous >> 20} MiB of anonymous memory");
        }
    }

    /// <summary>One request on a connection that then stays open; null when it was closed instead of getting a response.</summary>
    private static async Task<SslStream?> VisitAsync(int port)
    {
        TcpClient connection = new();
        try
        {
            await connection.ConnectAsync(IPAddress.Loopback, port);
#pragma warning disable CA5359 // Loopback; what is tried is whether there is a response.
            SslStream stream = new(connection.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
            await stream.AuthenticateAsClientAsync("localhost");
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {KeySet} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"));
            byte[] buffer = new byte[4096];
            int read = await stream.ReadAsync(buffer);
            return Encoding.ASCII.GetString(buffer, 0, read).StartsWith("HTTP/1.1 200", StringComparison.Ordinal) ? stream : null;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            connection.Dispose();
            return null;
        }
    }

    private static Task RespondsAsync(GatewayFixture site, GatewayRun gateway) => GatewayFixture.WaitAsync(
        async () =>
        {
            SslStream? connection = await VisitAsync(site.Port);
            await (connection?.DisposeAsync() ?? ValueTask.CompletedTask);
            return connection is not null;
        },
        () => $"no response\n{gateway.Output}");
}
