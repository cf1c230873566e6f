using IssuerGateway.Base;
using IssuerGateway.Cli;
using IssuerGateway.Ctl;
using IssuerGateway.Tests.Checking;

namespace IssuerGateway.Tests.Cli;

/// <summary>A kubeconfig that leads nowhere: what a person who named it has to correct, not what a gateway is configured with.</summary>
public sealed class CheckKubeconfigTests : IDisposable
{
    private const string Issuer = "https://" + CheckFixture.Host;

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("tokenFile: none", "DIR/none: no such token file", "correct tokenFile in DIR/kubeconfig, or put a file with a bearer token there that this process may read")]
    [InlineData("{client-certificate: none, client-key: kubeconfig}", "DIR/none: no such file", "correct client-certificate in DIR/kubeconfig, or put a file there that this process may read")]
    [InlineData("{client-certificate: kubeconfig, client-key: none}", "DIR/none: no such file", "correct client-key in DIR/kubeconfig, or put a file there that this process may read")]
    public async Task Names_the_entry_whose_file_does_not_exist(string user, string message, string hint)
    {
        string kubeconfig = WriteKubeconfig(user, "https://127.0.0.99:1");
        foreach (bool isCtl in (bool[])[false, true])
        {
            (int exitCode, _, string error) = await RunAsync(isCtl, "check", Issuer, "--upstream", "--kubeconfig", kubeconfig);

            string program = isCtl ? "" : "issuer-gateway: ";
            Assert.Equal((2, $"{program}error: --kubeconfig: {message}\n{program}hint: {hint}\n".Replace("DIR", directory.Path, StringComparison.Ordinal)), (exitCode, error));
        }
    }

    /// <summary>The issuer is good, and whether the API server agrees could not be found out.</summary>
    [Fact]
    public async Task An_API_server_that_is_down_leaves_the_verdict_open_and_names_the_kubeconfig()
    {
        await using CheckFixture server = await CheckFixture.StartAsync();
        server.Discovery = server.Discovery.Replace(server.Issuer, Issuer, StringComparison.Ordinal);
        string roots = directory.File("ca.pem"), kubeconfig = WriteKubeconfig("token: abc", "https://127.0.0.99:1");
        await File.WriteAllTextAsync(roots, server.Authority.Root.ExportCertificatePem(), TestContext.Current.CancellationToken);
        foreach (bool isCtl in (bool[])[false, true])
        {
            (int exitCode, string output, _) = await RunAsync(isCtl, "check", Issuer, "--upstream", "--kubeconfig", kubeconfig, "--connect-to", $"::127.0.0.1:{server.Port}", "--ca", roots, "--output", "json");

            Assert.Equal(ExitCode.CouldNotRun, exitCode);
            Assert.Contains($"check that the API server runs, server of its cluster in {kubeconfig}, and the firewall between this machine and it", output, StringComparison.Ordinal);
            Assert.Contains("\"errors\": 0", output, StringComparison.Ordinal);
            Assert.Contains("\"verdict\": \"unknown\"", output, StringComparison.Ordinal);
        }
    }

    private string WriteKubeconfig(string user, string server)
    {
        using TestAuthority authority = new();
        string file = directory.File("kubeconfig");
        File.WriteAllText(file, $"""
            apiVersion: v1
            kind: Config
            current-context: a
            contexts:
            - name: a
              context: {"{cluster: a, user: a}"}
            clusters:
            - name: a
              cluster:
                server: {server}
                certificate-authority-data: {Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(authority.Root.ExportCertificatePem()))}
            users:
            - name: a
              user:
                {user}

            """);
        return file;
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(bool isCtl, params string[] arguments)
    {
        StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        int exitCode = isCtl
            ? await CtlCommand.RunAsync(arguments, new ProgramEnvironment { Terminal = new Terminal(output, error, program: null) })
            : await GatewayCommand.RunAsync(arguments, new Terminal(output, error));
        return (exitCode, output.ToString(), error.ToString());
    }
}
