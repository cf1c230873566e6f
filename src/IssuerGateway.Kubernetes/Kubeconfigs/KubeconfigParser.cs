using IssuerGateway.Base;
using IssuerGateway.Kubernetes.Trust;
using YamlDotNet.Core;
using k8s;
using k8s.KubeConfigModels;

namespace IssuerGateway.Kubernetes.Kubeconfigs;

/// <summary>
/// Takes one context out of a kubeconfig, or names everything in it that is rejected: verification is never skipped and no
/// password sent. The gateway also runs no programs, uses no proxy and impersonates nobody.
/// </summary>
/// <param name="isForKubectl">Whether what kubectl does beyond that is taken too (<see cref="KubectlBehavior"/>).</param>
internal sealed class KubeconfigParser(string path, bool isForKubectl = false)
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

            using MemoryStream stream = new(KubeconfigExtras.ForModel(content));
            if (await KubernetesClientConfiguration.LoadKubeConfigAsync(stream) is { } model)
            {
                CheckNames(file, "clusters", model.Clusters?.Select(entry => entry?.Name));
                CheckNames(file, "users", model.Users?.Select(entry => entry?.Name));
                CheckNames(file, "contexts", model.Contexts?.Select(entry => entry?.Name));
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
                cluster.Details is null
                    ? string.IsNullOrEmpty(context.Cluster) ? $"context \"{contextName}\" names no cluster" : $"context \"{contextName}\" names a cluster that is not there"
                    : string.IsNullOrEmpty(context.User) ? $"context \"{contextName}\" names no user" : $"context \"{contextName}\" names a user that is not there",
                "add it, or set Upstream:Context to a complete context");
        }

        string? proxyUrl = cluster.File.Extras.ProxyUrl(context.Cluster);
        Impersonation impersonation = new(user.Details.Impersonate ?? "")
        {
            Groups = [.. user.Details.ImpersonateGroups ?? []],
            Uid = user.File.Extras.ImpersonatedUid(context.User),
            Extra = user.File.Extras.ImpersonatedExtra(context.User),
        };
        foreach ((string what, string why, string fix, bool isTaken) in KubeconfigRejections.Of(cluster.Details, proxyUrl, user.Details, impersonation, isForKubectl))
        {
            Rejected(what, why, fix, isTaken);
        }

        if (isForKubectl && impersonation is { IsNamed: true, User.Length: 0 })
        {
            Invalid("as-groups, as-uid and as-user-extra need as", "name the user with as, or remove them");
        }

        Uri? proxy = isForKubectl ? ProxyOf(proxyUrl) : null;
        return Build(cluster, user, user.File.Extras.TokenFile(context.User)) is { } entry
            ? entry with { User = context.User, Plugin = PluginOf(user.Details, user.File), Proxy = proxy, Impersonation = impersonation.IsNamed ? impersonation : null }
            : null;
    }

    // As kubectl: which of the two was meant, nobody knows. Entries of different files are merged instead.
    private void CheckNames(string file, string list, IEnumerable<string?>? names)
    {
        if ((names ?? []).OfType<string>().GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            Invalid(file, $"has two entries named {PrintableText.Quote(twice.Key)} in {list}", "remove or rename one of them; kubectl rejects the file too");
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
        if (trust is null && !isForKubectl)
        {
            Rejected("a cluster without certificate-authority", "the gateway trusts the cluster's own CA only, not every CA of this machine",
                "add certificate-authority-data (kubectl get configmap kube-root-ca.crt holds it); for a server with a certificate of a public CA set certificate-authority to the PEM file of that CA", isTakenByKubectl: true);
        }

        CheckCredential(user.Token, tokenFile, certificate, key, hasPlugin: isForKubectl && user.ExternalExecution is not null);
        return faults.Count > 0 ? null : new KubeconfigEntry
        {
            Server = server,
            ServerName = string.IsNullOrEmpty(cluster.TlsServerName) ? null : cluster.TlsServerName,
            Trust = trust,
            Token = string.IsNullOrEmpty(user.Token) ? null : user.Token.Trim(),
            TokenFile = tokenFile is null ? null : userEntry.File.Absolute(tokenFile),
            ClientCertificate = certificate,
            ClientKey = key,
        };
    }

    // A relative path with a folder in it starts at the kubeconfig; a bare name is looked up in PATH.
    private static ExternalExecution? PluginOf(UserCredentials user, LoadedFile origin)
    {
        if (user.ExternalExecution is { Command: { } command } plugin && command.AsSpan().ContainsAny(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar))
        {
            plugin.Command = origin.Absolute(command);
        }

        return user.ExternalExecution;
    }

    private Uri? ProxyOf(string? proxyUrl)
    {
        if (proxyUrl is null || (Uri.TryCreate(proxyUrl, UriKind.Absolute, out Uri? proxy) && proxy.Scheme is "http" or "https" or "socks5" && proxy.Host.Length > 0))
        {
            return proxyUrl is null ? null : new Uri(proxyUrl);
        }

        // Not quoted: it may hold a password.
        Invalid("proxy-url is no http, https or socks5 URL", "write for example http://proxy.example.com:3128");
        return null;
    }

    private void CheckCredential(string? token, string? tokenFile, KubeconfigContent? certificate, KubeconfigContent? key, bool hasPlugin)
    {
        if (certificate is null != key is null)
        {
            Invalid("the user has only one of client-certificate and client-key", "give both or none");
        }
        else if (string.IsNullOrEmpty(token) && tokenFile is null && certificate is null && !hasPlugin && faults.Count == 0)
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
            return string.IsNullOrEmpty(file) ? null : new KubeconfigContent(member, null, origin.Absolute(file));
        }

        byte[] bytes = new byte[data.Length];
        if (!Convert.TryFromBase64String(data, bytes, out int length))
        {
            Invalid($"{member}-data is not base64", $"encode the PEM text once, or give the path as {member}");
        }

        return new KubeconfigContent(member, bytes[..length], null);
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

    private void Rejected(string what, string why, string hint, bool isTakenByKubectl) =>
        faults.Add(new AccessFault(AccessFaultCode.KubeconfigRejected, $"{path}: {what} is rejected: {why}", hint) { IsTakenByKubectl = isTakenByKubectl });

    private sealed record LoadedFile(string Path, K8SConfiguration Model, KubeconfigExtras Extras)
    {
        /// <summary>A relative path begins at the file that names it.</summary>
        public string Absolute(string file) => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!, file);
    }
}
