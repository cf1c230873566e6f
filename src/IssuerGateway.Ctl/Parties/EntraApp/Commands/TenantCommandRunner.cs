using System.CommandLine;
using Azure.Core;
using Azure.Identity;
using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Ctl.Cluster.Commands;
using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.Registering;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;
using IssuerGateway.Ctl.Parties.EntraApp.SignIn;
using IssuerGateway.Ctl.Parties.EntraApp.Trust;
using IssuerGateway.Ctl.Parties.Registering;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.EntraApp.Commands;

/// <summary>What the three verbs have in common, in order: validate the options, find and check the issuer, sign in, read the tenant.</summary>
internal sealed class TenantCommandRunner(ProgramEnvironment environment)
{
    private readonly RegistrationOptions registrationOptions = new();
    private readonly TenantOptions tenantOptions = new();

    /// <summary>The exit code where Graph rejects a request; null for that of the failure. To a verb that only reads it says nothing about the registration.</summary>
    public int? RejectionCode { get; init; }

    public void AddOptionsTo(Command command)
    {
        registrationOptions.AddTo(command);
        tenantOptions.AddTo(command);
    }

    /// <summary>Runs the verb's own part with everything context, or reports why it cannot.</summary>
    public async Task<int> RunAsync(ParseResult result, bool checkIssuer, Func<CommandContext, CancellationToken, Task<int>> verb, CancellationToken cancellation)
    {
        RegistrationInput input = registrationOptions.Read(result);
        TenantInput tenant = tenantOptions.Read(result, hasIssuer: input.Issuer is not null, out IReadOnlyList<SettingError> tenantErrors);
        input = input with { AllowPrivate = tenant.Overrides.AllowPrivate };

        // Options are validated before the cluster is queried, so a placeholder stands in for the issuer that it will name.
        AppRegistration? registration = RegistrationRules.Validate(input with { Issuer = input.Issuer ?? "https://issuer.example.com" }, out IReadOnlyList<SettingError> errors);
        if (registration is null || tenantErrors.Count > 0)
        {
            environment.Terminal.Fail([.. errors, .. tenantErrors]);
            return ExitCode.Usage;
        }

        if (input.Issuer is null)
        {
            (string? issuer, Failure? failure) = await IssuerAsync(tenant, cancellation);
            if (issuer is null)
            {
                return Fail(failure!);
            }

            registration = RegistrationRules.Validate(input with { Issuer = issuer }, out errors);
            if (registration is null)
            {
                return Reject(errors);
            }
        }

        bool isGood = !checkIssuer || await IssuerIsGoodAsync(registration, tenant.Overrides, cancellation);
        environment.WarnOfUnused(tenant.Overrides, IssuerIdentifier.TryParse(registration.Credential.Issuer, out IssuerIdentifier checkedIssuer, out _) ? checkedIssuer : null);
        return isGood ? await WithTenantAsync(registration, tenant, verb, cancellation) : ExitCode.Usage;
    }

    /// <summary>Progress is for a person who watches; a log of it helps nobody.</summary>
    public void Progress(string text)
    {
        if (environment.IsInteractive)
        {
            environment.Note(text);
        }
    }

    public int Fail(Failure failure)
    {
        environment.Terminal.Fail(failure.Message, failure.Hint);
        return failure.ExitCode == ExitCode.Findings ? RejectionCode ?? failure.ExitCode : failure.ExitCode;
    }

    public int Reject(IReadOnlyList<SettingError> rejections)
    {
        foreach (SettingError rejection in rejections)
        {
            environment.Note($"rejected, nothing was written: {rejection.Message}");
            environment.Note($"hint: {rejection.Hint}");
        }

        return ExitCode.Usage;
    }

    private async Task<int> WithTenantAsync(AppRegistration registration, TenantInput tenant, Func<CommandContext, CancellationToken, Task<int>> verb, CancellationToken cancellation)
    {
        if (registration.Cloud.Warning is { } warning)
        {
            environment.Terminal.Warn(warning.Message, warning.Hint);
        }

        using HttpClient http = GraphPipeline.Create(new Uri(tenant.GraphEndpoint ?? registration.Cloud.Graph), CredentialOf(registration, tenant), environment, environment.Note);
        GraphClient graph = new(http);
        DirectoryReader reader = new(graph);
        try
        {
            GraphResult<DirectoryState> state = await reader.ReadAsync(registration, cancellation);
            return state.Value is null
                ? Fail(state.Fault!.ToFailure())
                : await verb(new CommandContext { Registration = registration, State = state.Value, Graph = graph, Reader = reader }, cancellation);
        }
        catch (AuthenticationFailedException e)
        {
            return Fail(SignInFailure.Of(e, tenant.LoginEndpoint));
        }
    }

    private TokenCredential CredentialOf(AppRegistration registration, TenantInput tenant) => tenant.AccessTokenFile is { } file
        ? new FileTokenCredential(file, environment.Time)
        : Credentials.Create(tenant.SignIn, registration.Tenant, new Uri(tenant.LoginEndpoint ?? registration.Cloud.Login), tenant.LoginEndpoint is null, environment);

    private async Task<(string? Issuer, Failure? Failure)> IssuerAsync(TenantInput tenant, CancellationToken cancellation)
    {
        (string? issuer, Failure? failure) = tenant.Gateway is { } gateway
            ? await IssuerSource.OfGatewayAsync(gateway, tenant.Overrides, environment.NetworkTime, cancellation)
            : await IssuerSource.OfClusterAsync(ClusterAccess.Open(environment, tenant.Kubeconfig, tenant.Context), cancellation);
        if (issuer is not null)
        {
            environment.Note($"issuer of the {(tenant.Gateway is null ? "cluster" : "gateway")}: {PrintableText.Of(issuer)}");
        }

        return (issuer, failure);
    }

    private async Task<bool> IssuerIsGoodAsync(AppRegistration registration, ConnectionOverrides overrides, CancellationToken cancellation)
    {
        IReadOnlyList<CheckFinding> findings = await IssuerTrust.ValidateAsync(registration.Credential.Issuer, overrides, environment.NetworkTime, cancellation);
        foreach (CheckFinding finding in findings)
        {
            environment.Note($"{(finding.Severity == Severity.Error ? "rejected, nothing was written" : "warning")}: {finding.Found} [{finding.Id}]");
            foreach (string response in finding.Responses.Select(entry => entry.Response).OfType<string>())
            {
                environment.Note($"response: {response}");
            }

            environment.Note($"hint: {finding.Fix}");
        }

        return findings.All(finding => finding.Severity != Severity.Error);
    }
}
