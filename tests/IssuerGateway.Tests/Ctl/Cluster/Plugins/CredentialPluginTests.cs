using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using IssuerGateway.Base;
using IssuerGateway.Ctl;
using IssuerGateway.Ctl.Cluster.Commands;
using IssuerGateway.Kubernetes.Kubeconfigs;
using k8s.KubeConfigModels;

namespace IssuerGateway.Tests.Ctl.Cluster.Plugins;

/// <summary>What a credential plugin is given, and what is said of one that gives no credential: never what it wrote to standard output.</summary>
public sealed class CredentialPluginTests : IDisposable
{
    private const string Version = "client.authentication.k8s.io/v1";
    private const string Update = "update the plugin, or correct exec of the user in the kubeconfig";

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    /// <summary>As kubectl: no argument is split, and no quotation mark is taken away.</summary>
    [Fact]
    public void Gets_each_argument_as_it_is_written()
    {
        string seen = directory.File("seen");
        ExternalExecution plugin = Write($"printf '%s\\n' \"$@\" > '{seen}'; echo \"$KUBERNETES_EXEC_INFO\" >> '{seen}'; {Echo("""{"token":"abc"}""")}");
        plugin.Arguments = ["two words", "a\"b", "", "$(x)", "it's"];

        PluginCredential? credential = Run(plugin, out PluginFault? fault);

        Assert.Null(fault);
        Assert.Equal("abc", credential?.Token);
        Assert.Equal(["two words", "a\"b", "", "$(x)", "it's", $$$"""{"apiVersion":"{{{Version}}}","kind":"ExecCredential","spec":{"interactive":false}}"""], File.ReadAllLines(seen));
    }

    [Fact]
    public void Reads_a_certificate_and_when_it_expires()
    {
        PluginCredential? credential = Run(Write(Echo("""{"clientCertificateData":"pem","clientKeyData":"key","expirationTimestamp":"2030-01-02T03:04:05Z"}""")), out _);

        Assert.Equal(new PluginCredential(null, "pem", "key", new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero)), credential);
    }

    [Theory]
    [InlineData("echo '  ' >&2; echo 'boom of it' >&2; echo second >&2; echo >&2; exit 3", "exit code 3: second", null)]
    [InlineData("echo 'WARN: new version' >&2; echo 'Error: AADSTS70043: expired' >&2; echo 'sign in again' >&2; exit 1", "exit code 1: Error: AADSTS70043: expired", null)]
    [InlineData("echo 'I0102 03:04:05.000000 1 a.go:1] start' >&2; echo 'E0102 03:04:05.000000 1 a.go:2] expired' >&2; echo usage >&2; exit 1", "exit code 1: E0102 03:04:05.000000 1 a.go:2] expired", null)]
    [InlineData("echo opaque-hunter2; exit 1", "exit code 1", null)]
    [InlineData("printf '\\033[31mred\\r\\n' >&2; exit 1", "exit code 1: ?[31mred", null)]
    [InlineData("echo opaque-hunter2", "it wrote no ExecCredential", Update)]
    [InlineData("""echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"opaque-hunter2"}}'""", "it returned apiVersion client.authentication.k8s.io/v1beta1, and the kubeconfig has client.authentication.k8s.io/v1", "set apiVersion of exec to one that the plugin supports, or update the plugin")]
    [InlineData("""echo '{"kind":"ExecCredential","apiVersion":"hunter2","status":{"token":"opaque-hunter2"}}'""", "it returned another apiVersion, and the kubeconfig has client.authentication.k8s.io/v1", "set apiVersion of exec to one that the plugin supports, or update the plugin")]
    [InlineData("""echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"}'""", "its ExecCredential has no status", Update)]
    [InlineData("STATUS {}", "its ExecCredential has neither token nor client certificate", Update)]
    [InlineData("""STATUS {"clientKeyData":"hunter2"}""", "its ExecCredential has only one of clientCertificateData and clientKeyData", Update)]
    [InlineData("""STATUS {"token":"opaque-hunter2\r\nX-Evil: 1"}""", "its token has white space or other characters that no bearer token has", Update)]
    [InlineData("""STATUS {"token":"opaque-hunter2","expirationTimestamp":"hunter2"}""", "its expirationTimestamp is not a time", Update)]
    public void Says_what_is_wrong_without_showing_what_it_wrote(string script, string reason, string? hint)
    {
        ExternalExecution plugin = Write(script.StartsWith("STATUS ", StringComparison.Ordinal) ? Echo(script[7..]) : script);

        Assert.Null(Run(plugin, out PluginFault? fault));
        Assert.Equal(new PluginFault(reason, hint), fault);
    }

