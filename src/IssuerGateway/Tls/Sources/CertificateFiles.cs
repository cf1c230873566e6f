using IssuerGateway.Base;
using IssuerGateway.Configuration;
using IssuerGateway.Kubernetes;
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

    /// <summary>Adds an error for each of the two files that is missing or cannot be read.</summary>
    public bool ReportUnreadable(SettingsReader reader, int index)
    {
        bool isReported = false;
        foreach ((string key, string path) in new[] { ("CertificateFile", CertificateFile), ("KeyFile", KeyFile) })
        {
            try
            {
                RegularFile.Read(MaxBytes, path);
            }
            catch (FileNotFoundException)
            {
                Fail(key, $"{path} does not exist");
            }
            catch (UnauthorizedAccessException)
            {
                Fail(key, $"{path} may not be read by this process");
            }
            catch (IOException e)
            {
                Fail(key, e.Message);
            }

            void Fail(string setting, string sentence)
            {
                reader.Fail($"Certificates:{index}:{setting}", sentence, $"correct {reader.KeyOf($"Certificates:{index}:{setting}")}, or put the file there and let the user of the gateway read it");
                isReported = true;
            }
        }

        return isReported;
    }

    public CertificateCandidate Offer()
    {
        try
        {
            FileSet files = RegularFile.Read(MaxBytes, CertificateFile, KeyFile);
            return new CertificateCandidate(files.Hash, files.Contents[0], files.Contents[1], Fault: null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return CertificateCandidate.Unreadable(e.Message);
        }
    }
}
