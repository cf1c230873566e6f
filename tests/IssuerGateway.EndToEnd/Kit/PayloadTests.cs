using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>
/// Values of others (an ApplicationSet, a pull request): a payload in every text of the values stays a text, even where
/// neither the schema nor the guards stop it.
/// </summary>
public sealed class PayloadTests
{
    // They are objects or templates of the user by definition.
    private static readonly string[] open = ["extraObjects"];

    [Theory]
    [MemberData(nameof(RenderedChart.Sets), MemberType = typeof(RenderedChart))]
    public void No_text_becomes_an_object_or_a_member(string chart, string set)
    {
        foreach (string payload in (string[])["x\n---\napiVersion: v1\nkind: Pwned\nmetadata:\n  name: pwned\n", "x\n  pwned: true\n    pwned: true\npwned: true\n", "x\"\npwned: \"true", "{pwned: true}"])
        {
            Assert.Empty(Intruders(Render(chart, set, payload)));
        }
    }

    [Fact]
    public void A_text_that_reaches_YAML_unquoted_is_found() =>
        Assert.Equal(["pwned", "kind Pwned"], Intruders("a: x\npwned: 1\n---\nkind: Pwned\n").Order(StringComparer.Ordinal).Reverse());

    private static string Render(string chart, string set, string payload)
    {
        string folder = Directory.CreateTempSubdirectory("kit-payload-").FullName;
        try
        {
            Command copied = Command.Run("cp", "-r", Path.Combine(KitFolder.Charts, chart) + "/.", folder);
            Assert.True(copied.ExitCode == 0, copied.Transcript);
            File.Delete(Path.Combine(folder, "templates", "guards.yaml"));
            JsonObject schema = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "values.schema.json")))!.AsObject();
            JsonObject values = Read(Path.Combine(folder, "values.yaml"));
            Merge(values, Read(RenderedChart.ValuesFile(chart, set)));
            Poison(values, schema, payload);
            string file = Path.Combine(folder, "poisoned.json");
            File.WriteAllText(file, values.ToJsonString());
            Command rendered = Command.Run(KitFolder.Tool(Helm.Four), "template", Helm.Release, folder, "--namespace", Helm.Namespace, "--values", file, "--skip-schema-validation");
            Assert.True(rendered.ExitCode == 0, rendered.Transcript);
            return rendered.Output;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // What an enumeration of the schema limits decides what is rendered, and stays.
    private static void Poison(JsonObject values, JsonNode? schema, string payload)
    {
        foreach ((string name, JsonNode? value) in values.ToArray())
        {
            JsonNode? rule = schema?["properties"]?[name] ?? (schema?["additionalProperties"] as JsonObject);
            if (open.Contains(name) || rule?["enum"] is not null)
            {
                continue;
            }

            values[name] = value switch
            {
                JsonObject inner => Poisoned(inner, rule, payload),
                JsonArray { Count: 0 } when (string?)(rule?["items"]?["type"] as JsonValue) == "string" => new JsonArray(payload),
                JsonArray array => new JsonArray([.. array.Select(each => each is JsonObject item ? Poisoned(item, rule?["items"], payload) : IsText(each) ? payload : each?.DeepClone())]),
                _ when IsText(value) => payload,
                _ => value?.DeepClone(),
            };
        }
    }

    private static JsonObject Poisoned(JsonObject values, JsonNode? schema, string payload)
    {
        JsonObject copy = values.DeepClone().AsObject();
        Poison(copy, schema, payload);
        return copy;
    }

    private static bool IsText(JsonNode? value) => value is JsonValue scalar && scalar.TryGetValue(out string? _);

    private static JsonObject Read(string file) => JsonNode.Parse(Command.Run("node", "-e",
        $"const Y=require({JsonValue.Create(Path.Combine(KitFolder.Tools, "node_modules", "yaml")).ToJsonString()});process.stdout.write(JSON.stringify(Y.parse(require('fs').readFileSync({JsonValue.Create(file).ToJsonString()},'utf8'))))").Output)!.AsObject();

    private static void Merge(JsonObject target, JsonObject over)
    {
        foreach ((string name, JsonNode? value) in over)
        {
            if (value is JsonObject inner && target[name] is JsonObject old)
            {
                Merge(old, inner);
            }
            else
            {
                target[name] = value?.DeepClone();
            }
        }
    }

    private static IEnumerable<string> Intruders(string text)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(text));
        return stream.Documents.SelectMany(document => document.AllNodes).OfType<YamlMappingNode>().SelectMany(node => node.Children)
            .SelectMany(each => ((string?)each.Key, (each.Value as YamlScalarNode)?.Value) switch
            {
                ("pwned", _) => (string[])["pwned"],
                ("kind", "Pwned") => ["kind Pwned"],
                _ => [],
            });
    }
}
