using System.CommandLine;
using Azure.Identity;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp;
using IssuerGateway.Ctl.Parties.EntraApp.SignIn;
using IssuerGateway.Ctl.Parties.Exchange;
using IssuerGateway.Ctl.Parties.Verification;

namespace IssuerGateway.Ctl.Parties.Registering;

/// <summary><c>trust verify|plan|apply|remove PARTY</c> over HTTP: read, show the difference, write one thing after the other.</summary>
internal sealed class RegistrationVerbs(string party, IReadOnlyList<Option> options, Func<OptionValues, PartyRegistrar?> read, ProgramEnvironment environment)
{
    private readonly Option<bool> yes = new("--yes") { Description = "Skip the confirmation." };

    public Command Verify()
    {
        VerifyOptions shared = new(environment);
        return Build("Compares the registration with what the workload sends; writes nothing.", [.. shared.All], values =>
        {
            VerifyInput input = shared.Read(values);
            return (registrar, api, token) => VerifyAsync(registrar, api, shared, input, token);
        });
    }

    public Command Plan() => Build("Shows what apply would change, as a diff; writes nothing.", [], _ => PlanAsync);

    public Command Apply() => Build("Registers the trust; running it again changes nothing.", [], _ => ApplyAsync);

    public Command Remove() => Build("Removes only what apply made, after confirmation.", [yes], values => (registrar, api, token) => RemoveAsync(registrar, api, values.IsGiven(yes), token));

    /// <param name="prepare">The verb, from what it reads of its own options before any request is sent.</param>
    private Command Build(string description, Option[] more, Func<OptionValues, Func<PartyRegistrar, PartyApi, CancellationToken, Task<int>>> prepare)
    {
        Command command = new(party, description);
        foreach (Option option in (IEnumerable<Option>)[.. options, .. more])
        {
            command.Options.Add(option);
        }

        command.SetAction((result, cancellationToken) => RunAsync(new OptionValues(result), prepare, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(OptionValues values, Func<OptionValues, Func<PartyRegistrar, PartyApi, CancellationToken, Task<int>>> prepare, CancellationToken cancellationToken)
    {
        PartyRegistrar? registrar = read(values);
        Func<PartyRegistrar, PartyApi, CancellationToken, Task<int>> verb = prepare(values);
        if (registrar is null || values.Errors.Count > 0)
        {
            environment.Terminal.Fail(values.Errors);
            return ExitCode.Usage;
        }

        SocketsHttpHandler handler = new() { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(10) };
        handler.SslOptions.CertificateChainPolicy = registrar.Overrides.ChainPolicy();
        using HttpMessageInvoker http = new(handler);
        PartyApi api = new(http, registrar, environment.Note, environment.Time, environment.NetworkTime);
        try
        {
            int code = await verb(registrar, api, cancellationToken);
            environment.WarnOfUnused(registrar.IssuerOverrides);
            return code;
        }
        catch (PartyRejectionException e)
        {
            (string message, string hint) = ForeignResponse.Explain(e.Response, registrar) ?? registrar.Explain(e.Response);
            environment.Terminal.Fail(PrintableText.Of(api.WithoutCredentials(message)), hint);
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
            environment.Terminal.Fail($"{registrar.Endpoint}: {PrintableText.Of(api.WithoutCredentials((e.InnerException ?? e).Message))}", "check the URL, DNS and the firewall; running it again does only what is missing");
            return ExitCode.CouldNotRun;
        }
    }

    private static async Task<int> VerifyAsync(PartyRegistrar registrar, PartyApi api, VerifyOptions shared, VerifyInput input, CancellationToken cancellationToken)
    {
        TrustReport report = new();
        VerifiedTrust trust = await registrar.VerifyAsync(api, report, cancellationToken);
        return await shared.FinishAsync(trust, input, report, registrar.IssuerOverrides, cancellationToken);
    }

    private async Task<int> PlanAsync(PartyRegistrar registrar, PartyApi api, CancellationToken cancellationToken)
    {
        PlannedChanges changes = await registrar.PlanAsync(api, cancellationToken);
        return Rejected(changes, api) ?? Print(changes);
    }

    private async Task<int> ApplyAsync(PartyRegistrar registrar, PartyApi api, CancellationToken cancellationToken)
    {
        PlannedChanges changes = await registrar.PlanAsync(api, cancellationToken);
        if (Rejected(changes, api) is { } code)
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
        if (Rejected(changes, api) is { } code)
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

    private int? Rejected(PlannedChanges changes, PartyApi api)
    {
        if (changes.Rejection is not { } rejection)
        {
            return null;
        }

        environment.Terminal.Fail($"nothing was written: {PrintableText.Of(api.WithoutCredentials(rejection.Message))}", rejection.Hint);
        return ExitCode.Usage;
    }

    private int Print(PlannedChanges changes)
    {
        changes.Print(environment.Terminal);
        return ExitCode.Good;
    }
}
