using IssuerGateway.Base;
using IssuerGateway.Ctl;
using IssuerGateway.Tests.Ctl.EntraApp;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Ctl.Parties.Registering;

/// <summary>What is likely to pass is requested again, and whoever waits reads why, with a terminal or without.</summary>
public sealed class RepeatedRequestTests : IDisposable
{
    private readonly InstantTime time = new();
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData(429)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Gives_up_after_six_requests_and_about_a_minute(int status)
    {
        int requests = 0;
        using LoopbackApi proxy = new((_, _) => { requests++; return (status, "<html>"); });

        (int exitCode, _, string error) = await PlanAsync(proxy);

        Assert.Equal((3, 6), (exitCode, requests));
        Assert.Equal([2, 4, 8, 16, 32], time.Waits.Select(wait => (int)wait.TotalSeconds));
        Assert.Equal(((string[])["2", "4", "8", "16", "32"]).Select(seconds => $"{proxy.Url} responded with {status}; retrying in {seconds} s"),
            error.Split('\n').Where(line => line.Contains("retrying", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Waits_no_longer_than_two_minutes_for_a_Retry_After()
    {
        int requests = 0;
        using LoopbackApi busy = new((context, _) => { requests++; context.Response.Headers["Retry-After"] = "121"; return (429, "{}"); });

        Assert.Equal(3, (await PlanAsync(busy)).ExitCode);
        Assert.Equal((1, 0), (requests, time.Waits.Count));
    }

    /// <summary>The clock moves on as soon as the request has arrived, and no response ever comes.</summary>
    [Fact]
    public async Task Ends_when_a_server_accepts_the_request_and_never_responds()
    {
        FakeTimeProvider clock = new();
        int requests = 0;
        using LoopbackApi hanging = new((_, _) =>
        {
            requests++;
            clock.Advance(TimeSpan.FromSeconds(31));
            return null;
        });

        (int exitCode, string output, string error) = await PlanAsync(hanging, clock);

        Assert.Equal((3, "", 1), (exitCode, output, requests));
        Assert.Contains("no complete response within 30 s", error, StringComparison.Ordinal);
    }

    /// <summary>Headers and half a body, and then nothing: what is read of a response is a part of the attempt.</summary>
    [Fact]
    public async Task Ends_when_Graph_starts_a_response_and_never_ends_it()
    {
        FakeTimeProvider clock = new();
        int requests = 0;
        using LoopbackApi hanging = new((context, _) =>
        {
            requests++;
            (context.Response.StatusCode, context.Response.SendChunked) = (200, true);
            context.Response.OutputStream.Write("{"u8);
            context.Response.OutputStream.Flush();
            return null;
        });
        string token = directory.File("token");
        await File.WriteAllTextAsync(token, "graph-token");
        StringWriter output = new(), error = new();
        Task<int> running = CtlCommand.RunAsync(
            ["trust", "verify", "entra-app", .. "--tenant 00000000-0000-0000-0000-000000000000 --app-name a --host app.example.com --issuer https://oidc.example.com --namespace n --service-account s".Split(' '), "--access-token-file", token, "--graph-endpoint", hanging.Url],
            new ProgramEnvironment { Terminal = new Terminal(output, error, program: null), Time = time, NetworkTime = clock });

        // Whenever the headers have arrived, the clock moves on.
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (!running.IsCompleted && !limit.IsCancellationRequested)
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            await Task.WhenAny(running, Task.Delay(50, limit.Token));
        }

        Assert.True(running.IsCompleted, "it still waits");
        Assert.Equal((3, "", 7), (await running, output.ToString(), requests));
    }

    private async Task<(int ExitCode, string Output, string Error)> PlanAsync(LoopbackApi api, TimeProvider? network = null)
    {
        string token = directory.File("token");
        await File.WriteAllTextAsync(token, "hvs.secret-token");
        StringWriter output = new(), error = new();
        int exitCode = await CtlCommand.RunAsync(["trust", "plan", "vault", .. Samples.With("vault", "--address", api.Url), "--token-file", token],
            new ProgramEnvironment { Terminal = new Terminal(output, error, program: null), Time = time, NetworkTime = network ?? TimeProvider.System });
        return (exitCode, output.ToString(), error.ToString());
    }
}
