using System.Diagnostics;

namespace IssuerGateway.Tests;

/// <summary>
/// A file in whose place readers wait in the kernel, as on a volume that is unavailable, until it is released to respond with what
/// stood there before. Whatever is written in its place by rename takes the place, and the readers wait on.
/// </summary>
internal sealed class HangingFile : IDisposable
{
    private static readonly TimeSpan waitLimit = TimeSpan.FromMinutes(2);

    private readonly string path;
    private readonly string pipe;
    private readonly byte[] earlier;

    public HangingFile(string path)
    {
        this.path = path;
        earlier = File.ReadAllBytes(path);
        pipe = Directory.CreateTempSubdirectory("issuer-gateway-hanging-").FullName + "/pipe";
        using Process made = Process.Start("mkfifo", [pipe]);
        made.WaitForExit();
        File.Delete(path);
        File.CreateSymbolicLink(path, pipe);
    }

    /// <summary>Returns when the process has read all of it.</summary>
    public async Task RespondAsync(int process)
    {
        // Opening one end waits for the other.
        await Task.Run(() =>
        {
            using FileStream writer = new(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            writer.Write(earlier);
        }).WaitAsync(waitLimit);
        long began = Stopwatch.GetTimestamp();
        while (Directory.GetFiles($"/proc/{process}/fd").Any(descriptor => new FileInfo(descriptor).LinkTarget == pipe))
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < waitLimit, $"process {process} does not read {pipe} to its end");
            await Task.Delay(10);
        }
    }

    /// <summary>Puts in its place what stood there, then releases those who have been waiting.</summary>
    public Task RestoreAsync(int process)
    {
        string beside = $"{path}.restored";
        File.WriteAllBytes(beside, earlier);
        File.SetUnixFileMode(beside, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(beside, path, overwrite: true);
        return RespondAsync(process);
    }

    /// <summary>Lets the readers go that are still waiting.</summary>
    public void Dispose()
    {
        // Opened for both, it waits for nobody.
        using (new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0))
        {
        }

        if (new FileInfo(path).LinkTarget == pipe)
        {
            File.Delete(path);
        }

        Directory.Delete(Path.GetDirectoryName(pipe)!, recursive: true);
    }
}
