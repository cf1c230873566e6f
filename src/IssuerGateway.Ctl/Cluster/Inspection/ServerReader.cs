using System.Net;
using System.Text.Json;

namespace IssuerGateway.Ctl.Cluster.Inspection;

/// <summary>Makes control-plane nodes and API servers of the fetched objects: mirror pods first, then annotations, operator objects and /flagz.</summary>
internal static class ServerReader
{
    private static readonly TimeSpan silence = TimeSpan.FromMinutes(5);

    private const string MirrorPod = "kubernetes.io/config.mirror";
    internal const string AdvertisedEndpoint = "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint";

    public static IReadOnlyList<ControlPlaneNode> NodesOf(FetchedObjects objects) =>
    [
        .. DistributionDetector.ControlPlane(objects.Nodes ?? []).Select(node => new ControlPlaneNode
        {
            Name = node.TextAt("metadata", "name") ?? "",
            Address = node.ItemsAt("status", "addresses").FirstOrDefault(address => address.TextAt("type") == "InternalIP") is { ValueKind: JsonValueKind.Object } found ? found.TextAt("address") : null,
            KubeletVersion = node.TextAt("status", "nodeInfo", "kubeletVersion"),
            OsImage = node.TextAt("status", "nodeInfo", "osImage"),
            GivenArguments = GivenArguments(node),
        }),
    ];

    /// <param name="objects">What was fetched through the server of the kubeconfig.</param>
    /// <param name="nodes">The control-plane nodes.</param>
    /// <param name="flagz">The flags of each server that was reached by an address, and that address.</param>
    public static IReadOnlyList<ApiServerState> ServersOf(FetchedObjects objects, IReadOnlyList<ControlPlaneNode> nodes, IReadOnlyList<(string Server, FlagSet Flags)> flagz)
    {
        ApiServerState[] running = [.. flagz.Select(each => OfFlagz(each.Server, each.Flags, nodes, objects)).DistinctBy(server => server.Endpoint)];
        ApiServerState[] pods = [.. (objects.Pods ?? []).Where(IsApiServer).Select(OfPod)];
        if (pods.Length > 0)
        {
            return objects.OpenShiftOperator is { } op ? [.. pods.Select(pod => OfOperator(op) is { } flags ? pod with { Flags = flags, ReadFrom = "kubeapiserver.operator.openshift.io/cluster" } : pod)]
                : [.. pods.Select(pod => pod.Flags is null && Running(pod) is { } known ? pod with { Flags = known.Flags, ReadFrom = known.ReadFrom, ReachedAt = known.ReachedAt } : pod)];
        }

        ApiServerState[] annotated =
        [
            .. nodes.Where(node => node.GivenArguments is not null).Select(node => new ApiServerState
            {
                Name = node.Name,
                Node = node.Name,
                Endpoint = node.Address is null ? null : $"{node.Address}:6443",
                Version = node.KubeletVersion,
                ReadFrom = $"annotation of node {node.Name}",
                Flags = FlagSet.Parse(node.GivenArguments!.Select(argument => "--" + argument)),
                IsComplete = false,
            }),
        ];
        if (annotated.Length > 0)
        {
            // The running flags say more than the annotation, where they can be read.
            return [.. annotated.Select(server => Running(server) ?? server)];
        }

        if (objects.OpenShiftOperator is { } apiServer && OfOperator(apiServer) is { } operated)
        {
            return [new ApiServerState { Name = "every API server", ReadFrom = "kubeapiserver.operator.openshift.io/cluster", Flags = operated }];
        }

        return running;

        ApiServerState? Running(ApiServerState server) => running.FirstOrDefault(each => (each.Node is not null && each.Node == server.Node) || each.Endpoint == server.Endpoint);
    }

