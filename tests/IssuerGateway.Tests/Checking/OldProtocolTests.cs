using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Checking;
using IssuerGateway.Demo;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Checking;

/// <summary>Against openssl s_server, which speaks what it is told to.</summary>
public sealed class OldProtocolTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly TestAuthority authority = new();
    private readonly int port = FreePorts.Take(1)[0];

    public void Dispose()
    {
        authority.Dispose();
        directory.Dispose();
    }

    [Theory]
    [InlineData("-tls1_1", "TLS 1.1")]
    [InlineData("-tls1", "TLS 1.0")]
    public async Task Names_a_server_that_speaks_nothing_newer(string version, string found)
    {
        StepReport tls = await CheckAsync(version);

        CheckFinding finding = Assert.Single(tls.Findings);
        Assert.Equal(("tls-old-protocol", "TLS 1.2 or later", found), (finding.Rule, finding.Expected, finding.Found));
        Assert.Equal(StepOutcome.Failed, tls.Outcome);
    }

    [Fact]
    public async Task Takes_a_server_that_speaks_TLS_1_2() => Assert.Empty((await CheckAsync("-tls1_2")).Findings);

    private async Task<StepReport> CheckAsync(string version)
    {
        X509Certificate2 leaf = authority.Leaf(CheckFixture.Host);
        await File.WriteAllTextAsync(directory.File("tls.crt"), leaf.ExportCertificatePem());
        await File.WriteAllTextAsync(directory.File("chain.crt"), authority.Intermediate.ExportCertificatePem());
        await File.WriteAllTextAsync(directory.File("tls.key"), leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        using Process server = Process.Start(new ProcessStartInfo("openssl",
        [
            "s_server", "-accept", $"127.0.0.1:{port}", "-cert", directory.File("tls.crt"), "-cert_chain", directory.File("chain.crt"), "-key", directory.File("tls.key"),
            "-www", version, "-cipher", "ALL:@SECLEVEL=0",
        ]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            while (await server.StandardOutput.ReadLineAsync() is { } line && line != "ACCEPT")
            {
                // It is not listening yet.
            }

            CheckRequest request = new()
            {
                Issuer = $"https://{CheckFixture.Host}:{port}",
                Profiles = [RelyingPartyProfile.Find("entra")!],
                Overrides = new ConnectionOverrides
                {
                    Resolve = new Dictionary<string, IPAddress> { [$"{CheckFixture.Host}:{port}"] = IPAddress.Loopback },
                    Roots = [authority.Root],
                },
            };
            CheckReport report = await new IssuerCheck(request, upstream: null, exchange: null, TimeProvider.System).RunAsync(CancellationToken.None);
            return report.Steps.Single(step => step.Step == "tls");
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }
}
