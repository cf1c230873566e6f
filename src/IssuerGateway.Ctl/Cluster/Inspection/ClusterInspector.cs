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
    public static async Task<ClusterState> InspectAsync(IApiReader api, IReadOnlyList<IApiReader> servers, string? distribution, CancellationToken cancellationToken)
    {
        ObjectFetcher fetcher = new(api);
        FetchedObjects objects = await fetcher.FetchAsync(cancellationToken);
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
        if (found.Count > 0 && found.All(server => server.Flags is not null))
        {
            // /flagz would say nothing that is not known.
            unread.RemoveAll(item => item.What.StartsWith(ObjectFetcher.Flagz, StringComparison.Ordinal));
        }

        (int? leases, int silent) = ServerReader.LeasesOf(objects);
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
            Endpoints = ServerReader.EndpointsOf(objects),
            Source = SourceOf(objects),
            Discovery = documents,
            Unread = unread,
        };
    }

    private static ConfigurationSource? SourceOf(FetchedObjects objects)
    {
        // A management cluster holds the control planes of other clusters too: only the one that its nodes name is its own.
        string? cluster = (objects.Nodes ?? []).Select(node => node.Annotation("cluster.x-k8s.io/cluster-name")).FirstOrDefault(name => name is not null);
        JsonElement[] own = [.. objects.ControlPlanes.Where(plane => cluster is not null && plane.Label("cluster.x-k8s.io/cluster-name") == cluster)];
        if (own is [var one])
        {
            // Items of a list carry no version of their own everywhere.
            return new ConfigurationSource("KubeadmControlPlane", $"{one.TextAt("metadata", "namespace")}/{one.TextAt("metadata", "name")}", one.GetRawText());
        }

        return objects.KubeadmConfig?.TextAt("data", "ClusterConfiguration") is { } configuration && KubeadmConfiguration.ArgumentsOf(configuration) is not null
            ? new ConfigurationSource("ConfigMap", "kube-system/kubeadm-config", configuration)
            : null;
    }
}
