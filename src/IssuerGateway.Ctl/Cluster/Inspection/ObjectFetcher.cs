using System.Text.Json;

namespace IssuerGateway.Ctl.Cluster.Inspection;

/// <summary>Fetches everything that inspection reads, read only, and notes what it could not read and which right is missing.</summary>
internal sealed class ObjectFetcher(IApiReader api)
{
    public const string Nodes = "/api/v1/nodes";
    public const string Pods = "/api/v1/namespaces/kube-system/pods";
    public const string OpenShiftPods = "/api/v1/namespaces/openshift-kube-apiserver/pods";
    public const string Leases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases?labelSelector=apiserver.kubernetes.io%2Fidentity%3Dkube-apiserver";
    public const string EndpointSlices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes";
    public const string KubeadmConfig = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";
    public const string ShootInfo = "/api/v1/namespaces/kube-system/configmaps/shoot-info";
    public const string OpenShiftOperator = "/apis/operator.openshift.io/v1/kubeapiservers/cluster";
    public const string OpenShiftAuthentication = "/apis/config.openshift.io/v1/authentications/cluster";
    public const string OpenShiftVersion = "/apis/config.openshift.io/v1/clusterversions/version";
    private const string ControlPlaneGroup = "controlplane.cluster.x-k8s.io";
    public const string Flagz = "/flagz";

    private readonly List<UnreadItem> unread = [];

    public IReadOnlyList<UnreadItem> Unread => unread;

    /// <summary>Everything that tells the distribution, the configuration and the servers.</summary>
    public async Task<FetchedObjects> FetchAsync(CancellationToken cancellationToken)
    {
        ApiResponse version = await api.GetAsync("/version", cancellationToken);
        (FetchedObjects servers, IReadOnlyDictionary<string, string> preferred) = await ServersAsync(cancellationToken);
        bool isOpenShift = IsOpenShift(servers.ApiGroups);
        return servers with
        {
            Version = version.IsSuccess ? version.Object : null,
            KubeadmConfig = await OptionalAsync("ConfigMap kube-system/kubeadm-config", KubeadmConfig, "get configmaps in kube-system", cancellationToken),
            ShootInfo = await OptionalAsync("ConfigMap kube-system/shoot-info", ShootInfo, "get configmaps in kube-system", cancellationToken),
            Namespaces = [.. await NamespaceAsync("harvester-system", cancellationToken), .. await NamespaceAsync("cattle-system", cancellationToken)],
            OpenShiftAuthentication = isOpenShift ? await OptionalAsync("authentication.config.openshift.io/cluster", OpenShiftAuthentication, "get authentications.config.openshift.io", cancellationToken) : null,
            OpenShiftVersion = isOpenShift ? await OptionalAsync("clusterversion/version", OpenShiftVersion, "get clusterversions.config.openshift.io", cancellationToken) : null,
            ControlPlanes = preferred.TryGetValue(ControlPlaneGroup, out string? form) ? await ListAsync("KubeadmControlPlane objects", ControlPlanes(form), "list kubeadmcontrolplanes", cancellationToken) ?? [] : [],
        };
    }

    /// <summary>Only what counts the servers and shows their flags: what a verification needs, and the rights of its Job.</summary>
    public async Task<FetchedObjects> FetchServersAsync(CancellationToken cancellationToken) => (await ServersAsync(cancellationToken)).Objects;

