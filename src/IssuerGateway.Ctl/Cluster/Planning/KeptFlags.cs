using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>
/// What tokens depend on, and only the running servers have: kubeadm writes the whole manifest from its configuration, so
/// a roll has to write these values there. Other flags may need a file that is not mounted; a finding names them.
/// </summary>
internal static class KeptFlags
{
    private static readonly string[] kept = [FlagSet.Audience, FlagSet.KeySetUri, FlagSet.KeyFile, FlagSet.SigningKeyFile];

    /// <summary>What tokens depend on.</summary>
    public static IReadOnlyList<string> Names { get; } = [FlagSet.Issuer, .. kept];

    public static IReadOnlyList<Flag> Of(ClusterState state, Distribution distribution)
    {
        if (!IsKubeadm(distribution) || state.Sources.FirstOrDefault(source => source.Kind == ConfigurationSource.ConfigMap) is not { } source)
        {
            return [];
        }

        FlagSet[] running = [.. state.Servers.Where(server => server is { Flags: not null, IsComplete: true }).Select(server => server.Flags!)];
        return running.Length == 0 ? [] : [.. kept.SelectMany(name => Kept(name, running, source.Content))];
    }

    /// <summary>Whether a value of the flag that only a server runs with survives the rolls.</summary>
    public static bool Keeps(ClusterState state, Distribution distribution, string name, string value) =>
        (name == FlagSet.Issuer && IsKubeadm(distribution)) || Of(state, distribution).Any(flag => flag.Name == name && (flag.Value == value || (name == FlagSet.Audience && flag.Value.Split(',').Contains(value))));

    /// <summary>Whether the commands of the plan run kubeadm on the configuration of the cluster.</summary>
    public static bool IsKubeadm(Distribution distribution) => distribution.Id is "kubeadm-v1beta4" or "kubeadm-v1beta3";

    private static IEnumerable<Flag> Kept(string name, FlagSet[] running, string configuration)
    {
        FlagSet written = KubeadmManifest.FlagsOf(configuration, null);
        if (name == FlagSet.Audience)
        {
            // A list that only some servers have is a finding, and is not given to all of them by the way.
            string[] audiences = [.. (written.Audiences ?? []).Concat(running.SelectMany(flags => flags.Audiences ?? [])).Distinct()];
            return running.All(flags => flags.Audiences is not null) && audiences.Length > (written.Audiences?.Count ?? 0) ? [new Flag(name, string.Join(',', audiences))] : [];
        }

        // A file outside of the folder that kubeadm mounts would keep the server from starting.
        string folder = KubeadmManifest.CertificatesOf(configuration) + "/";
        string[] values = [.. running.SelectMany(flags => flags.All(name)).Distinct().Where(value => name == FlagSet.KeySetUri || value.StartsWith(folder, StringComparison.Ordinal))];
        bool isGiven = KubeadmConfiguration.ArgumentsOf(configuration)!.All(name).Count > 0;
        return values.All(written.All(name).Contains) ? []
            : name == FlagSet.KeyFile ? [.. written.All(name).Union(values).Select(value => new Flag(name, value))]
            : values is [var only] && !isGiven ? [new Flag(name, only)]
            : [];
    }
}
