using System.Text.Json.Nodes;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>Cluster API with KubeadmControlPlane: one object in the management cluster, machines are replaced.</summary>
internal static class ClusterApi
{
    private const string PatchPath = KubeadmSteps.PatchDirectory + "/" + KubeadmSteps.PatchFile;

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
        Steps = Steps,
    };

    public static IReadOnlyList<RollStep> Steps(RollContext context)
    {
        JsonObject? existing = Existing(context.Cluster.Source);
        JsonObject patch = new() { ["spec"] = new JsonObject { ["kubeadmConfigSpec"] = Specification(existing, context) } };
        (string name, string space) = NameOf(context.Cluster.Source);
        return
        [
            new RollStep
            {
                Target = $"KubeadmControlPlane {space}/{name} in the management cluster",
                Place = "spec.kubeadmConfigSpec",
                Language = "json",
                Content = JsonText.Write(patch),
                Command = $"kubectl -n {space} patch kubeadmcontrolplanes.{VersionOf(context.Cluster.Source)}.controlplane.cluster.x-k8s.io {name} --type merge --patch-file {context.Label}-kcp.json",
                Note = existing is null
                    ? "The object is in the management cluster and was not read. A merge patch replaces lists: add today's entries of files, and of extraArgs where it is a list, before you apply it. extraArgs is written in the form of v1beta1, which the command names; v1beta2 has a list of name and value."
                    : "Lists hold today's entries too. If a ClusterClass owns this object, make the change there.",
            },
        ];
    }

    private static JsonObject Specification(JsonObject? existing, RollContext context)
    {
        JsonNode? today = existing?["clusterConfiguration"]?["apiServer"]?["extraArgs"];
        IEnumerable<string[]> arguments = context.Arguments.Select(argument => argument.Split('=', 2)).DistinctBy(pair => pair[0]);
        JsonNode written = today is JsonArray list
            ? new JsonArray([
                .. list.Where(item => !context.Writes(item?["name"]?.GetValue<string>() ?? "")).Select(item => item?.DeepClone()),
                .. arguments.Select(pair => new JsonObject { ["name"] = pair[0], ["value"] = pair[1] }),
            ])
            : Map(today as JsonObject, arguments, context);
        bool hasPatch = context.Others.Count > 0;
        JsonArray files = [.. (existing?["files"] as JsonArray ?? []).Where(file => file?["path"]?.GetValue<string>() != PatchPath).Select(file => file?.DeepClone())];
        if (hasPatch)
        {
            files.Add(new JsonObject { ["path"] = PatchPath, ["owner"] = "root:root", ["permissions"] = "0644", ["content"] = KubeadmSteps.Patch(context) });
        }

        return new JsonObject
        {
            ["clusterConfiguration"] = new JsonObject { ["apiServer"] = new JsonObject { ["extraArgs"] = written } },
            ["files"] = files,
            ["initConfiguration"] = new JsonObject { ["patches"] = Directory(files) },
            ["joinConfiguration"] = new JsonObject { ["patches"] = Directory(files) },
        };
    }

    // A merge patch keeps the other keys of a map; a null removes one (RFC 7396 §2).
    private static JsonObject Map(JsonObject? today, IEnumerable<string[]> arguments, RollContext context)
    {
        JsonObject map = [];
        foreach (KeyValuePair<string, JsonNode?> pair in today ?? [])
        {
            map[pair.Key] = context.Writes(pair.Key) ? null : pair.Value?.DeepClone();
        }

        if (context.IsBack)
        {
            map.TryAdd(FlagSet.KeySetUri, null);
            map.TryAdd(FlagSet.Audience, null);
        }

        foreach (string[] pair in arguments)
        {
            map[pair[0]] = pair[1];
        }

        return map;
    }

    // kubeadm stops when the directory does not exist, so it is named only while a file makes it.
    private static JsonObject? Directory(JsonArray files) =>
        files.Any(file => file?["path"]?.GetValue<string>().StartsWith(KubeadmSteps.PatchDirectory + "/", StringComparison.Ordinal) == true)
            ? new JsonObject { ["directory"] = KubeadmSteps.PatchDirectory }
            : null;

    private static JsonObject? Existing(ConfigurationSource? source) =>
        source?.Kind == "KubeadmControlPlane" ? JsonNode.Parse(source.Content)?["spec"]?["kubeadmConfigSpec"] as JsonObject : null;

    // The form of extraArgs belongs to a version: the patch has to name the one that it was written for.
    private static string VersionOf(ConfigurationSource? source) =>
        source?.Kind == "KubeadmControlPlane" && JsonNode.Parse(source.Content)?["apiVersion"]?.GetValue<string>().Split('/') is [_, var version] ? version : "v1beta1";

    private static (string Name, string Space) NameOf(ConfigurationSource? source) =>
        source?.Kind == "KubeadmControlPlane" && source.Name.Split('/') is [var space, var name] ? (name, space) : ("CONTROL-PLANE", "NAMESPACE");
}
