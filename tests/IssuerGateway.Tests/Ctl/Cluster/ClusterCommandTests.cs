using System.Text.Json;
using IssuerGateway.Base;
using IssuerGateway.Ctl;
using IssuerGateway.Demo.StandIn;
using YamlDotNet.RepresentationModel;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>issuerctl cluster as a person runs it, against three API servers over HTTPS.</summary>
public sealed class ClusterCommandTests : IDisposable
{
    private const string New = "https://oidc.example.com";
    private const string Old = FakeCluster.Old;

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Inspect_shows_the_distribution_and_every_server()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={Old}");

        (int exit, string output, string error) = await RunAsync("cluster", "inspect", "--kubeconfig", cluster.WriteKubeconfig(directory), "--output", "json");

        Assert.Equal((0, ""), (exit, error));
        using JsonDocument report = JsonDocument.Parse(output);
        Assert.Equal("kubeadm-v1beta4", report.RootElement.GetProperty("distribution").GetString());
        Assert.Equal(3, report.RootElement.GetProperty("serverCount").GetInt32());
        Assert.Equal(3, report.RootElement.GetProperty("identityLeases").GetInt32());
        Assert.All(report.RootElement.GetProperty("servers").EnumerateArray(), server => Assert.Equal([Old], server.GetProperty("issuers").EnumerateArray().Select(issuer => issuer.GetString())));
        JsonElement published = Assert.Single(report.RootElement.GetProperty("discovery").EnumerateArray());
        Assert.Equal((403, 403), (published.GetProperty("anonymousDiscovery").GetInt32(), published.GetProperty("anonymousKeySet").GetInt32()));
        Assert.All(cluster.Requests, request => Assert.StartsWith("GET ", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Inspect_says_what_it_could_not_read_and_which_right_is_missing()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={Old}");

        (int exit, string output, _) = await RunAsync("cluster", "inspect", "--kubeconfig", cluster.WriteKubeconfig(directory, FlaggedCluster.LimitedToken));

        Assert.Equal(0, exit);
        Assert.Contains("any other distribution", output, StringComparison.Ordinal);
        Assert.Contains("warning [unread]: nodes could not be read: no right (403). Hint: needed right: list nodes.", output, StringComparison.Ordinal);
        Assert.Contains("identity Leases could not be read: no right (403). Hint: needed right: list leases.coordination.k8s.io in kube-system.", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text", "Roll 3: later: stop accepting the old issuer")]
    [InlineData("markdown", "## Roll 3: later: stop accepting the old issuer")]
    [InlineData("json", "\"kind\": \"DropOld\"")]
    public async Task Plan_writes_every_form(string format, string expected)
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={Old}");

        (int exit, string output, string error) = await RunAsync("cluster", "plan", "--issuer", New, "--kubeconfig", cluster.WriteKubeconfig(directory), "-o", format);

        Assert.Equal("", error);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Equal(0, exit);
    }

    [Fact]
    public async Task Plan_without_rights_plans_for_all_servers_and_ends_with_1()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={Old}");

        (int exit, string output, _) = await RunAsync("cluster", "plan", "--issuer", New, "--kubeconfig", cluster.WriteKubeconfig(directory, FlaggedCluster.LimitedToken));

        Assert.Equal(1, exit);
        Assert.Contains("error [servers-unknown]", output, StringComparison.Ordinal);
        Assert.Contains("Step 1.1: every control-plane node", output, StringComparison.Ordinal);
        Assert.Contains("Roll 1: accept", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://oidc.example.com/", "error: --issuer: \"https://oidc.example.com/\" ends with a slash, which every relying party compares as part of the name", "hint: write \"https://oidc.example.com\"")]
    [InlineData("https://oidc.example.com:8443/a", "error: --issuer: \"https://oidc.example.com:8443/a\" names port 8443: some relying parties drop or reject a port in an issuer", "hint: write \"https://oidc.example.com/a\" and serve it on port 443")]
    [InlineData("https://oidc.example.com:443", "error: --issuer: \"https://oidc.example.com:443\" names port 443: some relying parties drop or reject a port in an issuer", "hint: write \"https://oidc.example.com\" and serve it on port 443")]
    [InlineData("http://oidc.example.com", "error: --issuer: \"http://oidc.example.com\" is not an https URL", "hint: ")]
    [InlineData("https://oidc.example.com//", "error: --issuer: \"https://oidc.example.com//\" ", "hint: ")]
    [InlineData("https://a.example.com,https://b.example.com", "error: --issuer: \"https://a.example.com,https://b.example.com\" contains a comma", "hint: give one issuer")]
    [InlineData("https://oidc.example.com/.well-known/openid-configuration", "error: --issuer: ", "hint: remove")]
    [InlineData("https://oidc.example.com?a=b", "error: --issuer: ", "hint: ")]
    [InlineData("", "error: --issuer: \"\" is not ", "hint: ")]
    public async Task Plan_rejects_a_bad_issuer_before_it_queries_the_cluster(string issuer, string message, string hint)
    {
        (int exit, string output, string error) = await RunAsync("cluster", "plan", "--issuer", issuer, "--kubeconfig", "/does/not/exist");

        Assert.Equal((2, ""), (exit, output));
        Assert.StartsWith(message, error, StringComparison.Ordinal);
        Assert.Contains(hint, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_rejects_the_issuer_of_today()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={New}");
        (int planned, string plan, _) = await RunAsync("cluster", "plan", "--issuer", New, "--kubeconfig", cluster.WriteKubeconfig(directory));
        cluster.Configured = [New];

        (int exit, string output, string error) = await RunAsync("cluster", "plan", "--issuer", New, "--kubeconfig", cluster.WriteKubeconfig(directory));

        // Only when the configuration has it too is nothing left to do.
        Assert.Equal(0, planned);
        Assert.Contains($"Roll C: write {New} where the servers get it from", plan, StringComparison.Ordinal);
        Assert.Equal((2, ""), (exit, output));
        Assert.StartsWith($"error: --issuer: \"{New}\" is today's issuer already and no other one is accepted", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--rolls", "4")]
    [InlineData("--rolls", "1")]
    [InlineData("--distribution", "slackware")]
    [InlineData("--output", "yaml")]
    [InlineData("--server", "192.0.2.1:6443")]
    public async Task Wrong_options_end_with_2(string option, string value)
    {
        (int exit, _, string error) = await RunAsync("cluster", "plan", "--issuer", New, "--kubeconfig", "/does/not/exist", option, value);

        Assert.Equal(2, exit);
        Assert.StartsWith($"error: {option}: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_cluster_ends_with_3()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={Old}");
        string kubeconfig = cluster.WriteKubeconfig(directory);
        await cluster.Hosts[0].StopAsync();

        (int exit, _, string error) = await RunAsync("cluster", "inspect", "--kubeconfig", kubeconfig);

        Assert.Equal(3, exit);
        Assert.Contains("the connection failed", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_passes_after_each_roll_and_fails_before_it()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={Old}");
        string before = WriteToken(cluster.Hosts[1].Mint(TimeSpan.FromHours(1)));
        string[][] rolls =
        [
            [$"--service-account-issuer={Old}", $"--service-account-issuer={New}"],
            [$"--service-account-issuer={New}", $"--service-account-issuer={Old}"],
            [$"--service-account-issuer={New}", $"--api-audiences={New},{Old}"],
        ];
        for (int roll = 1; roll <= 3; roll++)
        {
            Assert.Equal(1, (await VerifyAsync(cluster, roll, before)).Exit);
            cluster.Hosts[0].Run(rolls[roll - 1]);
            cluster.Hosts[1].Run(rolls[roll - 1]);
            (int half, string halfway) = await VerifyAsync(cluster, roll, before);
            Assert.Equal(1, half);
            Assert.Contains("failed [issuers-accepted]", halfway, StringComparison.Ordinal);
            cluster.Hosts[2].Run(rolls[roll - 1]);

            (int exit, string output) = await VerifyAsync(cluster, roll, before);

            Assert.StartsWith($"{New} after roll {roll}: verified at 3 API servers", output, StringComparison.Ordinal);
            Assert.Equal(0, exit);
        }
    }

    [Theory]
    [InlineData(2, "failed [token-accepted-everywhere] its fresh token is rejected with 401 by", $"--service-account-issuer={New}", $"--service-account-issuer={Old}")]
    [InlineData(1, "is one issuer with a comma in it", $"--service-account-issuer={New},{Old}")]
    [InlineData(2, "failed [token-before] rejects the token from before with 401, issuer " + Old, $"--service-account-issuer={New}", $"--service-account-issuer={Old}", $"--api-audiences={New}")]
    [InlineData(2, "failed [token-before] rejects the token from before with 401, issuer " + Old, $"--service-account-issuer={New}")]
    public async Task Verify_sees_each_trap(int roll, string expected, params string[] flags)
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={Old}");
        string before = WriteToken(cluster.Hosts[1].Mint(TimeSpan.FromHours(1)));
        cluster.Hosts[0].Run(flags);

        (int exit, string output) = await VerifyAsync(cluster, roll, before);

        Assert.Equal(1, exit);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_sees_audiences_without_the_old_issuer_without_a_token_from_before()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={New}", $"--service-account-issuer={Old}", $"--api-audiences={New}");

        (int exit, string output) = await VerifyAsync(cluster, 2, null);

        Assert.Equal(1, exit);
        Assert.Contains($"failed [audiences] accepts the audience {New}, and none of the old issuers {Old}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_that_sees_two_of_three_servers_ends_with_1()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={New}", $"--service-account-issuer={Old}");

        (int exit, string output, _) = await RunAsync("cluster", "verify", "--issuer", New, "--after-roll", "2", "--kubeconfig", cluster.WriteKubeconfig(directory),
            "--server", cluster.Addresses[0], "--server", cluster.Addresses[1]);

        Assert.Equal(1, exit);
        Assert.Contains("failed [servers-seen] 2 of 3 API servers seen", output, StringComparison.Ordinal);
        Assert.Contains($"--server {cluster.Addresses[2]}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_counts_a_server_given_twice_once()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={New}", $"--service-account-issuer={Old}");
        string first = cluster.Addresses[0];

        (int exit, string output, _) = await RunAsync("cluster", "verify", "--issuer", New, "--kubeconfig", cluster.WriteKubeconfig(directory),
            "--server", first, "--server", first.Replace("127.0.0.1", "localhost", StringComparison.Ordinal), "--server", first + "/");

        Assert.Equal(1, exit);
        Assert.Contains("failed [servers-seen] 1 of 3 API servers seen", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_does_not_count_another_name_of_a_server_as_the_one_that_is_missing()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={New}", $"--service-account-issuer={Old}");
        cluster.Hosts[2].Run($"--service-account-issuer={Old}");
        string balancer = cluster.Addresses[0].Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

        (int exit, string output, _) = await RunAsync("cluster", "verify", "--issuer", New, "--after-roll", "2", "--kubeconfig", cluster.WriteKubeconfig(directory),
            "--server", cluster.Addresses[0], "--server", cluster.Addresses[1], "--server", balancer);

        Assert.Equal(1, exit);
        Assert.Contains("failed [servers-seen] 2 of 3 API servers seen", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_counts_by_Leases_where_pods_cannot_be_seen()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={New}", $"--service-account-issuer={Old}");
        cluster.ShowsPods = false;
        cluster.Leases = 4;

        (int exit, string output) = await VerifyAsync(cluster, 2, null);

        Assert.Equal(1, exit);
        Assert.Contains("3 of 4 API servers seen", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_without_the_right_to_count_or_to_request_tokens_is_not_verified()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={New}", $"--service-account-issuer={Old}");

        (int exit, string output, _) = await RunAsync("cluster", "verify", "--issuer", New, "--after-roll", "2", "--kubeconfig", cluster.WriteKubeconfig(directory, FlaggedCluster.LimitedToken));

        Assert.Equal(1, exit);
        Assert.Contains("unknown [servers-seen]", output, StringComparison.Ordinal);
        Assert.Contains("Hint: needed right: create serviceaccounts/token in namespace default", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_with_a_service_account_that_does_not_exist_asks_for_another_and_not_for_a_right()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={New}", $"--service-account-issuer={Old}");

        (int exit, string output, _) = await RunAsync("cluster", "verify", "--issuer", New, "--service-account", "nobody", "--kubeconfig", cluster.WriteKubeconfig(directory));

        Assert.Equal(1, exit);
        Assert.Contains("no token of default/nobody could be requested: it does not exist (404). Hint: name a service account that exists: --namespace and --service-account", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_sees_different_key_sets_and_what_the_gateway_lacks()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={New}", $"--service-account-issuer={Old}");
        cluster.Hosts[2].Key = ServiceAccountKey.Create();
        string status = Path.Combine(directory.Path, "status.json");
        await File.WriteAllTextAsync(status, $$"""{"issuers":[{"issuer":"{{New}}","isPublished":true,"keys":[{"keyId":"{{cluster.Hosts[0].Key.KeyId}}","removed":null}]}]}""");

        (int exit, string output, _) = await RunAsync(["cluster", "verify", "--issuer", New, "--kubeconfig", cluster.WriteKubeconfig(directory), "--gateway-status", status, .. cluster.Addresses.SelectMany(address => new[] { "--server", address })]);

        Assert.Equal(1, exit);
        Assert.Contains($"failed [key-sets] does not publish {cluster.Hosts[2].Key.KeyId}", output, StringComparison.Ordinal);
        Assert.Contains($"failed [gateway] the gateway does not publish {cluster.Hosts[2].Key.KeyId}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_fetches_the_status_of_the_gateway()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={New}", $"--service-account-issuer={Old}");
        string body = $$"""{"issuers":[{"issuer":"{{New}}","isPublished":true,"keys":[{"keyId":"{{cluster.Hosts[0].Key.KeyId}}","removed":null}]}]}""";
        using System.Net.Sockets.TcpListener listener = new(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        Task server = Task.Run(async () =>
        {
            using System.Net.Sockets.TcpClient client = await listener.AcceptTcpClientAsync();
            await client.GetStream().ReadAtLeastAsync(new byte[4096], 1);
            await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        });
        string[] arguments = ["cluster", "verify", "--issuer", New, "--kubeconfig", cluster.WriteKubeconfig(directory), "--gateway-status", $"http://{listener.LocalEndpoint}", .. cluster.Addresses.SelectMany(address => new[] { "--server", address })];

        (int exit, string output, string error) = await RunAsync(arguments);
        await server;
        listener.Stop();
        (int gone, _, string problem) = await RunAsync(arguments);

        Assert.Equal((0, ""), (exit, error));
        Assert.Contains("ok [gateway] the gateway publishes this issuer with all 1 key of the servers", output, StringComparison.Ordinal);
        Assert.Equal(3, gone);
        Assert.StartsWith($"error: --gateway-status: {arguments[7]}: the connection failed", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://oidc.example.com/status", "error: --gateway-status: \"http://oidc.example.com/status\" is plain http to a public host")]
    [InlineData("https://user:secret@127.0.0.1/status", "error: --gateway-status: \"?@127.0.0.1/status\" is not the URL")]
    public async Task A_status_that_anybody_could_change_is_not_fetched(string url, string expected)
    {
        (int exit, _, string error) = await RunAsync("cluster", "verify", "--issuer", New, "--kubeconfig", "/does/not/exist", "--gateway-status", url);

        Assert.Equal(2, exit);
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("source.yaml", "kind: ConfigMap\napiVersion: v1\n", "error: --source: {0} is not used: kubeadm-v1beta4 keeps its configuration in the cluster")]
    [InlineData("cp9=source.yaml", null, "error: --source: ")]
    [InlineData("none.yaml", null, "error: --source: {0} does not exist")]
    [InlineData(".", null, "error: --source: {0} is a directory")]
    public async Task A_wrong_source_ends_with_2(string given, string? content, string expected)
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={Old}");
        string path = Path.Combine(directory.Path, given);
        if (content is not null)
        {
            await File.WriteAllTextAsync(path, content);
        }

        (int exit, string output, string error) = await RunAsync("cluster", "plan", "--issuer", New, "--kubeconfig", cluster.WriteKubeconfig(directory), "--source", path);

        Assert.Equal((2, ""), (exit, output));
        Assert.StartsWith(expected.Replace("{0}", path, StringComparison.Ordinal), error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_is_written_with_its_other_values()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={Old}");
        string path = Path.Combine(directory.Path, "values.yaml");
        await File.WriteAllTextAsync(path, SampleSources.All["vcluster"].Text);
        string[] arguments = ["cluster", "plan", "--issuer", New, "--kubeconfig", cluster.WriteKubeconfig(directory), "--distribution", "vcluster", "--source"];

        (_, string output, string error) = await RunAsync([.. arguments, path]);
        (int named, _, string problem) = await RunAsync([.. arguments, "cp1=" + path]);
        (int other, _, string wrong) = await RunAsync([.. arguments[..^3], "--distribution", "k0s", "--source", path]);
        (int twice, _, string both) = await RunAsync([.. arguments, path, "--source", path]);

        Assert.Equal("", error);
        Assert.Contains("- \"--audit-log-maxage=30\"", output, StringComparison.Ordinal);
        Assert.Equal((2, 2, 2), (named, other, twice));
        Assert.Contains("names a node, but there is one vcluster.yaml of this virtual cluster for all servers", problem, StringComparison.Ordinal);
        Assert.Contains($"error: --source: {path} is not the k0s.yaml of a controller", wrong, StringComparison.Ordinal);
        Assert.Contains("error: --source: given twice for all servers", both, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_printed_Job_has_the_image_of_this_version_and_fetches_the_status_that_a_pod_can_reach()
    {
        string[] arguments = ["cluster", "verify", "--issuer", New, "--print-job", "--server", "https://192.0.2.11:6443", "--gateway-status"];
        (int exit, string output, string error) = await RunAsync([.. arguments, "http://gateway.issuer-gateway.svc:9090/status"]);
        (_, string loopback, _) = await RunAsync([.. arguments, "http://127.0.0.1:9090/status"]);
        (int wrong, _, string problem) = await RunAsync([.. arguments, "http://127.0.0.1:9090/status", "--image", "a\nb"]);

        Assert.Equal((0, ""), (exit, error));
        string image = IssuerGateway.Ctl.Cluster.Commands.VerifyCommand.DefaultImage;
        Assert.Matches("^issuerctl:[0-9]+\\.[0-9]+\\.[0-9]+$", image);
        Assert.Contains($"image: {image}\n", output, StringComparison.Ordinal);
        Assert.Contains($"# Image: {image}; --image", output, StringComparison.Ordinal);
        Assert.Contains("- \"--gateway-status\"\n            - http://gateway.issuer-gateway.svc:9090/status\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("gateway-status", loopback, StringComparison.Ordinal);
        Assert.Equal(2, wrong);
        Assert.StartsWith("error: --image: ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_reads_the_flags_of_each_server_where_there_are_no_pods()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={Old}", $"--service-account-issuer={New}", $"--api-audiences={Old}");
        cluster.ShowsPods = false;

        (int blind, string unknown) = await VerifyAsync(cluster, 1, null);
        cluster.ShowsFlagz = true;
        (int exit, string output) = await VerifyAsync(cluster, 1, null);
        cluster.Hosts[2].Run($"--service-account-issuer={Old}", $"--api-audiences={Old}");
        (int missing, string failed) = await VerifyAsync(cluster, 1, null);

        Assert.Equal((1, 0, 1), (blind, exit, missing));
        Assert.Contains("unknown [issuers-accepted] which issuers are accepted could not be read", unknown, StringComparison.Ordinal);
        Assert.Contains($"ok [issuers-accepted] accepts {Old}, then {New}", output, StringComparison.Ordinal);
        Assert.Contains($"failed [issuers-accepted] accepts {Old}. Hint: {New} must be there and not first", failed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_after_the_last_roll_is_not_fooled_by_audiences()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={Old}");
        string before = WriteToken(cluster.Hosts[1].Mint(TimeSpan.FromHours(1)));
        cluster.ShowsPods = false;
        cluster.RunAll($"--service-account-issuer={New}", $"--service-account-issuer={Old}", $"--api-audiences={New},{Old}");

        Assert.Equal(1, (await VerifyAsync(cluster, 3, null)).Exit);
        (int kept, string output) = await VerifyAsync(cluster, 3, before);
        cluster.RunAll($"--service-account-issuer={New}", $"--api-audiences={New},{Old}");

        Assert.Equal(1, kept);
        Assert.Contains($"failed [token-before] still accepts a token of {Old}", output, StringComparison.Ordinal);
        Assert.Equal(0, (await VerifyAsync(cluster, 3, before)).Exit);
    }

    [Fact]
    public async Task Verify_does_not_take_a_token_of_the_new_issuer_for_one_from_before()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={New}", $"--service-account-issuer={Old}");

        (int exit, string output) = await VerifyAsync(cluster, 2, WriteToken(cluster.Hosts[0].Mint(TimeSpan.FromHours(1))));

        Assert.Equal(1, exit);
        Assert.Contains($"unknown [token-before] the token from before already carries {New}", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-60, "error: --token-before: the token expired at ")]
    [InlineData(0, "error: --token-before: the file holds no token")]
    public async Task A_token_from_before_that_proves_nothing_is_rejected(int minutes, string expected)
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={Old}");
        string file = WriteToken(minutes == 0 ? "not a token" : cluster.Hosts[0].Mint(TimeSpan.FromMinutes(minutes)));

        (int exit, string output, string error) = await RunAsync("cluster", "verify", "--issuer", New, "--kubeconfig", cluster.WriteKubeconfig(directory), "--token-before", file);

        Assert.Equal((2, ""), (exit, output));
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kubeconfig_that_does_not_exist_names_the_option_of_this_command()
    {
        (int exit, string output, string error) = await RunAsync("cluster", "inspect", "--kubeconfig", Path.Combine(directory.Path, "none"));

        Assert.Equal((2, ""), (exit, output));
        Assert.StartsWith("error: --kubeconfig: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Upstream:", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_follows_the_rolls_of_the_signing_key()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={New}", $"--service-account-issuer={Old}");
        ServiceAccountKey curve = ServiceAccountKey.Create(SigningAlgorithm.ES256);
        ServiceAccountKey rsa = ServiceAccountKey.Create();
        (ServiceAccountKey Signer, ServiceAccountKey[] Further)[] states = [(curve, []), (curve, [rsa]), (rsa, [curve]), (rsa, [])];
        for (int state = 0; state < states.Length; state++)
        {
            foreach (FlaggedCluster.Host host in cluster.Hosts)
            {
                (host.Key, host.FurtherKeys) = states[state];
            }

            for (int roll = 1; roll <= 3; roll++)
            {
                (int exit, string output, _) = await RunAsync(["cluster", "verify", "--issuer", New, "--after-roll", $"K{roll}", "--kubeconfig", cluster.WriteKubeconfig(directory), .. cluster.Addresses.SelectMany(address => new[] { "--server", address })]);

                Assert.Equal(roll == state ? 0 : 1, exit);
                Assert.Contains(roll == state ? "ok [key-roll]" : "failed [key-roll]", output, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Verify_prints_no_token()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={New}", $"--service-account-issuer={Old}");
        string before = WriteToken(cluster.Hosts[1].Mint(TimeSpan.FromHours(1)));

        (_, string output) = await VerifyAsync(cluster, 2, before);

        Assert.DoesNotContain("eyJ", output, StringComparison.Ordinal);
        Assert.DoesNotContain(FlaggedCluster.AdministratorToken, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_token_that_every_server_rejects_anyway_shows_nothing(int roll)
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync([$"--service-account-issuer={New}", .. roll == 2 ? [$"--service-account-issuer={Old}"] : Array.Empty<string>()]);
        await using FlaggedCluster other = await FlaggedCluster.StartAsync($"--service-account-issuer={Old}");
        cluster.Hosts[1].Run($"--service-account-issuer={Old}", "--api-audiences=vault");
        string vault = cluster.Hosts[1].Mint(TimeSpan.FromHours(1));
        cluster.RunAll([$"--service-account-issuer={New}", .. roll == 2 ? [$"--service-account-issuer={Old}"] : Array.Empty<string>()]);

        (int foreign, string ofOther) = await VerifyAsync(cluster, roll, WriteToken(other.Hosts[0].Mint(TimeSpan.FromHours(1))));
        (int audience, string ofVault) = await VerifyAsync(cluster, roll, WriteToken(vault));

        Assert.Equal((1, 1), (foreign, audience));
        Assert.Equal(3, ofOther.Split('\n').Count(line => line.Contains("unknown [token-before] the token from before is signed with key ", StringComparison.Ordinal)));
        Assert.Equal(3, ofVault.Split('\n').Count(line => line.Contains("unknown [token-before] the token from before is for the audience vault, not for the API server", StringComparison.Ordinal)));
        Assert.DoesNotContain("put the old issuer back", ofOther + ofVault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_prints_a_Job_for_every_server()
    {
        await using FlaggedCluster cluster = await FlaggedCluster.StartAsync($"--service-account-issuer={Old}");

        (int exit, string output, _) = await RunAsync("cluster", "verify", "--issuer", New, "--after-roll", "2", "--print-job", "--image", "registry.example.test/issuerctl:1", "--kubeconfig", cluster.WriteKubeconfig(directory),
            "--token-before", WriteToken(cluster.Hosts[1].Mint(TimeSpan.FromHours(1))));

        Assert.Equal(0, exit);
        Assert.All(cluster.Addresses, address => Assert.Contains($"- {address}\n", output, StringComparison.Ordinal));
        YamlStream stream = [];
        stream.Load(new StringReader(output));
        Assert.Equal(["ServiceAccount", "Role", "RoleBinding", "Role", "RoleBinding", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "ClusterRoleBinding", "ClusterRoleBinding", "Job"], stream.Documents.Select(document => document.RootNode["kind"].ToString()));
        Golden.Equal("verify-job.yaml", cluster.Addresses.Select((address, i) => (address, i)).Aggregate(output, (text, each) => text.Replace(each.address, $"https://192.0.2.{11 + each.i}:6443", StringComparison.Ordinal)));
    }

    private string WriteToken(string token)
    {
        string path = Path.Combine(directory.Path, "token-before.jwt");
        File.WriteAllText(path, token + "\n");
        return path;
    }

    private async Task<(int Exit, string Output)> VerifyAsync(FlaggedCluster cluster, int roll, string? tokenBefore)
    {
        (int exit, string output, string error) = await RunAsync(
        [
            "cluster", "verify", "--issuer", New, "--after-roll", roll.ToString(), "--kubeconfig", cluster.WriteKubeconfig(directory),
            .. tokenBefore is null ? Array.Empty<string>() : ["--token-before", tokenBefore],
            .. cluster.Addresses.SelectMany(address => new[] { "--server", address }),
        ]);
        Assert.Equal("", error);
        return (exit, output);
    }

    private static async Task<(int Exit, string Output, string Error)> RunAsync(params string[] arguments)
    {
        StringWriter output = new() { NewLine = "\n" };
        StringWriter error = new() { NewLine = "\n" };
        int exit = await CtlCommand.RunAsync(arguments, new ProgramEnvironment { Terminal = new Terminal(output, error, program: null) });
        return (exit, output.ToString(), error.ToString());
    }
}
