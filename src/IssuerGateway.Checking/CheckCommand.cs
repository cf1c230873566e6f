using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Kubernetes;
using Microsoft.Extensions.Logging.Abstractions;

namespace IssuerGateway.Checking;

/// <summary>The verb <c>check</c> of both programs: everything a relying party will say, said beforehand.</summary>
public sealed class CheckCommand
{
    private readonly CheckOptions options = new();
    private readonly CheckConfiguration? configuration;
    private readonly Func<string, string?, IAccessSource> openKubeconfig;
    private readonly Terminal terminal;

    private CheckCommand(Terminal terminal, Func<string, string?, IAccessSource> openKubeconfig, CheckConfiguration? configuration)
    {
        this.terminal = terminal;
        this.openKubeconfig = openKubeconfig;
        this.configuration = configuration;
    }

    /// <param name="openKubeconfig">How this program reads a kubeconfig, by its file and context.</param>
    /// <param name="configuration">The configuration that gives default issuer and API servers, where the program has one.</param>
    public static Command Create(Terminal terminal, Func<string, string?, IAccessSource> openKubeconfig, CheckConfiguration? configuration = null)
    {
        CheckCommand check = new(terminal, openKubeconfig, configuration);
        Command command = new("check", "Walk the way of a relying party to an issuer and say what it will say.");
        check.options.AddTo(command);
        configuration?.AddOptions(command);
        command.SetAction(check.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        List<(string Message, string Hint)> faults = [];
        IReadOnlyList<ConfiguredIssuer>? configured = options.NeedsConfiguration(arguments) ? configuration?.Read(arguments, faults) : null;
        CheckRequest request = options.ReadRequest(arguments, configured, faults);
        Func<IDocumentSource>? connect = options.ComparesUpstream(arguments) ? SourceOf(arguments, configured, request.Issuer, faults) : null;
        ExchangeRequest? rehearsal = options.ReadExchange(arguments, faults);
        if (faults.Count > 0)
        {
            foreach ((string message, string hint) in faults)
            {
                terminal.Fail(message, hint);
            }

            return ExitCode.Usage;
        }

        await using IDocumentSource? source = connect?.Invoke();
        CheckReport report = await new IssuerCheck(request, source, rehearsal, TimeProvider.System).RunAsync(cancellationToken);
        if (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.CouldNotRun;
        }

        Print(report, options.IsJson(arguments));
        return report.Steps.Any(step => step.Findings.Count > 0) ? ExitCode.Findings : ExitCode.Good;
    }

    private Func<IDocumentSource>? SourceOf(ParseResult arguments, IReadOnlyList<ConfiguredIssuer>? configured, string issuer, List<(string Message, string Hint)> faults)
    {
        if (options.Kubeconfig(arguments) is var (file, context))
        {
            return () => new ApiServerQuery(openKubeconfig(file, context), new FetchLimits(), TimeProvider.System, NullLogger<EndpointSliceServers>.Instance);
        }

        ConfiguredIssuer? same = configured?.FirstOrDefault(each => each.Identifier == issuer);
        if (same is null && faults.Count == 0)
        {
            faults.Add(configuration is null
                ? ("--upstream: --kubeconfig is required", "name the kubeconfig of the cluster: --upstream --kubeconfig FILE")
                : ($"--upstream: found no issuer \"{issuer}\" in the configuration", "name one of Issuers:N:Identifier, character for character"));
        }

        return same?.Connect;
    }

    private void Print(CheckReport report, bool asJson)
    {
        if (asJson)
        {
            terminal.Print(JsonReport.Of(report));
            return;
        }

        foreach (string line in TextReport.Lines(report, terminal.HasColour))
        {
            terminal.Print(line);
        }
    }
}
