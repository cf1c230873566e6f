using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace IssuerGateway.Demo;

/// <summary>The real gateway as a child process: started by its command line, ended by SIGTERM, never left behind.</summary>
internal sealed partial class GatewayProcess : IAsyncDisposable
{
    private const int Sigterm = 15;
    private const int KeptLines = 40;
    private static readonly TimeSpan grace = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(50);

    private readonly Process process;
    private readonly TimeProvider time;
    private readonly Action<string>? onLine;
    private readonly Queue<string> lines = new();
    private readonly Task reading;

    private GatewayProcess(Process process, TimeProvider time, Action<string>? onLine)
    {
        this.process = process;
        this.time = time;
        this.onLine = onLine;
        reading = Task.WhenAll(KeepAsync(process.StandardOutput), KeepAsync(process.StandardError));
    }

    public int Id => process.Id;

    /// <summary>The last lines that it wrote, for whoever must find out why it ended.</summary>
    public IReadOnlyList<string> LastLines
    {
        get
        {
            lock (lines)
            {
                return [.. lines];
            }
        }
    }

    /// <param name="binary">A native binary; null runs <c>issuer-gateway.dll</c> from the demo's own directory.</param>
    /// <param name="onLine">Gets every line that it writes, for whoever needs more than the last ones.</param>
    public static GatewayProcess Start(string? binary, IEnumerable<string> arguments, TimeProvider time, Action<string>? onLine = null)
    {
        ProcessStartInfo start = new(binary ?? DotNetHost())
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in binary is null ? [Path.Combine(AppContext.BaseDirectory, "issuer-gateway.dll"), .. arguments] : arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new GatewayProcess(Process.Start(start)!, time, onLine);
    }

    /// <summary>Waits for 200 on the readiness URL; false when the process ended or the time is over.</summary>
    public async Task<bool> IsReadyAsync(Uri readiness, TimeSpan within, CancellationToken cancellationToken)
    {
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
        for (long began = time.GetTimestamp(); time.GetElapsedTime(began) < within && !process.HasExited; await Task.Delay(pause, time, cancellationToken))
        {
            try
            {
                using HttpResponseMessage response = await http.GetAsync(readiness, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return true;
                }
            }
            catch (HttpRequestException)
            {
                // Its port is not open yet.
            }
        }

        return false;
    }

    /// <summary>SIGTERM and the time to drain; SIGKILL only after that. Returns the exit code.</summary>
    public async Task<int> EndAsync()
    {
        if (!process.HasExited)
        {
            _ = Kill(process.Id, Sigterm);
        }

        using CancellationTokenSource late = new(grace, time);
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }

        await reading;
        return process.ExitCode;
    }

    /// <summary>A compact JSON log line as a person reads it; any other line as it is.</summary>
    public static string PlainLine(string line)
    {
        try
        {
            using JsonDocument entry = JsonDocument.Parse(line);
            string level = entry.RootElement.TryGetProperty("@l", out JsonElement stated) ? stated.GetString()!.ToLowerInvariant() : "information";
            return $"{level}: {entry.RootElement.GetProperty("@m").GetString()}";
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return line;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        process.Dispose();
    }

    private async Task KeepAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            lock (lines)
            {
                onLine?.Invoke(line);
                lines.Enqueue(line);
                if (lines.Count > KeptLines)
                {
                    lines.Dequeue();
                }
            }
        }
    }

    // The host that runs this process, also where dotnet is not on the path: <root>/shared/Microsoft.NETCore.App/<version>/.
    private static string DotNetHost() => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
