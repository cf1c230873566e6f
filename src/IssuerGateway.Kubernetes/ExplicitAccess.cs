using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Kubernetes.Trust;

namespace IssuerGateway.Kubernetes;

/// <summary>Servers, CA and credential as the operator states them; exactly one kind of credential is given.</summary>
public sealed class ExplicitAccess : IAccessSource
{
    private (string Hash, ApiServerAccess Access)? last;

    public required IReadOnlyList<Uri> Servers { get; init; }

    public required string TrustFile { get; init; }

    public TokenFile? Token { get; init; }

    public (string Certificate, string Key)? ClientCertificateFiles { get; init; }

    public string? ServerName { get; init; }

    public string Description => string.Join(", ", Servers.Select(ServerAddress.Show));

    public AccessReading Read()
    {
        string[] paths = ClientCertificateFiles is var (certificate, key) ? [TrustFile, certificate, key] : [TrustFile];
        FileReading reading = FileReading.Read(TrustAnchors.MaxBytes, "correct Upstream:CaFile, Upstream:ClientCertificateFile or Upstream:ClientKeyFile, or put the file there", paths);
        if (reading.Files is not { } files)
        {
            return AccessReading.Failed(reading.Fault!);
        }

        if (last is { } known && known.Hash == files.Hash)
        {
            return AccessReading.Of(known.Access);
        }

        AccessReading built = Build(files.Contents);
        last = built.Access is { } access ? (files.Hash, access) : null;
        return built;
    }

    private AccessReading Build(IReadOnlyList<byte[]> contents)
    {
        if (TrustAnchors.Parse(contents[0], TrustFile, out AccessFault? fault) is not { } trust)
        {
            return AccessReading.Failed(fault!);
        }

        X509Certificate2? client = null;
        if (ClientCertificateFiles is var (certificate, _)
            && (client = ClientCertificate.Parse(contents[1], contents[2], certificate, out fault)) is null)
        {
            return AccessReading.Failed(fault!);
        }

        return AccessReading.Of(new ApiServerAccess
        {
            Servers = Servers,
            Trust = trust,
            ServerName = ServerName,
            Token = Token,
            ClientCertificate = client,
        });
    }
}
