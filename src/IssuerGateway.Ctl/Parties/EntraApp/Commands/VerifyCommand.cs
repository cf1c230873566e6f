using System.CommandLine;
using System.CommandLine.Parsing;
using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.SignIn;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.Registering;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.EntraApp.Commands;

/// <summary><c>trust verify entra-app</c>: the half of a failed sign-in that no check of the issuer can see; it writes nothing.</summary>
internal sealed class VerifyCommand(ProgramEnvironment environment)
{
    private readonly TenantCommandRunner runner = new(environment) { RejectionCode = ExitCode.CouldNotRun };
    private readonly Option<string?> token = new("--token") { HelpName = "FILE", Description = "Token of the workload, - for standard input: the federated credential is compared with it. It is never printed." };

    private readonly Option<string> output = new("--output", "-o") { HelpName = "text|json", Description = "Form of the report.", DefaultValueFactory = _ => "text" };

    public Command Build()
    {
        Command command = new(EntraAppParty.Name,
            "Compares the app registration with what the workload sends: federated credential, redirect address, groups, consent, assignment. Writes nothing.");
        runner.AddOptionsTo(command);
        command.Options.Add(token);
        command.Options.Add(output);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        string form = result.GetValue(output)!;
        if (form is not ("text" or "json"))
        {
            environment.Terminal.Fail($"--output: {PrintableText.Quote(form)} is not text or json", "leave it out for text");
            return ExitCode.Usage;
        }

        if (result.GetValue(token) is not { } path)
        {
            return await runner.RunAsync(result, checkIssuer: false, (context, stop) => VerifyAsync(context, ApplyLine(result), null, form == "json", stop), cancellation);
        }

        (TokenInput? input, string? cause, string? fix) = TokenInput.Load(path, environment.Input);
        if (input is null)
        {
            environment.Terminal.Fail($"--token: {cause}", fix!);
            return ExitCode.Usage;
        }

        return await runner.RunAsync(result, checkIssuer: false, (context, stop) => VerifyAsync(context, ApplyLine(result), input, form == "json", stop), cancellation);
    }

    // With what was typed: apply has every option of this verb but its own two.
    private string ApplyLine(ParseResult result) => string.Join(' ',
    [
        "issuerctl trust apply", EntraAppParty.Name,
        .. result.CommandResult.Children.OfType<OptionResult>().Where(option => !option.Implicit && option.Option != token && option.Option != output)
            .SelectMany(option => option.Tokens.Count == 0 ? [option.Option.Name] : option.Tokens.Select(value => $"{option.Option.Name} {ShellText.Quote(value.Value)}")),
    ]);

    private async Task<int> VerifyAsync(CommandContext context, string apply, TokenInput? token, bool isJson, CancellationToken cancellation)
    {
        (SignInFacts? facts, GraphFault? fault, IReadOnlyList<string> unread) = await new SignInReader(context.Graph, context.Registration).ReadAsync(context.State, cancellation);
        if (facts is null)
        {
            return runner.Fail(fault!.ToFailure());
        }

        FederatedCredential wanted = context.Registration.Credential;
        StepReport report = SignInValidation.Validate(facts, new SignInExpectation
        {
            Issuer = wanted.Issuer,
            Subject = wanted.Subject,
            Audience = wanted.Audience,
            CredentialName = wanted.Name,
            HasDefaultName = FederatedCredential.IsDefaultName(wanted.Name, wanted.Subject),
            Apply = apply,
            Token = token,
            RedirectUris = context.Registration.RedirectUris,
            Roles = [.. context.Registration.AppRoles.Select(role => role.Value)],
            RequiresAssignment = context.Registration.AssignmentRequired,
            Assignments = [.. context.Registration.Assignments.Select(each => (each.PrincipalId, each.Role?.Value))],
            NeedsGroups = context.Registration.GroupClaims is not null,
        }, environment.NetworkTime);
        if (isJson)
        {
            environment.Terminal.PrintText(SignInJson.Of(report, PrintableText.Of(context.Registration.AppName), facts.ClientId is null ? null : PrintableText.Of(facts.ClientId), unread, environment.NetworkTime.GetUtcNow()));
        }
        else
        {
            Print(report, context.Registration.AppName, facts.ClientId, unread);
        }

        // A missing consent is a warning at most, but without the assignments nobody knows whether anybody gets in.
        return report.Findings.Any(finding => finding.Severity == Severity.Error) ? ExitCode.Findings
            : unread.Contains(SignInReader.Assignments) ? ExitCode.CouldNotRun
            : ExitCode.Good;
    }

    private void Print(StepReport report, string appName, string? clientId, IReadOnlyList<string> unread)
    {
        foreach (string line in SignInText.Lines(report, appName, clientId, unread, environment.NetworkTime.GetUtcNow()))
        {
            environment.Terminal.PrintMarked(line);
        }
    }
}
