using System.Net;
using IssuerGateway.Base;
using IssuerGateway.Ctl;
using IssuerGateway.Tests.Tls.Issuance;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>issuerctl reads a kubeconfig as kubectl does: plugins, proxies, impersonation and lists of files.</summary>
public sealed class KubeconfigAsKubectlTests : IDisposable
{
    private const string Remote = "server: https://api.internal.example:6443\n    tls-server-name: localhost";

    private readonly TemporaryDirectory directory = new();
    private readonly Dictionary<string, string> variables = [];

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Runs_the_credential_plugin()
    {
        await using FlaggedCluster cluster = await StartAsync();
        await WritePluginAsync(FlaggedCluster.AdministratorToken);

        // A path with a folder in it starts at the kubeconfig.
        string kubeconfig = cluster.WriteKubeconfigFor(directory, "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin.sh, interactiveMode: Never}");

        Assert.Equal((0, ""), await InspectAsync("--kubeconfig", kubeconfig));
    }

    [Fact]
    public async Task Names_a_credential_plugin_that_does_not_exist()
    {
        await using FlaggedCluster cluster = await StartAsync();
        string kubeconfig = cluster.WriteKubeconfigFor(directory, "exec: {apiVersion: client.authentication.k8s.io/v1, command: /does/not/exist, interactiveMode: Never}");

        (int exit, string error) = await InspectAsync("--kubeconfig", kubeconfig);

        Assert.Equal((2, $"error: --kubeconfig: kubeconfig {kubeconfig}: the credential plugin \"/does/not/exist\" of user \"user\" failed: it could not be started: No such file or directory\nhint: install the plugin, or give its path as command of exec\n"), (exit, error));
    }

    [Theory]
    [InlineData("proxy-url", "http://{0}", null)]
    [InlineData("proxy-url", "http://alice:p%40ss@{0}", "alice:p@ss")]
    [InlineData("HTTPS_PROXY", "http://{0}", null)]
    [InlineData("https_proxy", "{0}", null)]
    [InlineData("HTTPS_PROXY", "http://alice:p%40ss@{0}", "alice:p@ss")]
    public async Task Goes_through_the_proxy(string place, string form, string? credentials)
    {
        await using FlaggedCluster cluster = await StartAsync();
        await using ConnectProxy proxy = new() { Destination = new IPEndPoint(IPAddress.Loopback, cluster.Hosts[0].Port), Credentials = credentials };
        string url = string.Format(null, form, new Uri(proxy.Url).Authority);
        if (place != "proxy-url")
        {
            variables[place] = url;
        }

        string kubeconfig = cluster.WriteKubeconfigFor(directory, $"token: {FlaggedCluster.AdministratorToken}", Remote + (place == "proxy-url" ? $"\n    proxy-url: {url}" : ""));

        Assert.Equal((0, ""), await InspectAsync("--kubeconfig", kubeconfig));
        Assert.NotEmpty(proxy.Requests);
        Assert.All(proxy.Requests, request => Assert.Equal("CONNECT api.internal.example:6443 HTTP/1.1", request));
    }

    [Fact]
    public async Task Leaves_the_proxy_out_for_names_in_NO_PROXY_and_for_this_machine()
    {
        await using FlaggedCluster cluster = await StartAsync();
        await using ConnectProxy proxy = new() { Destination = new IPEndPoint(IPAddress.Loopback, cluster.Hosts[0].Port) };
        (variables["HTTPS_PROXY"], variables["NO_PROXY"]) = (proxy.Url, "10.0.0.0/8, .internal.example");
        string remote = cluster.WriteKubeconfigFor(directory, $"token: {FlaggedCluster.AdministratorToken}", Remote);

        Assert.Equal(3, (await InspectAsync("--kubeconfig", remote)).Exit);
        Assert.Equal((0, ""), await InspectAsync("--kubeconfig", cluster.WriteKubeconfig(directory)));
        Assert.Empty(proxy.Requests);
    }

