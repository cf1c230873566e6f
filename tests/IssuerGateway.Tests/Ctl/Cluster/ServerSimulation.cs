using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>
/// What each distribution makes of the file or object that a step writes: the flags of its API servers. Written from
/// the facts, not from the writers of the plan, and with a parser of its own.
/// </summary>
internal sealed class ServerSimulation(string distribution)
{
    private readonly Dictionary<string, string> patchFiles = [];
    private readonly Dictionary<string, List<string>> lines = [];
    private JsonObject controlPlane = [];
    private YamlMappingNode? talosArguments;

    public static FlagSet Today(string distribution) => distribution switch
    {
        "k3s" or "rke2" or "rancher" or "harvester" => Flags($"service-account-issuer={FakeCluster.Old}", $"api-audiences={FakeCluster.Old},{(distribution == "k3s" ? "k3s" : "rke2")}"),
        "talos-1.13" or "talos-1.14" or "talos-1.12" => Flags("service-account-issuer=https://api.example.test:6443", "api-audiences=https://api.example.test:6443"),
        "k0s" => Flags("service-account-issuer=https://kubernetes.default.svc", "api-audiences=https://kubernetes.default.svc,system:konnectivity-server"),
        "microk8s" => Flags("service-account-issuer=https://kubernetes.default.svc"),
        "kops" => Flags("service-account-issuer=https://api.internal.demo.example.test", "api-audiences=kubernetes.svc.default"),
        "gardener" => Flags("service-account-issuer=https://api.demo.internal.example.com", "api-audiences=kubernetes,gardener"),
        _ => Flags($"service-account-issuer={FakeCluster.Old}"),
    };

