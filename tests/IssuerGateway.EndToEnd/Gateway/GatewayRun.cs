using System.Collections.Concurrent;
using System.Diagnostics;
using IssuerGateway.Base;
using IssuerGateway.EndToEnd.Secrets;

namespace IssuerGateway.EndToEnd.Gateway;

/// <summary>
/// The published native binary (ISSUER_GATEWAY_BINARY; without it the one beside the tests), started through its command
/// line and ended by its id.
/// </summary>
internal sealed class GatewayRun : IAsyncDisposable
{
    public static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new();
    private readonly ConcurrentQueue<string> error = new();

    private GatewayRun(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Keep(output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    public string Output => string.Join('\n', output);

    /// <summary>Waits until it has printed this: what it shows elsewhere can be seen before its log line is.</summary>
    public Task PrintsAsync(string text) => GatewayFixture.WaitAsync(() => Task.FromResult(Output.Contains(text, StringComparison.Ordinal)), () => $"no \"{text}\" in\n{Output}");

    public string Error => string.Join('\n', error);

    public static GatewayRun Start(params IEnumerable<string> arguments) => StartIn([], [], arguments);

    /// <param name="commandPrefix">A program and its arguments that ends in executing the gateway in its own place, under its own id.</param>
    /// <param name="variables">Environment beyond what the tests run in.</param>
    public static GatewayRun StartIn(IReadOnlyList<string> commandPrefix, IReadOnlyList<(string Name, string Value)> variables, IEnumerable<string> arguments)
    {
        string[] all = [.. commandPrefix, Environment.GetEnvironmentVariable("ISSUER_GATEWAY_BINARY") ?? Path.Combine(AppContext.BaseDirectory, "issuer-gateway"), .. arguments];
        ProcessStartInfo start = new(all[0], all[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        return new GatewayRun(Process.Start(start)!);
    }

    /// <summary>Runs a verb that ends by itself.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params IEnumerable<string> arguments)
    {
        await using GatewayRun gateway = Start(arguments);
        int exitCode = await gateway.ExitAsync();
        return (exitCode, gateway.Output, gateway.Error);
    }

    public Task<int> ExitAsync() => ExitAsync(WaitLimit);

    public async Task<int> ExitAsync(TimeSpan waitLimit)
    {
        using CancellationTokenSource deadline = new(waitLimit);
        await process.WaitForExitAsync(deadline.Token);
        return process.ExitCode;
    }

    public void Kill() => process.Kill();

    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", Id.ToString()]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
        SecretsOfTheRun.Show("standard output", Output);
        SecretsOfTheRun.Show("standard error", Error);
    }

    private static void Keep(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }
}
