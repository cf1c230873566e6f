using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp.Registering;

namespace IssuerGateway.Ctl.Parties.EntraApp.Commands;

/// <summary><c>trust apply entra-app</c>: makes the tenant as wanted; a second run changes nothing.</summary>
internal sealed class ApplyCommand(ProgramEnvironment environment)
{
    private static readonly TimeSpan defaultWait = TimeSpan.FromMinutes(2);

    private readonly TenantCommandRunner runner = new(environment);

    private readonly Option<string> wait = new("--wait")
    {
        Description = "How long each step may wait until the directory knows everywhere what was written, 0s to 30m. Default: 2m.",
        HelpName = "DURATION",
    };

    public Command Build()
    {
        Command command = new(EntraAppParty.Name, "Creates or changes the app registration, its service principal and its federated credential; running it again changes nothing. " + EntraAppParty.Permissions) { wait };
        runner.AddOptionsTo(command);
        command.SetAction((result, cancellation) =>
        {
            string text = result.GetValue(wait) ?? DurationText.Show(defaultWait);
            if (!DurationText.TryParse(text, out TimeSpan limit) || limit > TimeSpan.FromMinutes(30))
            {
                environment.Terminal.Fail([new SettingError("--wait", PrintableText.Quote(text), "a duration from 0s to 30m, such as 90s or 5m", "leave it out for 2m")]);
                return Task.FromResult(ExitCode.Usage);
            }

            return runner.RunAsync(result, checkIssuer: true, (context, token) => ApplyAsync(context, limit, token), cancellation);
        });
        return command;
    }

    private async Task<int> ApplyAsync(CommandContext context, TimeSpan limit, CancellationToken cancellation)
    {
        RegistrationPlan plan = RegistrationPlan.Between(context.Registration, context.State);
        if (plan.Rejections.Count > 0)
        {
            return runner.Reject(plan.Rejections);
        }

        PlanText.Write(plan.Changes, environment.Terminal);
        string? appId = context.State.AppId;
        if (!plan.ChangesNothing)
        {
            Applier applier = new(context.Graph, context.Reader, new ReplicationWait(limit, environment.Time, runner.Progress), environment.Terminal.Print);
            (appId, Failure? failure) = await applier.ApplyAsync(context.Registration, context.State, plan, cancellation);
            if (failure is not null)
            {
                return runner.Fail(failure with { Hint = $"{failure.Hint}; apply again does only what is missing" });
            }

            environment.Note("the token endpoint may need some minutes more before the first sign-in works (AADSTS700211 until then)");
        }

        NextStepsText.Write(context.Registration, appId, environment.Terminal);
        return ExitCode.Good;
    }
}
