using System.Diagnostics;
using System.Globalization;
using IssuerGateway.EndToEnd.Gateway;

namespace IssuerGateway.EndToEnd.Faults;

/// <summary>A command prefix under which every fsync of the process takes as long as is said, as on a network volume whose server is unavailable (strace).</summary>
internal static class SlowDisk
{
    public static IReadOnlyList<string> Taking(string time) =>
        ["strace", "--daemonize", "--follow-forks", "--seccomp-bpf", "--trace=fsync", $"--inject=fsync:delay_enter={time}", "--output=/dev/null", "--"];

    /// <summary>strace outlives what it delays, and would hold its output open.</summary>
    public static void End(GatewayRun gateway)
    {
        string tracer = File.ReadLines($"/proc/{gateway.Id}/status").First(line => line.StartsWith("TracerPid:", StringComparison.Ordinal));
        using Process strace = Process.GetProcessById(int.Parse(tracer["TracerPid:".Length..], CultureInfo.InvariantCulture));
        strace.Kill();
    }
}
