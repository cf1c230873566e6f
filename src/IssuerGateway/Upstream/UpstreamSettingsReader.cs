using IssuerGateway.Configuration;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Kubernetes.Kubeconfigs;

namespace IssuerGateway.Upstream;

/// <summary>The words of <c>Upstream:Kind</c>.</summary>
internal enum UpstreamKind
{
    InCluster,
    Kubeconfig,
    Explicit,
    Directory,
    PublicKeys,
}

/// <summary>
/// Reads <c>Upstream</c>: each kind has its own keys, and a key of another kind is an error, because whoever set it
/// expects it to work. Files that hold what is rejected are errors too; files that are missing may still come.
/// </summary>
internal static class UpstreamSettingsReader
{
    private const int MaxServers = 32;

    private static readonly (string Key, UpstreamKind[] Kinds)[] keys =
    [
        ("KubeconfigFile", [UpstreamKind.Kubeconfig]),
        ("Context", [UpstreamKind.Kubeconfig]),
        ("Servers", [UpstreamKind.Explicit]),
        ("CaFile", [UpstreamKind.Explicit]),
        ("TokenFile", [UpstreamKind.Explicit]),
        ("ClientCertificateFile", [UpstreamKind.Explicit]),
        ("ClientKeyFile", [UpstreamKind.Explicit]),
        ("ServerName", [UpstreamKind.Explicit, UpstreamKind.InCluster]),
        ("Directory", [UpstreamKind.Directory]),
        ("PublicKeyFiles", [UpstreamKind.PublicKeys]),
    ];

    public static UpstreamSettings Read(SettingsReader reader)
    {
        UpstreamKind kind = reader.Choice("Kind", UpstreamKind.InCluster);
        foreach ((string key, UpstreamKind[] owners) in keys.Where(entry => !entry.Kinds.Contains(kind) && reader.Has(entry.Key)))
        {
            if (reader.Texts(key).Count > 0)
            {
                reader.Fail(key, $"does not apply to {reader.KeyOf("Kind")} {kind}", $"remove {reader.KeyOf(key)}, or set {reader.KeyOf("Kind")} to {string.Join(" or ", owners)}");
            }
        }

        return kind switch
        {
            UpstreamKind.Kubeconfig => ReadKubeconfig(reader),
            UpstreamKind.Explicit => ReadExplicit(reader),
            UpstreamKind.Directory => new DirectoryUpstream(reader.RequiredText("Directory", "the path of a directory",
                $"set {reader.KeyOf("Directory")} to the directory that issuer-gateway export writes")),
            UpstreamKind.PublicKeys => ReadPublicKeys(reader),
            _ => new InClusterUpstream(ReadServerName(reader)),
        };
    }

    private static KubeconfigUpstream ReadKubeconfig(SettingsReader reader)
    {
        KubeconfigUpstream settings = new(
            reader.RequiredText("KubeconfigFile", "the path of a kubeconfig", $"set {reader.KeyOf("KubeconfigFile")} to a kubeconfig that holds a token or a client certificate"),
            reader.Text("Context"));
        if (settings.File.Length > 0)
        {
            AccessReading reading = new KubeconfigAccess(settings.File, settings.Context, TimeProvider.System).Read();
            foreach (AccessFault fault in reading.Faults.Where(fault => fault.Code is AccessFaultCode.KubeconfigRejected or AccessFaultCode.KubeconfigInvalid))
            {
                reader.Fail("KubeconfigFile", fault.Message, fault.Hint);
            }
        }

        return settings;
    }