    /// <summary>
    /// Whose flags these are: of the address that was used where the cluster knows it, else of the one that the server itself
    /// advertises, because loopback, a tunnel or a load balancer is an address of none of them.
    /// </summary>
    private static ApiServerState OfFlagz(string server, FlagSet flags, IReadOnlyList<ControlPlaneNode> nodes, FetchedObjects objects)
    {
        string reached = server["https://".Length..];
        IReadOnlyList<string> endpoints = EndpointsOf(objects);
        string? advertised = flags.Last("advertise-address") is { } address && IPAddress.TryParse(address, out _) ? Join(address, flags.Last("secure-port") ?? "6443") : null;
        string endpoint = IsKnown(reached) ? reached
            : advertised is not null && IsKnown(advertised) ? advertised
            : endpoints is [var only] && LeasesOf(objects).Live == 1 ? only
            : reached;
        string? node = NodeAt(endpoint)?.Name ?? (nodes.Count == 1 ? nodes[0].Name : null);
        return new ApiServerState { Name = node ?? server, Node = node, Endpoint = endpoint, ReachedAt = reached, ReadFrom = $"/flagz of {server}", Flags = flags };

        bool IsKnown(string each) => endpoints.Contains(each) || NodeAt(each) is not null;
        ControlPlaneNode? NodeAt(string each) => nodes.FirstOrDefault(candidate => candidate.Address == each[..each.LastIndexOf(':')].Trim('[', ']'));
    }

    /// <summary>
    /// Identity Leases that have not expired, and how many of them were not renewed lately although a running server does
    /// so every ten seconds. Measured against the newest renewal, not against a clock here that may be wrong.
    /// </summary>
    public static (int? Live, int Silent) LeasesOf(FetchedObjects objects)
    {
        if (objects.Leases is not { } leases)
        {
            return (null, 0);
        }

        (DateTimeOffset? Renewed, double Seconds)[] all = [.. leases.Select(lease => (RenewedAt(lease), lease.At("spec", "leaseDurationSeconds") is { ValueKind: JsonValueKind.Number } seconds ? seconds.GetDouble() : 3600))];
        DateTimeOffset? newest = all.Max(lease => lease.Renewed);
        (DateTimeOffset? Renewed, double Seconds)[] live = [.. all.Where(lease => lease.Renewed is not { } renewed || (newest - renewed)?.TotalSeconds <= lease.Seconds)];
        return (live.Length, live.Count(lease => newest - lease.Renewed > silence));
    }

    private static DateTimeOffset? RenewedAt(JsonElement lease) => DateTimeOffset.TryParse(lease.TextAt("spec", "renewTime"), out DateTimeOffset renewed) ? renewed : null;

    public static IReadOnlyList<string> EndpointsOf(FetchedObjects objects) =>
    [
        // With two address families each server would count twice.
        .. (from slice in (objects.EndpointSlices ?? []).GroupBy(each => each.TextAt("addressType")).MaxBy(family => family.Sum(each => each.ItemsAt("endpoints").Count())) ?? Enumerable.Empty<JsonElement>()
            from port in slice.ItemsAt("ports")
            where port.TextAt("name") == "https" && port.At("port") is { ValueKind: JsonValueKind.Number }
            from endpoint in slice.ItemsAt("endpoints")
            from address in endpoint.TextsAt("addresses")
            select Join(address, port.At("port")!.Value.GetRawText())).Distinct(),
    ];

