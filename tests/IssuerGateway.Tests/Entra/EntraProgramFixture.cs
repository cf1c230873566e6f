using IssuerGateway.Entra;
using IssuerGateway.Entra.Commands;

namespace IssuerGateway.Tests.Entra;

/// <summary>The whole program in this process: a real command line, a stand-in Graph, a stand-in issuer, an impatient clock.</summary>
public abstract class EntraProgramFixture : IAsyncLifetime
{
    protected const string Registration = "--tenant 00000000-0000-0000-0000-000000000000 --app-name oauth2-proxy --host app.example.com "
        + "--namespace azure-demo --service-account azure-demo --credential-name kubernetes";

    protected const string Issuer = "--issuer " + IssuerStandIn.Identifier;
    protected const string Subject = "system:serviceaccount:azure-demo:azure-demo";

    private string TokenFile => Path.Combine(Folder.FullName, "graph-token");

    /// <summary>Gone after the test.</summary>
    private protected DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("entra-");

    private protected GraphStandIn Graph { get; } = new();

    private protected IssuerStandIn IssuerServer { get; private set; } = null!;

    private protected ImpatientTime Time { get; } = new();

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(TokenFile, GraphStandIn.Token + "\n");
        IssuerServer = await IssuerStandIn.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Folder.Delete(recursive: true);
        Graph.Dispose();
        await IssuerServer.DisposeAsync();
    }

    private protected Task<ProgramResult> RunAsync(string verb, string? registration = null, string? issuer = null, bool interactive = false, string typed = "") =>
        RunLineAsync($"{verb} {registration ?? Registration} {issuer ?? Issuer} --access-token-file {TokenFile} --graph-endpoint {Graph.Url}", interactive, typed);

    private protected async Task<ProgramResult> RunLineAsync(string line, bool interactive = false, string typed = "")
    {
        StringWriter output = new();
        StringWriter error = new();
        int exitCode = await EntraProgram.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), new Surroundings
        {
            Output = output,
            Error = error,
            Input = new StringReader(typed),
            IsInteractive = interactive,
            Time = Time,
            IssuerTransport = IssuerServer.Transport,
        });
        return new ProgramResult(exitCode, output.ToString(), error.ToString());
    }
}

internal sealed record ProgramResult(int ExitCode, string Output, string Error);
