using System.Diagnostics;

namespace IssuerGateway.Tests;

/// <summary>
/// A file on a volume that is unavailable (<see cref="HungMount"/>) in a directory that responds: readers wait in the kernel until
/// the volume is back, and then read what stood there before. Whatever is written in its place by rename takes the place,
/// and the readers wait on.
/// </summary>
internal sealed class HangingFile : IDisposable
{
    private static readonly TimeSpan waitLimit = TimeSpan.FromMinutes(2);

    private readonly string path;
    private readonly string folder;
    private readonly HungMount volume;
    private readonly string away;

    private HangingFile(string path, string folder, HungMount volume)
    {
        this.path = path;
        this.folder = folder;
        this.volume = volume;
        string name = Path.GetFileName(path);
        away = Path.Combine(folder, "volume", name);
        File.Copy(path, Path.Combine(volume.Backing, name));
        File.Delete(path);
        File.CreateSymbolicLink(path, away);

        // It can be looked at, not read: what is beside it, and what takes its place, is written all the while.
        Assert.True(File.Exists(path));
        volume.Hang();
    }

    /// <returns>Null where no volume can be mounted; the reason has been printed.</returns>
    public static async Task<HangingFile?> TryCreateAsync(string path)
    {
        string folder = Directory.CreateTempSubdirectory("issuer-gateway-hanging-").FullName;
        if (await HungMount.TryMountAsync(Path.Combine(folder, "volume"), remembered: TimeSpan.FromHours(1)) is { } volume)
        {
            return new HangingFile(path, folder, volume);
        }

        Directory.Delete(folder, recursive: true);
        return null;
    }

    /// <summary>Whether nothing has been written in its place.</summary>
    public bool IsInPlace => new FileInfo(path).LinkTarget == away;

    /// <summary>Returns when the process has read all of it.</summary>
    public async Task RespondAsync(int process)
    {
        volume.Respond();
        long began = Stopwatch.GetTimestamp();
        for (int idle = 0; idle < 5; idle = IsReadBy(process) ? 0 : idle + 1)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < waitLimit, $"process {process} does not read {away} to its end");
            await Task.Delay(10);
        }
    }

    /// <summary>Puts in its place what stood there, then releases those who have been waiting.</summary>
    public Task RestoreAsync(int process)
    {
        string beside = $"{path}.restored";
        File.Copy(Path.Combine(volume.Backing, Path.GetFileName(path)), beside);
        File.SetUnixFileMode(beside, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(beside, path, overwrite: true);
        return RespondAsync(process);
    }

    /// <summary>Lets the readers go that are still waiting.</summary>
    public void Dispose()
    {
        if (IsInPlace)
        {
            File.Delete(path);
        }

        volume.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    // A thread waits for the server of the volume (proc(5), wchan), or holds a file of it.
    private bool IsReadBy(int process) =>
        Directory.GetDirectories($"/proc/{process}/task").Any(thread => WaitsFor(thread).Contains("request_wait", StringComparison.Ordinal))
        || Directory.GetFiles($"/proc/{process}/fd").Any(descriptor => new FileInfo(descriptor).LinkTarget == away);

    private static string WaitsFor(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "wchan"));
        }
        catch (IOException)
        {
            // The thread has ended.
            return "";
        }
    }
}
