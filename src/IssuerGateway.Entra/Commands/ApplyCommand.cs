using System.CommandLine;
using IssuerGateway.Cli.EntraRender;
using IssuerGateway.Entra.Registering;
using IssuerGateway.Settings;

namespace IssuerGateway.Entra.Commands;

/// <summary><c>apply</c>: makes the tenant as wanted; a second run changes nothing.</summary>
internal sealed class ApplyCommand(Surroundings surroundings)
{
    private static readonly TimeSpan defaultWait = TimeSpan.FromMinutes(2);

    private readonly Errand errand = new(surroundings);

    private readonly Option<string> wait = new("--wait")
    {
        Description = "How long each step may wait until the directory knows everywhere what was written, 0s to 30m. Default: 2m.",
        HelpName = "DURATION",
    };

    public Command Build()
    {
        Command command = new("apply", "Creates or changes the app registration, its service principal and its federated credential; running it again changes nothing.") { wait };
        errand.AddOptionsTo(command);
        command.SetAction((result, cancellation) =>
        {
            string text = result.GetValue(wait) ?? DurationText.Show(defaultWait);
            if (!DurationText.TryParse(text, out TimeSpan limit) || limit > TimeSpan.FromMinutes(30))
            {
                surroundings.Error.WriteLine(new SettingError("--wait", OptionText.Show(text), "a duration from 0s to 30m, such as 90s or 5m", "leave it out for 2m"));
                return Task.FromResult(ExitCode.Usage);
            }

            return errand.RunAsync(result, checkIssuer: true, (prepared, token) => ApplyAsync(prepared, limit, token), cancellation);
        });
        return command;
    }

    private async Task<int> ApplyAsync(Prepared prepared, TimeSpan limit, CancellationToken cancellation)
    {
        RegistrationPlan plan = RegistrationPlan.Between(prepared.Registration, prepared.State);
        if (plan.Refusals.Count > 0)
        {
            return errand.Refuse(plan.Refusals);
        }

        PlanText.Write(plan.Changes, surroundings.Output);
        string? appId = prepared.State.AppId;
        if (!plan.ChangesNothing)
        {
            Applier applier = new(prepared.Graph, prepared.Reader, new Patience(limit, surroundings.Time, errand.Progress), surroundings.Output.WriteLine);
            (appId, Failure? failure) = await applier.ApplyAsync(prepared.Registration, prepared.State, plan, cancellation);
            if (failure is not null)
            {
                return errand.Fail(failure with { Hint = $"{failure.Hint}; apply again does only what is missing" });
            }

            surroundings.Error.WriteLine("the token endpoint may need some minutes more before the first sign-in works (AADSTS700211 until then)");
        }

        Closing.Write(prepared.Registration, appId, surroundings.Output);
        return ExitCode.Good;
    }
}
