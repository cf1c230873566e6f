using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Tests.Tls;

namespace IssuerGateway.EndToEnd.Acme;

public sealed class CrossSignedChainTests
{
    // dotnet/aspnetcore#66952: relying parties that know only the old root need the cross-signed certificate.
    [Fact]
    public async Task The_chain_of_the_file_is_sent_although_this_machine_trusts_the_new_root_by_itself()
    {
        using AcmeSite site = new();
        TestCa ca = new();
        (string chain, string key) = ca.Issue(AcmeSite.Host);
        await File.WriteAllTextAsync(site.PathOf("tls.crt"), chain + new TestCa("Old").CrossSignRootOf(ca).ExportCertificatePem());
        await File.WriteAllTextAsync(site.PathOf("tls.key"), key);
        await File.WriteAllTextAsync(site.PathOf("trusted.pem"), ca.Root.ExportCertificatePem());
        string[] settings =
        [
            $"Issuers:0:Identifier=https://{AcmeSite.Host}", "Issuers:0:AllowPrivateHost=true", "Issuers:0:Upstream:Kind=Directory", $"Issuers:0:Upstream:Directory={site.PathOf("documents")}",
            "Edge:Address=127.0.0.1", $"Edge:HttpsPort={site.TlsPort}", $"Operations:Port={site.OperationsPort}", "Shutdown:Delay=0s",
            $"Tls:Certificates:0:CertificateFile={site.PathOf("tls.crt")}", $"Tls:Certificates:0:KeyFile={site.PathOf("tls.key")}",
        ];
        string binary = Environment.GetEnvironmentVariable("ISSUER_GATEWAY_BINARY") ?? Path.Combine(AppContext.BaseDirectory, "issuer-gateway");
        ProcessStartInfo start = new(binary, ["serve", .. settings.SelectMany(setting => new[] { "--set", setting })]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SSL_CERT_FILE"] = site.PathOf("trusted.pem");
        using Process gateway = Process.Start(start)!;
        _ = gateway.StandardOutput.ReadToEndAsync();
        _ = gateway.StandardError.ReadToEndAsync();
        try
        {
            IReadOnlyList<X509Certificate2>? sent = null;
            long began = Stopwatch.GetTimestamp();
            while ((sent = await site.HandshakeAsync()) is null)
            {
                Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(60) && !gateway.HasExited, "the gateway does not respond");

                // Another process: there is no event to wait for.
                await Task.Delay(20);
            }

            Assert.Equal(["CN=Test Intermediate", "CN=Test Root", "CN=Old Root"], sent.Select(certificate => certificate.Issuer));
        }
        finally
        {
            gateway.Kill();
            await gateway.WaitForExitAsync();
        }
    }
}
