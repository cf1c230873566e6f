using System.IO.Compression;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>issuerctl as a .NET tool: packed, installed from the local package as docs/how-to/issuerctl.md has it, and run.</summary>
public sealed class CtlToolTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("issuerctl-tool-");

    [Fact]
    public void Is_packed_installed_and_run()
    {
        Succeed("pack", Path.Combine(KitFolder.Root, "src", "IssuerGateway.Ctl"), "-c", "Release", "--no-build", "-o", folder.FullName);
        Succeed("tool", "install", "issuerctl", "--tool-path", Path.Combine(folder.FullName, "bin"), "--source", folder.FullName);
        Command help = Command.Run(Path.Combine(folder.FullName, "bin", "issuerctl"), "trust", "--help");

        Assert.True(help.ExitCode == 0, help.Transcript);
        Assert.Contains("render", help.Output, StringComparison.Ordinal);
        using ZipArchive package = ZipFile.OpenRead(Path.Combine(folder.FullName, "issuerctl.0.1.0.nupkg"));
        Assert.NotNull(package.GetEntry("NOTICE"));
        Assert.NotNull(package.GetEntry("THIRD-PARTY-NOTICES.md"));
        using StreamReader description = new(package.GetEntry("issuerctl.nuspec")!.Open());
        string text = description.ReadToEnd();
        Assert.All(["<license type=\"expression\">Apache-2.0</license>", "<authors>The IssuerGateway authors</authors>", "<description>Gets a private Kubernetes cluster trusted"],
            part => Assert.Contains(part, text, StringComparison.Ordinal));

        // What the release workflow runs on macOS and Windows.
        Command platform = Command.Run(Path.Combine(KitFolder.Root, "tests", "tools", "platform.sh"), Path.Combine(folder.FullName, "bin", "issuerctl"));
        Assert.True(platform.ExitCode == 0, platform.Transcript);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static void Succeed(params string[] arguments)
    {
        Command run = Command.Run("dotnet", arguments);
        Assert.True(run.ExitCode == 0, run.Transcript);
    }
}
