using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Reports;
using IssuerGateway.Kubernetes.Objects;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary><c>cluster plan</c>: the rolls that bring a public issuer to this cluster, each with its files and commands; changes nothing.</summary>
internal sealed class PlanCommand(ProgramEnvironment environment)
{
    private readonly ClusterConnection connection = new(environment);

    private readonly Option<string> issuer = new("--issuer") { Description = "The new issuer, https and public, exactly as tokens will carry it.", HelpName = "URL", Required = true };

    private readonly Option<string?> rolls = new("--rolls")
    {
        Description = "2 or 3. With several API servers 3 (default) accepts, moves and later drops, and 2 leaves the old issuer accepted. With one server 2 (default) moves and later drops, and 3 accepts first.",
        HelpName = "NUMBER",
    };

    private readonly Option<string?> distribution = new("--distribution")
    {
        Description = $"The distribution, where the cluster does not show it: {string.Join(", ", DistributionCatalog.All.Select(each => each.Id))}.",
        HelpName = "ID",
    };

    private readonly SourceOption source = new();

    public Command Build()
    {
        Command command = new("plan", "Plans the change of the issuer for this cluster's distribution: every roll, file, command, wait and way back. Changes nothing.\n\n"
            + "Example: issuerctl cluster plan --issuer https://oidc.example.com --output markdown > plan.md\n\n"
            + "Exit codes: 0 no errors among the findings; 1 errors; 2 wrong options or kubeconfig, or they allow no plan; 3 could not run.")
        { issuer, rolls, distribution, source.Option };
        connection.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        List<(string Message, string Hint)> faults = [.. Faults(arguments)];
        IReadOnlyList<ConfigurationSource> files = source.Read(arguments, faults);
        if (CommandFaults.Print(faults, environment.Terminal))
        {
            return ExitCode.Usage;
        }

        PlanRequest request = new(arguments.GetValue(issuer)!, arguments.GetValue(rolls) is { } number ? int.Parse(number) : null);
        return await connection.RunAsync(arguments, async (api, servers) =>
        {
            ClusterState state = await ClusterInspector.InspectAsync(api, servers, arguments.GetValue(distribution), cancellationToken, files);
            if (CommandFaults.Print(SourceOption.Faults(state), environment.Terminal))
            {
                return ExitCode.Usage;
            }

            PlanResult result = IssuerPlanner.Plan(state, request);
            if (result.Plan is not { } plan)
            {
                environment.Terminal.Fail(result.Error!, result.Hint!);
                return ExitCode.Usage;
            }

            environment.Output.Write(connection.OutputOf(arguments) switch
            {
                "json" => ClusterJson.Write(plan),
                "markdown" => PlanReport.Write(plan, ReportWriter.Markdown()),
                _ => PlanReport.Write(plan, ReportWriter.For(environment.Terminal)),
            });
            return plan.Findings.Any(finding => finding.Level == FindingLevel.Error) ? ExitCode.Findings : ExitCode.Good;
        }, cancellationToken);
    }

    // Before any request to the cluster.
    private IEnumerable<(string Message, string Hint)> Faults(ParseResult arguments)
    {
        foreach ((string, string) fault in connection.Faults(arguments))
        {
            yield return fault;
        }

        if (IssuerRules.Reject(arguments.GetValue(issuer)!) is { } rejected)
        {
            yield return ($"--issuer: {PrintableText.Quote(arguments.GetValue(issuer))} {rejected.Message}", rejected.Hint);
        }

        if (arguments.GetValue(rolls) is not (null or "2" or "3"))
        {
            yield return ($"--rolls: {PrintableText.Quote(arguments.GetValue(rolls))} is not 2 or 3", "leave it out for the number that this cluster needs");
        }

        if (arguments.GetValue(distribution) is { } id && DistributionCatalog.Find(id) is null)
        {
            yield return ($"--distribution: {PrintableText.Quote(id)} is not known", $"use one of {string.Join(", ", DistributionCatalog.All.Select(each => each.Id))}");
        }
    }
}
