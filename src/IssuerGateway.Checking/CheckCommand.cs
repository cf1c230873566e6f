using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Checking.Exchange;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Kubernetes.Kubeconfigs;
using IssuerGateway.Kubernetes.Objects;
using Microsoft.Extensions.Logging.Abstractions;

namespace IssuerGateway.Checking;

/// <summary>The verb <c>check</c> of both programs.</summary>
public sealed class CheckCommand
{
    private readonly CheckOptions options;
    private readonly CheckConfiguration? configuration;
    private readonly Func<string, string?, TimeSpan, IAccessSource> openKubeconfig;
    private readonly Terminal terminal;
    private IReadOnlyList<Option> ofConfiguration = [];

    private CheckCommand(Terminal terminal, Func<string, string?, TimeSpan, IAccessSource> openKubeconfig, CheckConfiguration? configuration)
    {
        this.terminal = terminal;
        this.openKubeconfig = openKubeconfig;
        this.configuration = configuration;
        options = new CheckOptions(terminal, hasConfiguration: configuration is not null);
    }

    /// <param name="openKubeconfig">How this program reads a kubeconfig, by its file and context, within a time.</param>
    /// <param name="configuration">The configuration that gives default issuer and API servers, where the program has one.</param>
    public static Command Create(Terminal terminal, Func<string, string?, TimeSpan, IAccessSource> openKubeconfig, CheckConfiguration? configuration = null)
    {
        CheckCommand check = new(terminal, openKubeconfig, configuration);
        Command command = new("check",
            "Checks an issuer the way Entra, AWS or Vault would, and tells you what they would reject and how to fix it.\n\n"
            + $"Example: {(configuration is null ? "issuerctl" : "issuer-gateway")} check https://oidc.example.com --profile aws --token token.jwt\n\n"
            + "Exit codes: 0 no errors; 1 errors (or warnings with --fail-on warning); 2 wrong options or files; 3 the check could not run. "
            + "Without a verdict on one of the profiles, and without errors, it is 3 too.");
        check.options.AddTo(command);
        int own = command.Options.Count;
        configuration?.AddOptions(command);
        check.ofConfiguration = [.. command.Options.Skip(own)];
        command.SetAction(check.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        List<(string Message, string Hint)> faults = [];
        options.RejectEmpty(arguments, faults);
        options.RejectBesideRules(arguments, faults);
        if (faults.Count > 0)
        {
            return Fail(faults);
        }

        CheckSettings settings = options.Read(arguments, faults);
        if (settings.ListsRules)
        {
            return faults.Count == 0 ? ListRules(settings) : Fail(faults);
        }

        if (!settings.NeedsConfiguration)
        {
            faults.AddRange(ofConfiguration.Where(option => arguments.GetResult(option) is { Implicit: false }).Select(option => settings.ComparesUpstream
                ? ($"{option.Name}: has no effect with ISSUER-URL and --kubeconfig", $"remove {option.Name}")
                : ($"{option.Name}: has no effect with ISSUER-URL and without --upstream", $"add --upstream, or remove {option.Name}")));
        }

        IReadOnlyList<ConfiguredIssuer>? configured = settings.NeedsConfiguration ? ReadConfiguration(arguments, settings, faults) : null;
        string? url = settings.Issuer ?? configured?.Select(each => each.Identifier).FirstOrDefault(value => value is not null);
        IssuerIdentifier? issuer = url is null ? null : IssuerArgument.Read(url, faults);
        long started = TimeProvider.System.GetTimestamp();
        Func<IDocumentSource>? connect = settings.ComparesUpstream && faults.Count == 0 ? SourceOf(settings, configured, url!, faults) : null;
        if (faults.Count > 0)
        {
            return Fail(faults);
        }

        await using IDocumentSource? source = connect?.Invoke();

        // What a credential plugin has used up belongs to --timeout, which is for everything together.
        TimeSpan left = settings.Request.Timeout - TimeProvider.System.GetElapsedTime(started);
        CheckReport report = await new IssuerCheck(settings.Request with { Issuer = issuer!.Value, Timeout = left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1) }, source, settings.Exchange, TimeProvider.System).RunAsync(cancellationToken);
        if (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.CouldNotRun;
        }

        Print(report, settings);
        return report.Errors > 0 || (settings.FailsOnWarnings && report.Warnings > 0) ? ExitCode.Findings
            : report.Parties.Any(party => report.VerdictOf(party) == Verdict.Unknown) ? ExitCode.CouldNotRun
            : ExitCode.Good;
    }

    private int Fail(IEnumerable<(string Message, string Hint)> faults)
    {
        foreach ((string message, string hint) in faults)
        {
            terminal.Fail(message, hint);
        }

        return ExitCode.Usage;
    }

