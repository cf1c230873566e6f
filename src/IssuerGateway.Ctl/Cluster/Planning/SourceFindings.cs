using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>Compares what the flags are made from with the running flags: where both were read, a difference is a finding.</summary>
internal static class SourceFindings
{
    // What kubeadm writes into every manifest by itself (recorded: tests/fixtures/distributions/kubeadm).
    private static readonly HashSet<string> kubeadmFlags = new(StringComparer.Ordinal)
    {
        "advertise-address", "allow-privileged", "authorization-mode", "authorization-config", "client-ca-file", "enable-admission-plugins",
        "enable-bootstrap-token-auth", "etcd-cafile", "etcd-certfile", "etcd-keyfile", "etcd-servers", "kubelet-client-certificate",
        "kubelet-client-key", "kubelet-preferred-address-types", "proxy-client-cert-file", "proxy-client-key-file",
        "requestheader-allowed-names", "requestheader-client-ca-file", "requestheader-extra-headers-prefix", "requestheader-group-headers",
        "requestheader-username-headers", "secure-port", FlagSet.Issuer, FlagSet.KeyFile, FlagSet.SigningKeyFile,
        "service-cluster-ip-range", "tls-cert-file", "tls-private-key-file", "feature-gates",
    };

    // Of those, what tokens depend on, with the value that kubeadm gives where its configuration names none.
    private static readonly (string Name, string Standard)[] kubeadmValues =
    [
        (FlagSet.Issuer, "https://kubernetes.default.svc"), (FlagSet.KeyFile, "/etc/kubernetes/pki/sa.pub"),
        (FlagSet.SigningKeyFile, "/etc/kubernetes/pki/sa.key"), ("enable-admission-plugins", "NodeRestriction"),
    ];

    public static IReadOnlyList<ClusterFinding> Of(ClusterState state, Distribution distribution) =>
    [
        .. NotRead(state, distribution),
        .. state.Sources.Where(source => source.Kind == ConfigurationSource.File).SelectMany(source => distribution.Source?.Findings(source.Content) ?? []).DistinctBy(finding => finding.Message),
        .. Kubeadm(state),
        .. state.Sources.SelectMany(source => Differences(source, state, distribution)),
    ];

    /// <summary>The arguments that a source gives the API server; null when it is none of this distribution.</summary>
    public static FlagSet? Read(ConfigurationSource source, Distribution distribution) => source.Kind switch
    {
        "ConfigMap" => KubeadmConfiguration.ArgumentsOf(source.Content),
        "KubeadmControlPlane" => ClusterApi.ArgumentsOf(source.Content),
        _ => distribution.Source?.Read(source.Content),
    };

    /// <summary>The source that was read and does not give the issuer to the API servers; null when each does, or none was read.</summary>
    public static string? WithoutIssuer(ClusterState state, Distribution distribution, string issuer) =>
        state.Sources.FirstOrDefault(source => Read(source, distribution) is { } written && !Values(written, FlagSet.Issuer).Contains(issuer))?.Name;

    private static IEnumerable<ClusterFinding> NotRead(ClusterState state, Distribution distribution)
    {
        if (distribution.Source is not { } format)
        {
            yield break;
        }

        string[] nodes = [.. state.Nodes.Select(node => node.Name)];
        if (state.Sources.All(source => format.Read(source.Content) is null))
        {
            yield return ClusterFinding.Information("source-unread", $"the {format.Name} was not read: the plan shows the fields to change, without today's other values beside them",
                $"give it with --source {(format.IsPerServer ? "NODE=" : "")}FILE. To get the file: {format.Fetch}");
        }
        else if (format.IsPerServer && state.Sources.All(source => source.Node is not null) && nodes.Where(node => state.SourceOf(node) is null).ToArray() is { Length: > 0 } missing)
        {
            yield return ClusterFinding.Warning("source-unread", $"no --source was given for {string.Join(", ", missing)}", "each server has its own file: give NODE=FILE once for each");
        }
    }

