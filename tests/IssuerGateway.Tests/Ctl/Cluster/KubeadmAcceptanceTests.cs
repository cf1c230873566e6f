using System.Diagnostics;
using System.Text.RegularExpressions;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>
/// The real kubeadm takes the rendered configurations, where it is on PATH; the flags of the manifests that it writes are
/// those that the plan promises, for the rolls of the issuer and of the signing key, and for the ways back.
/// </summary>
public sealed class KubeadmAcceptanceTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

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

        // A kubeadm renders for its own minor version and the one before.
        string version = (await RunAsync(kubeadm, "version", "-o", "short")).Trim();
        ChangePlan plan = IssuerPlanner.Plan(await SampleClusters.Of(name, 3).SignWithEllipticCurve().InspectAsync(), new PlanRequest("https://oidc.example.com")).Plan!;
        Assert.Equal(["1", "2", "K1", "K2", "3", "K3"], plan.Rolls.Select(roll => roll.Number));
        IReadOnlyList<string> issuers = [];
        string[] keys = ["/etc/kubernetes/pki/sa.pub"];
        string signer = "sa.key";
        foreach (Roll roll in plan.Rolls)
        {
            issuers = roll.Issuers.Count > 0 ? roll.Issuers : issuers;
            keys = roll.Number switch { "K1" => [.. keys, "/etc/kubernetes/pki/sa-rsa.pub"], "K3" => ["/etc/kubernetes/pki/sa-rsa.pub"], _ => keys };
            signer = roll.Number == "K2" ? "sa-rsa.key" : signer;

            (FlagSet server, FlagSet? manager) = await RenderAsync(kubeadm, version, roll.Number, roll.Steps);

            Assert.Equal(issuers, server.Issuers);
            Assert.Equal(roll.Audiences is null ? (roll.Number == "K3" ? server.Audiences : null) : roll.Audiences, server.Audiences);
            Assert.Equal(keys, server.All(FlagSet.KeyFile));
            Assert.Equal($"/etc/kubernetes/pki/{signer}", server.Last(FlagSet.SigningKeyFile));
            Assert.Equal("/var/log/kubernetes/audit.log", server.Last("audit-log-path"));
            Assert.Equal(signer == "sa-rsa.key" ? "/etc/kubernetes/pki/sa-rsa.key" : null, manager?.Last("service-account-private-key-file"));
        }

        Roll back = plan.Rolls.Single(roll => roll.Number == "K2");
        (FlagSet undone, FlagSet? undoneManager) = await RenderAsync(kubeadm, version, "back", back.GoBack.Steps);
        Assert.Equal(["https://oidc.example.com", FakeCluster.Old], undone.Issuers);
        Assert.Equal("/etc/kubernetes/pki/sa.key", undone.Last(FlagSet.SigningKeyFile));
        Assert.Equal("/etc/kubernetes/pki/sa.key", undoneManager?.Last("service-account-private-key-file"));
    }

    private async Task<(FlagSet Server, FlagSet? Manager)> RenderAsync(string kubeadm, string version, string roll, IReadOnlyList<RollStep> steps)
    {
        string patches = Directory.CreateDirectory(Path.Combine(directory.Path, roll)).FullName;
        FlagSet? server = null;
        FlagSet? manager = null;
        foreach (RollStep step in steps.Where(step => step.Node == "cp1"))
        {
            if (step.Place.StartsWith("/etc/kubernetes/patches/", StringComparison.Ordinal))
            {
                if (step.Content is not null)
                {
                    await File.WriteAllTextAsync(Path.Combine(patches, Path.GetFileName(step.Place)), step.Content);
                }

                continue;
            }

            string file = Path.Combine(directory.Path, $"{roll}.yaml");
            await File.WriteAllTextAsync(file, Regex.Replace(step.Content!.Replace("/etc/kubernetes/patches", patches, StringComparison.Ordinal), "(?m)^kubernetesVersion: .*$", $"kubernetesVersion: {version}"));
            foreach (string component in (string[])["apiserver", "controller-manager"])
            {
                if (!step.Command!.Contains($"init phase control-plane {component} --config", StringComparison.Ordinal))
                {
                    continue;
                }

                await RunAsync(kubeadm, "init", "phase", "control-plane", component, "--config", file, "--dry-run");
                string manifest = Path.Combine(directory.Path, component == "apiserver" ? "kube-apiserver.yaml" : "kube-controller-manager.yaml");
                FlagSet flags = FlagSet.Parse((await File.ReadAllLinesAsync(manifest)).Select(line => line.Trim()).Where(line => line.StartsWith("- --", StringComparison.Ordinal)).Select(line => line[2..]));
                (server, manager) = component == "apiserver" ? (flags, manager) : (server, flags);
            }
        }

        return (server!, manager);
    }

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["KUBEADM_INIT_DRYRUN_DIR"] = directory.Path },
        })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return text;
    }
}
