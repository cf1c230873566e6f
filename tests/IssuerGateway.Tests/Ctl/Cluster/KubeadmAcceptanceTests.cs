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
        if (Find() is not { } kubeadm)
        {
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

    /// <summary>What a configuration is compared with is what kubeadm makes of it.</summary>
    [Theory]
    [InlineData("v1beta4", "")]
    [InlineData("v1beta4", "etcd:\n  external:\n    endpoints: [https://192.0.2.21:2379, https://192.0.2.22:2379]\n    caFile: /srv/ca.crt\n    certFile: /srv/e.crt\n    keyFile: /srv/e.key\n")]
    [InlineData("v1beta4", "etcd:\n  local:\n    dataDir: /srv/etcd\n    extraArgs:\n    - name: advertise-client-urls\n      value: https://192.0.2.10:2379\n")]
    [InlineData("v1beta3", "")]
    [InlineData("v1beta3", "etcd:\n  local:\n    dataDir: /srv/etcd\n    extraArgs:\n      advertise-client-urls: https://192.0.2.10:2379\n")]
    public async Task Kubeadm_gives_the_flags_that_a_configuration_is_compared_with(string form, string more)
    {
        if (Find() is not { } kubeadm)
        {
            return;
        }

        string version = (await RunAsync(kubeadm, "version", "-o", "short")).Trim();
        foreach (string address in (string[])["192.0.2.10", "2001:db8::10"])
        {
            string configuration = Regex.Replace(SampleClusters.ClusterConfiguration(form), "(?m)^kubernetesVersion: .*$", $"kubernetesVersion: {version}").Replace("cluster.local", "home.arpa", StringComparison.Ordinal) + more;
            if (address.Contains(':', StringComparison.Ordinal))
            {
                configuration = configuration.Replace("10.244.0.0/16", "2001:db8:1::/64", StringComparison.Ordinal).Replace("10.96.0.0/12", "2001:db8:2::/112", StringComparison.Ordinal);
            }

            string file = Path.Combine(directory.Path, "init.yaml");
            await File.WriteAllTextAsync(file, $"apiVersion: kubeadm.k8s.io/{form}\nkind: InitConfiguration\nlocalAPIEndpoint:\n  advertiseAddress: \"{address}\"\n  bindPort: 8443\nnodeRegistration:\n  name: cp1\n---\n{configuration}");
            await RunAsync(kubeadm, "init", "phase", "control-plane", "apiserver", "--config", file, "--dry-run");

            FlagSet rendered = IssuerGateway.Ctl.Cluster.Rendering.KubeadmManifest.FlagsOf(configuration, ServerReader.Join(address, "8443"));

            Assert.Equal(Sorted(await ManifestAsync("kube-apiserver.yaml")), Sorted(new FlagSet([.. rendered.Flags.Where(flag => flag.Name != "insecure-port")])));
        }

        static IEnumerable<string> Sorted(FlagSet flags) => flags.Flags.Select(flag => flag.ToString()).Order(StringComparer.Ordinal);
    }

    /// <summary>What only hand-edited manifests have, and tokens depend on, is in the manifest that kubeadm writes.</summary>
    [Theory]
    [InlineData("v1beta4")]
    [InlineData("v1beta3")]
    public async Task Kubeadm_keeps_what_was_written_by_hand(string form)
    {
        if (Find() is not { } kubeadm)
        {
            return;
        }

        string version = (await RunAsync(kubeadm, "version", "-o", "short")).Trim();
        FakeCluster cluster = new FakeCluster(version).ConfigMap("kubeadm-config", "ClusterConfiguration", SampleClusters.ClusterConfiguration(form)).Documents("https://oidc.example.com").Leases(1).Node("cp1", "192.0.2.11", version)
            .MirrorPod("cp1", SampleClusters.KubeadmFlags("192.0.2.11", "--service-account-key-file=/etc/kubernetes/pki/sa-old.pub", "--api-audiences=https://oidc.example.com,vault", "--service-account-issuer=https://oidc.example.com"), image: $"registry.k8s.io/kube-apiserver:{version}", endpoint: "192.0.2.11:6443");

        Roll roll = Assert.Single(IssuerPlanner.Plan(await cluster.InspectAsync(), new PlanRequest("https://oidc.example.com")).Plan!.Rolls);
        (FlagSet server, _) = await RenderAsync(kubeadm, version, "C", roll.Steps);

        Assert.Equal(["https://oidc.example.com"], server.Issuers);
        Assert.Equal(["https://oidc.example.com", "vault"], server.Audiences);
        Assert.Equal(["/etc/kubernetes/pki/sa.pub", "/etc/kubernetes/pki/sa-old.pub"], server.All(FlagSet.KeyFile));
    }

    private string? Find()
    {
        string? kubeadm = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "kubeadm")).FirstOrDefault(File.Exists);
        if (kubeadm is null)
        {
            output.WriteLine("not run: kubeadm is not on PATH");
        }

        return kubeadm;
    }

    private async Task<FlagSet> ManifestAsync(string name) =>
        FlagSet.Parse((await File.ReadAllLinesAsync(Path.Combine(directory.Path, name))).Select(line => line.Trim()).Where(line => line.StartsWith("- --", StringComparison.Ordinal)).Select(line => line[2..]));

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
                FlagSet flags = await ManifestAsync(component == "apiserver" ? "kube-apiserver.yaml" : "kube-controller-manager.yaml");
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
