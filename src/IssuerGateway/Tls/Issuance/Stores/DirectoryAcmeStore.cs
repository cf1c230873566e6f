using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Configuration;
using IssuerGateway.Kubernetes;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tls.Issuance.Stores;

/// <summary>
/// Keeps everything in one directory: <c>acme.json</c>, and for each host one file with key and chain, so that the two
/// cannot come apart. Only the owner can read them; every write is atomic, and no volume is waited for endlessly.
/// </summary>
internal sealed class DirectoryAcmeStore(string directory, TimeProvider time) : IAcmeStore
{
    private const int MaxCertificate = 256 * 1024;

    private readonly BoundedFileWorker disk = new();

    public string Description => $"directory {directory} (Tls:Acme:StoreDirectory)";

    public TimeSpan PropagationDelay => TimeSpan.Zero;

    private string StateFile => Path.Combine(directory, "acme.json");

    public Task<StoredState> LoadAsync(CancellationToken cancellationToken) => disk.DoAsync(Load, StoredState.Failed(disk.TimedOutText));

    public Task<string?> SaveAsync(AcmeState state, CancellationToken cancellationToken) => disk.DoAsync<string?>(() => Save(state), disk.TimedOutText);

    /// <summary>One process at a time uses a directory, and whoever leads writes for itself.</summary>
    public Task<string?> FindWriteFaultAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    public Task<CertificateCandidate?> ReadCertificateAsync(string host, CancellationToken cancellationToken) =>
        disk.DoAsync(() => ReadCertificate(CertificateFile(host)), CertificateCandidate.Unreadable(disk.TimedOutText));

    public Task<string?> WriteCertificateAsync(string host, string chainPem, string keyPem, CancellationToken cancellationToken) =>
        disk.DoAsync<string?>(() => WriteCertificate(CertificateFile(host), Encoding.ASCII.GetBytes($"{keyPem.TrimEnd()}\n{chainPem.TrimEnd()}\n")), disk.TimedOutText);

    /// <summary>Hosts are DNS names, checked when settings are read: nothing in them leads elsewhere.</summary>
    public string CertificateFile(string host) => Path.Combine(directory, $"{host}.pem");

    private static CertificateCandidate? ReadCertificate(string file)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            FileSet read = FileSet.Read([file], path => RegularFile.ReadHere(MaxCertificate, path));
            return new CertificateCandidate(read.Hash, read.Contents[0], read.Contents[0], Fault: null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return CertificateCandidate.Unreadable(e.Message);
        }
    }

    private StoredState Load()
    {
        try
        {
            return File.Exists(StateFile)
                ? StoredState.Of(RegularFile.ReadHere(AcmeStateText.MaxBytes, StateFile), StateFile, AsideOf(StateFile))
                : new StoredState(AcmeState.Empty, null);
        }
        catch (NotRegularFileException)
        {
            return new StoredState(null, null) { Damaged = AsideOf(StateFile) };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return StoredState.Failed(e.Message);
        }
    }

    private string? Save(AcmeState state)
    {
        StoredState before = Load();
        return before.IsOfNewerVersion ? before.Fault : Write(StateFile, AcmeStateText.Write(state), isDamaged: before is { State: null });
    }

    private string? WriteCertificate(string file, byte[] content) =>
        Write(file, content, isDamaged: ReadCertificate(file) is { } before && before.Parse(out _) is null);

    private string? Write(string file, byte[] content, bool isDamaged)
    {
        try
        {
            Directory.CreateDirectory(directory, AtomicFile.OwnerOnlyFolder);
            if (isDamaged)
            {
                // Whoever wants to know what damaged it finds it there.
                File.Move(file, AsideOf(file), overwrite: true);
            }

            AtomicFile.Write(file, content, AtomicFile.OwnerOnly);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private string AsideOf(string file) => $"{file}.broken-{time.GetUtcNow().ToUnixTimeMilliseconds()}";
}
