using System.Diagnostics;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>The root file system of the image, assembled on this machine, and commands run in it as a container would.</summary>
internal sealed class ImageRoot : IDisposable
{
    private static readonly string tools = Path.Combine(KitFolder.Root, "tests", "tools");

    private readonly string folder = Directory.CreateTempSubdirectory("kit-image-").FullName;

    private readonly string program;

    /// <param name="binary">The program of the image; absent: the gateway.</param>
    public ImageRoot(string? binary = null)
    {
        binary ??= GatewayBinary.Path;
        program = $"/usr/bin/{Path.GetFileName(binary)}";
        // The image's user enters through it.
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        Command made = Command.Run(Path.Combine(tools, "image-root.sh"), binary, folder);
        Assert.True(made.ExitCode == 0, made.Transcript);
    }

    public void Write(string path, string text)
    {
        string file = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public Command Run(params IEnumerable<string> arguments) => Command.Run(Path.Combine(tools, "image-run.sh"), [folder, program, .. arguments]);

    public Process Start(params IEnumerable<string> arguments) => Process.Start(
        new ProcessStartInfo(Path.Combine(tools, "image-run.sh"), [folder, program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    /// <summary>Files below bin and sbin: what could be run.</summary>
    public IEnumerable<string> Programs() => Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(folder, file))
        .Where(file => file.Split('/').Any(part => part is "bin" or "sbin"));

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
