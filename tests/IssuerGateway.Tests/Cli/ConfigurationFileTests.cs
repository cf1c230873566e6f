using System.CommandLine;
using System.Diagnostics;
using IssuerGateway.Base;
using IssuerGateway.Cli;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Tests.Cli;

/// <summary>The file of <c>--config</c> may be a pipe, as of a shell's <c>&lt;(...)</c>, and nothing that never ends.</summary>
public sealed class ConfigurationFileTests
{
    [Fact]
    public async Task Reads_a_pipe_and_waits_for_none_without_limit()
    {
        using TemporaryDirectory directory = new();
        string silent = directory.File("silent"), written = directory.File("written");
        using (Process make = Process.Start("mkfifo", [silent, written]))
        {
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        (IConfiguration? none, IReadOnlyList<SettingError> errors) = Load(silent, TimeSpan.FromSeconds(1));

        Assert.Null(none);
        Assert.Equal(($"--config: {silent}: nothing could be read within 1 s: a pipe needs a program that writes into it", "name the JSON file with the settings"), (Assert.Single(errors).Message, errors[0].Hint));

        // On a thread of its own: opening one end waits for the other.
        Task writing = Task.Run(() => File.WriteAllText(written, """{"Edge":{"HttpsPort":8443}}"""), TestContext.Current.CancellationToken);
        Assert.Equal("8443", Load(written, NamedFile.LongestWait).Configuration?["Edge:HttpsPort"]);
        await writing;

        // Lets the thread go that still waits.
        await Task.Run(() => File.WriteAllText(silent, ""), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Reads_a_device_within_bounds() => Assert.Equal("--config: /dev/zero: larger than the 16777216 bytes allowed", Assert.Single(Load("/dev/zero", NamedFile.LongestWait).Errors).Message);

    private static (IConfiguration? Configuration, IReadOnlyList<SettingError> Errors) Load(string file, TimeSpan wait)
    {
        ConfigurationOptions options = new() { Wait = wait };
        Command command = new("test");
        options.AddTo(command);
        IConfiguration? configuration = options.Load(command.Parse(["--config", file]), out IReadOnlyList<SettingError> errors);
        return (configuration, errors);
    }
}
