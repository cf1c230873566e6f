using IssuerGateway.Base;
using IssuerGateway.Configuration;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tls.Sources;

/// <summary>One certificate chain and its key on disk, always read as one generation.</summary>
internal sealed record CertificateFiles
{
    private const int MaxBytes = 256 * 1024;

    /// <summary><c>Tls:Certificates:N:CertificateFile</c>: PEM, the leaf first, then every intermediate as the CA gave them.</summary>
    public required string CertificateFile { get; init; }

    /// <summary><c>Tls:Certificates:N:KeyFile</c>: PEM of the leaf's private key (ECDSA or RSA, not encrypted).</summary>
    public required string KeyFile { get; init; }

    public bool IsComplete => CertificateFile.Length > 0 && KeyFile.Length > 0;

    public static CertificateFiles Read(SettingsReader reader) => new()
    {
        CertificateFile = reader.RequiredText("CertificateFile", "a PEM file with the complete chain, leaf first", $"set {reader.KeyOf("CertificateFile")}, for example to tls.crt"),
        KeyFile = reader.RequiredText("KeyFile", "a PEM file with the key of the leaf", $"set {reader.KeyOf("KeyFile")}, for example to tls.key"),
    };

    public CertificateCandidate Offer()
    {
        try
        {
            FileSet files = FileSet.Read(MaxBytes, CertificateFile, KeyFile);
            return new CertificateCandidate(files.Hash, files.Contents[0], files.Contents[1], Fault: null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return CertificateCandidate.Unreadable(e.Message);
        }
    }
}
