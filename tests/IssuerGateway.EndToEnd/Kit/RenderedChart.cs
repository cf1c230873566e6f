using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>One chart with one of the value sets of its folder ci/, rendered by both Helms and held against the schemas.</summary>
internal sealed record RenderedChart(string Chart, string Set, string TextByHelm3, string TextByHelm4, IReadOnlyList<JsonObject> Objects, IReadOnlyList<string> SchemaErrors)
{
    public const string Gateway = "issuer-gateway";
    public const string Workload = "oauth2-proxy-workload";
    public const string Identity = "workload-identity";

    private const string Suffix = "-values.yaml";

    private static readonly Lazy<IReadOnlyDictionary<string, RenderedChart>> all = new(RenderAll);

    /// <summary>Every value set as (chart, set), for theories.</summary>
    public static TheoryData<string, string> Sets
    {
        get
        {
            TheoryData<string, string> sets = [];
            foreach ((string chart, string set) in Find())
            {
                sets.Add(chart, set);
            }

            return sets;
        }
    }

    public static IEnumerable<RenderedChart> All => all.Value.Values;

    public static RenderedChart Of(string chart, string set) => all.Value[$"{chart}/{set}"];

    public static string ValuesFile(string chart, string set) => Path.Combine(KitFolder.Charts, chart, "ci", set + Suffix);

    public JsonObject One(string kind) => Assert.Single(Objects, each => each.Kind() == kind);

    public JsonObject One(string kind, string name) => Assert.Single(Objects, each => each.Kind() == kind && each.Name() == name);

    public IEnumerable<JsonObject> PodSpecs() => Objects.Select(each => each.PodSpec()).OfType<JsonObject>();

    private static IEnumerable<(string Chart, string Set)> Find() =>
        from chart in (string[])[Gateway, Workload, Identity]
        from file in Directory.GetFiles(Path.Combine(KitFolder.Charts, chart, "ci"), "*" + Suffix).Order(StringComparer.Ordinal)
        select (chart, Path.GetFileName(file)[..^Suffix.Length]);

    private static Dictionary<string, RenderedChart> RenderAll()
    {
        string folder = Directory.CreateTempSubdirectory("kit-").FullName;
        try
        {
            (string Chart, string Set, string File, string Three, string Four)[] rendered = [.. Find().AsParallel().AsOrdered().Select(each =>
            {
                string file = Path.Combine(folder, $"{each.Chart}-{each.Set}.yaml");
                string four = Render(Helm.Four, each.Chart, each.Set);
                File.WriteAllText(file, four);
                return (each.Chart, each.Set, file, Render(Helm.Three, each.Chart, each.Set), four);
            })];
            IReadOnlyDictionary<string, (IReadOnlyList<JsonObject> Objects, IReadOnlyList<string> Errors)> validated = KubernetesSchemas.Validate(rendered.Select(each => each.File));
            return rendered.ToDictionary(
                each => $"{each.Chart}/{each.Set}",
                each => new RenderedChart(each.Chart, each.Set, each.Three, each.Four, validated[each.File].Objects, validated[each.File].Errors));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Render(string helm, string chart, string set)
    {
        Command command = Helm.Template(helm, chart, "--values", ValuesFile(chart, set));
        return command.ExitCode == 0 ? command.Output : throw new InvalidOperationException($"{helm} template {chart} with {set}: {command.Transcript}");
    }
}