    [Fact]
    public void Names_what_could_not_be_started()
    {
        Run(new ExternalExecution { ApiVersion = Version, Command = "/does/not/exist" }, out PluginFault? missing);
        Run(new ExternalExecution { ApiVersion = Version }, out PluginFault? none);

        Assert.Equal(new PluginFault("it could not be started: No such file or directory", "install the plugin, or give its path as command of exec"), missing);
        Assert.Equal(new PluginFault("exec has no command", "give exec the command of the plugin"), none);
    }

    /// <summary>The system ends each string at the first zero byte: another command would run, or the same one with other arguments.</summary>
    [Fact]
    public void Does_not_run_with_a_zero_byte()
    {
        string ran = directory.File("ran");
        ExternalExecution good = Write($"touch '{ran}'");
        Dictionary<string, string>[] variables = [new() { ["name"] = "A\0B", ["value"] = "" }, new() { ["name"] = "A", ["value"] = "\0" }];
        ExternalExecution[] plugins =
        [
            new() { ApiVersion = Version, Command = $"{good.Command}\0x" },
            new() { ApiVersion = Version, Command = good.Command, Arguments = ["a", "b\0c"] },
            .. variables.Select(each => new ExternalExecution { ApiVersion = Version, Command = good.Command, EnvironmentVariables = [each] }),
        ];

        Assert.All(plugins, plugin =>
        {
            Run(plugin, out PluginFault? fault);
            Assert.Equal(new PluginFault("exec has a zero byte in its command, its arguments or its variables", "remove \\0 from exec of the user in the kubeconfig"), fault);
        });
        Assert.False(File.Exists(ran));
    }

    /// <summary>kubectl rejects a variable without a name too. Nobody knows what was meant, and .NET would throw.</summary>
    [Theory]
    [InlineData("env", """[{"name":null,"value":"x"}]""", "exec has a variable without a name", "give each entry of env in exec a name and a value")]
    [InlineData("env", """[{"value":"x"}]""", "exec has a variable without a name", "give each entry of env in exec a name and a value")]
    [InlineData("env", """[{"name":"","value":"x"}]""", "exec has a variable without a name", "give each entry of env in exec a name and a value")]
    [InlineData("env", "[null]", "exec has a variable without a name", "give each entry of env in exec a name and a value")]
    [InlineData("args", "[null]", "exec has an argument that is null", "write \"\" for an empty argument, or remove it from args of exec")]
    public async Task Check_names_what_exec_lacks(string member, string value, string reason, string hint)
    {
        string command = Write("exit 0").Command;
        JsonObject exec = new() { ["apiVersion"] = Version, ["command"] = command, [member] = JsonNode.Parse(value) };

        Assert.Equal((2, $"error: --kubeconfig: kubeconfig {directory.File("kubeconfig")}, context x y: the credential plugin \"{command}\" of user \"alice\" failed: {reason}\nhint: {hint}\n"), await CheckAsync(exec));
    }

    [Fact]
    public void A_variable_without_a_value_is_empty()
    {
        ExternalExecution plugin = Write("echo \"${NAMED-unset}.\" >&2; exit 1");
        plugin.EnvironmentVariables = [new Dictionary<string, string> { ["name"] = "NAMED" }];

        Run(plugin, out PluginFault? fault);

        Assert.Equal("exit code 1: .", fault?.Reason);
    }

