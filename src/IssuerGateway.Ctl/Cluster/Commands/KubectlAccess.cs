using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Kubernetes;
using k8s;
using k8s.Authentication;
using k8s.Exceptions;
using k8s.KubeConfigModels;
using YamlDotNet.Core;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary>
/// A kubeconfig as an administrator has it: what the strict reader takes is taken as it reads it; beyond that a
/// credential plugin is run, as kubectl does, and several files are merged.
/// </summary>
internal sealed class KubectlAccess(IReadOnlyList<string> files, string? context, TimeProvider time) : IAccessSource
{
    private const string Hint = "see whether kubectl works with this kubeconfig and context";

    public string Description => $"kubeconfig {string.Join(Path.PathSeparator, files)}";

    public AccessReading Read()
    {
        AccessReading? strict = files is [var single] ? new KubeconfigAccess(single, context, time).Read() : null;
        if (strict is not null && (strict.Access is not null || strict.Faults.Any(fault => fault.Code != AccessFaultCode.KubeconfigRefused)))
        {
            return strict;
        }

        try
        {
            K8SConfiguration model = Merge([.. files.Select(Load)]);

            // Of what the strict reader rejects only a plugin is for us; a proxy, a password or no verification is not.
            return strict is not null && (strict.Faults.Count > 1 || UserOf(model)?.ExternalExecution is null)
                ? strict
                : Build(KubernetesClientConfiguration.BuildConfigFromConfigObject(model, context));
        }
        catch (KubeConfigException exception)
        {
            return Failed(PrintableText.Of(exception.Message));
        }
        catch (Exception exception) when (exception is YamlException or IOException or UnauthorizedAccessException or FormatException or InvalidOperationException or CryptographicException or ArgumentException)
        {
            // Never the message: a parser quotes the text, which may be a token.
            return Failed("cannot be read or is no kubeconfig");
        }
    }

    // Paths in a file are relative to it.
    private static K8SConfiguration Load(string file)
    {
        K8SConfiguration model = KubernetesClientConfiguration.LoadKubeConfig(new FileInfo(file), useRelativePaths: false);
        string folder = Path.GetDirectoryName(Path.GetFullPath(file)) ?? ".";
        foreach (ClusterEndpoint endpoint in (model.Clusters ?? []).Select(cluster => cluster.ClusterEndpoint).Where(endpoint => !string.IsNullOrEmpty(endpoint?.CertificateAuthority)))
        {
            endpoint.CertificateAuthority = Path.GetFullPath(endpoint.CertificateAuthority, folder);
        }

        foreach (UserCredentials user in (model.Users ?? []).Select(user => user.UserCredentials).Where(user => user is not null))
        {
            user.ClientCertificate = string.IsNullOrEmpty(user.ClientCertificate) ? user.ClientCertificate : Path.GetFullPath(user.ClientCertificate, folder);
            user.ClientKey = string.IsNullOrEmpty(user.ClientKey) ? user.ClientKey : Path.GetFullPath(user.ClientKey, folder);
        }

        return model;
    }

    // As kubectl merges: the first file that has a name wins.
    private static K8SConfiguration Merge(IReadOnlyList<K8SConfiguration> models) => new()
    {
        CurrentContext = models.Select(model => model.CurrentContext).FirstOrDefault(name => !string.IsNullOrEmpty(name)),
        Clusters = [.. models.SelectMany(model => model.Clusters ?? []).DistinctBy(cluster => cluster.Name)],
        Contexts = [.. models.SelectMany(model => model.Contexts ?? []).DistinctBy(entry => entry.Name)],
        Users = [.. models.SelectMany(model => model.Users ?? []).DistinctBy(user => user.Name)],
    };

    private UserCredentials? UserOf(K8SConfiguration model)
    {
        string? name = context ?? model.CurrentContext;
        string? user = model.Contexts?.FirstOrDefault(entry => entry.Name == name)?.ContextDetails?.User;
        return model.Users?.FirstOrDefault(entry => entry.Name == user)?.UserCredentials;
    }

    private AccessReading Build(KubernetesClientConfiguration configuration)
    {
        if (configuration.SkipTlsVerify || configuration.SslCaCerts is not { Count: > 0 } authorities)
        {
            return AccessReading.Failed(new AccessFault(AccessFaultCode.TrustInvalid, $"{Description}: no certificate-authority to verify the API server with", "add certificate-authority-data of the cluster; verification is never skipped"));
        }

        if (!ServerAddress.TryParse(configuration.Host, out Uri server, out string hint))
        {
            return AccessReading.Failed(new AccessFault(AccessFaultCode.KubeconfigInvalid, $"{Description}: the server is not {ServerAddress.Expected}", hint));
        }

        AccessFault? fault = null;
        X509Certificate2? certificate = CertificateOf(configuration, ref fault);
        return fault is not null ? AccessReading.Failed(fault) : AccessReading.Of(new ApiServerAccess
        {
            Servers = [server],
            Trust = new TrustAnchors(authorities, Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(authorities.ExportCertificatePems())))),
            ServerName = string.IsNullOrEmpty(configuration.TlsServerName) ? null : configuration.TlsServerName,
            Token = configuration switch
            {
                { TokenProvider: { } provider } => new ProvidedToken(provider, Description),
                { AccessToken: { Length: > 0 } token } => new InlineToken(token),
                _ => null,
            },
            ClientCertificate = certificate,
        });
    }

    private X509Certificate2? CertificateOf(KubernetesClientConfiguration configuration, ref AccessFault? fault)
    {
        byte[]? certificate = Content(configuration.ClientCertificateData, configuration.ClientCertificateFilePath);
        byte[]? key = Content(configuration.ClientCertificateKeyData, configuration.ClientKeyFilePath);
        return certificate is null || key is null ? null : ClientCertificate.Parse(certificate, key, Description, out fault);
    }

    private static byte[]? Content(string? data, string? file) =>
        !string.IsNullOrEmpty(data) ? Convert.FromBase64String(data) : !string.IsNullOrEmpty(file) ? File.ReadAllBytes(file) : null;

    private AccessReading Failed(string reason) => AccessReading.Failed(new AccessFault(AccessFaultCode.KubeconfigInvalid, $"{Description}: {reason}", Hint));

    /// <summary>A token that the library renews by running the plugin again.</summary>
    private sealed class ProvidedToken(ITokenProvider provider, string description) : IBearerToken
    {
        public TokenReading Read()
        {
            try
            {
                return new TokenReading(provider.GetAuthenticationHeaderAsync(CancellationToken.None).GetAwaiter().GetResult().Parameter, null);
            }
            catch (Exception exception) when (exception is KubeConfigException or IOException or InvalidOperationException or System.Text.Json.JsonException)
            {
                return new TokenReading(null, new AccessFault(AccessFaultCode.TokenMissing, $"{description}: the credential plugin gave no token", Hint));
            }
        }

        public void Invalidate()
        {
        }
    }
}
