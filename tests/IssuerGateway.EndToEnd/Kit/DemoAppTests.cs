using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>The demo app of the workload: a real nginx takes its configuration, listens on loopback only, and shows who came.</summary>
public sealed class DemoAppTests
{
    [Fact]
    public Task The_demo_of_the_chart_responds() =>
        RespondsAsync(RenderedChart.Of(RenderedChart.Workload, "httproute").One("ConfigMap"), "Signed in as ada@example.com (ada), groups admins\n");

    [Fact]
    public Task The_demo_of_the_walk_through_responds() => RespondsAsync(
        KubernetesSchemas.Validate(Path.Combine(KitFolder.Manifests, "walk-through.yaml")).Objects.Single(each => each.Kind() == "ConfigMap"),
        "Signed in as ada@example.com (ada)\n");

    private static async Task RespondsAsync(JsonObject map, string expected)
    {
        string folder = Directory.CreateTempSubdirectory("kit-demo-").FullName;
        int port = FreePort();
        string file = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(file, ((string)map["data"]!["nginx.conf"]!)
            .Replace("listen 127.0.0.1:8080;", $"listen 127.0.0.1:{port};", StringComparison.Ordinal)
            .Replace("/tmp/", folder + "/", StringComparison.Ordinal));
        using Process nginx = Process.Start(new ProcessStartInfo("nginx", ["-c", file, "-g", "daemon off;"]) { RedirectStandardError = true })!;
        try
        {
            Assert.Equal(expected, await GetAsync(port, "/", HttpStatusCode.OK));
            Assert.Equal("", await GetAsync(port, "/healthz", HttpStatusCode.NoContent));
        }
        finally
        {
            nginx.Kill(entireProcessTree: true);
            await nginx.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> GetAsync(int port, string path, HttpStatusCode expected)
    {
        using SocketsHttpHandler handler = new();
        using HttpMessageInvoker http = new(handler);
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using HttpRequestMessage request = new(HttpMethod.Get, $"http://127.0.0.1:{port}{path}");
                request.Headers.Add("X-Forwarded-Email", "ada@example.com");
                request.Headers.Add("X-Forwarded-User", "ada");
                request.Headers.Add("X-Forwarded-Groups", "admins");
                using HttpResponseMessage response = await http.SendAsync(request, CancellationToken.None);
                Assert.Equal(expected, response.StatusCode);
                return await response.Content.ReadAsStringAsync();
            }
            catch (HttpRequestException) when (attempt < 100)
            {
                // Not listening yet.
                await Task.Delay(50);
            }
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
