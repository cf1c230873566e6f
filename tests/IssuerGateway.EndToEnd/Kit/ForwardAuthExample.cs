using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using IssuerGateway.Demo;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>A real nginx or Caddy with the example of the chart; only addresses are replaced.</summary>
internal sealed class ForwardAuthExample : IAsyncDisposable
{
    public const string Host = "shop.apps.example.com";

    private readonly string folder = Directory.CreateTempSubdirectory("kit-forward-auth-").FullName;
    private readonly int authPort;
    private readonly int appPort;
    private Process process = null!;

    private ForwardAuthExample(int authPort, int appPort) => (this.authPort, this.appPort) = (authPort, appPort);

    public int Port { get; } = FreePorts.Take(1)[0];

    public static async Task<ForwardAuthExample> StartAsync(string proxy, int authPort, int appPort)
    {
        ForwardAuthExample example = new(authPort, appPort);
        example.process = Process.Start(proxy == "nginx" ? example.Nginx() : example.Caddy())!;
        if (proxy != "nginx")
        {
            // Caddy logs a line for each request: a full pipe would stop it.
            example.process.BeginErrorReadLine();
        }

        await example.WaitAsync();
        return example;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private ProcessStartInfo Nginx()
    {
        string example = Example("nginx.conf").Replace("listen 8080;", $"listen 127.0.0.1:{Port};", StringComparison.Ordinal);
        string temporary = string.Concat(((string[])["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]).Select(name => $"{name}_temp_path {folder}/{name};\n"));
        string file = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(file, $"worker_processes 1;\npid {folder}/nginx.pid;\nerror_log stderr warn;\nevents {{ worker_connections 64; }}\nhttp {{\naccess_log off;\nlarge_client_header_buffers 4 16k;\n{temporary}{example}\n}}\n");
        return new ProcessStartInfo("nginx", ["-c", file, "-g", "daemon off;"]);
    }

    private ProcessStartInfo Caddy()
    {
        string file = Path.Combine(folder, "Caddyfile");
        File.WriteAllText(file, "{\n\tadmin off\n\tauto_https off\n}\n" + Example("Caddyfile").Replace($"http://{Host}:8080", $"http://{Host}:{Port}", StringComparison.Ordinal));
        return new ProcessStartInfo("caddy", ["run", "--config", file, "--adapter", "caddyfile"]) { Environment = { ["XDG_DATA_HOME"] = folder, ["XDG_CONFIG_HOME"] = folder }, RedirectStandardError = true };
    }

    private string Example(string name) => File.ReadAllText(Path.Combine(KitFolder.Charts, RenderedChart.Workload, "examples", name))
        .Replace("auth.azure-demo.svc:4180", $"127.0.0.1:{authPort}", StringComparison.Ordinal)
        .Replace("127.0.0.1:8081", $"127.0.0.1:{appPort}", StringComparison.Ordinal);

    private async Task WaitAsync()
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(IPAddress.Loopback, Port, limit.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50, limit.Token);
            }
        }
    }
}
