using System.CommandLine;
using IssuerGateway.Entra.Registering;

namespace IssuerGateway.Entra.Commands;

/// <summary><c>remove</c>: takes away what <c>apply</c> made and nothing else, after asking.</summary>
internal sealed class RemoveCommand(Surroundings surroundings)
{
    private readonly Errand errand = new(surroundings);
    private readonly Option<bool> yes = new("--yes") { Description = "Do not ask." };

    public Command Build()
    {
        Command command = new("remove", "Removes the federated credential, the redirect URLs and, when nothing else is left in it, the app registration; only what apply made.") { yes };
        errand.AddOptionsTo(command);

        // An issuer that cannot be reached any more is a reason to remove, not an obstacle.
        command.SetAction((result, cancellation) =>
            errand.RunAsync(result, checkIssuer: false, (prepared, token) => RemoveAsync(prepared, result.GetValue(yes), token), cancellation));
        return command;
    }

    private async Task<int> RemoveAsync(Prepared prepared, bool agreed, CancellationToken cancellation)
    {
        RemovalPlan plan = RemovalPlan.For(prepared.Registration, prepared.State);
        PlanText.Write(plan.Changes, surroundings.Output);
        if (plan.ChangesNothing)
        {
            return ExitCode.Good;
        }

        if (!agreed && !surroundings.IsInteractive)
        {
            return errand.Fail(new Failure(ExitCode.Usage, "nobody is there to ask, nothing was removed", "add --yes"));
        }

        if (!agreed && !await AskAsync(cancellation))
        {
            return errand.Fail(new Failure(ExitCode.Failed, "not agreed, nothing was removed", "answer yes, or add --yes"));
        }

        Remover remover = new(prepared.Graph, surroundings.Output.WriteLine);
        return await remover.RemoveAsync(prepared.State.AppId!, plan, cancellation) is { } failure
            ? errand.Fail(failure with { Hint = $"{failure.Hint}; remove again takes the rest" })
            : ExitCode.Good;
    }

    private async Task<bool> AskAsync(CancellationToken cancellation)
    {
        await surroundings.Error.WriteAsync("remove? [yes/no] ");
        return (await surroundings.Input.ReadLineAsync(cancellation))?.Trim() == "yes";
    }
}
