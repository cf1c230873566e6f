using IssuerGateway.Base;
using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>Compares what the flags are made from with the running flags: where both were read, a difference is a finding.</summary>
internal static class SourceFindings
{
    public static IReadOnlyList<ClusterFinding> Of(ClusterState state, Distribution distribution) =>
    [
        .. NotRead(state, distribution),
        .. state.Sources.Where(source => source.Kind == ConfigurationSource.File).SelectMany(source => distribution.Source?.Findings(source.Content) ?? []).DistinctBy(finding => finding.Message),
        .. Wrong(state, distribution),
        .. state.Sources.SelectMany(ConfigurationVersions.Findings).DistinctBy(finding => finding.Message),
        .. state.Sources.SelectMany(Twice).DistinctBy(finding => finding.Message),
        .. Kubeadm(state, distribution),
        .. state.Sources.SelectMany(source => Differences(source, state, distribution)),
        .. Annotated(state),
    ];

    /// <summary>The arguments that a source gives the API server; null when it is none of this distribution.</summary>
    public static FlagSet? Read(ConfigurationSource source, Distribution distribution) => source.Kind switch
    {
        ConfigurationSource.ConfigMap => KubeadmConfiguration.ArgumentsOf(source.Content),
        "KubeadmControlPlane" => ClusterApi.ArgumentsOf(source.Content),
        _ => distribution.Source?.Read(source.Content),
    };

    /// <summary>
    /// The issuers that each source gives, in its order, and the one that kubeadm gives where it names none. The
    /// ConfigMap that kubeadm leaves says nothing where something else that was read writes it.
    /// </summary>
    public static IEnumerable<(ConfigurationSource Source, IReadOnlyList<string> Issuers)> Issuers(ClusterState state, Distribution distribution)
    {
        (ConfigurationSource Source, FlagSet? Flags)[] read = [.. state.Sources.Select(source => (source, Read(source, distribution))).Where(each => each.Item2 is not null)];
        bool hasOwn = read.Any(each => each.Source.Kind != ConfigurationSource.ConfigMap);
        return
        [
            .. from each in read
               where !hasOwn || each.Source.Kind != ConfigurationSource.ConfigMap
               let given = (string[])[.. each.Flags!.All(FlagSet.Issuer + "-"), .. each.Flags.Issuers, .. each.Flags.All(FlagSet.Issuer + "+")]
               select (each.Source, (IReadOnlyList<string>)(given.Length == 0 && each.Source.Kind == ConfigurationSource.ConfigMap ? [KubeadmManifest.IssuerOf(each.Source.Content)] : given)),
        ];
    }

