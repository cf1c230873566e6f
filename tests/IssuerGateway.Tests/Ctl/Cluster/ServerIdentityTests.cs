using IssuerGateway.Ctl.Cluster;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>A server that was read by another address than the one that the cluster lists is still that server: its flags were read.</summary>
public sealed class ServerIdentityTests
{
    private const string New = "https://oidc.example.com";
    private const string Old = FakeCluster.Old;

    [Fact]
    public async Task A_server_reached_through_a_tunnel_is_the_one_that_it_advertises()
    {
        FakeCluster cluster = Three().Leases(3).Text(ObjectFetcher.Flagz, Flagz("192.0.2.12"));

        ClusterState state = await cluster.InspectAsync();

        ApiServerState server = Assert.Single(state.Servers);
        Assert.Equal(("192.0.2.12:6443", "192.0.2.10:6443", "/flagz of https://192.0.2.10:6443"), (server.Endpoint, server.ReachedAt, server.ReadFrom));
        ChangePlan plan = IssuerPlanner.Plan(state, new PlanRequest(New)).Plan!;
        Assert.Equal("the flags of API server at 192.0.2.11, API server at 192.0.2.13 could not be read", Assert.Single(plan.Findings, finding => finding.Rule == "flags-unread").Message);
    }

    [Theory]
    [InlineData("advertise-address=192.0.2.20\n")]
    [InlineData("advertise-address=<nil>\n")]
    [InlineData("")]
    public async Task The_only_server_is_the_one_that_was_read_whatever_it_advertises(string advertised)
    {
        FakeCluster cluster = new FakeCluster().Documents(Old).Leases(1).Endpoints(6443, "192.0.2.20").Text(ObjectFetcher.Flagz, SampleClusters.Flagz(Old, "") + advertised);

        ChangePlan plan = IssuerPlanner.Plan(await cluster.InspectAsync(), new PlanRequest(New)).Plan!;

        Assert.Equal(["API server at 192.0.2.20"], plan.Servers);
        Assert.DoesNotContain(plan.Findings, finding => finding.Rule == "flags-unread");
        Assert.Equal([Old], plan.Today);
    }

    [Fact]
    public async Task A_node_is_found_by_what_its_server_advertises_to_a_load_balancer()
    {
        FakeCluster cluster = new FakeCluster("v1.36.2+k3s1").Documents(Old).Leases(2).Endpoints(6443, "192.0.2.11", "192.0.2.12").Text(ObjectFetcher.Flagz, Flagz("192.0.2.12"));
        foreach (int i in (int[])[1, 2])
        {
            cluster.Node($"server{i}", SampleClusters.Address(i), "v1.36.2+k3s1", annotations: [("k3s.io/node-args", """["server"]""")]);
        }

        ClusterState state = await cluster.InspectAsync();

        Assert.Equal(["annotation of node server1", "/flagz of https://192.0.2.10:6443"], state.Servers.Select(server => server.ReadFrom));
    }

    [Fact]
    public async Task Two_addresses_of_one_server_are_one_server()
    {
        FakeCluster cluster = Three().Leases(3).Text(ObjectFetcher.Flagz, Flagz("192.0.2.12"));

        ClusterState state = await ClusterInspector.InspectAsync(cluster, [cluster, cluster], null, CancellationToken.None);

        Assert.Single(state.Servers);
    }

    [Fact]
    public async Task A_pod_that_hides_its_flags_in_a_file_is_read_by_flagz()
    {
        FakeCluster cluster = Three().Leases(1).Node("cp2", "192.0.2.12", "v1.36.2").MirrorPod("cp2", ["--flagfile"], endpoint: "192.0.2.12:6443").Text(ObjectFetcher.Flagz, Flagz("192.0.2.12"));

        ApiServerState server = Assert.Single((await cluster.InspectAsync()).Servers);

        Assert.Equal(("kube-apiserver-cp2", true, "/flagz of https://192.0.2.10:6443"), (server.Name, server.IsPod, server.ReadFrom));
        Assert.Equal([Old], server.Flags!.Issuers);
    }

    [Fact]
    public async Task An_address_that_may_be_any_of_several_servers_is_none_of_them()
    {
        FakeCluster cluster = Three().Leases(3).Text(ObjectFetcher.Flagz, SampleClusters.Flagz(Old, "") + "advertise-address=10.0.0.9\n");

        ChangePlan plan = IssuerPlanner.Plan(await cluster.InspectAsync(), new PlanRequest(New)).Plan!;

        Assert.Equal("the flags of API server at 192.0.2.11, API server at 192.0.2.12, API server at 192.0.2.13 could not be read", Assert.Single(plan.Findings, finding => finding.Rule == "flags-unread").Message);
    }

    private static FakeCluster Three() => new FakeCluster().Documents(Old).Endpoints(6443, "192.0.2.11", "192.0.2.12", "192.0.2.13");

    private static string Flagz(string address) => SampleClusters.Flagz(Old, "") + $"advertise-address={address}\n";
}