    /// <summary>The flags of the step's server, or of all servers for an object; null when the step does not start anything.</summary>
    public FlagSet? Apply(RollStep step) => step is { Node: null, Content: null } ? null : distribution switch
    {
        "kubeadm-v1beta4" or "kubeadm-v1beta3" => Kubeadm(step),
        "kubespray" => Kubespray(Yaml(step.Content!)),
        "cluster-api" or "vks" or "nkp" => ControlPlane(step.Content!),
        "k3s" or "rke2" or "harvester" => Given(Texts(Yaml(step.Content!), "kube-apiserver-arg")),
        "rancher" => Given(Texts(Yaml(step.Content!), "spec", "rkeConfig", "machineGlobalConfig", "kube-apiserver-arg")),
        "talos-1.13" => Talos(Yaml(step.Content!)),
        "talos-1.14" => TalosDocument(Yaml(step.Content!)),
        "k0s" => K0s(Yaml(step.Content!)),
        "microk8s" => MicroK8s(step),
        "kops" => Kops(Yaml(step.Content!)),
        "gardener" => Gardener(Yaml(step.Content!)),
        "kamaji" => Override(Flags(), Texts(Yaml(step.Content!), "spec", "controlPlane", "deployment", "extraArgs", "apiServer")),
        "vcluster" => Override(Flags(), Texts(Yaml(step.Content!), "controlPlane", "distro", "k8s", "apiServer", "extraArgs")),
        "general" => Override(Flags(), step.Content!.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
        _ => throw new ArgumentOutOfRangeException(nameof(step), distribution, null),
    };

    /// <summary>kubeadm's own default yields to extraArgs; in a map the last value of a name is the only one.</summary>
    public static FlagSet Kubeadm(string configuration, string? patch)
    {
        YamlStream stream = [];

        // kubeadm's reader takes a name twice and keeps the last; YamlDotNet does not take it at all.
        stream.Load(new StringReader(WithoutEarlierDuplicates(configuration)));
        YamlMappingNode[] documents = [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
        YamlNode? arguments = At(documents.Single(document => Text(document, "kind") == "ClusterConfiguration"), "apiServer", "extraArgs");
        string[] words = arguments switch
        {
            YamlSequenceNode list => [.. list.Children.Select(item => $"{Text(item, "name")}={Text(item, "value")}")],
            YamlMappingNode map => [.. map.Children.Select(pair => $"{pair.Key}={pair.Value}")],
            _ => [],
        };
        FlagSet flags = Override(Flags($"service-account-issuer={FakeCluster.Old}"), words);
        bool namesPatches = documents.Any(document => Text(document, "kind") == "InitConfiguration" && At(document, "patches", "directory") is not null);
        return namesPatches && patch is not null ? Append(flags, patch) : flags;
    }

    private static string WithoutEarlierDuplicates(string configuration)
    {
        List<string> kept = [.. configuration.Split('\n')];
        for (int i = kept.Count - 1; i >= 0; i--)
        {
            string key = kept[i].Split(':')[0];
            if (key.TrimStart().StartsWith("service-account-issuer", StringComparison.Ordinal) && kept.Skip(i + 1).Any(line => line.Split(':')[0] == key))
            {
                kept.RemoveAt(i);
            }
        }

        return string.Join('\n', kept);
    }

    private FlagSet? Kubeadm(RollStep step)
    {
        if (step.Place.EndsWith("kube-apiserver0+json.yaml", StringComparison.Ordinal))
        {
            if (step.Content is null)
            {
                Assert.StartsWith("rm -f ", step.Command, StringComparison.Ordinal);
                patchFiles.Remove(step.Node!);
            }
            else
            {
                patchFiles[step.Node!] = step.Content;
            }

            return null;
        }

        return step.Node is null ? null : Kubeadm(step.Content!, patchFiles.GetValueOrDefault(step.Node));
    }

    private static FlagSet Kubespray(YamlNode root)
    {
        YamlMappingNode arguments = (YamlMappingNode)At(root, "kube_kubeadm_apiserver_extra_args")!;
        FlagSet flags = Override(Flags($"service-account-issuer={FakeCluster.Old}"), arguments.Children.Select(pair => $"{pair.Key}={pair.Value}"));
        return ((YamlSequenceNode)At(root, "kubeadm_patches")!).Children.Aggregate(flags, (current, patch) => Append(current, (YamlSequenceNode)At(patch, "patch")!));
    }

    private FlagSet ControlPlane(string patch)
    {
        controlPlane = (JsonObject)Merge(controlPlane, JsonNode.Parse(patch)!)!;
        JsonNode specification = controlPlane["spec"]!["kubeadmConfigSpec"]!;
        FlagSet flags = Override(Flags($"service-account-issuer={FakeCluster.Old}"), ((JsonObject)specification["clusterConfiguration"]!["apiServer"]!["extraArgs"]!).Select(pair => $"{pair.Key}={pair.Value}"));
        string? directory = specification["initConfiguration"]?["patches"]?["directory"]?.GetValue<string>();
        Assert.Equal(directory, specification["joinConfiguration"]?["patches"]?["directory"]?.GetValue<string>());
        return directory is null ? flags : ((JsonArray)specification["files"]!)
            .Where(file => file!["path"]!.GetValue<string>() == $"{directory}/kube-apiserver0+json.yaml")
            .Aggregate(flags, (current, file) => Append(current, file!["content"]!.GetValue<string>()));
    }

    // RFC 7396.
    private static JsonNode? Merge(JsonNode? target, JsonNode patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch.DeepClone();
        }

        JsonObject result = target is JsonObject existing ? (JsonObject)existing.DeepClone() : [];
        foreach ((string name, JsonNode? value) in changes)
        {
            if (value is null)
            {
                result.Remove(name);
            }
            else
            {
                result[name] = Merge(result[name], value);
            }
        }

        return result;
    }

    private FlagSet Given(IEnumerable<string> arguments) => Override(Today(distribution), arguments);

    private FlagSet Talos(YamlNode patch)
    {
        YamlMappingNode arguments = (YamlMappingNode)At(patch, "cluster", "apiServer", "extraArgs")!;
        talosArguments ??= [];
        foreach ((YamlNode name, YamlNode value) in arguments.Children)
        {
            talosArguments.Children[name] = value;
        }

        return Override(Today(distribution), talosArguments.Children.SelectMany(pair => pair.Value is YamlSequenceNode list
            ? list.Children.Select(value => $"{pair.Key}={value}")
            : [$"{pair.Key}={pair.Value}"]));
    }

    private static FlagSet TalosDocument(YamlNode document)
    {
        Assert.Equal("KubeServiceAccountConfig", Text(document, "kind"));
        string issuer = Text(At(document, "issuer")!, "issuerURL")!;
        string[] audiences = [.. Texts(document, "accepted", "audiences")];
        string signer = Text(At(document, "issuer")!, "privateKey")?.Contains("sa-rsa", StringComparison.Ordinal) == true ? "sa-rsa" : "sa";
        IEnumerable<string> others = Texts(document, "accepted", "publicKeys").Select(key => key.Contains("sa-rsa", StringComparison.Ordinal) ? "sa-rsa" : "sa");
        return Flags([.. others.Prepend(signer).Distinct().Select(key => $"service-account-key-file={key}.pub"), $"service-account-signing-key-file={signer}.key", $"service-account-issuer={issuer}", .. Texts(document, "accepted", "issuers").Select(each => $"service-account-issuer={each}"), $"api-audiences={(audiences.Length == 0 ? issuer : string.Join(',', audiences))}"]);
    }

    private FlagSet K0s(YamlNode file) => new([
        .. Override(Today(distribution), ((YamlMappingNode)At(file, "spec", "api", "extraArgs")!).Children.Select(pair => $"{pair.Key}={pair.Value}")).Flags,
        .. FlagSet.Parse(Texts(file, "spec", "api", "rawArgs")).Flags,
    ]);

    // The command is sed and cat: what it deletes is read from it.
    private FlagSet MicroK8s(RollStep step)
    {
        string pattern = Regex.Match(step.Command!, "^sed -i -E '/(.+)/d' ").Groups[1].Value;
        Assert.NotEmpty(pattern);
        List<string> file = lines.TryGetValue(step.Node!, out List<string>? known) ? known : [.. Today(distribution).Flags.Select(flag => flag.ToString())];
        file.RemoveAll(line => Regex.IsMatch(line, pattern));
        file.AddRange(step.Content!.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        lines[step.Node!] = file;
        return FlagSet.Parse(file);
    }

    private static FlagSet Kops(YamlNode specification) => Flags([
        $"service-account-issuer={Text(At(specification, "spec", "kubeAPIServer")!, "serviceAccountIssuer")}",
        .. Texts(specification, "spec", "kubeAPIServer", "additionalServiceAccountIssuers").Select(issuer => $"service-account-issuer={issuer}"),
        "api-audiences=kubernetes.svc.default",
    ]);

    private static FlagSet Gardener(YamlNode shoot)
    {
        const string standard = "https://api.demo.internal.example.com";
        YamlNode configuration = At(shoot, "spec", "kubernetes", "kubeAPIServer", "serviceAccountConfig")!;
        string? issuer = Text(configuration, "issuer") is { } text and not "null" ? text : null;
        string[] all = issuer is null ? [standard, .. Texts(configuration, "acceptedIssuers")] : [issuer, .. Texts(configuration, "acceptedIssuers"), standard];
        return Flags([.. all.Select(each => $"service-account-issuer={each}"), "api-audiences=kubernetes,gardener"]);
    }

    private static FlagSet Flags(params IEnumerable<string> words) => FlagSet.Parse(words.Select(word => "--" + word));

    /// <summary>What is given takes the place of every default of the same name.</summary>
    private static FlagSet Override(FlagSet defaults, IEnumerable<string> given)
    {
        FlagSet set = FlagSet.Parse(given.Select(word => "--" + word.TrimStart('-')));
        return new FlagSet([.. defaults.Flags.Where(flag => set.All(flag.Name).Count == 0), .. set.Flags]);
    }

    private static FlagSet Append(FlagSet flags, string patch) => Append(flags, (YamlSequenceNode)Yaml(patch));

    // RFC 6902 §4.1: add to the end of an array.
    private static FlagSet Append(FlagSet flags, YamlSequenceNode patch) => new([
        .. flags.Flags,
        .. FlagSet.Parse(patch.Children.Select(operation =>
        {
            Assert.Equal(("add", "/spec/containers/0/command/-"), (Text(operation, "op"), Text(operation, "path")));
            return Text(operation, "value")!;
        })).Flags,
    ]);

    private static YamlNode Yaml(string text)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(text));
        return Assert.Single(stream.Documents).RootNode;
    }

    private static YamlNode? At(YamlNode node, params string[] path)
    {
        YamlNode? current = node;
        foreach (string name in path)
        {
            current = current is YamlMappingNode mapping && mapping.Children.TryGetValue(new YamlScalarNode(name), out YamlNode? next) ? next : null;
        }

        return current;
    }

    private static string? Text(YamlNode node, string name) => (At(node, name) as YamlScalarNode)?.Value;

    private static IEnumerable<string> Texts(YamlNode node, params string[] path) => (At(node, path) as YamlSequenceNode)?.Children.Select(child => ((YamlScalarNode)child).Value!) ?? [];
}
