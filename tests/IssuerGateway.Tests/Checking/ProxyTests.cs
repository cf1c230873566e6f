using System.Net;
using System.Net.Sockets;
using System.Text;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;

namespace IssuerGateway.Tests.Checking;

/// <summary>Of an issuer behind a proxy that does not lead to it nothing is known; what comes through the tunnel is the issuer's.</summary>
public sealed class ProxyTests
{
    [Theory]
    [InlineData("garbage", "the response is not valid HTTP")]
    [InlineData("closed", "the response was cut off")]
    [InlineData("hang", "no response within ")]
    [InlineData("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "it responded with status 403")]
    [InlineData("HTTP/1.1 502 \u001b[2J\r\nContent-Length: 0\r\n\r\n", "it responded with status 502")]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "it requires a user and a password")]
    public async Task A_proxy_that_does_not_lead_to_the_issuer_is_no_verdict(string response, string found)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        using Proxy proxy = new(issuer.Port, response);

        CheckReport report = await issuer.CheckAsync(Through(issuer, proxy));

        CheckFinding finding = Assert.Single(report.Findings);
        Assert.Equal("proxy-failed", finding.Id);
        Assert.StartsWith($"127.0.0.1:{proxy.Port}: {found}", finding.Found, StringComparison.Ordinal);
        Assert.Equal(Verdict.Unknown, report.VerdictOf(report.Parties[0]));
        Assert.DoesNotContain("hunter2", finding.Found + finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_leads_to_the_issuer_is_a_verdict()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        using Proxy proxy = new(issuer.Port, "tunnel");

        CheckReport report = await issuer.CheckAsync(Through(issuer, proxy));

        Assert.Empty(CheckFixture.Rules(report));
        Assert.Equal(Verdict.Accepts, report.VerdictOf(report.Parties[0]));
    }

    [Theory]
    [InlineData("broken", "discovery error http-failed")]
    [InlineData("foreign", "discovery error tls-untrusted")]
    [InlineData("plain", "discovery error tls-failed")]
    public async Task What_comes_through_the_tunnel_is_of_the_issuer(string mistake, string rule)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Misbehave = http =>
        {
            http.Abort();
            return Task.FromResult(mistake == "broken");
        };
        using TestAuthority other = new();
        using Proxy proxy = new(issuer.Port, mistake == "plain" ? "HTTP/1.1 200 OK\r\n\r\nSSH-2.0-OpenSSH\r\n" : "tunnel");
        CheckRequest request = Through(issuer, proxy);

        CheckReport report = await issuer.CheckAsync(mistake == "foreign" ? request with { Overrides = request.Overrides with { Roots = [other.Root] } } : request);

        Assert.Equal([rule], CheckFixture.Rules(report));
        Assert.Contains(mistake == "broken" ? $"--proxy http://127.0.0.1:{proxy.Port}" : $"-proxy 127.0.0.1:{proxy.Port} ", report.Findings.Single().Fix, StringComparison.Ordinal);
    }

    private static CheckRequest Through(CheckFixture issuer, Proxy proxy) => issuer.Request() with
    {
        Proxy = new Uri($"http://joe:hunter2@127.0.0.1:{proxy.Port}"),
        Timeout = TimeSpan.FromSeconds(proxy.Hangs ? 2 : 20),
        Overrides = new ConnectionOverrides { Roots = [issuer.Authority.Root] },
    };

    /// <summary>Takes one CONNECT after the other, and responds as the test wants; "tunnel" connects to the issuer.</summary>
    private sealed class Proxy : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly int target;
        private readonly string response;

        public Proxy(int target, string response)
        {
            (this.target, this.response) = (target, response);
            listener.Start();
            _ = AcceptAsync();
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public bool Hangs => response == "hang";

        public void Dispose() => listener.Dispose();

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    _ = ServeAsync(await listener.AcceptTcpClientAsync());
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test has ended.
            }
        }

        private async Task ServeAsync(TcpClient visitor)
        {
            using TcpClient client = visitor;
            NetworkStream stream = client.GetStream();
            try
            {
                await stream.ReadAtLeastAsync(new byte[4096], 1);
                if (Hangs)
                {
                    await Task.Delay(TimeSpan.FromSeconds(10));
                }
                else if (response == "tunnel")
                {
                    using TcpClient issuer = new();
                    await issuer.ConnectAsync(IPAddress.Loopback, target);
                    await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
                    await Task.WhenAny(stream.CopyToAsync(issuer.GetStream()), issuer.GetStream().CopyToAsync(stream));
                }
                else if (response != "closed")
                {
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(response == "garbage" ? "\u001b[2Jgarbage\r\n\r\n" : response));
                    await stream.ReadAtLeastAsync(new byte[4096], 4096, throwOnEndOfStream: false);
                }
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                // The check has gone.
            }
        }
    }
}
