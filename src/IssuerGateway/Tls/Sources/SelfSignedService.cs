using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Configuration;
using IssuerGateway.Tls.Serving;
using Microsoft.Extensions.Hosting;

namespace IssuerGateway.Tls.Sources;

/// <summary>
/// One self-signed certificate for every host and for this machine, made in memory at start; its key never leaves the
/// process. Whoever wants to trust it reads the exported file.
/// </summary>
internal sealed class SelfSignedService(IReadOnlyList<string> hosts, string? exportFile, ServingCertificates certificates, TimeProvider time) : IHostedLifecycleService
{
    private static readonly TimeSpan lifetime = TimeSpan.FromDays(365);

    // For clients whose clock is a little behind.
    private static readonly TimeSpan backdated = TimeSpan.FromHours(1);

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        string certificatePem = Make(out string keyPem);
        certificates.Put("Tls:SelfSigned", ServingCertificate.Parse(Encoding.ASCII.GetBytes(certificatePem), Encoding.ASCII.GetBytes(keyPem), out _)!);
        if (exportFile is not null)
        {
            Export(exportFile, certificatePem);
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static void Export(string file, string certificatePem)
    {
        try
        {
            AtomicFile.Write(file, Encoding.ASCII.GetBytes(certificatePem + "\n"), AtomicFile.WorldReadable);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string directory = Path.GetDirectoryName(Path.GetFullPath(file))!;
            throw new StartException(
                Directory.Exists(directory) ? $"Tls:SelfSigned:ExportFile: {file} cannot be written: {e.Message.TrimEnd('.')}" : $"Tls:SelfSigned:ExportFile: the folder {directory} does not exist",
                "create the folder and let this process write there, or remove Tls:SelfSigned:ExportFile", e);
        }
    }

    private string Make(out string keyPem)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=IssuerGateway self-signed", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        foreach (string host in hosts.Append("localhost").Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (IPAddress.TryParse(host, out IPAddress? address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        DateTimeOffset now = time.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now - backdated, now + lifetime);
        keyPem = key.ExportPkcs8PrivateKeyPem();
        return certificate.ExportCertificatePem();
    }
}
