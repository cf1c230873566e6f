using System.Net;
using System.Net.Sockets;
using System.Text;
using IssuerGateway.Ctl.Cluster.Commands;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>Where the status of the gateway is fetched from, and what is taken for it.</summary>
public sealed class GatewayStatusTests
{
    [Theory]
    [InlineData("http://127.0.0.1:9090/status")]
    [InlineData("http://localhost:9090")]
    [InlineData("http://[::1]:9090/status")]
    [InlineData("http://10.0.0.5:9090/")]
    [InlineData("http://gateway.issuer-gateway.svc:9090/status")]
    [InlineData("https://status.example.com/status")]
    public void Takes_the_operations_listener_where_nobody_can_change_the_response(string url) =>
        Assert.Equal("/status", GatewayStatusInput.Parse(url, out _)?.PathAndQuery);

    [Theory]
    [InlineData("http://oidc.example.com/status", "is plain http to a public host")]
    [InlineData("http://203.0.113.9:9090/status", "is plain http to a public host")]
    [InlineData("ftp://127.0.0.1/status", "is not the URL")]
    [InlineData("http://user:password@127.0.0.1:9090/status", "is not the URL")]
    [InlineData("http://127.0.0.1:9090/status?a=b", "is not the URL")]
    [InlineData("http://127.0.0.1:9090/status#a", "is not the URL")]
    [InlineData("http://127.0.0.1:9090/metrics", "is not the URL")]
    [InlineData("http://", "is not the URL")]
    public void Rejects_everything_else(string url, string message)
    {
        Assert.Null(GatewayStatusInput.Parse(url, out (string Message, string Hint) fault));
        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", null)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}", null)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}", "the response is \"text/html\", not application/json")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "the response is of no type, not application/json")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n", "status 302; a redirect is not followed")]
    [InlineData("HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n", "status 421: the gateway rejects this host name")]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "status 503")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n", "the response is larger than 4 MiB")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{", "the response is not HTTP as a gateway sends it, or ended early")]
    [InlineData("SSH-2.0-x\r\n", "the response is not HTTP as a gateway sends it, or ended early")]
    public async Task Takes_only_what_a_gateway_sends(string response, string? problem)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task server = Task.Run(async () =>
        {
            using TcpClient client = await listener.AcceptTcpClientAsync();
            NetworkStream stream = client.GetStream();
            await stream.ReadAtLeastAsync(new byte[4096], 1);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(response));
        });

        (string? body, string? found, _) = await GatewayStatusInput.FetchAsync(new Uri($"http://{listener.LocalEndpoint}/status"), CancellationToken.None);
        await server;

        Assert.Equal(problem, found);
        Assert.Equal(problem is null ? "{}" : null, body);
    }

    [Fact]
    public async Task Nothing_listening_is_said()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Uri url = new($"http://{listener.LocalEndpoint}/status");
        listener.Stop();

        (string? body, string? problem, _) = await GatewayStatusInput.FetchAsync(url, CancellationToken.None);

        Assert.Null(body);
        Assert.Equal("the connection failed", problem);
    }
}
