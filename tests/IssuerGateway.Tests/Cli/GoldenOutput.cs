using System.Text.RegularExpressions;

namespace IssuerGateway.Tests.Cli;

/// <summary>
/// What a command prints, as it was read and approved: tests/fixtures/check, and of some a picture in docs/images/check.
/// UPDATE_GOLDEN=1 writes both again.
/// </summary>
internal static partial class GoldenOutput
{
    /// <summary>The output with what differs from run to run, such as times, ports and the machine, by texts of the same length.</summary>
    public static string Steady(string output, int port) => Machine().Replace(
        Time().Replace(Serial().Replace(output, "0123456789abcdef0123456789abcdef"), "2026-11-28 12:00:00").Replace($":{port}", ":50443", StringComparison.Ordinal), "machine (laptop) at");

    public static async Task MatchAsync(string name, string command, string output, bool hasPicture = false)
    {
        await MatchAsync(Repository.File($"tests/fixtures/check/{name}.txt"), $"$ {command}\n{output}");
        if (hasPicture)
        {
            await MatchAsync(Repository.File($"docs/images/check/{name}.svg"), TerminalPicture.Of(command, output[..output.LastIndexOf("exit code ", StringComparison.Ordinal)]));
        }
    }

    private static async Task MatchAsync(string path, string actual)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(path, actual);
        }

        Assert.Equal(await File.ReadAllTextAsync(path), actual);
    }

    [GeneratedRegex(@"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")]
    private static partial Regex Time();

    [GeneratedRegex("[0-9a-f]{32}")]
    private static partial Regex Serial();

    [GeneratedRegex(@"machine \([^)]*\) at")]
    private static partial Regex Machine();
}
