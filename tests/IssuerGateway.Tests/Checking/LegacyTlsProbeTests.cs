using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Tests.Issuers;
using IssuerGateway.Demo;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Checking;

/// <summary>Against openssl s_server, which speaks as configured.</summary>
public sealed class LegacyTlsProbeTests : IDisposable
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
        Assert.Equal(("tls-old-protocol", "TLS 1.2 or 1.3", found), (finding.Id, finding.Rule.Expected, finding.Found));
        Assert.Equal(StepOutcome.Failed, tls.Outcome);
    }

    [Fact]
    public async Task Takes_a_server_that_speaks_TLS_1_2() => Assert.Empty((await CheckAsync("-tls1_2")).Findings);

    [Theory]
    [InlineData("ECDHE-ECDSA-AES128-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256")]
    [InlineData("ECDHE-ECDSA-AES256-SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA")]
    public async Task Validates_a_server_with_CBC_suites_as_relying_parties_do_and_warns(string cipher, string suite)
    {
        StepReport tls = await CheckAsync("-tls1_2", cipher);

        CheckFinding finding = Assert.Single(tls.Findings);
        Assert.Equal(("tls-weak-suite", suite), (finding.Id, finding.Found));
        Assert.Equal(StepOutcome.Warned, tls.Outcome);
    }

    private async Task<StepReport> CheckAsync(string version, string cipher = "ALL")
    {
        X509Certificate2 leaf = authority.Leaf(CheckFixture.Host);
        await File.WriteAllTextAsync(directory.File("tls.crt"), leaf.ExportCertificatePem());
        await File.WriteAllTextAsync(directory.File("chain.crt"), authority.Intermediate.ExportCertificatePem());
        await File.WriteAllTextAsync(directory.File("tls.key"), leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        using Process server = Process.Start(new ProcessStartInfo("openssl",
        [
            "s_server", "-accept", $"127.0.0.1:{port}", "-cert", directory.File("tls.crt"), "-cert_chain", directory.File("chain.crt"), "-key", directory.File("tls.key"),
            "-www", version, "-cipher", $"{cipher}:@SECLEVEL=0",
        ]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            while (await server.StandardOutput.ReadLineAsync() is { } line && line != "ACCEPT")
            {
                // It is not listening yet.
            }

            CheckRequest request = new()
            {
                Issuer = Build.Identifier($"https://{CheckFixture.Host}:{port}"),
                Parties = [RelyingParty.Find("entra")!],
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
