using System.Diagnostics;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>The real kubeadm takes the rendered configurations, where it is on PATH; the flags of its manifest are those that the plan promises.</summary>
public sealed class KubeadmAcceptanceTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("kubeadm-v1beta4")]
    [InlineData("kubeadm-v1beta3")]
    public async Task Kubeadm_accepts_the_configuration_of_every_roll(string name)
    {
        string? kubeadm = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "kubeadm")).FirstOrDefault(File.Exists);
        if (kubeadm is null)
        {
            output.WriteLine("not run: kubeadm is not on PATH");
            return;
        }

        using TemporaryDirectory directory = new();
        ChangePlan plan = IssuerPlanner.Plan(await SampleClusters.Of(name, 3).InspectAsync(), new PlanRequest("https://oidc.example.com")).Plan!;
        foreach (Roll roll in plan.Rolls)
        {
            string patches = Directory.CreateDirectory(Path.Combine(directory.Path, roll.Number)).FullName;
            foreach (RollStep step in roll.Steps.Where(step => step.Node == "cp1"))
            {
                if (step.Place.StartsWith("/etc/kubernetes/patches/", StringComparison.Ordinal))
                {
                    if (step.Content is not null)
                    {
                        await File.WriteAllTextAsync(Path.Combine(patches, Path.GetFileName(step.Place)), step.Content);
                    }

                    continue;
                }

                string file = Path.Combine(directory.Path, $"{roll.Number}.yaml");
                await File.WriteAllTextAsync(file, step.Content!.Replace("/etc/kubernetes/patches", patches, StringComparison.Ordinal));
                string manifest = await RunAsync(kubeadm, "init", "phase", "control-plane", "apiserver", "--config", file, "--dry-run");
                Assert.Equal(roll.Issuers, manifest.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("- --service-account-issuer=", StringComparison.Ordinal)).Select(line => line["- --service-account-issuer=".Length..]));
            }
        }
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return text;
    }
}
