using System.Net;
using System.Net.Sockets;
using System.Text;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;

namespace IssuerGateway.Tests.Checking.Guards;

/// <summary>Where a certificate says its issuer is, is the choice of the other side, as a URL in a document is (CWE-918).</summary>
public sealed class MissingIssuersTests
{
    [Theory]
    [InlineData("http://127.0.0.2:PORT/ca.cer", false, 0, "tls-untrusted")]
    [InlineData("http://127.0.0.2:PORT/ca.cer", true, 1, "tls-chain-incomplete")]
    [InlineData("http://127.0.0.1:PORT/ca.cer", false, 0, "tls-untrusted")]
    [InlineData("http://2130706434:PORT/ca.cer", false, 0, "tls-untrusted")]
    [InlineData("http://[::ffff:127.0.0.2]:PORT/ca.cer", false, 0, "tls-untrusted")]
    [InlineData("http://joe:pw@127.0.0.1:PORT/ca.cer", false, 0, "tls-untrusted")]
    [InlineData("ldap://127.0.0.1:PORT/ca.cer", false, 0, "tls-untrusted")]
    [InlineData("http://127.0.0.1:PORT/ca.cer\r\nX: y", false, 0, "tls-untrusted")]
    [InlineData("file:///etc/passwd", false, 0, "tls-untrusted")]
    public async Task A_certificate_leads_to_no_private_address(string url, bool allowPrivate, int requests, string rule)
    {
        TestAuthority? authority = null;
        using TcpListener archive = new(IPAddress.Any, 0);
        archive.Start();
        string port = ((IPEndPoint)archive.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await using CheckFixture issuer = await CheckFixture.StartAsync(made => (authority = made).Leaf(CheckFixture.Host, issuerUrl: url.Replace("PORT", port, StringComparison.Ordinal)), sendIntermediate: false);
        int seen = 0;
        Task serving = ServeAsync(archive, authority!.Intermediate.RawData, () => Interlocked.Increment(ref seen));
        CheckRequest request = issuer.Request();

        CheckReport report = await issuer.CheckAsync(request with { Overrides = request.Overrides with { AllowPrivate = allowPrivate } });

        archive.Stop();
        await serving;
        Assert.Equal((rule, requests), (Assert.Single(report.Findings).Id, seen));
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2/\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("SSH-2.0-x\r\n")]
    public async Task What_is_no_certificate_is_none(string response)
    {
        using TcpListener archive = new(IPAddress.Loopback, 0);
        archive.Start();
        int port = ((IPEndPoint)archive.LocalEndpoint).Port;
        await using CheckFixture issuer = await CheckFixture.StartAsync(authority => authority.Leaf(CheckFixture.Host, issuerUrl: $"http://127.0.0.1:{port}/ca.cer"), sendIntermediate: false);
        Task serving = ServeAsync(archive, [], () => { }, response);

        CheckRequest request = issuer.Request();
        CheckReport report = await issuer.CheckAsync(request with { Overrides = request.Overrides with { AllowPrivate = true } });

        archive.Stop();
        await serving;
        Assert.Equal("tls-untrusted", Assert.Single(report.Findings).Id);
    }

    private static async Task ServeAsync(TcpListener archive, byte[] certificate, Action onRequest, string? response = null)
    {
        try
        {
            while (true)
            {
                using TcpClient visitor = await archive.AcceptTcpClientAsync();
                onRequest();
                await using NetworkStream stream = visitor.GetStream();
                await stream.ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(response ?? $"HTTP/1.1 200 OK\r\nContent-Type: application/pkix-cert\r\nContent-Length: {certificate.Length}\r\nConnection: close\r\n\r\n"));
                await stream.WriteAsync(certificate);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Stopped.
        }
    }
}
