using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Kubernetes.Trust;

namespace IssuerGateway.Kubernetes.Kubeconfigs;

/// <summary>
/// The access that one context of a kubeconfig gives; the kubeconfig and the files it names are read again each time.
/// Several files, joined as in <c>KUBECONFIG</c>, are merged as kubectl does: the first file that has an entry wins, and
/// files that do not exist are skipped while at least one does.
/// </summary>
/// <param name="kubectl">For the program of an administrator; absent for the gateway.</param>
public sealed class KubeconfigAccess(string path, string? context, TimeProvider time, KubectlBehavior? kubectl = null) : IAccessSource
{
    private const int MaxBytes = 1 << 20;
    private const string Hint = "correct Upstream:KubeconfigFile, or put a kubeconfig there that this process may read";

    /// <summary>The hint where only the plugin knows more.</summary>
    public const string SeeKubectl = "see whether kubectl works with this kubeconfig and context";

    private readonly string[] paths = Split(path, Path.PathSeparator, File.Exists);
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
            KubeconfigParser parser = new(path, isForKubectl: kubectl is not null);
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
    internal static string[] Split(string path, char separator, Func<string, bool> exists) =>
        !path.Contains(separator, StringComparison.Ordinal) || exists(path)
            ? [path]
            : path.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } parts ? parts : [path];

    private AccessReading Resolve(string kubeconfigHash, KubeconfigEntry entry)
    {
        KubeconfigContent[] contents = [.. new[] { entry.Trust }.OfType<KubeconfigContent>(), .. entry is { ClientCertificate: { } certificate, ClientKey: { } key } ? [certificate, key] : Array.Empty<KubeconfigContent>()];
        FileReading reading = FileReading.Read(TrustAnchors.MaxBytes, "", [.. contents.Select(content => content.File).OfType<string>()]);
        if (reading.Files is not { } files)
        {
            // The name of the entry, and not of a setting: whoever wrote the kubeconfig wrote the path.
            string[] members = [.. contents.Where(content => content.File is { } file && reading.Fault!.Message.Contains(file, StringComparison.Ordinal)).Select(content => content.Member)];
            return AccessReading.Failed(reading.Fault! with { Hint = $"correct {(members.Length == 0 ? "the path" : string.Join(" or ", members))} in {path}, or put {(members.Length == 1 ? "a file there that this process may read" : "files there that this process may read")}" });
        }

        string hash = $"{kubeconfigHash} {files.Hash}";
        if (last is { } known && known.Hash == hash)
        {
            return AccessReading.Of(known.Access);
        }

        Queue<byte[]> read = new(files.Contents);
        byte[][] all = [.. contents.Select(content => content.Data ?? read.Dequeue())];
        AccessReading built = entry.Trust is null ? Build(entry, null, all) : Build(entry, all[0], all[1..]);
        last = built.Access is { } access ? (hash, access) : null;
        return built;
    }

    /// <param name="ca">Absent: what the machine trusts.</param>
    /// <param name="contents">The client's certificate and key, or nothing.</param>
    private AccessReading Build(KubeconfigEntry entry, byte[]? ca, byte[][] contents)
    {
        AccessFault? fault = null;
        if ((ca is null ? TrustAnchors.OfMachine : TrustAnchors.Parse(ca, $"{path}: certificate-authority, {entry.Trust}", out fault)) is not { } trust)
        {
            return AccessReading.Failed(fault!);
        }

        // As client-go: a token or certificate in the kubeconfig goes before the plugin.
        PluginCredential? given = null;
        if (entry is { Plugin: { } plugin, Token: null, TokenFile: null } && contents.Length == 0
            && (given = kubectl!.Plugin.Run(plugin, out PluginFault? reason)) is null)
        {
            return AccessReading.Failed(PluginFault(entry, reason ?? new PluginFault("it gave no credential")));
        }

        X509Certificate2? client = null;
        if (given is { CertificatePem: { } pem, KeyPem: { } keyPem })
        {
            contents = [Encoding.ASCII.GetBytes(pem), Encoding.ASCII.GetBytes(keyPem)];
        }

        if (contents.Length > 0
            && (client = ClientCertificate.Parse(contents[0], contents[1], $"{path}: client-certificate, {(given is null ? entry.ClientCertificate : "given by the plugin")}", out fault)) is null)
        {
            return AccessReading.Failed(fault!);
        }

        if (entry.Proxy is null && kubectl?.EnvironmentProxyFault is { } proxyFault)
        {
            return AccessReading.Failed(new AccessFault(AccessFaultCode.KubeconfigInvalid, proxyFault, "write for example http://proxy.example.com:3128, or set NO_PROXY for the API servers"));
        }

        Impersonation? impersonation = kubectl?.Impersonation ?? entry.Impersonation;
        if (impersonation?.Headers().SelectMany(header => header.Values).FirstOrDefault(value => !RepeatedHeaderStream.IsSendable(value)) is { } unsendable)
        {
            return AccessReading.Failed(new AccessFault(AccessFaultCode.KubeconfigInvalid, $"{path}: {PrintableText.Quote(unsendable)} cannot be impersonated", "use printable ASCII characters"));
        }

        return AccessReading.Of(new ApiServerAccess
        {
            Servers = [entry.Server],
            Trust = trust,
            ServerName = entry.ServerName,
            Token = entry switch
            {
                { TokenFile: { } file } => new TokenFile(file, time, entry.Token, $"correct tokenFile in {path}, or put a file with a bearer token there that this process may read"),
                { Token: { } token } => new InlineToken(token),
                { Plugin: { } runs } when given?.Token is not null => new PluginToken(kubectl!.Plugin, runs, given, reason => PluginFault(entry, reason), time),
                _ => null,
            },
            ClientCertificate = client,
            Proxy = entry.Proxy is { } proxy ? ProxyOf(proxy) : kubectl?.EnvironmentProxy,
            Impersonation = impersonation,
        });
    }

    // Not the arguments of the plugin: there may be a secret among them.
    private AccessFault PluginFault(KubeconfigEntry entry, PluginFault fault) =>
        new(AccessFaultCode.TokenMissing, $"{Description}: the credential plugin {PrintableText.Quote(entry.Plugin!.Command)} of user {PrintableText.Quote(entry.User)} failed: {fault.Reason}", fault.Hint ?? SeeKubectl);

    private static WebProxy ProxyOf(Uri proxy) => new(proxy)
    {
        Credentials = proxy.UserInfo.Split(':', 2) is [{ Length: > 0 } user, .. var password]
            ? new NetworkCredential(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password is [var secret] ? secret : ""))
            : null,
    };
}
