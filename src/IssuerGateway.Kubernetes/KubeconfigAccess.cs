using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Kubernetes;

/// <summary>The access that one context of a kubeconfig gives; the kubeconfig and the files it names are read anew each time.</summary>
public sealed class KubeconfigAccess(string path, string? context, TimeProvider time) : IAccessSource
{
    private const int MaxBytes = 1 << 20;
    private const string Hint = "correct Upstream:KubeconfigFile, or put a kubeconfig there that this process may read";

    private (string Hash, KubeconfigEntry Entry)? parsed;
    private (string Hash, ApiServerAccess Access)? last;

    public string Description => context is null ? $"kubeconfig {path}" : $"kubeconfig {path}, context {context}";

    public AccessReading Read()
    {
        FileReading reading = FileReading.Read(MaxBytes, Hint, path);
        if (reading.Files is not { } kubeconfig)
        {
            return AccessReading.Failed(reading.Fault!);
        }

        if (parsed is not { } current || current.Hash != kubeconfig.Hash)
        {
            KubeconfigParser parser = new(path);

            // The loader is asynchronous for streams of files; over memory it has ended when it returns.
            if (parser.ParseAsync(kubeconfig.Contents[0], context).GetAwaiter().GetResult() is not { } entry)
            {
                return AccessReading.Failed(parser.Faults);
            }

            parsed = current = (kubeconfig.Hash, entry);
        }

        return Resolve(current.Hash, current.Entry);
    }

    private AccessReading Resolve(string kubeconfigHash, KubeconfigEntry entry)
    {
        KubeconfigContent[] contents = [entry.Trust, .. entry is { ClientCertificate: { } certificate, ClientKey: { } key } ? [certificate, key] : Array.Empty<KubeconfigContent>()];
        string[] paths = [.. contents.Select(content => content.File).OfType<string>()];
        FileReading reading = FileReading.Read(TrustAnchors.MaxBytes, $"correct the path in {path}", paths);
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
