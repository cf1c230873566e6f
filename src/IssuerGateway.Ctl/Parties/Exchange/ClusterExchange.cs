using System.CommandLine;
using System.Net.Http.Headers;
using System.Text;

namespace IssuerGateway.Ctl.Parties.Exchange;

/// <summary>Checks which user another cluster takes the token for: a SelfSubjectReview.</summary>
internal sealed class ClusterExchange
{
    private const string Path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

    private const string Anonymous = "system:anonymous";

    private readonly Option<string> server = new("--server") { Description = "URL of the trusting cluster's API server. Required.", HelpName = "URL" };
    private readonly Option<string> user = new("--user") { Description = "User name that is expected, prefix and subject. Default: any.", HelpName = "NAME" };

    public static Command Create(string party, ProgramEnvironment environment)
    {
        ClusterExchange exchange = new();
        return TestVerb.Create(party, "Checks which user another cluster takes the token for.", [exchange.server, exchange.user], exchange.Read, environment);
    }

    private ExchangeRequest Read(OptionValues values)
    {
        string url = TestVerb.RequiredEndpoint(values, server) + Path;
        string? expected = values.Optional(user, OptionRule.NotEmpty("a user name", "such as shop-cluster:system:serviceaccount:apps:shop"));
        return new ExchangeRequest
        {
            Name = $"POST {url}",
            Create = token =>
            {
                HttpRequestMessage request = new(HttpMethod.Post, url)
                {
                    Content = new StringContent("""{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}""", Encoding.UTF8, "application/json"),
                };
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                return request;
            },
            Read = (status, body) => Read(status, body, expected),
        };
    }

    private static ExchangeOutcome Read(int status, byte[] body, string? expected)
    {
        string? name = ResponseJson.Text(body, "status", "userInfo", "username");
        if (status == 201 && name is not null and not Anonymous && (expected is null || name == expected))
        {
            return ExchangeOutcome.Of($"user {name}");
        }

        return (status, name) switch
        {
            (201, Anonymous) => new ExchangeOutcome(false, $"user {name}", "the API server did not read it as a token at all", "no issuer of the authentication configuration has this iss, or a proxy drops the header Authorization: compare iss above with issuer.url"),
            (201, not null) => new ExchangeOutcome(false, $"user {name}", $"the cluster takes the token for another user than {expected}", "compare the prefix of claimMappings.username"),
            (401, _) => new ExchangeOutcome(false, "Unauthorized", "the API server says no more than this to a client: issuer, audience, signature, expiry (no leeway), or an issuer that it has not reached yet",
                "read the log of the API server; compare iss and aud above with issuer.url and audiences; issuerctl check ISSUER from its network"),
            (403, _) => new ExchangeOutcome(false, ResponseJson.Text(body, "message") ?? "Forbidden", "the token was accepted, but the user may not read its own identity", "bind system:basic-user to system:authenticated again"),
            _ when ResponseJson.Text(body, "kind") == "Status" && ResponseJson.Text(body, "message") is { } message =>
                new ExchangeOutcome(false, message, null, status is 429 or >= 500 ? "run it again later" : "is it an API server of 1.28 or later?") { IsVerdict = false },
            _ => ExchangeOutcome.NoVerdict("Kubernetes", status),
        };
    }
}
