using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp.Registering;

namespace IssuerGateway.Ctl.Parties.EntraApp.Commands;

/// <summary><c>trust remove entra-app</c>: takes away what <c>apply</c> made after confirmation.</summary>
internal sealed class RemoveCommand(ProgramEnvironment environment)
{
    private readonly TenantCommandRunner runner = new(environment);
    private readonly Option<bool> yes = new("--yes") { Description = "Skip the confirmation." };

    public Command Build()
    {
        Command command = new(EntraAppParty.Name, "Removes the federated credential, the redirect URLs and, when nothing else is left in it, the app registration; only what apply made. " + EntraAppParty.Permissions) { yes };
        runner.AddOptionsTo(command);

        // An issuer that cannot be reached any more is a reason to remove, not an obstacle.
        command.SetAction((result, cancellation) =>
            runner.RunAsync(result, checkIssuer: false, (context, token) => RemoveAsync(context, result.GetValue(yes), token), cancellation));
        return command;
    }

    private async Task<int> RemoveAsync(CommandContext context, bool agreed, CancellationToken cancellation)
    {
        RemovalPlan plan = RemovalPlan.For(context.Registration, context.State);
        PlanText.Write(plan.Changes, environment.Terminal);
        if (plan.ChangesNothing)
        {
            return ExitCode.Good;
        }

        if (!agreed && !environment.IsInteractive)
        {
            return runner.Fail(new Failure(ExitCode.Usage, "not an interactive terminal, so nothing was removed", "add --yes"));
        }

        if (!agreed && !await ConfirmAsync(cancellation))
        {
            return runner.Fail(new Failure(ExitCode.Findings, "not agreed, nothing was removed", "type yes, or add --yes"));
        }

        Remover remover = new(context.Graph, environment.Terminal.Print);
        return await remover.RemoveAsync(context.State.AppId!, plan, cancellation) is { } failure
            ? runner.Fail(failure with { Hint = $"{failure.Hint}; remove again takes the rest" })
            : ExitCode.Good;
    }

    private async Task<bool> ConfirmAsync(CancellationToken cancellation)
    {
        await environment.Error.WriteAsync("remove? [yes/no] ");
        return (await environment.Input.ReadLineAsync(cancellation))?.Trim() == "yes";
    }
}
