using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.RegularExpressions;
using IssuerGateway.Cli.RunningGateway;
using IssuerGateway.Tests.Cli;
using IssuerGateway.Tests.Cli.Page;

namespace IssuerGateway.Tests.References;

/// <summary>The page and the schema of <c>/status</c> have exactly the members that the gateway writes.</summary>
public sealed partial class StatusReferencePageTests
{
    private const string Schema = "docs/reference/status.schema.json";

    [Fact]
    public async Task The_schema_is_made_of_the_types_that_write_the_JSON()
    {
        string schema = IssuerGateway.Ctl.Cluster.Rendering.JsonText.Write(SchemaOf());
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(Repository.File(Schema), schema);
        }

        Assert.Equal(await File.ReadAllTextAsync(Repository.File(Schema)), schema);
        using JsonDocument described = JsonDocument.Parse(schema);
        string json = JsonSerializer.Serialize(SampleStatus.WithFindings, StatusJson.Default.StatusDocument);
        using JsonDocument written = JsonDocument.Parse(json);
        Assert.Empty(SchemaCheck.Violations(described.RootElement, written.RootElement, "$"));
        using JsonDocument renamed = JsonDocument.Parse(json.Replace("\"isPublished\":", "\"published\":", StringComparison.Ordinal));
        Assert.NotEmpty(SchemaCheck.Violations(described.RootElement, renamed.RootElement, "$"));
    }

    [Fact]
    public void The_page_explains_every_member()
    {
        JsonObject schema = SchemaOf();

        Assert.Equal(
            PathsOf(schema, schema, "").Order(StringComparer.Ordinal),
            Row().Matches(File.ReadAllText(Repository.File("docs/reference/status.md"))).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    private static JsonObject SchemaOf()
    {
        JsonObject schema = new()
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "GET /status of the operations listener",
            ["description"] = "Members are added, never renamed or given another meaning.",
        };
        foreach ((string name, JsonNode? value) in StatusJson.Default.StatusDocument.GetJsonSchemaAsNode(new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true }).AsObject())
        {
            schema[name] = value?.DeepClone();
        }

        return schema;
    }

    private static IEnumerable<string> PathsOf(JsonObject root, JsonNode schema, string at)
    {
        JsonNode target = schema["$ref"]?.GetValue<string>() is { } reference ? reference.Split('/').Skip(1).Aggregate<string, JsonNode>(root, (node, name) => node[name]!) : schema;
        return target["properties"] is JsonObject members ? members.SelectMany(member => PathsOf(root, member.Value!, at.Length == 0 ? member.Key : $"{at}.{member.Key}").Prepend(at.Length == 0 ? member.Key : $"{at}.{member.Key}"))
            : target["items"] is { } items ? PathsOf(root, items, $"{at}[]")
            : [];
    }

    [GeneratedRegex(@"^\| `([a-zA-Z.\[\]]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
