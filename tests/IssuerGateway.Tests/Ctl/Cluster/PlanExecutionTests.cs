using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>
/// Every plan carried out step by step on stand-in servers, while workloads with old and new tokens, kept and renewed,
/// call all of them after each step: not one call may be rejected. And the five traps, each of which must reject one.
/// </summary>
public sealed class PlanExecutionTests
{
    private const string New = "https://oidc.example.com";
    private const string Old = FakeCluster.Old;

    public static TheoryData<string, int> Held
    {
        get
        {
            TheoryData<string, int> cases = [];
            foreach (Distribution distribution in DistributionCatalog.All.Where(each => each.TwoIssuers is TwoIssuers.Held or TwoIssuers.Unconfirmed))
            {
                cases.Add(distribution.Id, 1);
                cases.Add(distribution.Id, 3);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Held))]
    public async Task No_call_is_rejected_along_the_plan(string name, int count)
    {
        ChangePlan plan = await PlanOf(name, count);
        Execution run = new(name, plan.Servers);

        foreach (Roll roll in plan.Rolls)
        {
            run.Carry(roll.Steps, $"roll {roll.Number}");
            Assert.All(run.Servers.Names, server => Assert.Equal(roll.Issuers, run.Servers.IssuersOf(server).Where(issuer => roll.Issuers.Contains(issuer))));
            Assert.All(run.Servers.Names, server => Assert.Equal(roll.Issuers[0], run.Servers.IssuersOf(server)[0]));
            run.Wait(roll);
        }

        Assert.Empty(run.Workloads.Rejections);
    }

    [Theory]
    [MemberData(nameof(Held))]
    public async Task No_call_is_rejected_on_the_way_back_from_the_second_roll(string name, int count)
    {
        ChangePlan plan = await PlanOf(name, count);
        Execution run = new(name, plan.Servers);
        Roll move = plan.Rolls.Single(roll => roll.Kind == RollKind.MoveToFirst);
        Roll? add = plan.Rolls.SingleOrDefault(roll => roll.Kind == RollKind.AddAsSecond);

        run.Carry(add?.Steps ?? [], "roll 1");
        run.Carry(move.Steps, "roll 2");
        run.Workloads.Start();
        run.Carry(move.GoBack.Steps.Count > 0 ? move.GoBack.Steps : add!.Steps, "back");

        Assert.All(run.Servers.Names, server => Assert.NotEqual(New, run.Servers.IssuersOf(server)[0]));
        Assert.All(run.Servers.Names, server => Assert.Contains(New, run.Servers.IssuersOf(server)));
        Assert.Empty(run.Workloads.Rejections);
    }

    /// <summary>Manifests changed by hand, also one server at a time: from the end of the first roll on nothing is rejected, and the configuration has what runs.</summary>
    [Theory]
    [InlineData(New, Old, Old)]
    [InlineData($"{New} {Old}", Old, Old)]
    [InlineData($"{Old} {New}", $"{New} {Old}", Old)]
    [InlineData($"{New} {Old}", $"{New} {Old}", $"{New} {Old}")]
    [InlineData($"{Old} {New}", $"{Old} {New}", $"{Old} {New}")]
    [InlineData(New, New, New)]
    [InlineData(New, New, $"{New} {Old}")]
    public async Task Nothing_is_rejected_after_the_first_roll_of_a_plan_that_starts_from_hand_edited_manifests(params string[] issuers)
    {
        FakeCluster cluster = new FakeCluster().ConfigMap("kubeadm-config", "ClusterConfiguration", SampleClusters.ClusterConfiguration("v1beta4")).Documents(issuers[0].Split(' ')[0]).Leases(3);
        Execution run = new("kubeadm-v1beta4", ["cp1", "cp2", "cp3"]);
        for (int i = 1; i <= 3; i++)
        {
            string[] flags = [.. issuers[i - 1].Split(' ').Select(issuer => $"--service-account-issuer={issuer}")];
            cluster.Node($"cp{i}", SampleClusters.Address(i), "v1.36.2").MirrorPod($"cp{i}", SampleClusters.KubeadmFlags(SampleClusters.Address(i), flags), endpoint: $"{SampleClusters.Address(i)}:6443");
            run.SetOne($"cp{i}", flags);
        }

        run.Begin();
        ChangePlan plan = IssuerPlanner.Plan(await cluster.InspectAsync(), new PlanRequest(New)).Plan!;
        int? rejected = null;
        foreach (Roll roll in plan.Rolls)
        {
            run.Carry(roll.Steps, $"roll {roll.Number}");
            rejected ??= run.Workloads.Rejections.Count;
            Assert.All(run.Servers.Names, server => Assert.Equal(roll.Issuers, run.Servers.IssuersOf(server)));
            run.Wait(roll);
        }

        Assert.Equal(rejected, run.Workloads.Rejections.Count);
        Assert.Equal([New], run.Servers.IssuersOf("cp3"));
    }

