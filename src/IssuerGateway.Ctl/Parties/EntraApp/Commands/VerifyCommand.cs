using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.SignIn;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.Registering;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;
using IssuerGateway.Ctl.Parties.Verification;
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
            return await runner.RunAsync(result, checkIssuer: false, (context, stop) => VerifyAsync(context, null, form == "json", stop), cancellation);
        }

        (TokenInput? input, string? cause, string? fix) = TokenInput.Load(path, environment.Input);
        if (input is null)
        {
            environment.Terminal.Fail($"--token: {cause}", fix!);
            return ExitCode.Usage;
        }

        CompactToken? parsed = CompactToken.Parse(input.Text);
        if (parsed is { HasDuplicates: true })
        {
            environment.Terminal.Fail($"--token: {VerifyOptions.Ambiguous}", VerifyOptions.AmbiguousFix);
            return ExitCode.Usage;
        }

        return await runner.RunAsync(result, checkIssuer: false, (context, stop) => VerifyAsync(context, parsed, form == "json", stop), cancellation);
    }

    private async Task<int> VerifyAsync(CommandContext context, CompactToken? token, bool isJson, CancellationToken cancellation)
    {
        (SignInFacts? facts, GraphFault? fault, IReadOnlyList<string> unread) = await new SignInReader(context.Graph, NeedsAssignments(context.Registration)).ReadAsync(context.State, cancellation);
        if (facts is null)
        {
            return runner.Fail(fault!.ToFailure());
        }

        FederatedCredential wanted = context.Registration.Credential;
        StepReport report = SignInValidation.Validate(facts, new SignInExpectation
        {
            Issuer = token?.Issuer ?? wanted.Issuer,
            Subject = token?.Subject ?? wanted.Subject,
            Audience = token is { Audiences: [var audience, ..] } ? audience : wanted.Audience,
            Token = token,
            Intended = token is null ? null : new SignInIdentity(wanted.Issuer, wanted.Subject, wanted.Audience),
            OtherAudiences = token is null ? [] : [.. token.Audiences.Skip(1)],
            MissingClaims = token is null ? [] : [.. Missing(token)],
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

        return report.Findings.All(finding => finding.Severity != Severity.Error) ? ExitCode.Good : ExitCode.Findings;
    }

    private static bool NeedsAssignments(AppRegistration registration) => registration.AppRoles.Count > 0 || registration.Assignments.Count > 0 || registration.AssignmentRequired;

    // Nothing of the registration stands in for what the token does not say: Entra sees the token only.
    private static IEnumerable<string> Missing(CompactToken token)
    {
        (string Claim, bool IsMissing)[] compared = [("iss", token.Issuer is null), ("sub", token.Subject is null), ("aud", token.Audiences.Count == 0)];
        return compared.Where(each => each.IsMissing).Select(each => each.Claim);
    }

    private void Print(StepReport report, string appName, string? clientId, IReadOnlyList<string> unread)
    {
        foreach (string line in SignInText.Lines(report, appName, clientId, unread, environment.NetworkTime.GetUtcNow()))
        {
            environment.Terminal.PrintMarked(line);
        }
    }
}