    public static string Join(string address, string port) => IPAddress.TryParse(address, out IPAddress? ip) && ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]:{port}" : $"{address}:{port}";

    private static bool IsApiServer(JsonElement pod) =>
        (pod.Annotation(MirrorPod) is not null || pod.ItemsAt("metadata", "ownerReferences").Any(owner => owner.TextAt("kind") == "Node"))
        && (pod.Label("component") == "kube-apiserver" || pod.Label("k8s-app") == "kube-apiserver" || pod.Label("app") == "openshift-kube-apiserver"
            || pod.TextAt("metadata", "name")?.StartsWith("kube-apiserver-", StringComparison.Ordinal) == true);

    private static ApiServerState OfPod(JsonElement pod)
    {
        JsonElement container = pod.ItemsAt("spec", "containers").FirstOrDefault(each => each.TextAt("name") == "kube-apiserver") is { ValueKind: JsonValueKind.Object } named
            ? named
            : pod.ItemsAt("spec", "containers").FirstOrDefault();
        string name = pod.TextAt("metadata", "name") ?? "kube-apiserver";
        FlagSet flags = container.ValueKind == JsonValueKind.Object
            ? FlagSet.Parse(WordsOf([.. container.TextsAt("command"), .. container.TextsAt("args")]))
            : new FlagSet([]);
        string? image = container.ValueKind == JsonValueKind.Object ? container.TextAt("image") : null;
        return new ApiServerState
        {
            Name = name,
            Node = pod.TextAt("spec", "nodeName"),
            IsPod = true,
            Endpoint = pod.Annotation(AdvertisedEndpoint) ?? (flags.Last("advertise-address") is { } address ? Join(address, flags.Last("secure-port") ?? "6443") : null),
            Image = image is not null && image.LastIndexOf(':') is var tag and > 0 ? image[..tag] : null,
            Version = image is not null && image.LastIndexOf(':') is var colon and > 0 && image[(colon + 1)..] is ['v', .. var rest] ? $"v{rest}" : null,
            ReadFrom = $"mirror pod {pod.TextAt("metadata", "namespace") ?? "kube-system"}/{name}",

            // Some start the server by a shell or a file of flags: then nothing is known, which is not the same as no flags.
            Flags = flags.Issuers.Count > 0 || flags.Last("etcd-servers") is not null ? flags : null,
        };
    }

    // A shell that starts the server has its whole command line in one word: sh -c "exec kube-apiserver --a=b 2>&1".
    private static IEnumerable<string> WordsOf(IReadOnlyList<string> words) =>
        words.SelectMany(word => word.Contains(" --", StringComparison.Ordinal) && !word.StartsWith("--", StringComparison.Ordinal) ? FlagSet.Split(word) : [word]);

    // Each argument is a list; .status.serviceAccountIssuers has those that are still accepted.
    private static FlagSet? OfOperator(JsonElement apiServer)
    {
        if (apiServer.At("spec", "observedConfig", "apiServerArguments") is not { ValueKind: JsonValueKind.Object } arguments)
        {
            return null;
        }

        List<Flag> flags = [.. from argument in arguments.EnumerateObject() where argument.Value.ValueKind == JsonValueKind.Array from value in argument.Value.EnumerateArray() select new Flag(argument.Name, value.ToString())];
        foreach (string issuer in apiServer.ItemsAt("status", "serviceAccountIssuers").Select(each => each.TextAt("name")).OfType<string>())
        {
            if (!flags.Contains(new Flag(FlagSet.Issuer, issuer)))
            {
                flags.Add(new Flag(FlagSet.Issuer, issuer));
            }
        }

        return new FlagSet(flags);
    }

    /// <summary>The <c>kube-apiserver-arg</c> values of the JSON list that k3s and RKE2 write; null without the annotation.</summary>
    private static List<string>? GivenArguments(JsonElement node)
    {
        if ((node.Annotation("k3s.io/node-args") ?? node.Annotation("rke2.io/node-args")) is not { } text)
        {
            return null;
        }

        string[] words;
        try
        {
            using JsonDocument list = JsonDocument.Parse(text);
            words = list.RootElement.ValueKind == JsonValueKind.Array ? [.. list.RootElement.EnumerateArray().Select(word => word.ToString())] : [];
        }
        catch (JsonException)
        {
            return null;
        }

        const string option = "--kube-apiserver-arg";
        List<string> given = [];
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i] == option && i + 1 < words.Length)
            {
                given.Add(words[++i].TrimStart('-'));
            }
            else if (words[i].StartsWith(option + "=", StringComparison.Ordinal))
            {
                given.Add(words[i][(option.Length + 1)..].TrimStart('-'));
            }
        }

        return given;
    }
}
