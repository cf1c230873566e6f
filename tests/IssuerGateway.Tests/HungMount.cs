using System.Diagnostics;

namespace IssuerGateway.Tests;

/// <summary>
/// A directory on a file system whose server is another process (bindfs, FUSE). While that is stopped every access waits
/// in the kernel and cannot be interrupted but by the end of the process, as on NFS whose server is gone.
/// </summary>
internal sealed class HungMount : IDisposable
{
    private static readonly TimeSpan timeout = TimeSpan.FromSeconds(20);

    private readonly Process server;
    private readonly string path;
    private bool isStopped;

    private HungMount(Process server, string path)
    {
        this.server = server;
        this.path = path;
    }

    /// <summary>What the mount shows, reachable past its server.</summary>
    public string Backing => BackingOf(path);

    /// <param name="remembered">How long the kernel responds for the server to looks at what was looked at before, as NFS does (actimeo). Reading always queries the server.</param>
    /// <returns>Null where it cannot be mounted; the reason has been printed.</returns>
    public static async Task<HungMount?> TryMountAsync(string path, TimeSpan remembered = default)
    {
        if (!File.Exists("/dev/fuse"))
        {
            return NotRun("a mount needs /dev/fuse");
        }

        Directory.CreateDirectory(path);
        Directory.CreateDirectory(BackingOf(path));
        Process server;
        try
        {
            string seconds = $"{remembered.TotalSeconds:0}";
            string[] arguments = ["-f", "--no-allow-other", "-o", $"attr_timeout={seconds},entry_timeout={seconds},negative_timeout=0", BackingOf(path), path];
            server = Process.Start(new ProcessStartInfo("bindfs", arguments) { RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return NotRun("bindfs is not installed");
        }

        long began = Stopwatch.GetTimestamp();
        while (!IsMounted(path))
        {
            if (server.HasExited || Stopwatch.GetElapsedTime(began) > timeout)
            {
                return NotRun($"bindfs cannot mount here: {(server.HasExited ? await server.StandardError.ReadToEndAsync() : "no mount within 20 s")}");
            }

            await Task.Delay(20);
        }

        return new HungMount(server, path);
    }

    public void Hang()
    {
        Signal("STOP");
        isStopped = true;
    }

    public void Respond()
    {
        Signal("CONT");
        isStopped = false;
    }

    public void Dispose()
    {
        if (isStopped)
        {
            Respond();
        }

        // Lazily: a gateway that is being ended may still hold a file.
        using Process unmount = Environment.IsPrivilegedProcess ? Process.Start("umount", ["--lazy", path]) : Process.Start("fusermount3", ["-u", "-z", path]);
        unmount.WaitForExit();
        server.WaitForExit(timeout);
        if (!server.HasExited)
        {
            server.Kill();
        }

        server.Dispose();
    }

    private static string BackingOf(string path) => $"{path}.backing";

    private static bool IsMounted(string path) => File.ReadLines("/proc/mounts").Any(line => line.Split(' ') is [_, var at, ..] && at == path);

    private static HungMount? NotRun(string reason)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"not run: {reason}");
        return null;
    }

    private void Signal(string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", $"{server.Id}"]);
        kill.WaitForExit();
    }
}
