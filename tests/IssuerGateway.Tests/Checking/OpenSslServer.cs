using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Fetching.Routing;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Checking;

/// <summary>An openssl s_server, which speaks as configured and serves what .NET's own server rejects.</summary>
internal sealed class OpenSslServer : IAsyncDisposable
{
    private readonly TemporaryDirectory directory;
    private readonly Process process;

    private OpenSslServer(TemporaryDirectory directory, Process process) => (this.directory, this.process) = (directory, process);

    public static async Task<OpenSslServer> StartAsync(int port, TestAuthority authority, X509Certificate2 leaf, string[] options)
    {
        TemporaryDirectory directory = new();
        await File.WriteAllTextAsync(directory.File("tls.crt"), leaf.ExportCertificatePem());
        await File.WriteAllTextAsync(directory.File("chain.crt"), authority.Intermediate.ExportCertificatePem());
        await File.WriteAllTextAsync(directory.File("tls.key"), leaf.GetRSAPrivateKey()?.ExportPkcs8PrivateKeyPem() ?? leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        Process process = Process.Start(new ProcessStartInfo("openssl",
        [
            "s_server", "-accept", $"127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}", "-cert", directory.File("tls.crt"), "-cert_chain", directory.File("chain.crt"), "-key", directory.File("tls.key"), "-www", .. options,
        ]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        while (await process.StandardOutput.ReadLineAsync() is { } line && line != "ACCEPT")
        {
            // It is not listening yet.
        }

        return new OpenSslServer(directory, process);
    }

    public static Task<CheckReport> CheckAsync(int port, TestAuthority authority) => new IssuerCheck(new CheckRequest
    {
        Issuer = Build.Identifier($"https://{CheckFixture.Host}:{port.ToString(CultureInfo.InvariantCulture)}"),
        Parties = RelyingParty.All,
        Overrides = new ConnectionOverrides
        {
            Resolve = [new ResolveEntry(CheckFixture.Host, port, [IPAddress.Loopback])],
            Roots = [authority.Root],
        },
    }, upstream: null, exchange: null, TimeProvider.System).RunAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        directory.Dispose();
    }
}
