using System.CommandLine;
using Azure.Identity;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp;
using IssuerGateway.Ctl.Parties.EntraApp.SignIn;
using IssuerGateway.Ctl.Parties.Exchange;

namespace IssuerGateway.Ctl.Parties.Registering;

/// <summary><c>trust plan|apply|remove PARTY</c> over HTTP: read, show the difference, write one thing after the other.</summary>
internal sealed class RegistrationVerbs(string party, IReadOnlyList<Option> options, Func<OptionValues, PartyRegistrar?> read, ProgramEnvironment environment)
{
    private readonly Option<bool> yes = new("--yes") { Description = "Do not ask." };

    public Command Plan() => Build("Shows what apply would change, as a diff; writes nothing. Exit code 0 whether or not there are changes.", [], (registrar, api, _, token) => PlanAsync(registrar, api, token));

    public Command Apply() => Build("Registers the trust; running it again changes nothing.", [], (registrar, api, _, token) => ApplyAsync(registrar, api, token));

    public Command Remove() => Build("Removes what apply made and nothing else, after asking.", [yes], (registrar, api, result, token) => RemoveAsync(registrar, api, result.GetValue(yes), token));

    private Command Build(string description, Option[] more, Func<PartyRegistrar, PartyApi, ParseResult, CancellationToken, Task<int>> verb)
    {
        Command command = new(party, description);
        foreach (Option option in (IEnumerable<Option>)[.. options, .. more])
        {
            command.Options.Add(option);
        }

        command.SetAction((result, cancellationToken) => RunAsync(result, verb, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, Func<PartyRegistrar, PartyApi, ParseResult, CancellationToken, Task<int>> verb, CancellationToken cancellationToken)
    {
        OptionValues values = new(result);
        PartyRegistrar? registrar = read(values);
        if (registrar is null || values.Errors.Count > 0)
        {
            environment.Terminal.Fail(values.Errors);
            return ExitCode.Usage;
        }

        SocketsHttpHandler handler = new() { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(10) };
        handler.SslOptions.CertificateChainPolicy = registrar.Overrides.ChainPolicy();
        using HttpMessageInvoker http = new(handler);
        PartyApi api = new(http, registrar.Endpoint, registrar.AuthorizeAsync, registrar.IsPassing, environment.Time, environment.NetworkTime);
        try
        {
            return await verb(registrar, api, result, cancellationToken);
        }
        catch (PartyRejectionException e)
        {
            (string message, string hint) = registrar.Explain(e.Response);
            environment.Terminal.Fail(PrintableText.Of(message), hint);
            return ExitCode.CouldNotRun;
        }
        catch (AuthenticationFailedException e)
        {
            Failure failure = SignInFailure.Of(e);
            environment.Terminal.Fail(failure.Message, failure.Hint);
            return failure.ExitCode;
        }
        catch (Exception e) when (ExchangeRunner.IsTransportFault(e) && !cancellationToken.IsCancellationRequested)
        {
            environment.Terminal.Fail($"{registrar.Endpoint}: {PrintableText.Of((e.InnerException ?? e).Message)}", "check the URL, DNS and the firewall; running it again does only what is missing");
            return ExitCode.CouldNotRun;
        }
    }

    private async Task<int> PlanAsync(PartyRegistrar registrar, PartyApi api, CancellationToken cancellationToken)
    {
        PlannedChanges changes = await registrar.PlanAsync(api, cancellationToken);
        return Refused(changes) ?? Print(changes);
    }

    private async Task<int> ApplyAsync(PartyRegistrar registrar, PartyApi api, CancellationToken cancellationToken)
    {
        PlannedChanges changes = await registrar.PlanAsync(api, cancellationToken);
        if (Refused(changes) is { } code)
        {
            return code;
        }

        Print(changes);
        await WriteAsync(changes, api, cancellationToken);
        environment.Terminal.PrintText(registrar.Next);
        return ExitCode.Good;
    }

    private async Task<int> RemoveAsync(PartyRegistrar registrar, PartyApi api, bool agreed, CancellationToken cancellationToken)
    {
        PlannedChanges changes = await registrar.PlanRemovalAsync(api, cancellationToken);
        if (Refused(changes) is { } code)
        {
            return code;
        }

        Print(changes);
        if (changes.Writes.Count == 0)
        {
            return ExitCode.Good;
        }

        if (!agreed && !environment.IsInteractive)
        {
            environment.Terminal.Fail("not an interactive terminal, so nothing was removed", "add --yes");
            return ExitCode.Usage;
        }

        if (!agreed)
        {
            await environment.Error.WriteAsync("remove? [yes/no] ");
            if ((await environment.Input.ReadLineAsync(cancellationToken))?.Trim() != "yes")
            {
                environment.Terminal.Fail("not agreed, nothing was removed", "type yes, or add --yes");
                return ExitCode.Findings;
            }
        }

        await WriteAsync(changes, api, cancellationToken);
        return ExitCode.Good;
    }

    private static async Task WriteAsync(PlannedChanges changes, PartyApi api, CancellationToken cancellationToken)
    {
        foreach (PlannedWrite write in changes.Writes)
        {
            PartyResponse response = await api.SendAsync(write.Method, write.Path, write.Body, cancellationToken);
            if (!response.IsSuccess)
            {
                throw new PartyRejectionException(response);
            }
        }
    }

    private int? Refused(PlannedChanges changes)
    {
        if (changes.Refusal is not { } refusal)
        {
            return null;
        }

        environment.Terminal.Fail($"nothing was written: {PrintableText.Of(refusal.Message)}", refusal.Hint);
        return ExitCode.Findings;
    }

    private int Print(PlannedChanges changes)
    {
        changes.Print(environment.Terminal);
        return ExitCode.Good;
    }
}
