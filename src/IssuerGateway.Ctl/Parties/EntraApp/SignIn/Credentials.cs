using Azure.Core;
using Azure.Identity;

namespace IssuerGateway.Ctl.Parties.EntraApp.SignIn;

/// <summary>Makes the Azure.Identity credential for a method; no request is sent yet.</summary>
internal static class Credentials
{
    /// <param name="login">The sign-in host; another one than the cloud's own is taken at its word, without querying Microsoft about it.</param>
    public static TokenCredential Create(SignInMethod method, string tenant, Uri login, bool isOwnLogin, ProgramEnvironment environment) => method switch
    {
        SignInMethod.Az => new AzureCliCredential(new AzureCliCredentialOptions { TenantId = tenant, AuthorityHost = login }),
        SignInMethod.Environment => new EnvironmentCredential(new EnvironmentCredentialOptions { AuthorityHost = login, DisableInstanceDiscovery = !isOwnLogin }),
        SignInMethod.WorkloadIdentity => new WorkloadIdentityCredential(new WorkloadIdentityCredentialOptions
        {
            TenantId = tenant,
            AuthorityHost = login,
            DisableInstanceDiscovery = !isOwnLogin,
        }),
        SignInMethod.DeviceCode => new DeviceCodeCredential(new DeviceCodeCredentialOptions
        {
            TenantId = tenant,
            AuthorityHost = login,
            DisableInstanceDiscovery = !isOwnLogin,
            DeviceCodeCallback = (code, _) => environment.Error.WriteLineAsync(code.Message),
        }),
        _ => new ChainedTokenCredential([.. Chain(environment).Select(next => Create(next, tenant, login, isOwnLogin, environment))]),
    };

    // What a machine has been given comes before what a person did on it; nobody can type a code into a pipeline.
    private static IEnumerable<SignInMethod> Chain(ProgramEnvironment environment) => environment.IsInteractive
        ? [SignInMethod.Environment, SignInMethod.WorkloadIdentity, SignInMethod.Az, SignInMethod.DeviceCode]
        : [SignInMethod.Environment, SignInMethod.WorkloadIdentity, SignInMethod.Az];
}
