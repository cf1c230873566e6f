using System.CommandLine;
using IssuerGateway.Checking.Exchange;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties.Exchange;

/// <summary>The client-credentials grant with the token as client assertion (RFC 7523 §2.2), for an app or a managed identity.</summary>
internal sealed class EntraExchange
{
    private readonly Option<string> tenant = new("--tenant") { Description = "Tenant id (GUID). Required.", HelpName = "GUID" };
    private readonly Option<string> clientId = new("--client-id") { Description = "Client id (GUID) of the app or identity. Required.", HelpName = "GUID" };
    private readonly Option<string> cloud = new("--cloud") { Description = "public, usgov or china. Default: public.", HelpName = "CLOUD" };
    private readonly Option<string> scope = new("--scope") { Description = "Scope to request. Default: https://graph.microsoft.com/.default.", HelpName = "TEXT" };
    private readonly Option<string> endpoint = new("--endpoint") { Description = "Base URL of the sign-in service. Default: that of the cloud.", HelpName = "URL" };

    public static Command Create(string party, ProgramEnvironment environment)
    {
        EntraExchange exchange = new();
        return TestVerb.Create(party, "Exchanges the token for an access token of Entra ID, which is not shown.",
            [exchange.tenant, exchange.clientId, exchange.cloud, exchange.scope, exchange.endpoint], exchange.Read, environment);
    }

    private ExchangeRequest Read(OptionValues values)
    {
        string tenantId = values.Required(tenant, OptionRule.Guid("the tenant id, a GUID with hyphens", "az account show --query tenantId --output tsv"));
        string client = values.Required(clientId, OptionRule.Guid("the client id, a GUID with hyphens", "it is the application (client) id, not the object id"));
        string? name = values.Optional(cloud, OptionRule.OneOf([.. EntraCloud.All.Select(each => each.Name)], "leave it out for the public cloud"));
        EntraCloud chosen = EntraCloud.All.FirstOrDefault(each => each.Name == name) ?? EntraCloud.Public;
        string wanted = values.Optional(scope, OptionRule.Pattern("[!-~]+", "a scope", "such as https://graph.microsoft.com/.default")) ?? $"{chosen.Graph}/.default";
        string login = TestVerb.Endpoint(values, endpoint, chosen.Login);
        return new ExchangeRequest
        {
            Name = $"POST {login}/{tenantId}/oauth2/v2.0/token",
            Create = token => new HttpRequestMessage(HttpMethod.Post, $"{login}/{tenantId}/oauth2/v2.0/token")
            {
                Content = new FormUrlEncodedContent(
                [
                    new("grant_type", "client_credentials"), new("client_id", client), new("scope", wanted), new("client_assertion", token),
                    new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ]),
            },
            Read = Read,
        };
    }

    private static ExchangeOutcome Read(int status, byte[] body)
    {
        if (status == 200 && ResponseJson.HasCredential(body, "access_token"))
        {
            return ExchangeOutcome.Of($"an access token for {ResponseJson.Text(body, "expires_in")} seconds (not shown)");
        }

        if ((ResponseJson.Text(body, "error_description") ?? ResponseJson.Text(body, "error")) is not { } said)
        {
            return ExchangeOutcome.NoVerdict("Entra", status);
        }

        (string Code, string Meaning, string Fix)? explained = EntraErrors.Explain(said);
        return new ExchangeOutcome(false, said, explained is { } found ? $"{found.Code}: {found.Meaning}" : null, explained?.Fix ?? (status is 429 or >= 500 ? "run it again later" : "look the code up at https://login.microsoftonline.com/error"))
        {
            IsVerdict = explained is not null || status is not (429 or >= 500),
            Link = explained is { } known ? EntraErrors.LinkOf(known.Code) : null,
        };
    }
}