    // Most configurations on a workstation are none: then the one thing that is missing is named, not every setting.
    private IReadOnlyList<ConfiguredIssuer>? ReadConfiguration(ParseResult arguments, CheckSettings settings, List<(string Message, string Hint)> faults)
    {
        List<(string Message, string Hint)> own = [];
        IReadOnlyList<ConfiguredIssuer>? configured = configuration?.Read(arguments, own);
        if (configured is not null && configured.Any(each => each.Identifier is not null) && own.Count == 0)
        {
            return configured;
        }

        if (configuration?.IsInEnvironment() == true || arguments.Tokens.Any(token => token.Value is "--config" or "-c" or "--set"))
        {
            faults.AddRange(own.Count > 0 ? own : [("--config: no issuer of the configuration has an Identifier", "set Issuers:0:Identifier")]);
        }
        else if (settings.Issuer is null)
        {
            faults.Add(("ISSUER-URL: is required", $"{(configuration is null ? "issuerctl" : "issuer-gateway")} check https://oidc.example.com{(configuration is null ? "" : ", or --config FILE with Issuers:0:Identifier")}"));
        }
        else
        {
            faults.Add(($"--upstream: {(configuration is null ? "--kubeconfig is required" : "--kubeconfig or --config is required")}", "name the cluster to compare with: --upstream --kubeconfig FILE"));
        }

        return null;
    }

    private Func<IDocumentSource>? SourceOf(CheckSettings settings, IReadOnlyList<ConfiguredIssuer>? configured, string issuer, List<(string Message, string Hint)> faults)
    {
        if (settings.Kubeconfig is { } file)
        {
            if (TokenShape.InPlaceOfFile(file) is { } mistake)
            {
                faults.Add(($"--kubeconfig: {mistake}", "name a kubeconfig file, for example ~/.kube/config"));
                return null;
            }

            if (!File.Exists(file))
            {
                faults.Add(($"--kubeconfig: {PrintableText.Of(file)} {(Directory.Exists(file) ? "is a folder" : "does not exist")}", "name a kubeconfig file, for example ~/.kube/config"));
                return null;
            }

            IAccessSource access = openKubeconfig(file, settings.Context, settings.Request.Timeout);
            AccessReading reading = access.Read();
            faults.AddRange(reading.Faults.Select(fault => ($"--kubeconfig: {fault.Message}", HintOf(fault, file, settings.Context))));
            if (reading.Access?.Token?.Read().Fault is { } missing)
            {
                faults.Add(($"--kubeconfig: {missing.Message}", missing.Hint));
            }

            return () => new ApiServerQuery(access, new FetchLimits { Kubeconfig = PrintableText.Of(file) }, TimeProvider.System, NullLogger<EndpointSliceServers>.Instance);
        }

        ConfiguredIssuer? same = configured?.FirstOrDefault(each => each.Identifier == issuer);
        if (same is null)
        {
            faults.Add(($"--upstream: the configuration has no issuer \"{PrintableText.Of(issuer)}\"", "name one of Issuers:N:Identifier, character for character"));
        }

        return same?.Connect;
    }

    // The hints of the access are about the settings of a server, and here a person has named a file.
    private string HintOf(AccessFault fault, string file, string? context)
    {
        string quoted = ShellText.File(file);
        return fault.Code switch
        {
            // A file that the kubeconfig names.
            AccessFaultCode.FileMissing or AccessFaultCode.FileUnreadable or AccessFaultCode.FileOversize when !fault.Message.StartsWith(file, StringComparison.Ordinal) => fault.Hint,
            AccessFaultCode.FileUnreadable => $"name a file that this user may read, and no pipe: ls -l {quoted}",
            AccessFaultCode.KubeconfigRejected => $"{fault.Hint}{(configuration is not null && fault.IsTakenByKubectl ? "; issuerctl check takes it, as kubectl does" : "")}",
            AccessFaultCode.TokenMissing when fault.Hint != KubeconfigAccess.SeeKubectl => fault.Hint,
            AccessFaultCode.TokenMissing => $"see whether kubectl works with it: kubectl --kubeconfig {quoted}{(context is null ? "" : $" --context {ShellText.Quote(context)}")} get --raw /version",
            _ when fault.Message.StartsWith("HTTPS_PROXY", StringComparison.Ordinal) => fault.Hint,
            _ when fault.Message.Contains(": no context ", StringComparison.Ordinal) => $"choose one of: kubectl config get-contexts --kubeconfig {quoted}",
            _ => $"correct the file, or name another one; what kubectl reads in it: kubectl config view --kubeconfig {quoted}",
        };
    }

    private int ListRules(CheckSettings settings)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        if (settings.IsJson)
        {
            terminal.PrintText(RuleListing.Json(settings.Request.Parties, now));
            return ExitCode.Good;
        }

        foreach (string line in RuleListing.Lines(settings.Request.Parties, now))
        {
            terminal.Print(line);
        }

        return ExitCode.Good;
    }

    private void Print(CheckReport report, CheckSettings settings)
    {
        if (settings.IsJson)
        {
            terminal.PrintText(JsonReport.Of(report, Environment.MachineName));
            return;
        }

        foreach (string line in new TextReport(report, settings.IsQuiet, PrintableText.Of(Environment.MachineName)).Lines())
        {
            terminal.PrintMarked(line);
        }
    }
}