    [Fact]
    public async Task The_first_roll_can_be_undone()
    {
        ChangePlan plan = await PlanOf("kubeadm-v1beta3", 3);
        Execution run = new("kubeadm-v1beta3", plan.Servers);

        run.Carry(plan.Rolls[0].Steps, "roll 1");
        run.Carry(plan.Rolls[0].GoBack.Steps, "back");

        Assert.All(run.Servers.Names, server => Assert.Equal([FakeCluster.Old], run.Servers.IssuersOf(server)));
        Assert.Empty(run.Workloads.Rejections);
    }

    [Fact]
    public async Task The_wait_ends_only_when_the_counter_of_stale_tokens_stands_still_at_every_server()
    {
        ChangePlan plan = await PlanOf("kubeadm-v1beta4", 3);
        Execution run = new("kubeadm-v1beta4", plan.Servers);

        foreach (Roll roll in plan.Rolls)
        {
            run.Carry(roll.Steps, roll.Number);
            run.Wait(roll);
        }

        Assert.True(run.Restarts > 1, $"{run.Restarts} restarts");
        Assert.Empty(run.Workloads.Rejections);
    }

    [Fact]
    public async Task Pods_that_started_after_the_roll_may_keep_their_token_although_the_counter_rises()
    {
        ChangePlan plan = await PlanOf("kubeadm-v1beta4", 3);
        Execution run = new("kubeadm-v1beta4", plan.Servers);
        run.Carry(plan.Rolls[0].Steps, "roll 1");
        run.Carry(plan.Rolls[1].Steps, "roll 2");
        DateTimeOffset done = run.Servers.Now;
        run.Servers.Pass(TimeSpan.FromHours(24));
        run.Workloads.Renew();

        Assert.Contains(plan.Rolls[1].Wait, wait => wait.Contains("--sort-by=.status.startTime", StringComparison.Ordinal));
        run.Workloads.RestartStartedBefore(done);
        run.Servers.Pass(TimeSpan.FromHours(2));
        run.Workloads.Renew();
        run.Workloads.Call("with kept tokens of the new issuer");
        Assert.Contains(run.Servers.Names, server => run.Servers.StaleTokensOf(server) > 0);
        run.Carry(plan.Rolls[2].Steps, "roll 3");

        Assert.Empty(run.Workloads.Rejections);
    }

    public static TheoryData<string> KeysByFlag => new(DistributionCatalog.All
        .Where(each => each.TwoIssuers is TwoIssuers.Held or TwoIssuers.Unconfirmed && each.CanAddKeys != false && (each.KeySteps is null || each.Id == "talos-1.14")).Select(each => each.Id));

