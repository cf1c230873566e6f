using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Demo;
using IssuerGateway.EndToEnd.Kit;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>
/// The real OAuth2 Proxy with exactly the rendered arguments and variables. Only where it listens, where the application,
/// Redis and the token file are, and which addresses are trusted is mapped to this machine.
/// </summary>
internal sealed class OAuth2Proxy : IAsyncDisposable
{
    /// <summary>Any valid one; all replicas of a Deployment have the same.</summary>
    public const string CookieSecret = "Zx3vQ9sT1uW5yB7dF0hK2mN4pR6tV8xA";

    private const string Name = "oauth2-proxy";

    private readonly Process process;
    private readonly StringBuilder log = new();

    private OAuth2Proxy(Process process, int port)
    {
        this.process = process;
        Port = port;
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Port { get; }

    public string Log
    {
        get
        {
            lock (log)
            {
                return log.ToString();
            }
        }
    }

    /// <summary>OAuth2 Proxy is not part of the tests' tools. Where it is absent, the test says so and passes.</summary>
    public static bool IsAbsent(string program = Name)
    {
        bool found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
        if (!found)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"not run: {program} is not on PATH");
        }

        return !found;
    }

    public static async Task<OAuth2Proxy> StartAsync(RenderedWorkload workload, ProxyEnvironment environment)
    {
        OAuth2Proxy proxy = Launch(workload, environment);
        try
        {
            await proxy.UntilReadyAsync();
            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one that is expected to end by itself.</summary>
    public static async Task<(int ExitCode, string Log)> RunAsync(RenderedWorkload workload, ProxyEnvironment environment)
    {
        await using OAuth2Proxy proxy = Launch(workload, environment);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
        await proxy.process.WaitForExitAsync(limit.Token);
        return (proxy.process.ExitCode, proxy.Log);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(10));
        await process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        process.Dispose();
    }

    private async Task UntilReadyAsync()
    {
        using SocketsHttpHandler handler = new() { UseProxy = false };
        using HttpClient client = new(handler) { Timeout = TimeSpan.FromSeconds(5) };
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
        while (!process.HasExited)
        {
            try
            {
                using HttpResponseMessage ready = await client.GetAsync(new Uri($"http://127.0.0.1:{Port}/ready"), limit.Token);
                if (ready.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !limit.IsCancellationRequested))
            {
                // Not listening yet, or slow.
            }

            await Task.Delay(50, limit.Token);
        }

        throw new InvalidOperationException($"oauth2-proxy ended:\n{Log}");
    }

    private static OAuth2Proxy Launch(RenderedWorkload workload, ProxyEnvironment environment)
    {
        IReadOnlyList<int> ports = FreePorts.Take(2);
        ProcessStartInfo start = new(Name, workload.Arguments.Select(argument => Map(argument, ports, environment)).Concat(environment.MoreArguments))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (JsonNode variable in workload.Proxy.Each("env"))
        {
            start.Environment[(string)variable["name"]!] = (string)variable["name"]! switch
            {
                "AZURE_FEDERATED_TOKEN_FILE" when (string?)variable["value"] == "/var/run/secrets/azure/token" => environment.TokenFile,
                "OAUTH2_PROXY_COOKIE_SECRET" => environment.CookieSecret,
                "OAUTH2_PROXY_REDIS_PASSWORD" => environment.RedisPassword,
                string name => (string?)variable["value"] ?? workload.Options.GetValueOrDefault(name) ?? throw new InvalidOperationException($"no value for {variable}"),
            };
        }

        start.Environment["HTTPS_PROXY"] = environment.WayOut;
        start.Environment["SSL_CERT_FILE"] = environment.RootsFile;
        return new OAuth2Proxy(Process.Start(start)!, ports[0]);
    }

    private static string Map(string argument, IReadOnlyList<int> ports, ProxyEnvironment environment) => argument switch
    {
        "--http-address=0.0.0.0:4180" => $"--http-address=127.0.0.1:{ports[0]}",
        "--metrics-address=0.0.0.0:44180" => $"--metrics-address=127.0.0.1:{ports[1]}",
        "--upstream=http://127.0.0.1:8080/" or "--upstream=http://127.0.0.1:3000/" => $"--upstream=http://127.0.0.1:{environment.AppPort}/",
        "--redis-connection-url=rediss://redis.redis.svc:6380" => $"--redis-connection-url=redis://127.0.0.1:{environment.RedisPort}",
        "--trusted-proxy-ip=10.42.0.0/16" => $"--trusted-proxy-ip={environment.TrustedRange}",
        _ => argument,
    };

    private void Append(string? line)
    {
        lock (log)
        {
            log.AppendLine(line);
        }
    }
}

/// <summary>What a pod finds around OAuth2 Proxy, on this machine.</summary>
internal sealed record ProxyEnvironment
{
    public required int AppPort { get; init; }

    public required string TokenFile { get; init; }

    public required string WayOut { get; init; }

    public required string RootsFile { get; init; }

    public int RedisPort { get; init; }

    public string RedisPassword { get; init; } = "";

    public string CookieSecret { get; init; } = OAuth2Proxy.CookieSecret;

    /// <summary>In place of the range of the Gateway's pods.</summary>
    public string TrustedRange { get; init; } = "127.42.0.0/16";

    /// <summary>What the chart would refuse to render, to show why.</summary>
    public IReadOnlyList<string> MoreArguments { get; init; } = [];
}
