using System.Text.RegularExpressions;
using IssuerGateway.Base;
using IssuerGateway.Ctl;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>The whole program in this process: a real command line, a stand-in Graph, a stand-in issuer, a clock on which no wait takes time.</summary>
public abstract class EntraProgramFixture : IAsyncLifetime
{
    protected const string Registration = "--tenant 00000000-0000-0000-0000-000000000000 --app-name oauth2-proxy --host app.example.com "
        + "--namespace azure-demo --service-account azure-demo --credential-name kubernetes";

    protected const string Issuer = "--issuer " + IssuerStandIn.Identifier;
    protected const string Subject = "system:serviceaccount:azure-demo:azure-demo";

    private string TokenFile => Path.Combine(Folder.FullName, "graph-token");

    private string RootsFile => Path.Combine(Folder.FullName, "roots.pem");

    /// <summary>Gone after the test.</summary>
    private protected DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("entra-");

    private protected GraphStandIn Graph { get; } = new();

    private protected IssuerStandIn IssuerServer { get; private set; } = null!;

    private protected InstantTime Time { get; } = new();

    /// <summary>Each request that could have changed the tenant, as method, address and body.</summary>
    private protected IReadOnlyList<string> Writes => [.. Graph.Writes.Select(IssuerServer.WithoutPort)];

    private protected void PutCredential(string name, string issuer, string subject, string audience = "api://AzureADTokenExchange") =>
        Graph.PutCredential(name, IssuerServer.WithPort(issuer), subject, audience);

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(TokenFile, GraphStandIn.Token + "\n");
        IssuerServer = await IssuerStandIn.StartAsync();
        await File.WriteAllTextAsync(RootsFile, IssuerServer.CertificatePem);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Folder.Delete(recursive: true);
        Graph.Dispose();
        await IssuerServer.DisposeAsync();
    }

    private protected Task<ProgramResult> RunAsync(string verb, string? registration = null, string? issuer = null, bool interactive = false, string typed = "") =>
        RunLineAsync($"trust {verb.Split(' ')[0]} entra-app {string.Join(' ', verb.Split(' ')[1..])} {registration ?? Registration} {issuer ?? Issuer} --access-token-file {TokenFile} --graph-endpoint {Graph.Url}", interactive, typed);

    /// <summary>The same line, with the way to the stand-in issuer.</summary>
    private protected string Reaching(string line)
    {
        IEnumerable<string> resolve = ((string[])["oidc", "keys", "elsewhere"]).Select(name => $"--resolve {name}.example.com:{IssuerServer.Port}:127.0.0.1");
        return $"{IssuerServer.WithPort(line)} --ca {RootsFile} {string.Join(" ", resolve)}";
    }

    private protected async Task<ProgramResult> RunLineAsync(string line, bool interactive = false, string typed = "", bool reaching = true)
    {
        StringWriter output = new();
        StringWriter error = new();
        int exitCode = await CtlCommand.RunAsync((reaching ? Reaching(line) : line).Split(' ', StringSplitOptions.RemoveEmptyEntries), new ProgramEnvironment
        {
            Terminal = new Terminal(output, error, program: null) { Input = new StringReader(typed), IsInteractive = interactive },
            Time = Time,
        });
        return new ProgramResult(exitCode, IssuerServer.WithoutPort(output.ToString()), IssuerServer.WithoutPort(WithoutUnused(error.ToString())));
    }

    // Each test names the way to every name of the stand-in, and its roots, and most need one of them, or none.
    private protected string WithoutUnused(string error) =>
        Regex.Replace(error, $"warning: (?:--resolve (oidc|keys|elsewhere)\\.example\\.com:{IssuerServer.Port}:127\\.0\\.0\\.1|--ca \\S+/roots\\.pem) had no effect: [^\n]*\nhint: [^\n]*\n", "");
}

internal sealed record ProgramResult(int ExitCode, string Output, string Error);
