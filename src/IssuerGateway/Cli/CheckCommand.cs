using System.CommandLine;
using IssuerGateway.Checking;
using IssuerGateway.Issuers;
using IssuerGateway.Settings;
using IssuerGateway.Upstream;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace IssuerGateway.Cli;

/// <summary><c>issuer-gateway check</c>: everything a relying party will say, said beforehand.</summary>
internal sealed class CheckCommand
{
    private readonly CheckOptions options = new();
    private readonly ConfigurationOptions configuration = new();
    private readonly Terminal terminal;

    private CheckCommand(Terminal terminal) => this.terminal = terminal;

    public static Command Create(Terminal terminal)
    {
        CheckCommand check = new(terminal);
        Command command = new("check", "Walk the way of a relying party to an issuer and say what it will say.");
        check.options.AddTo(command);
        check.configuration.AddTo(command);
        command.SetAction(check.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        List<(string Message, string Hint)> faults = [];
        GatewaySettings? settings = options.NeedsConfiguration(arguments) ? ReadSettings(arguments, faults) : null;
        CheckRequest request = options.ReadRequest(arguments, settings, faults);
        bool comparesUpstream = options.ComparesUpstream(arguments);
        if (comparesUpstream && options.Kubeconfig(arguments) is null && settings is not null && !settings.Issuers.Any(each => each.Issuer.Identifier?.Value == request.Issuer))
        {
            faults.Add(($"--upstream: found no issuer \"{request.Issuer}\" in the configuration", "name one of Issuers:N:Identifier, character for character"));
        }

        ExchangeRequest? rehearsal = options.ReadExchange(arguments, faults);
        if (faults.Count > 0)
        {
            foreach ((string message, string hint) in faults)
            {
                terminal.Fail(message, hint);
            }

            return ExitCode.Usage;
        }

        await using DocumentSources sources = new(new FetchLimits { ProbeInterval = null }, TimeProvider.System, NullLoggerFactory.Instance);
        await using IDocumentSource? source = comparesUpstream ? SourceOf(sources, arguments, settings, request.Issuer) : null;
        CheckReport report = await new IssuerCheck(request, source, rehearsal, TimeProvider.System).RunAsync(cancellationToken);
        if (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.CouldNotRun;
        }

        Print(report, options.IsJson(arguments));
        return report.Steps.Any(step => step.Findings.Count > 0) ? ExitCode.Findings : ExitCode.Good;
    }

    private GatewaySettings? ReadSettings(ParseResult arguments, List<(string, string)> faults)
    {
        IConfiguration? loaded = configuration.Load(arguments, out IReadOnlyList<SettingError> errors);
        GatewaySettings? settings = loaded is null ? null : GatewaySettings.Read(loaded, out errors);
        faults.AddRange(errors.Select(error => ($"{error.Key}: found {error.Found}, expected {error.Expected}", error.Hint)));
        return settings;
    }

    private IDocumentSource? SourceOf(DocumentSources sources, ParseResult arguments, GatewaySettings? settings, string issuer)
    {
        // A URL that is no issuer is a finding of the check; there is nothing to compare then.
        if (!IssuerIdentifier.TryParse(issuer, out IssuerIdentifier identifier, out _))
        {
            return null;
        }

        UpstreamSettings? source = options.Kubeconfig(arguments) ?? settings?.Issuers.FirstOrDefault(each => each.Issuer.Identifier?.Value == issuer)?.Upstream;
        return source is null ? null : sources.Create(source, identifier.Value, identifier.KeySetUri);
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
