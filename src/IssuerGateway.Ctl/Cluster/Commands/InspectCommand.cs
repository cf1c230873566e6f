using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Reports;
using IssuerGateway.Kubernetes.Objects;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary><c>cluster inspect</c>: reads everything that a plan needs; changes nothing and requests no token.</summary>
internal sealed class InspectCommand(ProgramEnvironment environment)
{
    private readonly ClusterConnection connection = new(environment);

    public Command Build()
    {
        Command command = new("inspect", "Shows the distribution, every API server with its issuers, audiences and keys, and what could not be read and why. Read only.\n\n"
            + "Example: issuerctl cluster inspect --context production\n\n"
            + "Exit codes: 0 no errors among the findings; 1 errors; 2 wrong options or kubeconfig; 3 could not run.");
        connection.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (CommandFaults.Print(connection.Faults(arguments), environment.Terminal))
        {
            return ExitCode.Usage;
        }

        return await connection.RunAsync(arguments, async (api, servers) =>
        {
            ClusterState state = await ClusterInspector.InspectAsync(api, servers, distribution: null, cancellationToken);
            InspectReport report = InspectReport.Of(state);
            environment.Output.Write(connection.OutputOf(arguments) switch
            {
                "json" => ClusterJson.Write(report),
                "markdown" => InspectText.Write(report, ReportWriter.Markdown()),
                _ => InspectText.Write(report, ReportWriter.For(environment.Terminal)),
            });
            return report.Findings.Any(finding => finding.Level == FindingLevel.Error) ? ExitCode.Findings : ExitCode.Good;
        }, cancellationToken);
    }
}
