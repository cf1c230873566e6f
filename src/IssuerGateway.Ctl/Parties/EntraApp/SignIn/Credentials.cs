using Azure.Core;
using Azure.Identity;
using IssuerGateway.Base;
using IssuerGateway.Checking.Tokens;

namespace IssuerGateway.Ctl.Parties.EntraApp.SignIn;

/// <summary>Makes the Azure.Identity credential for a method; no request is sent yet.</summary>
internal static class Credentials
{
    private const int MaxMessage = 1000;
    private const string TokenFileVariable = "AZURE_FEDERATED_TOKEN_FILE";
    private const string TokenFileHint = $"set {TokenFileVariable} to the file of the projected token, or choose another --sign-in";

    /// <param name="login">The sign-in host; another one than the cloud's own is taken at its word, without querying Microsoft about it.</param>
    public static TokenCredential Create(SignInMethod method, string tenant, Uri login, bool isOwnLogin, ProgramEnvironment environment)
    {
        SignInSecrets secrets = new(environment.Variable);
        return new RedactedCredential(() => Create(method, tenant, login, isOwnLogin, environment, secrets), tenant, secrets);
    }

    private static TokenCredential Create(SignInMethod method, string tenant, Uri login, bool isOwnLogin, ProgramEnvironment environment, SignInSecrets secrets) => method switch
    {
        SignInMethod.Az => new AzureCliCredential(new AzureCliCredentialOptions { TenantId = tenant, AuthorityHost = login }),
        // It signs in to AZURE_TENANT_ID; to another tenant only where that is allowed.
        SignInMethod.Environment => new EnvironmentCredential(Watched(new EnvironmentCredentialOptions { AuthorityHost = login, DisableInstanceDiscovery = !isOwnLogin, AdditionallyAllowedTenants = { tenant } }, secrets, environment)),

        // WorkloadIdentityCredential does the same, and drops policies, so that it would not be watched. Without the variables it says which one is missing.
        SignInMethod.WorkloadIdentity when environment.Variable("AZURE_CLIENT_ID") is { Length: > 0 } client && environment.Variable(TokenFileVariable) is { Length: > 0 } file =>
            new ClientAssertionCredential(tenant, client, _ => Task.FromResult(ProjectedToken(file)), Watched(new ClientAssertionCredentialOptions { AuthorityHost = login, DisableInstanceDiscovery = !isOwnLogin }, secrets, environment)),
        SignInMethod.WorkloadIdentity => new WorkloadIdentityCredential(Watched(new WorkloadIdentityCredentialOptions
        {
            TenantId = tenant,
            AuthorityHost = login,
            DisableInstanceDiscovery = !isOwnLogin,
        }, secrets, environment)),
        SignInMethod.DeviceCode => new DeviceCodeCredential(Watched(new DeviceCodeCredentialOptions
        {
            TenantId = tenant,
            AuthorityHost = login,
            DisableInstanceDiscovery = !isOwnLogin,
            DeviceCodeCallback = (code, _) =>
            {
                environment.Note(DeviceCodeText(code.Message, secrets));
                return Task.CompletedTask;
            },
        }, secrets, environment)),
        _ => new ChainedTokenCredential([.. Chain(environment).Select(next => Create(next, tenant, login, isOwnLogin, environment, secrets))]),
    };

    /// <summary>One line that says whose words follow: a line break in them must not start a line that looks like one of ours.</summary>
    internal static string DeviceCodeText(string message, SignInSecrets secrets)
    {
        string line = string.Join(' ', secrets.Without(message).Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return $"sign-in: {(line.Length > MaxMessage ? $"{line[..MaxMessage]}..." : line)}";
    }

    // It is replaced from time to time, so that it is read at each use.
    private static string ProjectedToken(string file)
    {
        (TokenInput? token, string? cause, string? fix) = TokenInput.LoadFile(file, $"{TokenFileVariable}=", TokenFileHint, TokenFileHint);
        return token?.Text ?? throw new SignInException(ExitCode.Usage, $"{TokenFileVariable}: {cause}", fix!);
    }

    private static T Watched<T>(T options, SignInSecrets secrets, ProgramEnvironment environment)
        where T : TokenCredentialOptions
    {
        options.AddPolicy(new SignInTimeLimit(environment.NetworkTime), HttpPipelinePosition.PerCall);
        options.AddPolicy(secrets, HttpPipelinePosition.PerCall);
        return options;
    }

    // What a machine has been given comes before what a person did on it; nobody can type a code into a pipeline.
    private static IEnumerable<SignInMethod> Chain(ProgramEnvironment environment) => environment.IsInteractive
        ? [SignInMethod.Environment, SignInMethod.WorkloadIdentity, SignInMethod.Az, SignInMethod.DeviceCode]
        : [SignInMethod.Environment, SignInMethod.WorkloadIdentity, SignInMethod.Az];
}
