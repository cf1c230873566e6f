using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using IssuerGateway.Edge;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Issuers;

namespace IssuerGateway.EndToEnd.Faults;

/// <summary>Standard output and standard error are a pipe that is full and that nobody reads: a log collector that hangs.</summary>
public sealed class FullPipeTests
{
    private const string KeySet = "/openid/v1/jwks";

    /// <summary>How long the load lasts; ISSUER_GATEWAY_PIPE_SECONDS makes it more.</summary>
    private static readonly TimeSpan duration = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("ISSUER_GATEWAY_PIPE_SECONDS"), CultureInfo.InvariantCulture, out int seconds) ? seconds : 10);

    /// <summary>Connections a second; every one is new.</summary>
    private static readonly TimeSpan pause = TimeSpan.FromSeconds(1) / 200;

    [Fact]
    public async Task It_costs_log_lines_and_no_response_no_refresh_no_reload_and_no_shutdown()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        string pipe = site.PathOf("log");

        // Both ends are held open, and 64 KiB fill it.
        string[] full = ["sh", "-c", $"mkfifo {pipe} && exec 3<>{pipe} && head -c 65536 /dev/zero >&3 && exec \"$@\" >&3 2>&3", "sh"];
        await using GatewayRun gateway = await site.ServeInAsync(full, [], "Edge:AccessLog=true", "Edge:MaxConnections=128", "Refresh:Interval=5s", "Log:Level=Debug");

        await LoadAsync(site);
        await RejectAsync(site);
        Assert.Contains("issuer_gateway_connections_refused_total{", await site.OperationsAsync("/metrics"), StringComparison.Ordinal);
        Assert.True(await DroppedAsync(site) > 0, "nothing was dropped, so the pipe was read");
        using HttpClient relyingParty = site.Public();

        // On schedule, then at once after SIGHUP.
        int before = site.Cluster.Server.Requests.Count();
        await GatewayFixture.WaitAsync(() => Task.FromResult(site.Cluster.Server.Requests.Count() > before + 3), () => "no refresh");
        await site.RotateAsync(gateway, relyingParty);
        Assert.Equal(HttpStatusCode.OK, await site.StatusOfAsync("/readyz"));

        await gateway.SignalAsync("TERM");
        Assert.Equal(0, await gateway.ExitAsync());
    }

    // Ctrl-S on a console, or a serial line whose other end is gone: whatever is written to it waits.
    [Fact]
    public async Task A_terminal_that_is_stopped_before_the_start_costs_log_lines_only()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();

        // XOFF (0x13) stops the output of the terminal that script makes; the pause lets it arrive before anything is written.
        string keyboard = site.PathOf("keyboard"), id = site.PathOf("id");
        string[] stopped = ["sh", "-c",
            $"mkfifo {keyboard} && exec 3<>{keyboard} && printf '\\023' >&3 && exec script -qefc \"sleep 1; echo \\$\\$ >{id}; exec $(printf \"'%s' \" \"$@\")\" /dev/null <&3", "sh"];
        await using GatewayRun terminal = await site.ServeInAsync(stopped, []);

        using HttpClient relyingParty = site.Public();
        Assert.Equal(HttpStatusCode.OK, (await relyingParty.GetAsync(KeySet)).StatusCode);

        using Process end = Process.Start("kill", [(await File.ReadAllTextAsync(id)).Trim()]);
        Assert.Equal(0, await terminal.ExitAsync());
    }

    // What is opened first gets a number that is free: OpenSSL's configuration in memory once got the one of standard error, and all
    // log lines.
    [Theory]
    [InlineData(" >&- 2>&-")]
    [InlineData(" <&- >&- 2>&-")]
    [InlineData(" 2>&-")]
    public async Task Closed_at_the_start_no_other_file_takes_its_place(string closed)
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using GatewayRun gateway = await site.ServeInAsync(["sh", "-c", $"exec \"$@\"{closed}", "sh"], [], "Log:Level=Debug");

        foreach (string number in (string[])["0", "1", "2"])
        {
            // The runtime opens /dev/urandom for reading before the program begins; what is not open yet is reserved.
            Assert.DoesNotContain("memfd", new FileInfo($"/proc/{gateway.Id}/fd/{number}").LinkTarget!, StringComparison.Ordinal);
            Assert.False(closed.Contains(number == "1" ? " >&-" : $" {number}>&-", StringComparison.Ordinal) && IsWritable(gateway.Id, number), number);
        }

        using HttpClient relyingParty = site.Public();
        await site.RotateAsync(gateway, relyingParty);
        await gateway.SignalAsync("TERM");
        Assert.Equal(0, await gateway.ExitAsync());
    }

    [Fact]
    public async Task A_start_that_fails_ends_all_the_same()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        string pipe = site.PathOf("log");
        string[] full = ["sh", "-c", $"mkfifo {pipe} && exec 3<>{pipe} && head -c 65536 /dev/zero >&3 && exec \"$@\" >&3 2>&3", "sh"];
        await using GatewayRun gateway = GatewayRun.StartIn(full, [], ["serve", .. site.Settings("StateDirectory=relative/path", "MaxStale=never")]);

        Assert.Equal(2, await gateway.ExitAsync());
    }

    // proc(5): the flags in octal, of which the last digit is the access mode.
    private static bool IsWritable(int process, string number) =>
        File.ReadLines($"/proc/{process}/fdinfo/{number}").Single(line => line.StartsWith("flags:", StringComparison.Ordinal))[^1] is not '0';

    private static async Task LoadAsync(GatewayFixture site)
    {
        List<Task> visits = [];
        long began = Stopwatch.GetTimestamp();
        using SemaphoreSlim atOnce = new(32);
        for (int i = 0; Stopwatch.GetElapsedTime(began) < duration; i++)
        {
            await atOnce.WaitAsync();
            visits.Add(VisitAsync());
            TimeSpan early = (pause * (i + 1)) - Stopwatch.GetElapsedTime(began);
            await Task.Delay(early > TimeSpan.Zero ? early : TimeSpan.Zero);
        }

        await Task.WhenAll(visits);
        TestContext.Current.TestOutputHelper?.WriteLine($"{visits.Count} connections in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");

        async Task VisitAsync()
        {
            try
            {
                using HttpClient relyingParty = GatewayFixture.Unverified(site.Issuer);
                relyingParty.DefaultRequestHeaders.ConnectionClose = true;
                using HttpResponseMessage response = await relyingParty.GetAsync(KeySet);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            }
            finally
            {
                atOnce.Release();
            }
        }
    }

    /// <summary>More connections than there may be, so that some are rejected, each of which wants its log line.</summary>
    private static async Task RejectAsync(GatewayFixture site)
    {
        List<TcpClient> held = [];
        for (int i = 0; i < 200; i++)
        {
            TcpClient connection = new();
            held.Add(connection);
            try
            {
                await connection.ConnectAsync(IPAddress.Loopback, site.Port);
            }
            catch (SocketException)
            {
                // Rejected before the connect returned.
            }
        }

        foreach (TcpClient connection in held)
        {
            connection.Dispose();
        }

        // As soon as the gateway has noticed that they are gone, it accepts again.
        using HttpClient relyingParty = site.Public();
        await GatewayFixture.WaitAsync(() => IsServedAsync(relyingParty), () => "never accepted again");
    }

    private static async Task<bool> IsServedAsync(HttpClient relyingParty)
    {
        try
        {
            return (await relyingParty.GetAsync(KeySet)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<double> DroppedAsync(GatewayFixture site) =>
        (await site.OperationsAsync("/metrics")).Split('\n')
            .Where(line => line.StartsWith("issuer_gateway_log_lines_dropped_total{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
}