    private static IEnumerable<ClusterFinding> NotRead(ClusterState state, Distribution distribution)
    {
        if (KeptFlags.IsKubeadm(distribution) && state.Sources.All(source => source.Kind != ConfigurationSource.ConfigMap))
        {
            yield return ClusterFinding.Warning("source-unread", "ConfigMap kube-system/kubeadm-config was not read: the steps show only what to change, and kubeadm would write the manifests without today's other values",
                "get it with: kubectl -n kube-system get configmap kubeadm-config -o yaml, and put its ClusterConfiguration in the place of the one in each step, changed as shown");
        }

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

    // What is written and does not run yet; of what runs the servers have findings.
    private static IEnumerable<ClusterFinding> Wrong(ClusterState state, Distribution distribution)
    {
        string[] running = [.. state.Servers.SelectMany(server => server.Flags?.Issuers ?? [])];
        foreach (ConfigurationSource source in state.Sources)
        {
            string[] issuers = [.. Read(source, distribution)?.Issuers ?? []];
            foreach (string joined in issuers.Where(issuer => issuer.Contains(',', StringComparison.Ordinal) && !running.Contains(issuer)))
            {
                yield return ClusterFinding.Error("comma-joined", $"{source.Name} has \"{joined}\", which is one issuer with a comma in it, not two", "give each issuer an entry of its own before this configuration reaches a server");
            }

            foreach (string twice in issuers.GroupBy(issuer => issuer).Where(group => group.Count() > 1).Select(group => group.Key))
            {
                yield return ClusterFinding.Error("issuer-twice", $"{source.Name} has {twice} twice: the API server does not start with it", "remove one of the two before this configuration reaches a server");
            }
        }
    }

    private static IEnumerable<ClusterFinding> Twice(ConfigurationSource source) =>
    [
        .. from key in YamlSource.KeysGivenTwice(source.Content)
           let text = PrintableText.Of(key)
           select ClusterFinding.Warning("key-twice", $"{source.Name} has {text} twice: only the last value counts, and the other is lost",
               text.EndsWith("." + FlagSet.Issuer, StringComparison.Ordinal) ? "a map holds one issuer: the plan writes the others in the way that this distribution has for them" : "remove the one that is not meant"),
    ];

    // kubeadm writes the whole manifest from its configuration: what only the manifest has would go.
    private static IEnumerable<ClusterFinding> Kubeadm(ClusterState state, Distribution distribution)
    {
        if (state.Sources.FirstOrDefault(source => source.Kind == ConfigurationSource.ConfigMap) is not { } source || KubeadmConfiguration.ArgumentsOf(source.Content) is not { } given)
        {
            yield break;
        }

        foreach (ApiServerState server in state.Servers.Where(server => server is { Flags: not null, IsComplete: true }))
        {
            FlagSet rendered = KubeadmManifest.FlagsOf(source.Content, server.Endpoint);

            // /flagz shows every default too, and lists in another form: of those only what tokens depend on can be compared.
            string[] names = [.. server.Flags!.Flags.Select(flag => flag.Name).Distinct()
                .Where(name => server.IsGiven ? server.Endpoint is not null || name is not ("advertise-address" or "secure-port") : KeptFlags.Names.Contains(name))];
            string[] unknown = [.. names.Where(name => rendered.All(name).Count == 0)];
            if (unknown.Length > 0)
            {
                yield return Lost(state, distribution, source, server, string.Join(", ", unknown.Select(name => "--" + name)), [.. unknown.SelectMany(name => Values(server.Flags, name).Select(value => (name, value)))]);
            }

            foreach (string name in names.Except(unknown))
            {
                string[] running = [.. Values(server.Flags, name)];
                string[] kept = [.. Values(rendered, name)];
                string[] lost = [.. running.Except(kept)];

                // Where the configuration has a value that does not run, Differences shows both.
                if (lost.Length > 0 && (given.All(name).Count == 0 || kept.All(running.Contains)))
                {
                    yield return Lost(state, distribution, source, server, $"--{name} {Show(lost)}", [.. lost.Select(value => (name, value))]);
                }
            }

            foreach (ClusterFinding finding in KeptFlags.IsKubeadm(distribution) ? Image(source, server) : [])
            {
                yield return finding;
            }
        }
    }

    private static ClusterFinding Lost(ClusterState state, Distribution distribution, ConfigurationSource source, ApiServerState server, string what, IReadOnlyList<(string Name, string Value)> lost) => ClusterFinding.Warning("source-differs",
        $"{server.Name} runs with {what}, which {source.Name} does not contain",
        lost.All(each => KeptFlags.Keeps(state, distribution, each.Name, each.Value))
            ? "the manifest was changed by hand or by a patch, and the next upgrade would remove this; the rolls of a plan write it into the configuration"
            : $"the manifest was changed by hand or by a patch: add this to the configuration first, with the files that it names as extraVolumes, or kubeadm removes it when it writes the manifest{(lost.Any(each => KeptFlags.Keeps(state, distribution, each.Name, each.Value)) ? "; the rolls of a plan write only what tokens depend on" : "")}");

    // The commands of the plan write the image too.
    private static IEnumerable<ClusterFinding> Image(ConfigurationSource source, ApiServerState server)
    {
        if (KubeadmConfiguration.TextOf(source.Content, "kubernetesVersion") is { } version && version.StartsWith('v') && server.Version is { } running && VersionText.Core(version) != VersionText.Core(running))
        {
            yield return ClusterFinding.Error("source-differs", $"{source.Name} has kubernetesVersion {version}, {server.Name} runs {running}: kubeadm would write the manifest for {version}",
                "finish the upgrade, or correct kubernetesVersion in the configuration, before the first roll");
        }

        if (KubeadmConfiguration.TextOf(source.Content, "imageRepository") is { Length: > 0 } repository && server.Image is { } image && image != $"{repository}/kube-apiserver")
        {
            yield return ClusterFinding.Warning("source-differs", $"{source.Name} has imageRepository {repository}, {server.Name} runs {image}", "correct imageRepository in the configuration first, or kubeadm writes the other image");
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
            foreach (string name in written.Flags.Select(flag => flag.Name).Distinct())
            {
                string[] running = [.. Values(server.Flags!, Flag(name))];
                string[] wanted = [.. Given(written, name)];
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

    // k3s and RKE2 show in an annotation what the configuration of a node gives.
    private static IEnumerable<ClusterFinding> Annotated(ClusterState state) =>
        from node in state.Nodes
        where node.GivenArguments is not null
        let written = FlagSet.Parse(node.GivenArguments!.Select(argument => "--" + argument))
        from server in state.Servers
        where server.Node == node.Name && server is { Flags: not null, IsComplete: true }
        from name in written.Flags.Select(flag => flag.Name).Distinct()
        where server.IsGiven || KeptFlags.Names.Contains(Flag(name))
        let running = (string[])[.. Values(server.Flags!, Flag(name))]
        let given = (string[])[.. Given(written, name)]
        where !given.All(running.Contains)
        select ClusterFinding.Warning("source-differs", $"the configuration of node {node.Name} gives {name} {Show(given)}, {server.Name} runs with {Show(running)}",
            "the configuration was changed and the server not restarted, or restarted without it: find out which before the first roll");

    // name+ and name- append and prepend (k3s pkg/util/args.go).
    private static string Flag(string name) => name.TrimEnd('+', '-');

    private static IEnumerable<string> Given(FlagSet written, string name) =>
        Flag(name) == FlagSet.Audience ? written.All(name).SelectMany(value => value.Split(',')).Select(value => value.Trim()) : written.All(name);

    // api-audiences is comma-separated, also where the whole is one argument.
    private static IReadOnlyList<string> Values(FlagSet flags, string name) => name == FlagSet.Audience ? flags.Audiences ?? [] : flags.All(name);

    private static string Show(string[] values) => values.Length == 0 ? "(not set)" : string.Join(" and ", values.Select(value => $"\"{value}\""));
}