    /// <summary>Issuer and key one after the other, each roll with what the others wrote still there, and not one 401.</summary>
    [Theory]
    [MemberData(nameof(KeysByFlag))]
    public async Task No_call_is_rejected_while_the_key_changes_too(string name)
    {
        ChangePlan plan = IssuerPlanner.Plan(await SampleClusters.Of(name, 3).SignWithEllipticCurve().InspectAsync(SampleClusters.Given(name)), new PlanRequest(New)).Plan!;
        Execution run = new(name, plan.Servers);
        Assert.Equal(["1", "2", "K1", "K2", "3", "K3"], plan.Rolls.Select(roll => roll.Number));
        string[] issuers = [.. run.Servers.IssuersOf(plan.Servers[0])];
        string[] keys = ["sa"];
        string signer = "sa";

        foreach (Roll roll in plan.Rolls)
        {
            run.Carry(roll.Steps, $"roll {roll.Number}");
            issuers = roll.Issuers.Count > 0 ? [.. roll.Issuers] : issuers;
            keys = roll.Number switch { "K1" => ["sa", "sa-rsa"], "K3" => ["sa-rsa"], _ => keys };
            signer = roll.Number == "K2" ? "sa-rsa" : signer;
            Assert.All(run.Servers.Names, server => Assert.Equal(issuers, run.Servers.IssuersOf(server)));
            Assert.All(run.Servers.Names, server => Assert.Equal(keys, run.Servers.KeysOf(server).Order()));
            Assert.All(run.Servers.Names, server => Assert.Equal(signer, run.Servers.SignerOf(server)));
            run.Wait(roll);
        }

        Assert.Empty(run.Workloads.Rejections);
    }

    [Theory]
    [MemberData(nameof(KeysByFlag))]
    public async Task No_call_is_rejected_on_the_way_back_from_each_roll_of_the_key(string name)
    {
        ChangePlan plan = IssuerPlanner.Plan(await SampleClusters.Of(name, 3).SignWithEllipticCurve().InspectAsync(SampleClusters.Given(name)), new PlanRequest(New)).Plan!;
        foreach (string number in (string[])["K1", "K2"])
        {
            Execution run = new(name, plan.Servers);
            foreach (Roll roll in plan.Rolls.TakeWhile(roll => roll.Number != number).Append(plan.Rolls.Single(roll => roll.Number == number)))
            {
                run.Carry(roll.Steps, $"roll {roll.Number}");
                run.Workloads.Start();
            }

            run.Carry(plan.Rolls.Single(roll => roll.Number == number).GoBack.Steps, $"back from {number}");

            Assert.All(run.Servers.Names, server => Assert.Equal("sa", run.Servers.SignerOf(server)));
            Assert.All(run.Servers.Names, server => Assert.Equal(number == "K1" ? ["sa"] : (string[])["sa", "sa-rsa"], run.Servers.KeysOf(server).Order()));
            Assert.All(run.Servers.Names, server => Assert.Equal(New, run.Servers.IssuersOf(server)[0]));
            Assert.Empty(run.Workloads.Rejections);
        }
    }

    [Fact]
    public async Task Trap_signing_with_a_key_that_the_other_servers_do_not_have()
    {
        ChangePlan plan = IssuerPlanner.Plan(await SampleClusters.Of("kubeadm-v1beta4", 3).SignWithEllipticCurve().InspectAsync(), new PlanRequest(New)).Plan!;
        Execution run = new("kubeadm-v1beta4", plan.Servers);
        run.Carry(plan.Rolls[0].Steps, "roll 1");
        run.Carry(plan.Rolls[1].Steps, "roll 2");

        run.Carry(plan.Rolls.Single(roll => roll.Number == "K2").Steps, "K2 without K1");

        Assert.Contains(run.Workloads.Rejections, rejection => rejection.Contains("cp2 rejected fresh from cp1", StringComparison.Ordinal));
    }