    private static ExplicitUpstream ReadExplicit(SettingsReader reader)
    {
        string? certificate = reader.Text("ClientCertificateFile");
        string? key = reader.Text("ClientKeyFile");
        ExplicitUpstream settings = new()
        {
            Servers = ReadServers(reader),
            TrustFile = reader.RequiredText("CaFile", "the path of the cluster's CA certificate", $"set {reader.KeyOf("CaFile")}; on a control plane node it is /etc/kubernetes/pki/ca.crt"),
            TokenFile = reader.Text("TokenFile"),
            ClientCertificateFiles = certificate is not null && key is not null ? (certificate, key) : null,
            ServerName = ReadServerName(reader),
        };
        CheckCredential(reader, settings.TokenFile, certificate is not null, key is not null);
        return settings;
    }

    private static List<Uri> ReadServers(SettingsReader reader)
    {
        IReadOnlyList<string> texts = reader.Texts("Servers");
        if (texts.Count is 0 or > MaxServers)
        {
            reader.Fail("Servers", texts.Count == 0 ? "nothing" : $"{texts.Count} servers", $"1 to {MaxServers} API servers", $"list the API servers in {reader.KeyOf("Servers")}:0, :1, …, each {ServerAddress.Expected}");
        }

        List<Uri> servers = [];
        for (int i = 0; i < texts.Count; i++)
        {
            if (!ServerAddress.TryParse(texts[i], out Uri server, out string hint))
            {
                reader.Fail($"Servers:{i}", ServerAddress.Quote(texts[i]), ServerAddress.Expected, hint);
            }
            else if (servers.Contains(server))
            {
                reader.Fail($"Servers:{i}", SettingsReader.Quote(texts[i]), "a server that is not listed yet", $"remove {reader.KeyOf($"Servers:{i}")}");
            }
            else
            {
                servers.Add(server);
            }
        }

        return servers;
    }

    private static string? ReadServerName(SettingsReader reader)
    {
        string? name = reader.Text("ServerName");
        if (name is not null && Uri.CheckHostName(name) is UriHostNameType.Unknown or UriHostNameType.Basic)
        {
            reader.Fail("ServerName", SettingsReader.Quote(name!), "a host name or an address, as it stands in the servers' certificates", "write it without scheme, port and path");
            return null;
        }

        return name;
    }

    private static void CheckCredential(SettingsReader reader, string? tokenFile, bool certificate, bool key)
    {
        string anyCredential = $"set either {reader.KeyOf("TokenFile")}, or {reader.KeyOf("ClientCertificateFile")} and {reader.KeyOf("ClientKeyFile")}";
        if (certificate != key)
        {
            (string missing, string present) = certificate ? ("ClientKeyFile", "ClientCertificateFile") : ("ClientCertificateFile", "ClientKeyFile");
            reader.Fail(missing, "nothing", $"a path, because {reader.KeyOf(present)} is set", anyCredential);
        }

        if (tokenFile is not null && (certificate || key))
        {
            reader.Fail("TokenFile", SettingsReader.Quote(tokenFile), "one kind of credential; a client certificate is given too", anyCredential);
        }
        else if (tokenFile is null && !certificate && !key)
        {
            reader.Fail("TokenFile", "nothing", "a token file or a client certificate", anyCredential);
        }
    }

    private static PublicKeysUpstream ReadPublicKeys(SettingsReader reader)
    {
        IReadOnlyList<string> files = reader.Texts("PublicKeyFiles");
        if (files.Count == 0)
        {
            reader.Fail("PublicKeyFiles", "nothing", "at least one PEM file with public keys", $"set {reader.KeyOf("PublicKeyFiles")}:0 to a file such as /etc/kubernetes/pki/sa.pub");
        }

        for (int i = 0; i < files.Count; i++)
        {
            FileReading reading = FileReading.Read(PublicKeySource.MaxBytes, "", files[i]);
            FetchFault? fault = null;
            if (reading.Files is { } content)
            {
                PublicKeyFile.Read(files[i], content.Contents[0], out fault);
            }

            if (fault is not null)
            {
                reader.Fail($"PublicKeyFiles:{i}", fault.Message, fault.Hint);
            }
        }

        return new PublicKeysUpstream(files);
    }
}
