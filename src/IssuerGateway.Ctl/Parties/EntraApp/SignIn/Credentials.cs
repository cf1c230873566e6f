using Azure.Core;
using Azure.Identity;

namespace IssuerGateway.Ctl.Parties.EntraApp.SignIn;

/// <summary>Makes the Azure.Identity credential for a method; no request is sent yet.</summary>
internal static class Credentials
{
    private const int MaxMessage = 1000;

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
        SignInMethod.Environment => new EnvironmentCredential(Watched(new EnvironmentCredentialOptions { AuthorityHost = login, DisableInstanceDiscovery = !isOwnLogin, AdditionallyAllowedTenants = { tenant } }, secrets)),

        // WorkloadIdentityCredential does the same, and drops policies, so that it would not be watched. Without the variables it says which one is missing.
        SignInMethod.WorkloadIdentity when environment.Variable("AZURE_CLIENT_ID") is { Length: > 0 } client && environment.Variable("AZURE_FEDERATED_TOKEN_FILE") is { Length: > 0 } file =>
            new ClientAssertionCredential(tenant, client, cancellation => File.ReadAllTextAsync(file, cancellation), Watched(new ClientAssertionCredentialOptions { AuthorityHost = login, DisableInstanceDiscovery = !isOwnLogin }, secrets)),
        SignInMethod.WorkloadIdentity => new WorkloadIdentityCredential(Watched(new WorkloadIdentityCredentialOptions
        {
            TenantId = tenant,
            AuthorityHost = login,
            DisableInstanceDiscovery = !isOwnLogin,
        }, secrets)),
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
        }, secrets)),
        _ => new ChainedTokenCredential([.. Chain(environment).Select(next => Create(next, tenant, login, isOwnLogin, environment, secrets))]),
    };

    /// <summary>One line that says whose words follow: a line break in them must not start a line that looks like one of ours.</summary>
    internal static string DeviceCodeText(string message, SignInSecrets secrets)
    {
        string line = string.Join(' ', secrets.Without(message).Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return $"sign-in: {(line.Length > MaxMessage ? $"{line[..MaxMessage]}..." : line)}";
    }

    private static T Watched<T>(T options, SignInSecrets secrets)
        where T : TokenCredentialOptions
    {
        options.AddPolicy(secrets, HttpPipelinePosition.PerCall);
        return options;
    }

    // What a machine has been given comes before what a person did on it; nobody can type a code into a pipeline.
    private static IEnumerable<SignInMethod> Chain(ProgramEnvironment environment) => environment.IsInteractive
        ? [SignInMethod.Environment, SignInMethod.WorkloadIdentity, SignInMethod.Az, SignInMethod.DeviceCode]
        : [SignInMethod.Environment, SignInMethod.WorkloadIdentity, SignInMethod.Az];
}
