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
    private readonly List<LoadedFile> loaded = [];

    public IReadOnlyList<AccessFault> Faults => faults;

    /// <summary>Adds one file; entries of the files before it win over its own.</summary>
    public async Task LoadAsync(string file, byte[] content)
    {
        try
        {
            if (!YamlNesting.IsWithin(MaxDepth, content))
            {
                Invalid(file, $"is nested deeper than {MaxDepth} levels", "give a file as kubectl writes it");
                return;
            }

            using MemoryStream stream = new(content);
            if (await KubernetesClientConfiguration.LoadKubeConfigAsync(stream) is { } model)
            {
                loaded.Add(new LoadedFile(file, model, KubeconfigExtras.Parse(content)));
                return;
            }

            Invalid(file, "is empty", "give a file as kubectl writes it");
        }
        catch (YamlException exception)
        {
            // Never the message of the parser: it quotes the text, which may be a token.
            Invalid(file, $"is no kubeconfig (line {exception.Start.Line})", "give a file as kubectl writes it");
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or InvalidCastException or ArgumentException)
        {
            Invalid(file, "is no kubeconfig", "give a file as kubectl writes it");
        }
    }

    /// <param name="contextName">Absent: the current-context, or the only context there is.</param>
    public KubeconfigEntry? Parse(string? contextName)
    {
        if (faults.Count > 0)
        {
            return null;
        }

        (LoadedFile File, Context Entry)[] contexts = [.. loaded.SelectMany(file => (file.Model.Contexts ?? []).Where(entry => entry is not null).Select(entry => (file, entry)))];
        contextName ??= loaded.Select(file => file.Model.CurrentContext).FirstOrDefault(name => !string.IsNullOrEmpty(name))
            ?? (contexts.Select(context => context.Entry.Name).Distinct(StringComparer.Ordinal).ToArray() is [{ Length: > 0 } only] ? only : null);
        ContextDetails? context = contexts.FirstOrDefault(each => each.Entry.Name == contextName).Entry?.ContextDetails;
        if (context is null)
        {
            return Invalid(
                string.IsNullOrEmpty(contextName) ? "names no current-context" : $"no context \"{contextName}\"",
                contexts.Length == 0 ? "give a kubeconfig with a context" : $"set Upstream:Context to one of {string.Join(", ", contexts.Select(each => each.Entry.Name).Distinct())}");
        }

        (LoadedFile File, ClusterEndpoint? Details) cluster = Find(file => file.Model.Clusters, entry => entry?.Name == context.Cluster, entry => entry.ClusterEndpoint);
        (LoadedFile File, UserCredentials? Details) user = Find(file => file.Model.Users, entry => entry?.Name == context.User, entry => entry.UserCredentials);
        if (cluster.Details is null || user.Details is null)
        {
            return Invalid(
                cluster.Details is null ? $"context \"{contextName}\" names a cluster that is not there" : $"context \"{contextName}\" names a user that is not there",
                "add it, or set Upstream:Context to a complete context");
        }

        Refuse(cluster.Details, cluster.File.Extras.ProxyUrl(context.Cluster));
        Refuse(user.Details, user.File.Extras.ImpersonatedUid(context.User));
        return Build(cluster, user, user.File.Extras.TokenFile(context.User));
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

    private void Refuse(UserCredentials user, string? impersonatedUid)
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

        if (!string.IsNullOrEmpty(user.Impersonate) || user.ImpersonateGroups?.Any() == true || user.ImpersonateUserExtra is { Count: > 0 } || impersonatedUid is not null)
        {
            Refused("impersonation (as)", "the gateway asks as itself", "remove it and bind system:service-account-issuer-discovery to the user itself");
        }
    }

    private KubeconfigEntry? Build((LoadedFile File, ClusterEndpoint? Details) clusterEntry, (LoadedFile File, UserCredentials? Details) userEntry, string? tokenFile)
    {
        ClusterEndpoint cluster = clusterEntry.Details!;
        UserCredentials user = userEntry.Details!;
        if (!ServerAddress.TryParse(cluster.Server ?? "", out Uri server, out string hint))
        {
            Invalid($"the cluster's server {ServerAddress.Quote(cluster.Server ?? "")} is not {ServerAddress.Expected}", hint);
        }

        KubeconfigContent? trust = Content(clusterEntry.File, "certificate-authority", cluster.CertificateAuthorityData, cluster.CertificateAuthority);
        KubeconfigContent? certificate = Content(userEntry.File, "client-certificate", user.ClientCertificateData, user.ClientCertificate);
        KubeconfigContent? key = Content(userEntry.File, "client-key", user.ClientKeyData, user.ClientKey);
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
            TokenFile = tokenFile is null ? null : userEntry.File.Absolute(tokenFile),
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
    private KubeconfigContent? Content(LoadedFile origin, string member, string? data, string? file)
    {
        if (string.IsNullOrEmpty(data))
        {
            return string.IsNullOrEmpty(file) ? null : new KubeconfigContent(null, origin.Absolute(file));
        }

        byte[] bytes = new byte[data.Length];
        if (!Convert.TryFromBase64String(data, bytes, out int length))
        {
            Invalid($"{member}-data is not base64", $"encode the PEM text once, or give the path as {member}");
        }

        return new KubeconfigContent(bytes[..length], null);
    }

    // As kubectl merges: the first file that has the entry.
    private (LoadedFile File, TDetails? Details) Find<TEntry, TDetails>(Func<LoadedFile, IEnumerable<TEntry>?> entries, Func<TEntry, bool> isIt, Func<TEntry, TDetails?> details)
        where TEntry : class
        where TDetails : class =>
        loaded.Select(file => (File: file, Entry: (entries(file) ?? []).FirstOrDefault(isIt)))
            .Where(found => found.Entry is not null)
            .Select(found => (found.File, details(found.Entry!)))
            .FirstOrDefault();

    private KubeconfigEntry? Invalid(string message, string hint)
    {
        Invalid(path, message, hint);
        return null;
    }

    private void Invalid(string file, string message, string hint) =>
        faults.Add(new AccessFault(AccessFaultCode.KubeconfigInvalid, $"{file}: {message}", hint));

    private void Refused(string what, string why, string hint) =>
        faults.Add(new AccessFault(AccessFaultCode.KubeconfigRefused, $"{path}: {what} is refused: {why}", hint));

    private sealed record LoadedFile(string Path, K8SConfiguration Model, KubeconfigExtras Extras)
    {
        /// <summary>A relative path begins at the file that names it.</summary>
        public string Absolute(string file) => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!, file);
    }
}
