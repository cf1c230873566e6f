using IssuerGateway.Base;
using IssuerGateway.Ctl;
using IssuerGateway.Ctl.Cluster.Commands;
using IssuerGateway.Kubernetes.Kubeconfigs;
using k8s.KubeConfigModels;

namespace IssuerGateway.Tests.Ctl.Cluster.Plugins;

/// <summary>A plugin repeats in its error what it was given and what it returned: no secret of either is shown.</summary>
public sealed class PluginSecretsTests : IDisposable
{
    private const string Version = "client.authentication.k8s.io/v1";

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    /// <summary>What the kubeconfig gives the plugin to sign in with may come back in its message.</summary>
    [Fact]
    public void Shows_no_secret_of_the_kubeconfig_that_the_plugin_repeats()
    {
        ExternalExecution plugin = Write("echo \"rejected $AAD_SECRET $PIN $2 $3\" >&2; exit 1");
        plugin.EnvironmentVariables = [Variable("AAD_SECRET", "Qx8Q~hunter2-one"), Variable("PIN", "Qx8Q~hunter2-pin")];
        plugin.Arguments = ["--client-secret", "Qx8Q~hunter2-two", "--password=Qx8Q~hunter2-three"];

        Assert.Equal("exit code 1: rejected (credential) (credential) (credential) --password=(credential)", ReasonOf(plugin));
    }

    /// <summary>An option whose name tells that it is a secret hides its value; what else a plugin is told, its error is about.</summary>
    [Theory]
    [InlineData("--client-secret", "abc123", "(credential)")]
    [InlineData("--password", "abc123", "(credential)")]
    [InlineData("--token", "abc123", "(credential)")]
    [InlineData("--api-key", "abc123", "(credential)")]
    [InlineData("--API-KEY", "-abc123", "(credential)")]
    [InlineData("--api-key", "abc", "abc")]
    [InlineData("--pass", "hunter2-hunter2", "(credential)")]
    [InlineData("--pwd", "hunter2-hunter2", "(credential)")]
    [InlineData("--credential", "hunter2-hunter2", "(credential)")]
    [InlineData("-p", "hunter2-hunter2", "(credential)")]
    [InlineData("--login", "azurecli", "azurecli")]
    [InlineData("--cluster-name", "production-west", "production-west")]
    [InlineData("--insecure", "--verbose-as-it-is", "--verbose-as-it-is")]
    [InlineData("get-token", "hunter2-hunter2", "hunter2-hunter2")]
    public void Hides_the_value_of_an_option(string option, string value, string shown)
    {
        ExternalExecution apart = Write("echo \"rejected $2\" >&2; exit 1"), joined = Write("echo \"rejected ${1#*=}\" >&2; exit 1", "joined.sh");
        (apart.Arguments, joined.Arguments) = ([option, value], [$"{option}={value}"]);

        Assert.Equal($"exit code 1: rejected {shown}", ReasonOf(apart));
        Assert.Equal($"exit code 1: rejected {shown}", ReasonOf(joined));
    }

    [Fact]
    public void Hides_each_value_of_an_option_that_is_there_twice()
    {
        ExternalExecution plugin = Write("echo \"rejected $2 $4\" >&2; exit 1");
        plugin.Arguments = ["--token", "hunter2-first", "--token", "hunter2-second"];

        Assert.Equal("exit code 1: rejected (credential) (credential)", ReasonOf(plugin));
    }

    /// <summary>The credential that is rejected is one all the same.</summary>
    [Theory]
    [InlineData("""{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"opaque-hunter2"}}""")]
    [InlineData("""{"kind":"Other","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"opaque-hunter2"}}""")]
    [InlineData("""{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","token":"opaque-hunter2"}""")]
    [InlineData("""{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"opaque-hunter2","expirationTimestamp":"soon"}}""")]
    [InlineData("""{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"clientKeyData":"opaque-hunter2"}}""")]
    [InlineData("""{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"opaque-hunter2"}}""")]
    [InlineData("opaque-hunter2")]
    public void Shows_no_credential_of_the_plugin_itself(string output) =>
        Assert.Equal("exit code 1: rejected (credential)", ReasonOf(Write($"echo '{output}'; echo 'rejected opaque-hunter2' >&2; exit 1")));

    private static Dictionary<string, string> Variable(string name, string value) => new() { ["name"] = name, ["value"] = value };

    private static string? ReasonOf(ExternalExecution plugin)
    {
        Assert.Null(new CredentialPlugin(new ProgramEnvironment { Terminal = new Terminal(TextWriter.Null, TextWriter.Null, program: null), Variable = _ => null }).Run(plugin, out PluginFault? fault));
        return fault?.Reason;
    }

    private ExternalExecution Write(string script, string name = "plugin.sh")
    {
        string file = directory.File(name);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return new ExternalExecution { ApiVersion = Version, Command = file };
    }
}
