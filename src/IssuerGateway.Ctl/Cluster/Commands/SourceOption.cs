using System.CommandLine;
using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary><c>--source [NODE=]FILE</c>: the configuration that the flags are made from, where the cluster itself does not hold it.</summary>
internal sealed class SourceOption
{
    private const int MaxBytes = 4 * 1024 * 1024;

    public Option<string[]> Option { get; } = new("--source")
    {
        Description = "The file or object that this distribution makes the flags from, such as the Shoot, k0s.yaml or the kOps cluster specification; NODE=FILE, once for each, where every server has its own. "
            + "The plan then writes it with today's other values kept, and compares it with the running flags.",
        HelpName = "[NODE=]FILE",
        AllowMultipleArgumentsPerToken = false,
    };

    public IReadOnlyList<ConfigurationSource> Read(ParseResult arguments, List<(string Message, string Hint)> faults)
    {
        List<ConfigurationSource> files = [];
        foreach (string given in arguments.GetValue(Option) ?? [])
        {
            // A path may hold an equals sign; a node's name holds no slash.
            int equals = given.IndexOf('=', StringComparison.Ordinal);
            string? node = equals > 0 && given.AsSpan(0, equals).IndexOfAny('/', '\\') < 0 && !File.Exists(given) ? given[..equals] : null;
            string path = node is null ? given : given[(equals + 1)..];
            if (ReadFile(path, faults) is { } content)
            {
                files.Add(new ConfigurationSource(ConfigurationSource.File, path, content, node));
            }
        }

        foreach (string twice in files.GroupBy(file => file.Node ?? "").Where(group => group.Count() > 1).Select(group => group.Key))
        {
            faults.Add(($"--source: given twice for {(twice.Length == 0 ? "all servers" : twice)}", "give one file for each server, as NODE=FILE, or one for all"));
        }

        return files;
    }

    /// <summary>Files that are not what the distribution keeps, and nodes that do not exist; known only once the cluster was read.</summary>
    public static IEnumerable<(string Message, string Hint)> Faults(ClusterState state)
    {
        SourceFormat? format = DistributionCatalog.Find(state.Distribution.Id)?.Source;
        foreach (ConfigurationSource file in state.Sources.Where(source => source.Kind == ConfigurationSource.File))
        {
            string name = PrintableText.Of(file.Name);
            if (format is null)
            {
                yield return ($"--source: {name} is not used: {state.Distribution.Id} keeps its configuration in the cluster, or nothing is known of it", "leave --source out, or give the right --distribution");
            }
            else if (format.Read(file.Content) is null)
            {
                yield return ($"--source: {name} is not the {format.Name}{(YamlSource.FaultOf(file.Content) is { } where ? $": it is no valid YAML ({where})" : "")}", $"get it with: {format.Fetch}");
            }
            else if (file.Node is not null && !format.IsPerServer)
            {
                yield return ($"--source: {PrintableText.Of(file.Node)}={name} names a node, but there is one {format.Name} for all servers", $"write --source {name}");
            }
            else if (file.Node is not null && state.Nodes.Count > 0 && state.Nodes.All(node => node.Name != file.Node) && state.Servers.All(server => server.Node != file.Node))
            {
                yield return ($"--source: there is no control-plane node {PrintableText.Of(file.Node)}", $"use one of {string.Join(", ", state.Nodes.Select(node => PrintableText.Of(node.Name)))}");
            }
        }
    }

    private static string? ReadFile(string path, List<(string Message, string Hint)> faults)
    {
        try
        {
            FileInfo file = new(path);
            if (Directory.Exists(path))
            {
                faults.Add(($"--source: {PrintableText.Of(path)} is a directory", "give the file itself, once for each as NODE=FILE"));
                return null;
            }

            if (!file.Exists)
            {
                faults.Add(($"--source: {PrintableText.Of(path)} does not exist", "give a file that exists, as [NODE=]FILE"));
                return null;
            }

            if (file.Length > MaxBytes)
            {
                faults.Add(($"--source: {PrintableText.Of(path)} is larger than {MaxBytes / 1024 / 1024} MiB", "give the right file"));
                return null;
            }

            return File.ReadAllText(path, Encoding.UTF8);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            faults.Add(($"--source: {PrintableText.Of(path)} could not be read", "give a file that you may read"));
            return null;
        }
    }
}