    [Theory]
    [InlineData("proxy-url: ftp://user:secret@proxy", "proxy-url is no http, https or socks5 URL")]
    public async Task Rejects_a_proxy_that_cannot_be_one_without_quoting_it(string line, string message)
    {
        await using FlaggedCluster cluster = await StartAsync();
        string kubeconfig = cluster.WriteKubeconfigFor(directory, "token: abc", $"{Remote}\n    {line}");

        (int exit, string error) = await InspectAsync("--kubeconfig", kubeconfig);

        Assert.Equal(2, exit);
        Assert.StartsWith($"error: --kubeconfig: {kubeconfig}: {message}\n", error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rejects_a_proxy_of_the_environment_that_cannot_be_one()
    {
        await using FlaggedCluster cluster = await StartAsync();
        variables["HTTPS_PROXY"] = "http://";

        Assert.Equal((2, "error: --kubeconfig: HTTPS_PROXY is not the URL of a proxy\nhint: write for example http://proxy.example.com:3128, or set NO_PROXY for the API servers\n"),
            await InspectAsync("--kubeconfig", cluster.WriteKubeconfig(directory)));
    }

    [Fact]
    public async Task Impersonates_with_one_header_line_a_group()
    {
        await using FlaggedCluster cluster = await StartAsync();

        Assert.Equal((0, ""), await InspectAsync("--kubeconfig", cluster.WriteKubeconfig(directory), "--as", "alice@example.com", "--as-group", "platform", "--as-group", "on call, night"));

        Assert.Equal(["Impersonate-Group: on call, night", "Impersonate-Group: platform", "Impersonate-User: alice@example.com"], cluster.Impersonated);
    }

    [Fact]
    public async Task Impersonates_whom_the_kubeconfig_names()
    {
        await using FlaggedCluster cluster = await StartAsync();
        string kubeconfig = cluster.WriteKubeconfigFor(directory, $$"""
            token: {{FlaggedCluster.AdministratorToken}}
                as: system:admin
                as-uid: "7"
                as-groups: [system:masters, ops]
                as-user-extra: {example.com/Reason: [incident, "42"]}
            """);

        Assert.Equal((0, ""), await InspectAsync("--kubeconfig", kubeconfig));
        Assert.Equal(
            [
                "Impersonate-Extra-example.com%2Freason: 42", "Impersonate-Extra-example.com%2Freason: incident", "Impersonate-Group: ops", "Impersonate-Group: system:masters",
                "Impersonate-Uid: 7", "Impersonate-User: system:admin",
            ],
            cluster.Impersonated);

        Assert.Equal((0, ""), await InspectAsync("--kubeconfig", kubeconfig, "--as", "bob"));
        Assert.Equal(["Impersonate-User: bob"], cluster.Impersonated);
    }

    [Fact]
    public async Task Impersonates_nobody_without_a_user()
    {
        await using FlaggedCluster cluster = await StartAsync();

        Assert.Equal((2, "error: --as-group: needs --as\nhint: name the user too: --as USER --as-group GROUP\n"), await InspectAsync("--kubeconfig", cluster.WriteKubeconfig(directory), "--as-group", "ops"));
        Assert.Equal((2, "error: --tls-server-name: needs --server\nhint: name the API server too: --server URL --tls-server-name NAME; that of the kubeconfig has tls-server-name there\n"), await InspectAsync("--kubeconfig", cluster.WriteKubeconfig(directory), "--tls-server-name", "x"));
        (int exit, string error) = await InspectAsync("--kubeconfig", cluster.WriteKubeconfigFor(directory, "token: abc\n    as-groups: [ops]"));
        Assert.Equal(2, exit);
        Assert.Contains("as-groups, as-uid and as-user-extra need as", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_no_header_can_carry_is_rejected()
    {
        await using FlaggedCluster cluster = await StartAsync();

        (int exit, string error) = await InspectAsync("--kubeconfig", cluster.WriteKubeconfig(directory), "--as", "a\nX-Evil: 1");

        Assert.Equal(2, exit);
        Assert.Contains("cannot be impersonated", error, StringComparison.Ordinal);
        Assert.Empty(cluster.Requests);
    }

    [Fact]
    public async Task Merges_the_files_of_KUBECONFIG_and_skips_those_that_do_not_exist()
    {
        await using FlaggedCluster cluster = await StartAsync();
        string[] all = (await File.ReadAllTextAsync(cluster.WriteKubeconfig(directory), TestContext.Current.CancellationToken)).Split("users:");
        string first = directory.File("first");
        string second = directory.File("second");
        await File.WriteAllTextAsync(first, all[0], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(second, "apiVersion: v1\nkind: Config\nusers:" + all[1], TestContext.Current.CancellationToken);
        variables["KUBECONFIG"] = string.Join(Path.PathSeparator, first, directory.File("none"), second);

        Assert.Equal((0, ""), await InspectAsync());
    }

    /// <summary>kubectl then connects to localhost, or in a pod as its service account: which cluster was meant nobody knows.</summary>
    [Fact]
    public async Task Names_KUBECONFIG_when_none_of_its_files_exists()
    {
        string all = string.Join(Path.PathSeparator, directory.File("none"), directory.File("neither"));
        (variables["KUBECONFIG"], variables["KUBERNETES_SERVICE_HOST"]) = (all, "10.96.0.1");

        Assert.Equal((2, $"error: KUBECONFIG: no such file: {all}\nhint: correct or unset KUBECONFIG, or name a kubeconfig with --kubeconfig\n"), await InspectAsync());
    }

    [Theory]
    [InlineData("tokenFile: none", "no such token file", "correct tokenFile in {0}, or put a file with a bearer token there that this process may read")]
    [InlineData("{client-certificate: none, client-key: none}", "no such file", "correct client-certificate or client-key in {0}, or put files there that this process may read")]
    public async Task Names_the_entry_whose_file_does_not_exist(string credential, string problem, string hint)
    {
        await using FlaggedCluster cluster = await StartAsync();
        string kubeconfig = cluster.WriteKubeconfigFor(directory, credential);

        Assert.Equal((2, $"error: --kubeconfig: {directory.File("none")}: {problem}\nhint: {string.Format(null, hint, kubeconfig)}\n"), await InspectAsync("--kubeconfig", kubeconfig));
    }

    [Fact]
    public async Task Names_the_kubeconfig_when_its_server_does_not_respond()
    {
        await using FlaggedCluster cluster = await StartAsync();

        (int exit, string error) = await InspectAsync("--kubeconfig", cluster.WriteKubeconfigFor(directory, "token: abc", "server: https://127.0.0.99:1"));

        Assert.Equal(3, exit);
        Assert.EndsWith("hint: check that the API server runs and can be reached from here: its address is server of the cluster in the kubeconfig (--kubeconfig, --context)\n", error, StringComparison.Ordinal);
    }

    private static Task<FlaggedCluster> StartAsync() => FlaggedCluster.StartAsync($"--service-account-issuer={FakeCluster.Old}");

    private async Task WritePluginAsync(string token)
    {
        string plugin = directory.File("plugin.sh");
        await File.WriteAllTextAsync(plugin, $$$"""
            #!/bin/sh
            echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"{{{token}}}"}}'

            """);
        File.SetUnixFileMode(plugin, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private async Task<(int Exit, string Error)> InspectAsync(params string[] options)
    {
        StringWriter error = new() { NewLine = "\n" };
        int exit = await CtlCommand.RunAsync(["cluster", "inspect", .. options], new ProgramEnvironment { Terminal = new Terminal(TextWriter.Null, error, program: null), Variable = variables.GetValueOrDefault });
        return (exit, error.ToString());
    }
}
