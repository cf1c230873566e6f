using System.CommandLine;
using IssuerGateway.Entra.Registering;

namespace IssuerGateway.Entra.Commands;

/// <summary><c>plan</c>: shows as a diff what <c>apply</c> would do; it writes nothing.</summary>
internal sealed class PlanCommand(Surroundings surroundings)
{
    private readonly Errand errand = new(surroundings);

    public Command Build()
    {
        Command command = new("plan", "Shows what apply would change in the tenant, as a diff; writes nothing. Exit code 0 whether or not there are changes.");
        errand.AddOptionsTo(command);
        command.SetAction((result, cancellation) => errand.RunAsync(result, checkIssuer: true, Plan, cancellation));
        return command;
    }

    private Task<int> Plan(Prepared prepared, CancellationToken cancellation)
    {
        RegistrationPlan plan = RegistrationPlan.Between(prepared.Registration, prepared.State);
        if (plan.Refusals.Count > 0)
        {
            return Task.FromResult(errand.Refuse(plan.Refusals));
        }

        PlanText.Write(plan.Changes, surroundings.Output);
        Closing.Write(prepared.Registration, prepared.State.AppId, surroundings.Output);
        return Task.FromResult(ExitCode.Good);
    }
}
