using System.Text.Json;
using System.Text.Json.Nodes;
using IssuerGateway.Cli.RunningGateway;
using IssuerGateway.EndToEnd.Kit;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.EndToEnd.Pages;

/// <summary>
/// Loads a block of a page as its reader would: a configuration by the gateway, values by both Helms, objects by the
/// schemas of their API. A block that nothing loads is an error too.
/// </summary>
internal static class BlockLoader
{
    /// <summary>The page of the plans is generated, and PlanExecutionTests executes what it shows; here its formats are read.</summary>
    private const string GeneratedPage = "docs/how-to/change-the-issuer.md";

    /// <summary>API groups without schemas among the tools: their YAML is read, and apiVersion, kind and name are required.</summary>
    private static readonly string[] groupsWithoutSchema = ["cert-manager.io", "helm.cattle.io", "metallb.io", "traefik.io"];

    /// <summary>What makes values of each chart complete, for a block that shows a part of them.</summary>
    private static readonly (string Chart, string Set)[] charts =
        [(RenderedChart.Gateway, "loadbalancer-acme"), (RenderedChart.Identity, "azure"), (RenderedChart.Workload, "httproute")];

    public static string? Problem(PageBlock block)
    {
        try
        {
            return block.Language == "json" ? ProblemOfJson(block) : ProblemOfYaml(block);
        }
        catch (Exception e) when (e is JsonException or YamlException)
        {
            return e.Message;
        }
    }

    private static string? ProblemOfJson(PageBlock block)
    {
        JsonNode root = JsonNode.Parse(block.Text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false })!;
        if (block.Page == GeneratedPage)
        {
            return null;
        }

        string[] names = [.. root.AsObject().Select(each => each.Key)];
        return names.Contains("Issuers") ? ProblemOfConfiguration(block.Text)
            : names.Contains("isPublished") ? ProblemOfStatus(names)
            : "nothing loads this block";
    }

    private static string? ProblemOfConfiguration(string json)
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, json);
        Command command = Command.Run(GatewayBinary.Path, "serve", "--config", file, "--print-config");
        File.Delete(file);
        return command.ExitCode == 0 ? null : command.Transcript;
    }

    // An excerpt of /status.
    private static string? ProblemOfStatus(string[] names)
    {
        string[] known = [.. StatusJson.Default.IssuerStatus.Properties.Select(property => property.Name)];
        return names.Except(known).FirstOrDefault() is { } unknown ? $"/status has no \"{unknown}\"" : null;
    }

    private static string? ProblemOfYaml(PageBlock block)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(block.Text));
        if (block.Page == GeneratedPage)
        {
            return null;
        }

        YamlMappingNode[] roots = [.. stream.Documents.Select(document => document.RootNode).OfType<YamlMappingNode>()];
        return roots.All(root => root.Children.ContainsKey("apiVersion")) ? ProblemOfObjects(block.Text, roots) : ProblemOfValues(block.Text, [.. roots.Single().Children.Keys.Select(key => $"{key}")]);
    }

    private static string? ProblemOfObjects(string yaml, YamlMappingNode[] roots)
    {
        if (roots.Any(root => groupsWithoutSchema.Contains($"{root["apiVersion"]}".Split('/')[0])))
        {
            return roots.All(root => root.Children.ContainsKey("kind") && root["metadata"] is YamlMappingNode metadata && metadata.Children.ContainsKey("name")) ? null : "an object without kind or name";
        }

        string file = Path.GetTempFileName();
        File.WriteAllText(file, yaml);
        IReadOnlyList<string> errors = KubernetesSchemas.Validate(file).Errors;
        File.Delete(file);
        return errors.Count == 0 ? null : string.Join('\n', errors);
    }

    private static string? ProblemOfValues(string yaml, string[] names)
    {
        (string Chart, string Set)[] fitting = [.. charts.Where(chart => names.All(name => KeysOf(chart.Chart).Contains(name)))];
        if (fitting.Length == 0)
        {
            return $"no chart has the values {string.Join(", ", names)}";
        }

        string file = Path.GetTempFileName();
        File.WriteAllText(file, yaml);

        // What names an image is the whole of a values.yaml and has to do alone.
        IEnumerable<string> before = names.Contains("image") ? [] : ["--values", RenderedChart.ValuesFile(fitting[0].Chart, fitting[0].Set)];
        Command? failed = Helm.Versions.Select(version => Helm.Template(version, fitting[0].Chart, [.. before, "--values", file])).FirstOrDefault(command => command.ExitCode != 0);
        File.Delete(file);
        return failed?.Transcript;
    }

    private static IEnumerable<string> KeysOf(string chart) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(KitFolder.Charts, chart, "values.schema.json")))!["properties"]!.AsObject().Select(property => property.Key);
}