    /// <summary>One revision on every server, the old issuer dropped after 24 h: what the plan of OpenShift says of it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_operator_drops_the_old_issuer_after_a_day(bool restartsPods)
    {
        Roll roll = Assert.Single((await PlanOf("openshift", 3)).Rolls);
        Execution run = new("openshift", ["master-1", "master-2", "master-3"]);
        Assert.Contains(roll.Wait, wait => wait.StartsWith("Restart all pods within 24 h", StringComparison.Ordinal));

        run.Set($"--service-account-issuer={New}", $"--service-account-issuer={FakeCluster.Old}");
        Assert.NotEmpty(run.Workloads.Rejections);
        Assert.All(run.Workloads.Rejections, rejection => Assert.Contains($"iss {New}", rejection, StringComparison.Ordinal));
        run.Workloads.Rejections.Clear();
        if (restartsPods)
        {
            run.Workloads.RestartStartedBefore(run.Servers.Now);
        }

        run.Servers.Pass(TimeSpan.FromHours(23));
        run.Workloads.Renew();
        run.Workloads.Call("within a day");
        Assert.Empty(run.Workloads.Rejections);
        run.Set($"--service-account-issuer={New}");

        Assert.Equal(!restartsPods, run.Workloads.Rejections.Any(rejection => rejection.Contains(" rejected cached from ", StringComparison.Ordinal)));

        // Audiences follow the issuers there, so these are rejected in any case.
        Assert.Contains(run.Workloads.Rejections, rejection => rejection.Contains(" rejected refreshed for audience ", StringComparison.Ordinal));
        Assert.Contains(roll.Breaks, text => text.Contains("even when they are fresh", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Trap_one_step_on_several_servers()
    {
        ChangePlan plan = await PlanOf("kubeadm-v1beta4", 3);
        Execution run = new("kubeadm-v1beta4", plan.Servers);

        run.Carry(plan.Rolls.Single(roll => roll.Kind == RollKind.MoveToFirst).Steps, "in one step");

        Assert.Contains(run.Workloads.Rejections, rejection => rejection.Contains("cp2 rejected fresh from cp1, iss " + New, StringComparison.Ordinal));
    }

    [Fact]
    public void Trap_joined_by_a_comma()
    {
        Execution run = new("general", ["cp1", "cp2", "cp3"]);

        run.Set($"--service-account-issuer={New},{FakeCluster.Old}");

        Assert.Equal([$"{New},{FakeCluster.Old}"], run.Servers.IssuersOf("cp1"));
        Assert.Contains(run.Workloads.Rejections, rejection => rejection.Contains("rejected cached from cp1, iss " + FakeCluster.Old, StringComparison.Ordinal));
    }

    [Fact]
    public void Trap_given_twice_in_a_map()
    {
        string configuration = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "fixtures", "distributions", "kubeadm", "v1beta3-key-twice-config.yaml"));

        // As recorded, the last one survives; written the other way round it is the new one, and the old tokens are lost.
        Assert.Equal([FakeCluster.Old], ServerSimulation.Kubeadm(configuration, null).Issuers);
        string swapped = configuration.Replace(New, "https://swap.example", StringComparison.Ordinal).Replace(FakeCluster.Old, New, StringComparison.Ordinal).Replace("https://swap.example", FakeCluster.Old, StringComparison.Ordinal);
        Execution run = new("kubeadm-v1beta3", ["cp1", "cp2", "cp3"]);
        run.Set([.. ServerSimulation.Kubeadm(swapped, null).Flags.Select(flag => flag.ToString())]);

        Assert.Equal([New], run.Servers.IssuersOf("cp1"));
        Assert.Contains(run.Workloads.Rejections, rejection => rejection.Contains("rejected cached from cp1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("kubeadm-v1beta4")]
    [InlineData("talos-1.14")]
    public void Trap_audiences_forgotten(string name)
    {
        Execution run = new(name, ["cp1", "cp2", "cp3"]);
        string old = run.Servers.IssuersOf("cp1")[0];

        run.Set($"--service-account-issuer={old}", $"--service-account-issuer={New}");
        Assert.Empty(run.Workloads.Rejections);
        run.Set($"--service-account-issuer={New}", $"--service-account-issuer={old}", $"--api-audiences={New}");

        Assert.Contains(run.Workloads.Rejections, rejection => rejection.Contains($"rejected cached from cp1, iss {old}, aud {old}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Trap_reverted_too_early()
    {
        ChangePlan plan = await PlanOf("kubeadm-v1beta4", 3);
        Execution run = new("kubeadm-v1beta4", plan.Servers);
        run.Carry(plan.Rolls[0].Steps, "roll 1");
        run.Carry(plan.Rolls[1].Steps, "roll 2");
        run.Workloads.Start();
        Assert.Empty(run.Workloads.Rejections);

        run.Carry(plan.Rolls[0].GoBack.Steps, "straight back to the old issuer alone");

        Assert.Contains(run.Workloads.Rejections, rejection => rejection.Contains($"iss {New}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Trap_old_issuer_dropped_while_tokens_of_it_are_kept()
    {
        ChangePlan plan = await PlanOf("kubeadm-v1beta4", 3);
        Execution run = new("kubeadm-v1beta4", plan.Servers);
        run.Carry(plan.Rolls[0].Steps, "roll 1");
        run.Carry(plan.Rolls[1].Steps, "roll 2");
        int[] before = [.. run.Servers.Names.Select(run.Servers.StaleTokensOf)];
        run.Servers.Pass(TimeSpan.FromHours(24));
        run.Workloads.Renew();
        run.Workloads.Call("a day later");

        // The sign that the plan names says that it is too early, at every server.
        Assert.All(run.Servers.Names.Select(run.Servers.StaleTokensOf).Zip(before), counts => Assert.True(counts.First > counts.Second));
        Assert.Empty(run.Workloads.Rejections);
        run.Carry(plan.Rolls[2].Steps, "roll 3");

        Assert.Contains(run.Workloads.Rejections, rejection => rejection.Contains("rejected cached from", StringComparison.Ordinal));
        Assert.DoesNotContain(run.Workloads.Rejections, rejection => rejection.Contains("refreshed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Recorded_manifests_have_the_issuers_that_the_plan_promises()
    {
        foreach (string name in (string[])["v1beta4-two-issuers", "v1beta3-with-patch"])
        {
            string manifest = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "fixtures", "distributions", "kubeadm", $"{name}-manifest.yaml"));
            FlagSet flags = FlagSet.Parse(manifest.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("- --", StringComparison.Ordinal)).Select(line => line[2..]));

            Assert.Equal([New, FakeCluster.Old], flags.Issuers);
            Assert.Equal($"{New}/openid/v1/jwks", flags.Last(FlagSet.KeySetUri));
        }
    }

    [Theory]
    [InlineData("v1beta4-two-issuers", null)]
    [InlineData("v1beta3-with-patch", "v1beta3-patch")]
    [InlineData("v1beta3-key-twice", null)]
    public async Task The_stand_in_makes_of_a_configuration_what_the_real_kubeadm_made(string name, string? patch)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "fixtures", "distributions", "kubeadm");
        string manifest = await File.ReadAllTextAsync(Path.Combine(folder, $"{name}-manifest.yaml"));

        FlagSet flags = ServerSimulation.Kubeadm(await File.ReadAllTextAsync(Path.Combine(folder, $"{name}-config.yaml")), patch is null ? null : await File.ReadAllTextAsync(Path.Combine(folder, $"{patch}.yaml")));

        Assert.Equal(
            FlagSet.Parse(manifest.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("- --", StringComparison.Ordinal)).Select(line => line[2..])).Issuers,
            flags.Issuers);
    }

    [Fact]
    public async Task The_list_form_of_Cluster_API_keeps_its_form_and_is_patched_in_its_version()
    {
        RollStep step = IssuerPlanner.Plan(await SampleClusters.ClusterApi(3, "v1beta2").InspectAsync(), new PlanRequest(New)).Plan!.Rolls[1].Steps[0];

        Assert.Equal(
            [("audit-log-path", "/var/log/kubernetes/audit.log"), ("service-account-issuer", New), ("service-account-jwks-uri", $"{New}/openid/v1/jwks")],
            System.Text.Json.Nodes.JsonNode.Parse(step.Content!)!["spec"]!["kubeadmConfigSpec"]!["clusterConfiguration"]!["apiServer"]!["extraArgs"]!.AsArray().Select(item => ((string)item!["name"]!, (string)item["value"]!)));
        Assert.Contains("patch kubeadmcontrolplanes.v1beta2.controlplane.cluster.x-k8s.io demo-plane", step.Command, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_of_v1beta2_without_arguments_gets_a_list()
    {
        FakeCluster cluster = SampleClusters.ClusterApi(3, "v1beta2");
        const string text = "apiVersion: controlplane.cluster.x-k8s.io/v1beta2\nkind: KubeadmControlPlane\nmetadata:\n  name: demo-plane\n  namespace: clusters\nspec:\n  kubeadmConfigSpec: {}\n";

        RollStep step = IssuerPlanner.Plan(await cluster.InspectAsync(null, new ConfigurationSource(ConfigurationSource.File, "plane.yaml", text)), new PlanRequest(New)).Plan!.Rolls[0].Steps[0];

        Assert.Equal(System.Text.Json.JsonValueKind.Array, System.Text.Json.Nodes.JsonNode.Parse(step.Content!)!["spec"]!["kubeadmConfigSpec"]!["clusterConfiguration"]!["apiServer"]!["extraArgs"]!.GetValueKind());
    }

    private static async Task<ChangePlan> PlanOf(string name, int servers) =>
        IssuerPlanner.Plan(await SampleClusters.Of(name, servers).InspectAsync(SampleClusters.Given(name)), new PlanRequest(New)).Plan!;

    /// <summary>One cluster during a change.</summary>
    private sealed class Execution
    {
        private readonly Dictionary<string, ServerSimulation> simulations;
        private readonly ServerSimulation ofObject;

        public Execution(string distribution, IReadOnlyList<string> names)
        {
            Servers = new FlaggedServers(names, _ => ServerSimulation.Today(distribution));
            Workloads = new Workloads(Servers);
            simulations = names.ToDictionary(server => server, _ => new ServerSimulation(distribution));
            ofObject = new ServerSimulation(distribution);
            Workloads.Call("before");
        }

        public FlaggedServers Servers { get; }

        public Workloads Workloads { get; private set; }

        /// <summary>Other pods, which have known the servers as they are now only.</summary>
        public void Begin() => Workloads = new Workloads(Servers);

        public void Carry(IReadOnlyList<RollStep> steps, string when)
        {
            foreach (RollStep step in steps)
            {
                // A step of a node starts that server; an object makes its controller replace all, one after the other.
                if (step.Node is { } node)
                {
                    if (simulations[node].Apply(step) is { } flags)
                    {
                        Restart(node, flags, when);
                    }
                }
                else if (ofObject.Apply(step) is { } flags)
                {
                    foreach (string server in Servers.Names)
                    {
                        Restart(server, flags, when);
                    }
                }
            }
        }

        /// <summary>How often the counter of stale tokens had risen in 24 h, so that the oldest pods were restarted.</summary>
        public int Restarts { get; private set; }

        /// <summary>
        /// Waits as the roll says: 24 h, then until serviceaccount_stale_tokens_total has not risen for 24 h at any server.
        /// While it rises, the pods that started first are restarted.
        /// </summary>
        public void Wait(Roll roll)
        {
            Workloads.Start();
            if (roll.Kind is RollKind.MoveToFirst or RollKind.SwitchSigningKey)
            {
                Assert.Contains(roll.Wait, wait => wait.Contains("24 h", StringComparison.Ordinal));
                Assert.Contains(roll.Wait, wait => wait.Contains("serviceaccount_stale_tokens_total", StringComparison.Ordinal));
                Day();
                while (Day())
                {
                    Restarts++;
                    Workloads.RestartOldest();
                }
            }

            Workloads.Call($"after roll {roll.Number}");
        }

        /// <summary>A day in which everything calls; whether the counter rose at any server.</summary>
        private bool Day()
        {
            Dictionary<string, int> before = Servers.Names.ToDictionary(server => server, Servers.StaleTokensOf);
            Servers.Pass(TimeSpan.FromHours(24));
            Workloads.Renew();
            Workloads.Call("waiting");
            return Servers.Names.Any(server => Servers.StaleTokensOf(server) > before[server]);
        }

        public void Set(params string[] flags)
        {
            foreach (string server in Servers.Names)
            {
                Restart(server, FlagSet.Parse(flags), "set");
            }
        }

        public void SetOne(string server, IEnumerable<string> flags) => Restart(server, FlagSet.Parse(flags), "by hand");

        private void Restart(string server, FlagSet flags, string when)
        {
            Servers.Restart(server, flags);
            Workloads.Call($"{when}, {server}");
            Servers.Pass(TimeSpan.FromMinutes(50));
            Workloads.Renew();
            Workloads.Call($"{when}, {server}, renewed");
        }
    }
}
