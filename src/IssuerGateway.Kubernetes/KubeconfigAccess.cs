using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Base;

namespace IssuerGateway.Kubernetes;

/// <summary>
/// The access that one context of a kubeconfig gives; the kubeconfig and the files it names are read again each time.
/// Several files, joined as in <c>KUBECONFIG</c>, are merged as kubectl does: the first file that has an entry wins, and
/// files that do not exist are skipped while at least one does.
/// </summary>
public sealed class KubeconfigAccess(string path, string? context, TimeProvider time) : IAccessSource
{
    private const int MaxBytes = 1 << 20;
    private const string Hint = "correct Upstream:KubeconfigFile, or put a kubeconfig there that this process may read";

    private readonly string[] paths = Split(path);
    private (string Hash, KubeconfigEntry Entry)? parsed;
    private (string Hash, ApiServerAccess Access)? last;

    public string Description => context is null ? $"kubeconfig {path}" : $"kubeconfig {path}, context {context}";

    public AccessReading Read()
    {
        List<(string Path, FileSet File)> files = [];
        foreach (string each in paths)
        {
            FileReading reading = FileReading.Read(MaxBytes, Hint, each);
            if (reading.Files is { } file)
            {
                files.Add((each, file));
            }
            else if (reading.Fault!.Code != AccessFaultCode.FileMissing || (each == paths[^1] && files.Count == 0))
            {
                return AccessReading.Failed(reading.Fault);
            }
        }

        string hash = string.Join(' ', files.Select(file => file.File.Hash));
        if (parsed is not { } current || current.Hash != hash)
        {
            KubeconfigParser parser = new(path);
            foreach ((string each, FileSet file) in files)
            {
                // The loader is asynchronous for streams of files; over memory it has ended when it returns.
                parser.LoadAsync(each, file.Contents[0]).GetAwaiter().GetResult();
            }

            if (parser.Parse(context) is not { } entry)
            {
                return AccessReading.Failed(parser.Faults);
            }

            parsed = current = (hash, entry);
        }

        return Resolve(current.Hash, current.Entry);
    }

    // A path that holds the separator itself is one file when there is such a file.
    private static string[] Split(string path) =>
        !path.Contains(Path.PathSeparator, StringComparison.Ordinal) || File.Exists(path)
            ? [path]
            : path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } parts ? parts : [path];

    private AccessReading Resolve(string kubeconfigHash, KubeconfigEntry entry)
    {
        KubeconfigContent[] contents = [entry.Trust, .. entry is { ClientCertificate: { } certificate, ClientKey: { } key } ? [certificate, key] : Array.Empty<KubeconfigContent>()];
        string[] named = [.. contents.Select(content => content.File).OfType<string>()];
        FileReading reading = FileReading.Read(TrustAnchors.MaxBytes, $"correct the path in {path}", named);
        if (reading.Files is not { } files)
        {
            return AccessReading.Failed(reading.Fault!);
        }

        string hash = $"{kubeconfigHash} {files.Hash}";
        if (last is { } known && known.Hash == hash)
        {
            return AccessReading.Of(known.Access);
        }

        Queue<byte[]> read = new(files.Contents);
        AccessReading built = Build(entry, [.. contents.Select(content => content.Data ?? read.Dequeue())]);
        last = built.Access is { } access ? (hash, access) : null;
        return built;
    }

    private AccessReading Build(KubeconfigEntry entry, byte[][] contents)
    {
        if (TrustAnchors.Parse(contents[0], $"{path}: certificate-authority, {entry.Trust}", out AccessFault? fault) is not { } trust)
        {
            return AccessReading.Failed(fault!);
        }

        X509Certificate2? client = null;
        if (contents.Length > 1
            && (client = ClientCertificate.Parse(contents[1], contents[2], $"{path}: client-certificate, {entry.ClientCertificate}", out fault)) is null)
        {
            return AccessReading.Failed(fault!);
        }

        return AccessReading.Of(new ApiServerAccess
        {
            Servers = [entry.Server],
            Trust = trust,
            ServerName = entry.ServerName,
            Token = entry switch
            {
                { TokenFile: { } file } => new TokenFile(file, time),
                { Token: { } token } => new InlineToken(token),
                _ => null,
            },
            ClientCertificate = client,
        });
    }
}
