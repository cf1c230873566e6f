using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Tests.Tls;

namespace IssuerGateway.EndToEnd.Gateway;

/// <summary>A server that leaves the intermediate to be fetched: browsers do, relying parties do not.</summary>
public sealed class CheckChainTests
{
    [Fact]
    public async Task Names_a_gap_in_the_chain_at_each_check()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        TestCa ca = new();
        using TcpListener archive = new(IPAddress.Loopback, 0);
        archive.Start();
        Task serving = ServeAsync(archive, ca.Intermediate.RawData);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(ocspUris: null, [$"http://127.0.0.1:{((IPEndPoint)archive.LocalEndpoint).Port}/intermediate.cer"]));
        string chain = ca.Issue(request, ["localhost"]);
        await File.WriteAllTextAsync(site.PathOf("tls.crt"), chain[..(chain.IndexOf("-----END", StringComparison.Ordinal) + "-----END CERTIFICATE-----\n".Length)]);
        await File.WriteAllTextAsync(site.PathOf("tls.key"), key.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(site.PathOf("root.pem"), ca.Root.ExportCertificatePem());
        await using GatewayRun gateway = await site.ServeUntilReadyAsync(
            "Tls:Mode=Files", $"Tls:Certificates:0:CertificateFile={site.PathOf("tls.crt")}", $"Tls:Certificates:0:KeyFile={site.PathOf("tls.key")}", "Tls:SelfSigned:ExportFile=");

        // The root is one of the machine's, and what a check fetches it may keep in the home of its user.
        Directory.CreateDirectory(site.PathOf("home"));
        (string, string)[] machine = [("SSL_CERT_FILE", site.PathOf("root.pem")), ("SSL_CERT_DIR", site.PathOf("home")), ("HOME", site.PathOf("home"))];
        for (int check = 0; check < 2; check++)
        {
            await using GatewayRun run = GatewayRun.StartIn([], machine, ["check", site.Issuer, "--profile", "generic", "--resolve", $"localhost:{site.Port}:127.0.0.1", "--allow-private"]);
            int exitCode = await run.ExitAsync();

            Assert.True(run.Output.Contains("tls-chain-incomplete", StringComparison.Ordinal), $"check {check + 1}\n{run.Output}\n{run.Error}");
            Assert.Contains("serve the full chain (fullchain.pem), leaf first", run.Output, StringComparison.Ordinal);
            Assert.Equal(1, exitCode);
        }

        archive.Stop();
        await serving;
    }

    /// <summary>Responds to every request with the certificate.</summary>
    private static async Task ServeAsync(TcpListener archive, byte[] certificate)
    {
        try
        {
            while (true)
            {
                using TcpClient visitor = await archive.AcceptTcpClientAsync();
                await using NetworkStream stream = visitor.GetStream();
                await stream.ReadAtLeastAsync(new byte[4096], 1);
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/pkix-cert\r\nContent-Length: {certificate.Length}\r\nConnection: close\r\n\r\n"));
                await stream.WriteAsync(certificate);
            }
        }
        catch (SocketException)
        {
            // Stopped.
        }
    }
}