    private async Task<(FetchedObjects Objects, IReadOnlyDictionary<string, string> Preferred)> ServersAsync(CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string> preferred = await GroupsAsync(cancellationToken);
        string[] groups = [.. preferred.Keys];
        bool isOpenShift = IsOpenShift(groups);
        return (new FetchedObjects
        {
            ApiGroups = groups,
            Pods = await ListAsync("API server pods", isOpenShift ? OpenShiftPods : Pods, isOpenShift ? "list pods in openshift-kube-apiserver" : "list pods in kube-system", cancellationToken),
            Nodes = await ListAsync("nodes", Nodes, "list nodes", cancellationToken),
            Leases = await ListAsync("identity Leases", Leases, "list leases.coordination.k8s.io in kube-system", cancellationToken),
            EndpointSlices = await ListAsync("endpoints of the API servers", EndpointSlices, "list endpointslices.discovery.k8s.io in default", cancellationToken),
            OpenShiftOperator = isOpenShift ? await OptionalAsync("kubeapiserver.operator.openshift.io/cluster", OpenShiftOperator, "get kubeapiservers.operator.openshift.io", cancellationToken) : null,
        }, preferred);
    }

    private static bool IsOpenShift(IReadOnlyList<string> groups) => groups.Contains("config.openshift.io");

    // In the version that kubectl takes too: v1beta1 and v1beta2 have different forms of extraArgs.
    public static string ControlPlanes(string version) => $"/apis/{ControlPlaneGroup}/{version}/kubeadmcontrolplanes";

    private async Task<Dictionary<string, string>> GroupsAsync(CancellationToken cancellationToken)
    {
        ApiResponse response = await api.GetAsync("/apis", cancellationToken);
        if (response.Object is not { } groups || !response.IsSuccess)
        {
            Note("API groups", response, "get the non-resource URL /apis");
            return [];
        }

        return groups.ItemsAt("groups").Where(group => group.TextAt("name") is not null).DistinctBy(group => group.TextAt("name"))
            .ToDictionary(group => group.TextAt("name")!, group => group.TextAt("preferredVersion", "version") ?? "v1");
    }

    private async Task<IReadOnlyList<JsonElement>?> ListAsync(string what, string path, string right, CancellationToken cancellationToken)
    {
        List<JsonElement> items = [];
        string? next = null;
        do
        {
            string page = next is null ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}continue={Uri.EscapeDataString(next)}";
            ApiResponse response = await api.GetAsync(page, cancellationToken);
            if (!response.IsSuccess || response.Object is not { } list)
            {
                Note(what, response, right);
                return null;
            }

            items.AddRange(list.ItemsAt("items"));
            next = list.TextAt("metadata", "continue") is { Length: > 0 } token ? token : null;
        }
        while (next is not null);
        return items;
    }

    // What does not exist is an observation, not something that could not be read.
    private async Task<JsonElement?> OptionalAsync(string what, string path, string right, CancellationToken cancellationToken)
    {
        ApiResponse response = await api.GetAsync(path, cancellationToken);
        if (response.IsSuccess && response.Object is { } found)
        {
            return found;
        }

        if (response.Status != 404)
        {
            Note(what, response, right);
        }

        return null;
    }

    private async Task<IEnumerable<string>> NamespaceAsync(string name, CancellationToken cancellationToken) =>
        (await api.GetAsync($"/api/v1/namespaces/{name}", cancellationToken)).IsSuccess ? [name] : [];

    /// <summary>The running flags of one server; null with the reason where they cannot be read.</summary>
    public static async Task<(FlagSet? Flags, UnreadItem? Unread)> FlagzAsync(IApiReader server, CancellationToken cancellationToken)
    {
        const string right = "role system:monitoring; /flagz is on from Kubernetes 1.36";
        ApiResponse response = await server.GetAsync(Flagz, cancellationToken);
        return response.IsSuccess && FlagSet.ParseFlagz(response.Text) is { Flags.Count: > 0 } flags
            ? (flags, null)
            : (null, Unreadable($"/flagz of {server.Server}", response, right));
    }

    private void Note(string what, ApiResponse response, string right) => unread.Add(Unreadable(what, response, right));

    private static UnreadItem Unreadable(string what, ApiResponse response, string right) =>
        new(what, response.IsSuccess ? "the response is not what an API server sends" : response.Reason, response.Status switch { 401 or 403 => $"needed right: {right}", 0 => ApiResponse.SilentHint, _ => right });
}
