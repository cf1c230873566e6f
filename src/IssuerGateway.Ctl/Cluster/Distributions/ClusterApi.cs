using System.Text.Json.Nodes;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>Cluster API with KubeadmControlPlane: one object in the management cluster, machines are replaced.</summary>
internal static class ClusterApi
{
    public static Distribution Distribution { get; } = new()
    {
        Id = "cluster-api",
        Name = "Cluster API (KubeadmControlPlane)",
        Detection = [Fact.Unconfirmed("Node annotation cluster.x-k8s.io/cluster-name. Today's flags are those of the mirror pods.")],
        TwoIssuers = TwoIssuers.Held,
        Setting =
        [
            Fact.Documented("v1beta1 has a map (one value a name); the list of v1beta2 rejects repeated names by a validation rule (cluster-api#13853)."),
            Fact.Documented("The way to two: the first issuer in clusterConfiguration.apiServer.extraArgs, the others in a patch file from files:, whose directory initConfiguration.patches and joinConfiguration.patches name (mutable, cluster-api#6576)."),
        ],
        Defaults = [Fact.Source("As kubeadm: issuer https://kubernetes.default.svc.DOMAIN, --api-audiences unset.")],
        SigningKey = [Fact.Documented("Secret CLUSTER-sa in the management cluster; encryptionAlgorithm does not rotate it.")],
        RollingOut = [Fact.Documented("Every roll replaces all control-plane machines, one after the other.")],
        Sources = "kubernetes-sigs/cluster-api v1beta2 kubeadm_types.go@0046d1c; cluster-api#13853, #6576",
        Source = new SourceFormat
        {
            Name = "KubeadmControlPlane of this cluster (management cluster)",
            Fetch = "kubectl -n NAMESPACE get kubeadmcontrolplane CONTROL-PLANE -o yaml > control-plane.yaml",
            Read = content => ArgumentsOf(content),
        },
        KeyPair = KeyPair,
        KeyNotes = [Fact.Unconfirmed("files[].contentFrom.secret brings the new key files to each machine.")],
        Steps = Steps,
    };

    /// <summary>The arguments that a KubeadmControlPlane gives the API server, its patch files included; null for anything else.</summary>
    public static FlagSet? ArgumentsOf(string content)
    {
        if (YamlSource.ParseAll(content).FirstOrDefault(document => YamlSource.TextOf(document, "kind") is "KubeadmControlPlane" or null && YamlSource.At(document, "spec", "kubeadmConfigSpec") is not null) is not { } plane)
        {
            return null;
        }

        YamlNode specification = YamlSource.At(plane, "spec", "kubeadmConfigSpec")!;
        YamlNode? arguments = YamlSource.At(specification, "clusterConfiguration", "apiServer", "extraArgs");
        string? directory = YamlSource.TextAt(specification, "initConfiguration", "patches", "directory");
        IEnumerable<string> patches = (YamlSource.At(specification, "files") as YamlSequenceNode)?.Children.OfType<YamlMappingNode>()
            .Where(file => directory is not null && IsPatch(YamlSource.TextOf(file, "path"), [directory.TrimEnd('/')]))
            .Select(file => YamlSource.TextOf(file, "content") ?? "") ?? [];
        return new FlagSet([.. ArgumentFields.ReadMap(arguments), .. ArgumentFields.ReadPairs(arguments), .. patches.SelectMany(Operations)]);
    }

    private static RollStep KeyPair(RollContext context)
    {
        (string name, string space) = NameOf(WholeOf(context));
        return new RollStep
        {
            Target = "your workstation, then the management cluster",
            Place = $"Secret {space}/{name}-sa-rsa",
            Command = $"openssl genrsa -out {KeyRolls.PrivateName} 2048\nopenssl rsa -in {KeyRolls.PrivateName} -pubout -out {KeyRolls.PublicName}\n"
                + $"kubectl -n {space} create secret generic {name}-sa-rsa --from-file={KeyRolls.PublicName} --from-file={KeyRolls.PrivateName}\nrm {KeyRolls.PrivateName} {KeyRolls.PublicName}",
        };
    }

    private static IReadOnlyList<Flag> Operations(string patch)
    {
        YamlStream stream = [];
        try
        {
            stream.Load(new StringReader(patch));
        }
        catch (YamlDotNet.Core.YamlException)
        {
            return [];
        }

        return ArgumentFields.ReadPatch(stream.Documents.FirstOrDefault()?.RootNode);
    }

