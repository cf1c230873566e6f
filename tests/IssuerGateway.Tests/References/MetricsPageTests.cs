using System.Text.RegularExpressions;

namespace IssuerGateway.Tests.References;

/// <summary>The tables of metrics are made from the calls that create them.</summary>
public sealed partial class MetricsPageTests
{
    private const string Page = "docs/reference/metrics.md";

    private static readonly Dictionary<string, string[]> folders = new(StringComparer.Ordinal)
    {
        ["metrics of publishing"] = ["Publishing", "Upstream", "Cli"],
        ["metrics of the public ports"] = ["Edge", "Http"],
        ["metrics of certificates"] = ["Tls"],
        ["metrics of the process"] = ["Operations"],
    };

    [Fact]
    public Task The_tables_are_current() => GeneratedPart.IsCurrentAsync(Page, page =>
        folders.Aggregate(page, (text, part) => GeneratedPart.Replace(text, part.Key, Table(part.Value))));

    [Fact]
    public void Every_call_that_creates_a_metric_is_read()
    {
        string[] sources = [.. folders.Values.SelectMany(each => each).SelectMany(Sources)];

        Assert.Equal(sources.Sum(source => Call().Count(source)), sources.Sum(source => Created(source).Count()));
        Assert.Empty(Directory.GetDirectories(Repository.File("src/IssuerGateway")).Select(Path.GetFileName).Where(folder => folder is not ("bin" or "obj" or "Configuration")).Except(folders.Values.SelectMany(each => each)));
    }

    private static IEnumerable<string> Table(string[] names) =>
    [
        "| Metric | Type | Labels | Meaning |",
        "|---|---|---|---|",
        .. names.SelectMany(Sources).SelectMany(Created).DistinctBy(metric => metric.Name).OrderBy(metric => metric.Name, StringComparer.Ordinal)
            .Select(metric => $"| `{metric.Name}` | {metric.Type} | {string.Join(", ", metric.Labels.Select(label => $"`{label}`"))} | {GeneratedPart.Cell(metric.Help)} |".Replace("|  |", "| |", StringComparison.Ordinal)),
    ];

    private static IEnumerable<string> Sources(string folder) =>
        Directory.GetFiles(Repository.File($"src/IssuerGateway/{folder}"), "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllText);

    private static IEnumerable<(string Name, string Type, string Help, string[] Labels)> Created(string source) => Metric().Matches(source).Select(match =>
    {
        string labels = match.Groups["labels"].Value;
        string list = labels.Length == 0 || labels.StartsWith('[') ? labels : Regex.Match(source, $@"\b{labels} = (\[[^\]]*\])").Groups[1].Value;
        return (
            match.Groups["name"].Value,
            match.Groups["type"].Value.ToLowerInvariant(),
            string.Concat(Quoted().Matches(match.Groups["help"].Value).Select(part => part.Groups[1].Value)),
            Quoted().Matches(list).Select(part => part.Groups[1].Value).ToArray());
    });

    [GeneratedRegex(@"\.Create(?:Counter|Gauge|Histogram|Summary)\(")]
    private static partial Regex Call();

    [GeneratedRegex("""\.Create(?<type>Counter|Gauge|Histogram|Summary)\(\s*"(?<name>[a-z_]+)",\s*(?<help>"[^"]*"(?:\s*\+\s*"[^"]*")*)(?:,\s*(?<labels>\[[^\]]*\]|\w+))?\)""")]
    private static partial Regex Metric();

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex Quoted();
}
