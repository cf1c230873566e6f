using System.Text;
using IssuerGateway.Files;

namespace IssuerGateway.Tls;

/// <summary>
/// Keeps everything in one directory: <c>acme.json</c>, and for each host one file with key and chain, so that the two
/// cannot come apart. Only the owner can read them; every write is atomic.
/// </summary>
internal sealed class DirectoryAcmeStore(string directory, TimeProvider time) : IAcmeStore
{
    private const int MaxCertificate = 256 * 1024;

    public string Description => $"directory {directory} (Tls:Acme:StoreDirectory)";

    public TimeSpan PropagationDelay => TimeSpan.Zero;

    private string StateFile => Path.Combine(directory, "acme.json");

    public Task<StoredState> LoadAsync(CancellationToken cancellationToken) => Task.FromResult(Load());

    public Task<string?> SaveAsync(AcmeState state, CancellationToken cancellationToken) => Task.FromResult(Write(StateFile, AcmeStateText.Write(state)));

    public Task<CertificateOffer?> ReadCertificateAsync(string host, CancellationToken cancellationToken)
    {
        string file = CertificateFile(host);
        if (!File.Exists(file))
        {
            return Task.FromResult<CertificateOffer?>(null);
        }

        try
        {
            FileSet read = FileSet.Read(MaxCertificate, file);
            return Task.FromResult<CertificateOffer?>(new CertificateOffer(read.Hash, read.Contents[0], read.Contents[0], Fault: null));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Task.FromResult<CertificateOffer?>(CertificateOffer.Unreadable(e.Message));
        }
    }

    public Task<string?> WriteCertificateAsync(string host, string chainPem, string keyPem, CancellationToken cancellationToken) =>
        Task.FromResult(Write(CertificateFile(host), Encoding.ASCII.GetBytes($"{keyPem.TrimEnd()}\n{chainPem.TrimEnd()}\n")));

    public Task SetAsideCertificateAsync(string host, CancellationToken cancellationToken)
    {
        SetAside(CertificateFile(host));
        return Task.CompletedTask;
    }

    /// <summary>Hosts are DNS names, checked when settings are read: nothing in them leads elsewhere.</summary>
    public string CertificateFile(string host) => Path.Combine(directory, $"{host}.pem");

    private StoredState Load()
    {
        try
        {
            Create();
            if (!File.Exists(StateFile))
            {
                return new StoredState(AcmeState.Empty, null);
            }

            return AcmeStateText.Read(FileSet.Read(AcmeStateText.MaxBytes, StateFile).Contents[0]) is { } state
                ? new StoredState(state, null)
                : new StoredState(AcmeState.Empty, null) { SetAside = SetAside(StateFile) };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return StoredState.Failed(e.Message);
        }
    }

    private void Create() => Directory.CreateDirectory(directory, AtomicFile.OwnerOnly | UnixFileMode.UserExecute);

    private string SetAside(string file)
    {
        string aside = $"{file}.broken-{time.GetUtcNow().ToUnixTimeMilliseconds()}";
        File.Move(file, aside, overwrite: true);
        return aside;
    }

    private string? Write(string file, byte[] content)
    {
        try
        {
            Create();
            AtomicFile.Write(file, content, AtomicFile.OwnerOnly);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