    public static IReadOnlyList<RollStep> Steps(RollContext context)
    {
        JsonObject? whole = WholeOf(context);
        JsonObject? existing = whole?["spec"]?["kubeadmConfigSpec"] as JsonObject;
        (string name, string space) = NameOf(whole);
        string version = Text(whole?["apiVersion"])?.Split('/')[^1] ?? "v1beta1";
        bool isList = existing?["clusterConfiguration"]?["apiServer"]?["extraArgs"] is { } today ? today is JsonArray : version is not ("v1alpha3" or "v1alpha4" or "v1beta1");
        JsonObject patch = new() { ["spec"] = new JsonObject { ["kubeadmConfigSpec"] = Specification(existing, context, $"{name}-sa-rsa", isList) } };
        return
        [
            new RollStep
            {
                Target = $"KubeadmControlPlane {space}/{name} in the management cluster",
                Place = "spec.kubeadmConfigSpec",
                Language = "json",
                Content = JsonText.Write(patch),
                Command = $"kubectl -n {space} patch kubeadmcontrolplanes.{version}.controlplane.cluster.x-k8s.io {name} --type merge --patch-file {context.Label}-kcp.json",
                Note = existing is null
                    ? "The object is in the management cluster and was not read. A merge patch replaces lists: add today's entries of files, and of extraArgs where it is a list, before you apply it. extraArgs is written in the form of v1beta1, which the command names; v1beta2 has a list of name and value."
                    : "Lists hold today's entries too. If a ClusterClass owns this object, make the change there.",
            },
        ];
    }

    private static JsonObject Specification(JsonObject? existing, RollContext context, string secret, bool isList)
    {
        JsonNode? today = existing?["clusterConfiguration"]?["apiServer"]?["extraArgs"];
        JsonNode written = isList
            ? new JsonArray([
                .. (today as JsonArray ?? []).Where(item => !context.Writes(Text(item?["name"]) ?? "")).Select(item => item?.DeepClone()),
                .. context.FirstFlags.Select(flag => new JsonObject { ["name"] = flag.Name, ["value"] = flag.Value }),
            ])
            : Map(today as JsonObject, context);
        bool hasPatch = context.FurtherFlags.Count > 0;
        string? first = DirectoryOf(existing, "initConfiguration");
        string? joining = DirectoryOf(existing, "joinConfiguration");
        string[] directories = [.. new[] { first ?? joining ?? KubeadmSteps.PatchDirectory, joining ?? first ?? KubeadmSteps.PatchDirectory }.Distinct()];
        JsonArray before = existing?["files"] as JsonArray ?? [];
        JsonArray files = [.. before.Where(file => !IsKeyFile(Text(file?["path"]))).Select(file => Without(file, directories, context)).Where(file => file is not null)];
        if (hasPatch)
        {
            foreach (string directory in directories)
            {
                files.Add(new JsonObject { ["path"] = $"{directory}/{KubeadmSteps.PatchFile}", ["owner"] = "root:root", ["permissions"] = "0644", ["content"] = KubeadmSteps.Patch(context) });
            }
        }

        foreach (string path in new[] { context.Keys?.Public.FirstOrDefault(IsKeyFile), context.Keys?.Private }.OfType<string>().Where(IsKeyFile))
        {
            string key = path[(path.LastIndexOf('/') + 1)..];
            files.Add(new JsonObject
            {
                ["path"] = path,
                ["owner"] = "root:root",
                ["permissions"] = key.EndsWith(".key", StringComparison.Ordinal) ? "0600" : "0644",
                ["contentFrom"] = new JsonObject { ["secret"] = new JsonObject { ["name"] = secret, ["key"] = key } },
            });
        }

        JsonObject configuration = new() { ["apiServer"] = new JsonObject { ["extraArgs"] = written } };
        if (context.ControllerKey is { } controllerKey)
        {
            configuration["controllerManager"] = new JsonObject { ["extraArgs"] = Controller(existing?["clusterConfiguration"]?["controllerManager"]?["extraArgs"], controllerKey, isList) };
        }

        return new JsonObject
        {
            ["clusterConfiguration"] = configuration,
            ["files"] = files,
            ["initConfiguration"] = new JsonObject { ["patches"] = Directory(directories[0], first, before, files) },
            ["joinConfiguration"] = new JsonObject { ["patches"] = Directory(directories[^1], joining, before, files) },
        };
    }