    // kubeadm writes the whole manifest from its configuration, so an argument that only the manifest has would go.
    private static IEnumerable<ClusterFinding> Kubeadm(ClusterState state)
    {
        if (state.Sources.FirstOrDefault(source => source.Kind == "ConfigMap") is not { } source || KubeadmConfiguration.ArgumentsOf(source.Content) is not { } written)
        {
            yield break;
        }

        foreach (ApiServerState server in state.Servers.Where(server => server is { Flags: not null, IsComplete: true }))
        {
            string[] unknown = [.. server.Flags!.Flags.Select(flag => flag.Name).Distinct().Where(name => !kubeadmFlags.Contains(name) && written.All(name).Count == 0)];
            if (unknown.Length > 0)
            {
                yield return ClusterFinding.Warning("source-differs", $"{server.Name} runs with {string.Join(", ", unknown.Select(name => "--" + name))}, which {source.Name} does not contain",
                    "the manifest was changed by hand or by a patch: add these arguments to the configuration first, or kubeadm removes them when it writes the manifest");
            }

            foreach ((string name, string standard) in kubeadmValues)
            {
                string[] running = [.. Values(server.Flags!, name)];
                string[] kept = written.All(name).Count > 0 ? [.. Values(written, name)] : [standard];
                string[] lost = [.. running.Where(value => !kept.Contains(value) && !(name == FlagSet.Issuer && kept is [var only] && only == standard && value.StartsWith(standard, StringComparison.Ordinal)))];

                // Where the configuration has a value that does not run, Differences shows both.
                bool isShown = written.All(name).Count > 0 && !kept.All(running.Contains);
                if (lost.Length > 0 && !isShown)
                {
                    yield return ClusterFinding.Warning("source-differs", $"{server.Name} runs with --{name} {Show(lost)}, which {source.Name} does not contain",
                        "the manifest was changed by hand or by a patch: add these values to the configuration first, or kubeadm removes them when it writes the manifest");
                }
            }
        }
    }

    private static IEnumerable<ClusterFinding> Differences(ConfigurationSource source, ClusterState state, Distribution distribution)
    {
        if (Read(source, distribution) is not { } written)
        {
            yield break;
        }

        IEnumerable<ApiServerState> servers = state.Servers.Where(server => server is { Flags: not null, IsComplete: true } && (source.Node is null || source.Node == server.Node));
        foreach (ApiServerState server in servers)
        {
            foreach (string name in written.Flags.Select(flag => flag.Name).Distinct().Where(name => !name.EndsWith('+') && !name.EndsWith('-')))
            {
                string[] running = [.. Values(server.Flags!, name)];
                string[] wanted = [.. Values(written, name)];
                if (!wanted.All(running.Contains))
                {
                    yield return ClusterFinding.Warning("source-differs", $"{source.Name} has {name} {Show(wanted)}, {server.Name} runs with {Show(running)}",
                        "the configuration was changed and not applied to this server, or the manifest was changed by hand: find out which before the first roll");
                }
                else if (name == FlagSet.Issuer && running.Where(wanted.Contains).SequenceEqual(wanted) == false)
                {
                    yield return ClusterFinding.Warning("source-differs", $"{source.Name} has the issuers in the order {Show(wanted)}, {server.Name} in the order {Show(running)}",
                        "the configuration was changed and not applied to this server: find out which is right before the first roll");
                }
                else if (name == FlagSet.Issuer && running.Except(wanted).ToArray() is { Length: > 0 } more && distribution.TwoIssuers != TwoIssuers.HeldByOperator)
                {
                    yield return ClusterFinding.Information("source-differs", $"{server.Name} also accepts {string.Join(", ", more)}, which {source.Name} does not contain",
                        "it comes from a patch, from the distribution, or from a change by hand; the plan keeps it");
                }
            }
        }

        string? first = written.Issuers.Count > 0 ? written.Issuers[0] : null;
        string[] signing = [.. state.Discovery.Select(document => document.Issuer).OfType<string>().Distinct()];
        if (!servers.Any() && first is not null && source.Node is null && signing.Length > 0 && !signing.Contains(first))
        {
            yield return ClusterFinding.Warning("source-differs", $"{source.Name} has {first} first, and the servers sign with {string.Join(", ", signing)}", "the configuration was changed and not applied yet: find out which is right before the first roll");
        }
    }

    // api-audiences is comma-separated, also where the whole is one argument.
    private static IReadOnlyList<string> Values(FlagSet flags, string name) => name == FlagSet.Audience ? flags.Audiences ?? [] : flags.All(name);

    private static string Show(string[] values) => values.Length == 0 ? "(not set)" : string.Join(" and ", values.Select(value => $"\"{value}\""));
}
