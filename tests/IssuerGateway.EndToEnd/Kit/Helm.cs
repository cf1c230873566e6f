using System.Text.Json;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>One real Helm; the charts must behave alike under both that are in use.</summary>
internal static class Helm
{
    public const string Three = "helm3";
    public const string Four = "helm4";
    public const string Release = "rel";
    public const string Namespace = "ns";

    public static readonly string[] Versions = [Three, Four];

    public static Command Lint(string version, string chart, params IEnumerable<string> arguments) =>
        Command.Run(KitFolder.Tool(version), ["lint", "--strict", Path.Combine(KitFolder.Charts, chart), .. arguments]);

    public static Command Template(string version, string chart, params IEnumerable<string> arguments) =>
        Command.Run(KitFolder.Tool(version), ["template", Release, Path.Combine(KitFolder.Charts, chart), "--namespace", Namespace, .. arguments]);

    /// <summary>
    /// What `helm install` would print after the installation. Helm prints notes only with a cluster at hand, so a copy of
    /// the chart renders the same text as an object.
    /// </summary>
    public static string Notes(string version, string chart, string valuesFile, params IEnumerable<string> values)
    {
        string copy = Directory.CreateTempSubdirectory("kit-notes-").FullName;
        try
        {
            Command copied = Command.Run("cp", "-r", Path.Combine(KitFolder.Charts, chart) + "/.", copy);
            Assert.True(copied.ExitCode == 0, copied.Transcript);
            File.Copy(Path.Combine(copy, "templates", "NOTES.txt"), Path.Combine(copy, "notes.txt"));
            File.WriteAllText(Path.Combine(copy, "templates", "notes.yaml"), "notes: {{ tpl (.Files.Get \"notes.txt\") . | toJson }}\n");
            Command rendered = Command.Run(KitFolder.Tool(version), [
                "template", Release, copy, "--namespace", Namespace, "--values", valuesFile, .. values.SelectMany(value => (string[])["--set", value]), "--show-only", "templates/notes.yaml",
            ]);
            Assert.True(rendered.ExitCode == 0, rendered.Transcript);
            string line = rendered.Output.Split('\n').Single(each => each.StartsWith("notes: ", StringComparison.Ordinal));
            return JsonSerializer.Deserialize<string>(line["notes: ".Length..])!;
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }
}