    // A merge patch keeps the other keys of a map; a null removes one (RFC 7396 §2).
    private static JsonObject Map(JsonObject? today, RollContext context)
    {
        JsonObject map = [];
        foreach (KeyValuePair<string, JsonNode?> pair in today ?? [])
        {
            map[pair.Key] = context.Writes(pair.Key) ? null : pair.Value?.DeepClone();
        }

        if (context.IsBack)
        {
            foreach (string later in (string[])[FlagSet.KeySetUri, FlagSet.Audience, .. context.Keys is null ? Array.Empty<string>() : [FlagSet.SigningKeyFile]])
            {
                map.TryAdd(later, null);
            }
        }

        foreach (Flag flag in context.FirstFlags)
        {
            map[flag.Name] = flag.Value;
        }

        return map;
    }

    // kubeadm stops when the directory does not exist, so it is named while a file makes it, or what is none of the files.
    private static JsonObject? Directory(string directory, string? named, JsonArray before, JsonArray after) =>
        IsIn(after, directory) || (named is not null && !IsIn(before, directory)) ? new JsonObject { ["directory"] = directory } : null;

    private static bool IsIn(JsonArray files, string directory) => files.Any(file => Text(file?["path"])?.StartsWith(directory + "/", StringComparison.Ordinal) == true);

    private static string? DirectoryOf(JsonObject? existing, string configuration) =>
        Text(((existing?[configuration] as JsonObject)?["patches"] as JsonObject)?["directory"])?.TrimEnd('/') is { Length: > 0 } directory ? directory : null;

    private static bool IsPatch(string? path, IReadOnlyList<string> directories) => path is not null && path.Contains("+json", StringComparison.Ordinal)
        && directories.Any(directory => path.StartsWith($"{directory}/kube-apiserver", StringComparison.Ordinal));

    /// <summary>The file without the operations on the flags of this roll; null when nothing is left of it.</summary>
    private static JsonNode? Without(JsonNode? file, IReadOnlyList<string> directories, RollContext context)
    {
        if (file is not JsonObject || !IsPatch(Text(file["path"]), directories) || Text(file["content"]) is not { } content || YamlSource.ParseAll($"operations:\n{YamlText.Indent(content, 2)}") is not [var document, ..]
            || YamlSource.At(document, "operations") is not YamlSequenceNode operations)
        {
            return file?.DeepClone();
        }

        YamlNode[] kept = [.. operations.Children.Where(operation => YamlSource.TextAt(operation, "value") is not { } value || !context.Writes(value.TrimStart('-').Split('=')[0]))];
        if (kept.Length == operations.Children.Count)
        {
            return file.DeepClone();
        }

        JsonNode rest = file.DeepClone();
        rest["content"] = JsonText.Write(YamlSource.ToJson(new YamlSequenceNode(kept))!);
        return kept.Length == 0 ? null : rest;
    }

    private static JsonNode Controller(JsonNode? today, string key, bool isList)
    {
        const string name = KubeadmConfiguration.ControllerKey;
        return isList
            ? new JsonArray([.. (today as JsonArray ?? []).Where(item => Text(item?["name"]) != name).Select(item => item?.DeepClone()), new JsonObject { ["name"] = name, ["value"] = key }])
            : new JsonObject((today as JsonObject ?? []).Where(pair => pair.Key != name).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())).Append(KeyValuePair.Create(name, (JsonNode?)key)));
    }

    private static bool IsKeyFile(string? path) => path?.EndsWith("/" + KeyRolls.PublicName, StringComparison.Ordinal) == true || path?.EndsWith("/" + KeyRolls.PrivateName, StringComparison.Ordinal) == true;

    private static JsonObject? WholeOf(RollContext context) =>
        context.Cluster.Sources.FirstOrDefault(each => ArgumentsOf(each.Content) is not null) is { } source ? Whole(source.Content) : null;

    private static (string Name, string Space) NameOf(JsonObject? whole) => (Text(whole?["metadata"]?["name"]) ?? "CONTROL-PLANE", Text(whole?["metadata"]?["namespace"]) ?? "NAMESPACE");

    // JSON is YAML: an object of the cluster and a file of an administrator are read alike. The form of extraArgs belongs
    // to the version of the object: the patch has to name the one that it was written for.
    private static JsonObject? Whole(string content) => YamlSource.ParseAll(content)
        .FirstOrDefault(document => YamlSource.At(document, "spec", "kubeadmConfigSpec") is not null) is { } plane ? YamlSource.ToJson(plane) as JsonObject : null;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
