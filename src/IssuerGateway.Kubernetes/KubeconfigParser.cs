using YamlDotNet.Core;
using k8s;
using k8s.KubeConfigModels;

namespace IssuerGateway.Kubernetes;

/// <summary>
/// Takes one context out of a kubeconfig, or names everything in it that the gateway refuses: it runs no programs, skips
/// no verification, sends no password and asks nobody in between.
/// </summary>
public sealed class KubeconfigParser(string path)
{
    /// <summary>Levels of nodes within nodes; a kubeconfig has five, what its extensions hold a few more.</summary>
    private const int MaxDepth = 64;

    private readonly List<AccessFault> faults = [];

    public IReadOnlyList<AccessFault> Faults => faults;

    public async Task<KubeconfigEntry?> ParseAsync(byte[] content, string? contextName)
    {
        (K8SConfiguration Model, KubeconfigExtras Extras)? loaded = await LoadAsync(content);
        if (loaded is not var (model, extras))
        {
            return null;
        }

        contextName ??= model.CurrentContext;
        ContextDetails? context = Find(model.Contexts, entry => entry?.Name == contextName)?.ContextDetails;
        if (context is null)
        {
            return Invalid(
                string.IsNullOrEmpty(contextName) ? "names no current-context" : $"no context \"{contextName}\"",
                $"set Upstream:Context to one of {string.Join(", ", (model.Contexts ?? []).Select(entry => entry?.Name))}");
        }

        ClusterEndpoint? cluster = Find(model.Clusters, entry => entry?.Name == context.Cluster)?.ClusterEndpoint;
        UserCredentials? user = Find(model.Users, entry => entry?.Name == context.User)?.UserCredentials;
        if (cluster is null || user is null)
        {
            return Invalid(
                cluster is null ? $"context \"{contextName}\" names a cluster that is not there" : $"context \"{contextName}\" names a user that is not there",
                "add it, or set Upstream:Context to a complete context");
        }

        Refuse(cluster, extras.ProxyUrl(context.Cluster));
        Refuse(user);
        return Build(cluster, user, extras.TokenFile(context.User));
    }

    private async Task<(K8SConfiguration Model, KubeconfigExtras Extras)?> LoadAsync(byte[] content)
    {
        try
        {
            if (!YamlNesting.IsWithin(MaxDepth, content))
            {
                Invalid($"is nested deeper than {MaxDepth} levels", "give a file as kubectl writes it");
                return null;
            }

            using MemoryStream stream = new(content);
            if (await KubernetesClientConfiguration.LoadKubeConfigAsync(stream) is { } model)
            {
                return (model, KubeconfigExtras.Parse(content));
            }

            Invalid("is empty", "give a file as kubectl writes it");
        }
        catch (YamlException exception)
        {
            // Never the message of the parser: it quotes the text, which may be a token.
            Invalid($"is no kubeconfig (line {exception.Start.Line})", "give a file as kubectl writes it");
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or InvalidCastException or ArgumentException)
        {
            Invalid("is no kubeconfig", "give a file as kubectl writes it");
        }

        return null;
    }

    private void Refuse(ClusterEndpoint cluster, string? proxyUrl)
    {
        if (cluster.SkipTlsVerify)
        {
            Refused("insecure-skip-tls-verify", "without verification anyone on the network could hand us their own keys",
                "remove it and add certificate-authority-data");
        }

        if (proxyUrl is not null)
        {
            Refused("proxy-url", "the gateway asks the API servers themselves", "remove it and make the API servers reachable from here");
        }
    }

