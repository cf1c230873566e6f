using System.Text.Json;
using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Inspection;

/// <summary>Inspects one cluster through one of its servers, and the documents of every server that is given; changes nothing.</summary>
internal static class ClusterInspector
{
    /// <param name="api">The server of the kubeconfig.</param>
    /// <param name="servers">Every server that can be reached by an address of its own; may be empty.</param>
    /// <param name="distribution">The distribution as given on the command line; null: recognize it.</param>
    /// <param name="cancellationToken">Ends the inspection.</param>
    /// <param name="files">Configurations that were given on the command line.</param>
    /// <param name="isForVerification">Reads no more than what counts the servers and shows their flags.</param>
    public static async Task<ClusterState> InspectAsync(IApiReader api, IReadOnlyList<IApiReader> servers, string? distribution, CancellationToken cancellationToken, IReadOnlyList<ConfigurationSource>? files = null, bool isForVerification = false)
    {
        ObjectFetcher fetcher = new(api);
        FetchedObjects objects = isForVerification ? await fetcher.FetchServersAsync(cancellationToken) : await fetcher.FetchAsync(cancellationToken);
        List<PublishedDocuments> documents = [];
        List<UnreadItem> unread = [.. fetcher.Unread];
        List<(string Server, FlagSet Flags)> flagz = [];
        foreach (IApiReader server in servers.Count > 0 ? servers : [api])
        {
            (FlagSet? flags, UnreadItem? unreadable) = await ObjectFetcher.FlagzAsync(server, cancellationToken);
            if (flags is not null)
            {
                flagz.Add((server.Server, flags));
            }
            else
            {
                unread.Add(unreadable!);
            }

            (PublishedDocuments published, IReadOnlyList<UnreadItem> missing) = await DocumentReader.ReadAsync(server, cancellationToken);
            documents.Add(published);
            unread.AddRange(missing);
        }

        IReadOnlyList<ControlPlaneNode> nodes = ServerReader.NodesOf(objects);
        IReadOnlyList<ApiServerState> found = ServerReader.ServersOf(objects, nodes, flagz);
        (int? leases, int silent) = ServerReader.LeasesOf(objects);
        IReadOnlyList<string> endpoints = ServerReader.EndpointsOf(objects);
        if (found.Count > 0 && found.All(server => server.Flags is not null) && found.Count >= Math.Max(leases ?? 0, Math.Max(nodes.Count, endpoints.Count)))
        {
            // /flagz would say nothing that is not known.
            unread.RemoveAll(item => item.What.StartsWith(ObjectFetcher.Flagz, StringComparison.Ordinal));
        }

        if (objects.KubeadmConfig?.TextAt("data", "ClusterConfiguration") is { } configuration && KubeadmConfiguration.ArgumentsOf(configuration) is null)
        {
            unread.Add(new UnreadItem("ConfigMap kube-system/kubeadm-config", YamlSource.FaultOf(configuration) is { } where ? $"data.ClusterConfiguration is no valid YAML ({where})" : "data.ClusterConfiguration is no mapping",
                "correct it: kubectl -n kube-system edit configmap kubeadm-config; kubeadm upgrade fails with it too"));
        }

        DetectedDistribution detected = DistributionDetector.Detect(objects);
        return new ClusterState
        {
            Distribution = distribution is null || distribution == detected.Id
                ? detected
                : new DetectedDistribution(distribution, null, ["given by --distribution", .. detected.Evidence.Select(evidence => $"recognized otherwise: {detected.Id}, {evidence}")]) { IsGiven = true },
            Version = objects.Version?.TextAt("gitVersion"),
            Nodes = nodes,
            Servers = found,
            IdentityLeases = leases,
            SilentLeases = silent,
            Endpoints = endpoints,
            Sources = [.. files ?? [], .. SourcesOf(objects)],
            Discovery = documents,
            Unread = unread,
        };
    }

    private static IEnumerable<ConfigurationSource> SourcesOf(FetchedObjects objects)
    {
        if (objects.OpenShiftAuthentication is { } authentication)
        {
            yield return new ConfigurationSource("Authentication", "authentication.config.openshift.io/cluster", authentication.GetRawText());
        }

        // A management cluster holds the control planes of other clusters too: only the one that its nodes name is its own.
        string? cluster = (objects.Nodes ?? []).Select(node => node.Annotation("cluster.x-k8s.io/cluster-name")).FirstOrDefault(name => name is not null);
        JsonElement[] own = [.. objects.ControlPlanes.Where(plane => cluster is not null && plane.Label("cluster.x-k8s.io/cluster-name") == cluster)];
        if (own is [var one])
        {
            // Items of a list carry no version of their own everywhere.
            yield return new ConfigurationSource("KubeadmControlPlane", $"{one.TextAt("metadata", "namespace")}/{one.TextAt("metadata", "name")}", one.GetRawText());
        }

        if (objects.KubeadmConfig?.TextAt("data", "ClusterConfiguration") is { } configuration && KubeadmConfiguration.ArgumentsOf(configuration) is not null)
        {
            yield return new ConfigurationSource(ConfigurationSource.ConfigMap, "kube-system/kubeadm-config", configuration);
        }
    }
}
