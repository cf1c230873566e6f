using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp.Registering;

namespace IssuerGateway.Ctl.Parties.EntraApp.Commands;

/// <summary><c>trust plan entra-app</c>: shows as a diff what <c>apply</c> would do; it writes nothing.</summary>
internal sealed class PlanCommand(ProgramEnvironment environment)
{
    private readonly TenantCommandRunner runner = new(environment);

    public Command Build()
    {
        Command command = new(EntraAppParty.Name, "Shows what apply would change in the tenant, as a diff; writes nothing. " + EntraAppParty.Permissions);
        runner.AddOptionsTo(command);
        command.SetAction((result, cancellation) => runner.RunAsync(result, checkIssuer: true, Plan, cancellation));
        return command;
    }

    private Task<int> Plan(CommandContext context, CancellationToken cancellation)
    {
        RegistrationPlan plan = RegistrationPlan.Between(context.Registration, context.State);
        if (plan.Rejections.Count > 0)
        {
            return Task.FromResult(runner.Reject(plan.Rejections));
        }

        PlanText.Write(plan.Changes, environment.Terminal);
        NextStepsText.Write(context.Registration, context.State.AppId, environment.Terminal);
        return Task.FromResult(ExitCode.Good);
    }
}
