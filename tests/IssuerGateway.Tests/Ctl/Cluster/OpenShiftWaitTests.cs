using System.Diagnostics;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>
/// The commands of a roll on OpenShift, run with an oc that behaves as the operator does: nothing moves right after the
/// patch, then a new revision appears, then one node after the other takes it, and requests fail while a server restarts.
/// </summary>
public sealed class OpenShiftWaitTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("12 12 12", 12)]
    [InlineData("9 9 9", 9)]
    [InlineData("7", 7)]
    public async Task They_end_when_every_server_runs_the_new_revision_and_not_before(string nodes, int before)
    {
        (int exit, string output) = await RunAsync(nodes, before, patchFails: false);

        Assert.Equal((0, $"patched\nevery API server runs revision {before + 1}\n"), (exit, output));
        string[] calls = await File.ReadAllLinesAsync(Path.Combine(directory.Path, "calls"));
        Assert.True(calls.Length > 9, $"{calls.Length} calls");
        Assert.Equal($"state {string.Join(' ', nodes.Split(' ').Select(_ => before + 1))}", calls[^1]);
    }

    [Fact]
    public async Task A_patch_that_fails_ends_them_with_its_failure()
    {
        (int exit, string output) = await RunAsync("3 3 3", 3, patchFails: true);

        Assert.Equal((1, ""), (exit, output));
    }

    private async Task<(int Exit, string Output)> RunAsync(string nodes, int before, bool patchFails)
    {
        ChangePlan plan = IssuerPlanner.Plan(await SampleClusters.Of("openshift", 3).InspectAsync(), new PlanRequest("https://oidc.example.com")).Plan!;
        string folder = directory.Path;
        int count = nodes.Split(' ').Length;
        Write("oc", $$"""
            #!/bin/sh
            cd '{{folder}}' || exit 9
            if [ "$1" = patch ]; then {{(patchFails ? "exit 1" : "echo 0 > patched; echo patched; exit 0")}}; fi
            n=$(cat patched 2>/dev/null || echo none)
            if [ "$n" = none ]; then latest={{before}}; nodes='{{nodes}}'
            else
              n=$((n + 1)); echo $n > patched
              # Every fourth request meets a server that restarts.
              if [ $((n % 4)) = 0 ]; then echo 'connection refused' >&2; exit 1; fi
              latest={{before}}; [ $n -gt 5 ] && latest={{before + 1}}
              nodes=''; i=1
              while [ $i -le {{count}} ]; do
                if [ $n -gt $((8 + 2 * i)) ]; then nodes="$nodes {{before + 1}}"; else nodes="$nodes {{before}}"; fi
                i=$((i + 1))
              done
              nodes=${nodes# }
            fi
            echo "state $nodes" >> calls
            case "$*" in
              *latestAvailableRevision*) printf %s "$latest" ;;
              *nodeStatuses*) printf %s "$nodes" ;;
              *) exit 2 ;;
            esac
            """);
        Write("sleep", "#!/bin/sh\nexit 0\n");
        ProcessStartInfo start = new("/bin/sh", ["-c", plan.Rolls[0].Steps[0].Command!]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        start.Environment["PATH"] = $"{folder}:{Environment.GetEnvironmentVariable("PATH")}";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        _ = await error;
        return (process.ExitCode, output);
    }

    private void Write(string name, string text)
    {
        string path = Path.Combine(directory.Path, name);
        File.WriteAllText(path, text.ReplaceLineEndings("\n"));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
    }
}
