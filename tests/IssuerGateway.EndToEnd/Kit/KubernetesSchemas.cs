using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>Reads YAML and holds each object against the schemas of its API; a field that does not exist is an error.</summary>
internal static class KubernetesSchemas
{
    public static IReadOnlyDictionary<string, (IReadOnlyList<JsonObject> Objects, IReadOnlyList<string> Errors)> Validate(IEnumerable<string> files)
    {
        Command command = Command.Run("node", [Path.Combine(KitFolder.Root, "tests", "tools", "kubernetes.mjs"), .. files]);
        Assert.True(command.ExitCode == 0, command.Transcript);
        return JsonNode.Parse(command.Output)!.AsObject().ToDictionary(
            entry => entry.Key,
            entry => (
                (IReadOnlyList<JsonObject>)[.. entry.Value!["objects"]!.AsArray().Select(each => each!.AsObject())],
                (IReadOnlyList<string>)[.. entry.Value["errors"]!.AsArray().Select(each => (string)each!)]));
    }

    public static (IReadOnlyList<JsonObject> Objects, IReadOnlyList<string> Errors) Validate(string file) => Validate([file])[file];
}
