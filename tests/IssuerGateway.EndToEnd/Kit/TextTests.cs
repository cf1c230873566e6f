namespace IssuerGateway.EndToEnd.Kit;

/// <summary>YAML, scripts and tables of charts and manifests are clean and current.</summary>
public sealed class TextTests
{
    private static readonly string yamllint = Path.Combine(KitFolder.Root, "tests", "tools", "yamllint.yaml");

    public static TheoryData<string> Scripts => [.. ((string[])["charts", "manifests", "tests"])
        .SelectMany(folder => Directory.GetFiles(Path.Combine(KitFolder.Root, folder), "*.sh", SearchOption.AllDirectories))
        .Where(file => !file.Contains("/bin/", StringComparison.Ordinal) && !file.Contains("/obj/", StringComparison.Ordinal))
        .Select(file => Path.GetRelativePath(KitFolder.Root, file)).Order(StringComparer.Ordinal)];

    [Fact]
    public void The_YAML_of_the_kit_is_clean()
    {
        Command lint = Command.Run("yamllint", ["--strict", "--config-file", yamllint, "manifests", .. ((string[])[RenderedChart.Gateway, RenderedChart.Workload, RenderedChart.Identity])
            .SelectMany(chart => (string[])[$"charts/{chart}/Chart.yaml", $"charts/{chart}/values.yaml", $"charts/{chart}/ci"])]);

        Assert.True(lint.ExitCode == 0, lint.Transcript);
    }

    [Fact]
    public void What_the_charts_render_is_clean()
    {
        string folder = Directory.CreateTempSubdirectory("kit-lint-").FullName;
        try
        {
            foreach (RenderedChart each in RenderedChart.All)
            {
                File.WriteAllText(Path.Combine(folder, $"{each.Chart}-{each.Set}.yaml"), each.TextByHelm4);
            }

            Command lint = Command.Run("yamllint", "--strict", "--config-file", yamllint, folder);

            Assert.True(lint.ExitCode == 0, lint.Transcript);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_script_is_clean(string script)
    {
        Command check = Command.Run("shellcheck", script);

        Assert.True(check.ExitCode == 0, check.Transcript);
    }

    [Fact]
    public void The_tables_of_values_are_current()
    {
        Command check = Command.Run("node", "charts/values-table.mjs", "--check");

        Assert.True(check.ExitCode == 0, check.Transcript);
    }
}