    private void Refuse(UserCredentials user)
    {
        if (user.ExternalExecution is not null)
        {
            Refused("exec", "the gateway runs no credential plugins",
                "create a ServiceAccount for the gateway and use its token (kubectl create token, or a projected token file) or a client certificate");
        }

        if (user.AuthProvider is not null)
        {
            Refused("auth-provider", "auth providers are gone from Kubernetes", "use a token, a tokenFile or a client certificate");
        }

        if (!string.IsNullOrEmpty(user.UserName) || !string.IsNullOrEmpty(user.Password))
        {
            Refused("username and password", "API servers have no basic authentication any more", "use a token, a tokenFile or a client certificate");
        }

        if (!string.IsNullOrEmpty(user.Impersonate) || user.ImpersonateGroups?.Any() == true || user.ImpersonateUserExtra is { Count: > 0 })
        {
            Refused("impersonation (as)", "the gateway asks as itself", "remove it and bind system:service-account-issuer-discovery to the user itself");
        }
    }

    private KubeconfigEntry? Build(ClusterEndpoint cluster, UserCredentials user, string? tokenFile)
    {
        if (!ServerAddress.TryParse(cluster.Server ?? "", out Uri server, out string hint))
        {
            Invalid($"the cluster's server {ServerAddress.Quote(cluster.Server ?? "")} is not {ServerAddress.Expected}", hint);
        }

        KubeconfigContent? trust = Content("certificate-authority", cluster.CertificateAuthorityData, cluster.CertificateAuthority);
        KubeconfigContent? certificate = Content("client-certificate", user.ClientCertificateData, user.ClientCertificate);
        KubeconfigContent? key = Content("client-key", user.ClientKeyData, user.ClientKey);
        if (trust is null)
        {
            Refused("a cluster without certificate-authority", "the gateway trusts the cluster's own CA only",
                "add certificate-authority-data (kubectl get configmap kube-root-ca.crt holds it)");
        }

        CheckCredential(user.Token, tokenFile, certificate, key);
        return faults.Count > 0 ? null : new KubeconfigEntry
        {
            Server = server,
            ServerName = string.IsNullOrEmpty(cluster.TlsServerName) ? null : cluster.TlsServerName,
            Trust = trust!,
            Token = string.IsNullOrEmpty(user.Token) || tokenFile is not null ? null : user.Token.Trim(),
            TokenFile = tokenFile is null ? null : Absolute(tokenFile),
            ClientCertificate = certificate,
            ClientKey = key,
        };
    }

    private void CheckCredential(string? token, string? tokenFile, KubeconfigContent? certificate, KubeconfigContent? key)
    {
        if (certificate is null != key is null)
        {
            Invalid("the user has only one of client-certificate and client-key", "give both or none");
        }
        else if (string.IsNullOrEmpty(token) && tokenFile is null && certificate is null && faults.Count == 0)
        {
            Invalid("the user has no credential", "give the user a token, a tokenFile or a client certificate");
        }

        if (!string.IsNullOrEmpty(token) && TokenFile.Checked(token.Trim(), $"{path}: token", "give the token of one ServiceAccount").Fault is { } fault)
        {
            faults.Add(fault);
        }
    }

    // As client-go: data in place wins over a file, a relative path starts at the kubeconfig.
    private KubeconfigContent? Content(string member, string? data, string? file)
    {
        if (string.IsNullOrEmpty(data))
        {
            return string.IsNullOrEmpty(file) ? null : new KubeconfigContent(null, Absolute(file));
        }

        byte[] bytes = new byte[data.Length];
        if (!Convert.TryFromBase64String(data, bytes, out int length))
        {
            Invalid($"{member}-data is not base64", $"encode the PEM text once, or give the path as {member}");
        }

        return new KubeconfigContent(bytes[..length], null);
    }

    private string Absolute(string file) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, file);

    private static T? Find<T>(IEnumerable<T>? entries, Func<T, bool> isIt) => (entries ?? []).FirstOrDefault(isIt);

    private KubeconfigEntry? Invalid(string message, string hint)
    {
        faults.Add(new AccessFault(AccessFaultCode.KubeconfigInvalid, $"{path}: {message}", hint));
        return null;
    }

    private void Refused(string what, string why, string hint) =>
        faults.Add(new AccessFault(AccessFaultCode.KubeconfigRefused, $"{path}: {what} is refused: {why}", hint));
}