    /// <summary>kubectl, too, waits for standard output alone: a plugin may leave a program running that has inherited standard error.</summary>
    [Theory]
    [InlineData("STATUS", null)]
    [InlineData("echo 'no login' >&2; exit 1", "exit code 1: no login")]
    public void Is_not_held_by_a_child_with_standard_error_open(string script, string? reason)
    {
        string pid = directory.File("pid");
        ExternalExecution plugin = Write($"sleep 300 > /dev/null & echo $! > '{pid}'; {(script == "STATUS" ? Echo("""{"token":"abc"}""") : script)}");
        try
        {
            PluginCredential? credential = new CredentialPlugin(Surroundings(), () => TimeSpan.FromSeconds(20)).Run(plugin, out PluginFault? fault);

            Assert.Equal((reason is null ? "abc" : null, reason), (credential?.Token, fault?.Reason));
        }
        finally
        {
            Process.GetProcessById(int.Parse(File.ReadAllText(pid), CultureInfo.InvariantCulture)).Kill();
        }
    }

    [Fact]
    public void Is_ended_with_its_children_when_the_time_is_up()
    {
        string pid = directory.File("pid");
        ExternalExecution plugin = Write($"sleep 300 & echo $! > '{pid}'; wait");

        Assert.Null(new CredentialPlugin(Surroundings(), () => TimeSpan.FromSeconds(1)).Run(plugin, out PluginFault? fault));

        Assert.Equal(new PluginFault("it did not end within 1 s, and was ended", "raise --timeout, or sign in with kubectl first, so that the plugin has a credential at hand"), fault);
        string status = $"/proc/{File.ReadAllText(pid).Trim()}/stat";
        Assert.True(SpinWait.SpinUntil(() => !File.Exists(status) || File.ReadAllText(status).Contains(") Z ", StringComparison.Ordinal), TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void Does_not_run_when_no_time_is_left()
    {
        string ran = directory.File("ran");

        Assert.Null(new CredentialPlugin(Surroundings(), () => TimeSpan.Zero).Run(Write($"touch '{ran}'"), out PluginFault? fault));

        Assert.Equal("--timeout was up before it could run", fault?.Reason);
        Assert.False(File.Exists(ran));
    }

    /// <summary>The whole way: the kubeconfig, its user and the command are named, and the exit code is that of a wrong kubeconfig.</summary>
    [Theory]
    [InlineData("exit 4", "exit code 4", "see whether kubectl works with it: kubectl --kubeconfig FILE --context 'x y' get --raw /version")]
    [InlineData("exec sleep 300", "it did not end within 1 s, and was ended", "raise --timeout, or sign in with kubectl first, so that the plugin has a credential at hand")]
    public async Task Check_names_the_user_and_the_command(string script, string reason, string hint)
    {
        string command = Write(script).Command;
        (int exit, string error) = await CheckAsync(new JsonObject { ["apiVersion"] = Version, ["command"] = command });

        string kubeconfig = directory.File("kubeconfig");
        Assert.Equal((2, $"error: --kubeconfig: kubeconfig {kubeconfig}, context x y: the credential plugin \"{command}\" of user \"alice\" failed: {reason}\nhint: {hint.Replace("FILE", kubeconfig, StringComparison.Ordinal)}\n"), (exit, error));
    }

    private async Task<(int ExitCode, string Error)> CheckAsync(JsonObject exec)
    {
        string kubeconfig = directory.File("kubeconfig");
        await File.WriteAllTextAsync(kubeconfig, new JsonObject
        {
            ["clusters"] = new JsonArray(new JsonObject { ["name"] = "c", ["cluster"] = new JsonObject { ["server"] = "https://127.0.0.1:1" } }),
            ["users"] = new JsonArray(new JsonObject { ["name"] = "alice", ["user"] = new JsonObject { ["exec"] = exec } }),
            ["contexts"] = new JsonArray(new JsonObject { ["name"] = "x y", ["context"] = new JsonObject { ["cluster"] = "c", ["user"] = "alice" } }),
            ["current-context"] = "none",
        }.ToJsonString(), TestContext.Current.CancellationToken);
        StringWriter error = new() { NewLine = "\n" };
        return (await CtlCommand.RunAsync(["check", "https://oidc.example.com", "--upstream", "--kubeconfig", kubeconfig, "--context", "x y", "--timeout", "1s"], Surroundings(error)), error.ToString());
    }

    private static PluginCredential? Run(ExternalExecution plugin, out PluginFault? fault) => new CredentialPlugin(Surroundings()).Run(plugin, out fault);

    private static ProgramEnvironment Surroundings(StringWriter? error = null) => new() { Terminal = new Terminal(TextWriter.Null, error ?? TextWriter.Null, program: null), Variable = _ => null };

    private static string Echo(string status) => $"cat <<'END'\n{{\"kind\":\"ExecCredential\",\"apiVersion\":\"{Version}\",\"status\":{status}}}\nEND";

    private ExternalExecution Write(string script)
    {
        string file = directory.File("plugin.sh");
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return new ExternalExecution { ApiVersion = Version, Command = file };
    }
}
