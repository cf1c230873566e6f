using System.CommandLine;
using Azure.Core;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Ctl.Parties.EntraApp.SignIn;
using IssuerGateway.Ctl.Parties.Exchange;
using IssuerGateway.Ctl.Parties.Registering;

namespace IssuerGateway.Ctl.Parties.EntraIdentity;

/// <summary>How the commands with a network reach Azure Resource Manager, as whom, and how they check the issuer first.</summary>
internal sealed class IdentityServerOptions(ManagedIdentityOptions identity, ProgramEnvironment environment)
{
    private readonly Option<string> accessToken = new("--access-token-file") { Description = "File with an access token for Azure Resource Manager. Default: environment, workload identity, or az login.", HelpName = "FILE" };
    private readonly Option<string> endpoint = new("--arm-endpoint") { Description = "URL of Azure Resource Manager. Default: that of the cloud.", HelpName = "URL" };
    private readonly Option<string[]> resolve = new("--resolve") { Description = "Addresses of the issuer in place of DNS, as HOST:PORT:ADDRESS[,ADDRESS...]. Repeatable.", HelpName = "ENTRY" };
    private readonly Option<string> ca = new("--ca") { Description = "PEM file with the CA of the issuer. Default: the roots of the system.", HelpName = "FILE" };

    public IEnumerable<Option> All => [.. identity.All, accessToken, endpoint, resolve, ca];

    public IdentityRegistrar? Read(OptionValues values)
    {
        ManagedIdentity? wanted = identity.Read(values);
        List<SettingError> errors = [];
        ConnectionOverrides overrides = ConnectionOverrides.Parse(values.Each(resolve, OptionRule.NotEmpty("HOST:PORT:ADDRESS", "as curl has it")), [], values.Raw(ca), allowPrivate: false, errors);
        foreach (SettingError error in errors)
        {
            values.Reject(error.Key, error.Found, error.Expected, error.Hint);
        }

        string arm = TestVerb.Endpoint(values, endpoint, wanted?.Cloud.Name switch
        {
            "usgov" => "https://management.usgovcloudapi.net",
            "china" => "https://management.chinacloudapi.cn",
            _ => "https://management.azure.com",
        });
        // A credential can only be made for a tenant that is one.
        if (wanted is null || values.Errors.Count > 0)
        {
            return null;
        }

        TokenCredential credential = values.Raw(accessToken) is { } file
            ? new FileTokenCredential(file, environment.Time)
            : Credentials.Create(SignInMethod.Auto, wanted.Tenant, new Uri(wanted.Cloud.Login), isOwnLogin: true, environment);
        return new IdentityRegistrar(wanted, arm, credential, token => new IssuerGate("entra", environment).ValidateAsync(wanted.Workload.Issuer, overrides, token)) { Overrides = ConnectionOverrides.None, IssuerOverrides = overrides };
    }
}
