using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace IssuerGateway.EndToEnd.Gateway;

/// <summary>Probes of load balancers at the public ports (G32): HTTP/1.0 without a host, or with the address of the backend.</summary>
public sealed class ProbePathTests
{
    private const string Found = "HTTP/1.1 200 OK\nCache-Control: no-store\nConnection: close\nContent-Length: 0\nStrict-Transport-Security: max-age=31536000\nX-Content-Type-Options: nosniff\n\n";

    public static TheoryData<string, int> Probes() => new()
    {
        { "GET /healthz HTTP/1.0\r\n\r\n", 200 },
        { "GET /healthz HTTP/1.0\r\nHost: 10.0.0.5\r\n\r\n", 200 },
        { "GET /healthz HTTP/1.1\r\nHost: 10.0.0.5:8443\r\nUser-Agent: GoogleHC/1.0\r\nConnection: keep-alive\r\n\r\n", 200 },
        { "HEAD /healthz HTTP/1.1\r\nHost: \r\n\r\n", 200 },
        { "GET /healthz?x=1 HTTP/1.0\r\n\r\n", 404 },
        { "GET /healthz/ HTTP/1.0\r\n\r\n", 404 },
        { "GET /Healthz HTTP/1.0\r\n\r\n", 404 },
        { "GET / HTTP/1.0\r\n\r\n", 404 },
        { "GET /openid/v1/jwks HTTP/1.0\r\n\r\n", 404 },
    };

    [Theory]
    [MemberData(nameof(Probes))]
    public async Task Responds_at_the_path_of_the_configuration_and_nowhere_else(string request, int status)
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using GatewayRun gateway = await site.ServeUntilReadyAsync("Edge:ProbePath=/healthz");

        string response = await SendAsync(site.Port, request);

        Assert.StartsWith($"HTTP/1.1 {status} ", response, StringComparison.Ordinal);
        Assert.Equal(status == 200 ? Found : response, response);
        Assert.Contains("\nCache-Control: no-store\n", response, StringComparison.Ordinal);
        Assert.EndsWith("\n\n", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_not_there_unless_it_is_configured()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        await using GatewayRun gateway = await site.ServeUntilReadyAsync();

        Assert.StartsWith("HTTP/1.1 404 ", await SendAsync(site.Port, "GET /healthz HTTP/1.0\r\n\r\n"), StringComparison.Ordinal);
    }

    // By TLS without SNI and without trust, as such probes come.
    private static async Task<string> SendAsync(int port, string request)
    {
        using TcpClient connection = new();
        await connection.ConnectAsync(IPAddress.Loopback, port);
#pragma warning disable CA5359 // Loopback, and a probe verifies nothing.
        await using SslStream stream = new(connection.GetStream(), false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await stream.AuthenticateAsClientAsync("localhost");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using StreamReader reader = new(stream, Encoding.ASCII);
        string[] lines = (await reader.ReadToEndAsync()).Replace("\r", "", StringComparison.Ordinal).Split('\n');
        int end = Array.IndexOf(lines, "");
        return string.Join('\n', [lines[0], .. lines[1..end].Where(line => !line.StartsWith("Date: ", StringComparison.Ordinal)).Order(StringComparer.Ordinal), .. lines[end..]]);
    }
}
