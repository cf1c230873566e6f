using System.CommandLine;
using System.Net.Http.Headers;
using System.Text;
using IssuerGateway.Ctl.Parties.Google;

namespace IssuerGateway.Ctl.Parties.Exchange;

/// <summary>Token exchange of Google STS (RFC 8693), and impersonation of a service account after it.</summary>
internal sealed class GoogleExchange
{
    private const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    private static readonly (string Text, string Meaning, string Fix)[] known =
    [
        ("does not match the issuer", "the discovery document names another issuer than the provider", "set --service-account-issuer of the API server and issuer-uri of the provider to the same text"),
        ("Error connecting to the given credential's issuer", "no provider for this issuer, or Google cannot fetch its documents or find the signing key", "compare iss above with issuer-uri of the provider; issuerctl check ISSUER --profile google from outside your network"),
        ("does not match the expected audience", "the audience is not the provider's", "project the token with the audience of the provider, or add it to allowed-audiences"),
        ("rejected by the attribute condition", "the condition of the provider does not admit this subject", "compare sub above with attribute-condition of the provider"),
        ("Unable to verify the ID Token signature", "the signature is bad", "send the token file as it is; are uploaded keys stale? issuerctl trust drift google"),
        ("is stale to sign-in", "the token had expired", "read the token file at every use"),
        ("invalid_target", "the pool or the provider does not exist or is switched off", "compare --project-number, --pool and --provider; undelete a deleted one"),
        ("iam.serviceAccounts.getAccessToken", "the workload may not impersonate the service account", "give it roles/iam.workloadIdentityUser: issuerctl trust render google --google-account"),
        ("PERMISSION_DENIED", "the workload may not impersonate the service account", "give it roles/iam.workloadIdentityUser: issuerctl trust render google --google-account"),
    ];

    private readonly Option<string> projectNumber = new("--project-number") { Description = "Project number. Required.", HelpName = "NUMBER" };
    private readonly Option<string> pool = new("--pool") { Description = "Id of the workload identity pool. Required.", HelpName = "ID" };
    private readonly Option<string> provider = new("--provider") { Description = "Id of the provider. Required.", HelpName = "ID" };
    private readonly Option<string> account = new("--google-account") { Description = "Service account of Google to impersonate after the exchange.", HelpName = "EMAIL" };
    private readonly Option<string> endpoint = new("--endpoint") { Description = "URL of Google STS. Default: https://sts.googleapis.com.", HelpName = "URL" };
    private readonly Option<string> iamEndpoint = new("--iam-endpoint") { Description = "URL of IAM credentials. Default: https://iamcredentials.googleapis.com.", HelpName = "URL" };

    public static Command Create(string party, ProgramEnvironment environment)
    {
        GoogleExchange exchange = new();
        return TestVerb.Create(party, "Exchanges the token at Google STS; the access token is not shown.",
            [exchange.projectNumber, exchange.pool, exchange.provider, exchange.account, exchange.endpoint, exchange.iamEndpoint], exchange.Read, environment);
    }

    private ExchangeRequest Read(OptionValues values)
    {
        OptionRule id = OptionRule.Pattern("[a-z0-9-]{4,32}", "4 to 32 of a-z 0-9 -", "gcloud iam workload-identity-pools list --location=global");
        string audience = GoogleTrust.AudienceOf(
            values.Required(projectNumber, OptionRule.Pattern("[1-9][0-9]{2,19}", "the project number", "gcloud projects describe PROJECT --format='value(projectNumber)'")),
            values.Required(pool, id), values.Required(provider, id));
        string? email = values.Optional(account, OptionRule.Pattern(@"[a-z0-9@.:-]+\.gserviceaccount\.com", "the e-mail address of a service account of Google", "gcloud iam service-accounts list"));
        string sts = TestVerb.Endpoint(values, endpoint, "https://sts.googleapis.com");
        string iam = TestVerb.Endpoint(values, iamEndpoint, "https://iamcredentials.googleapis.com");
        return new ExchangeRequest
        {
            Name = $"POST {sts}/v1/token",
            Create = token => new HttpRequestMessage(HttpMethod.Post, $"{sts}/v1/token")
            {
                Content = new FormUrlEncodedContent(
                [
                    new("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), new("audience", audience), new("scope", Scope),
                    new("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                    new("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"), new("subject_token", token),
                ]),
            },
            Read = (status, body) => status == 200 && ResponseJson.HasCredential(body, "access_token")
                ? ExchangeOutcome.Of($"an access token for {ResponseJson.Text(body, "expires_in")} seconds (not shown)")
                : Rejected(status, ResponseJson.Text(body, "error") is { } error ? $"{error}: {ResponseJson.Text(body, "error_description")}" : null),
            Credential = body => ResponseJson.Text(body, "access_token"),
            Next = email is null ? null : Impersonation(iam, email),
        };
    }

    private static ExchangeRequest Impersonation(string iam, string email)
    {
        string url = $"{iam}/v1/projects/-/serviceAccounts/{email}:generateAccessToken";
        return new ExchangeRequest
        {
            Name = $"POST {url}",
            Create = token =>
            {
                HttpRequestMessage request = new(HttpMethod.Post, url) { Content = new StringContent($$"""{"scope":["{{Scope}}"]}""", Encoding.UTF8, "application/json") };
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                return request;
            },
            Read = (status, body) => status == 200 && ResponseJson.HasCredential(body, "accessToken")
                ? ExchangeOutcome.Of($"an access token of {email} until {ResponseJson.Text(body, "expireTime")} (not shown)")
                : Rejected(status, ResponseJson.Text(body, "error", "message") is { } message ? $"{ResponseJson.Text(body, "error", "status")}: {message}" : null),
        };
    }

    private static ExchangeOutcome Rejected(int status, string? said) =>
        ExchangeOutcome.Rejected("Google", status, said, known);
}
