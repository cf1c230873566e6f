using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Ctl.Parties.Vault;

namespace IssuerGateway.Ctl.Parties.Exchange;

/// <summary>The login of the jwt auth method of Vault or OpenBao.</summary>
internal sealed class VaultExchange
{
    private static readonly (string Text, string Meaning, string Fix)[] known =
    [
        ("error configuring token validator", "the server cannot use the issuer's discovery document or keys", "issuerctl check ISSUER --profile vault from the server's network; the server's log has the reason"),
        ("role could not be found", "there is no such role", "issuerctl trust render vault, or correct --role and --path"),
        ("role \"", "there is no such role", "issuerctl trust render vault, or correct --role and --path"),
        ("invalid audience", "the audience is none of bound_audiences", "project the token with an audience of the role; one has to be bound when the token carries any"),
        ("audience claim", "the audience is none of bound_audiences", "project the token with an audience of the role; one has to be bound when the token carries any"),
        ("sub claim does not match", "the subject is not bound_subject", "compare sub above with bound_subject of the role"),
        ("invalid subject", "the subject is not bound_subject", "compare sub above with bound_subject of the role"),
        ("invalid issuer", "the token's issuer is not bound_issuer", "compare iss above with bound_issuer and oidc_discovery_url; a slash counts"),
        ("id token signed with unsupported algorithm", "the algorithm is not among jwt_supported_algs", "allow it in the configuration"),
        ("token signed with unexpected algorithm", "the algorithm is not among jwt_supported_algs", "allow it in the configuration"),
        ("fetching keys", "the server cannot fetch the issuer's keys", "issuerctl check ISSUER --profile vault from the server's network"),
        ("unsupported signing algorithm", "the algorithm is not among jwt_supported_algs", "allow it in the configuration"),
        ("failed to verify", "no key of the issuer verifies the signature; one unknown or malformed key breaks the whole set", "issuerctl check ISSUER --profile vault; are pinned keys stale? issuerctl trust drift vault"),
        ("no known key successfully validated", "no key of the issuer verifies the signature; one unknown or malformed key breaks the whole set", "issuerctl check ISSUER --profile vault; are pinned keys stale? issuerctl trust drift vault"),
        ("token is expired", "the token had expired for longer than the leeway of 60 s", "read the token file at every use"),
        ("expired", "the token had expired for longer than the leeway of 60 s", "read the token file at every use"),
        ("permission denied", "the server knows no auth method at this path, or does not allow the login", "vault auth list; correct --path"),
        ("no handler for route", "the server has no auth method at this path", "enable it: issuerctl trust render vault, or correct --path"),
    ];

    private readonly VaultProduct product;
    private readonly Option<string> address;
    private readonly Option<string> mount = new("--path") { Description = "Where the auth method is mounted. Default: jwt.", HelpName = "PATH" };
    private readonly Option<string> role = new("--role") { Description = "Name of the role. Required.", HelpName = "NAME" };
    private readonly Option<string> serverNamespace;

    private VaultExchange(VaultProduct product)
    {
        this.product = product;
        address = new Option<string>("--address") { Description = $"URL of {product.Title}. Required.", HelpName = "URL" };
        serverNamespace = new Option<string>("--server-namespace") { Description = $"Namespace of {product.Title}. Default: none.", HelpName = "NAME" };
    }

    public static Command Create(VaultProduct product, ProgramEnvironment environment)
    {
        VaultExchange exchange = new(product);
        return TestVerb.Create(product.Party, $"Logs in to {product.Title} with the token; the client token is not shown.",
            [exchange.address, exchange.role, exchange.mount, exchange.serverNamespace], exchange.Read, environment);
    }

    private ExchangeRequest Read(OptionValues values)
    {
        string server = TestVerb.RequiredEndpoint(values, address);
        string name = values.Required(role, OptionRule.Pattern("[a-zA-Z0-9][a-zA-Z0-9_-]{0,127}", $"1 to 128 of A-Z a-z 0-9 _ - ({product.Title})", "the name of the role"));
        string path = values.Optional(mount, OptionRule.Pattern("[a-zA-Z0-9][a-zA-Z0-9_-]*(/[a-zA-Z0-9_-]+)*", "a path of A-Z a-z 0-9 _ - without auth/ and without a slash at either end", "the default is jwt")) ?? "jwt";
        string? inner = values.Optional(serverNamespace, OptionRule.Pattern("[A-Za-z0-9][A-Za-z0-9_/-]{0,255}", "a namespace path", "leave it out for the root namespace"));
        string url = $"{server}/v1/auth/{path}/login";
        return new ExchangeRequest
        {
            Name = $"POST {url}",
            Create = token =>
            {
                HttpRequestMessage request = new(HttpMethod.Post, url)
                {
                    Content = new StringContent(new JsonObject { ["role"] = name, ["jwt"] = token }.ToJsonString(), Encoding.UTF8, "application/json"),
                };
                if (inner is not null)
                {
                    request.Headers.Add("X-Vault-Namespace", inner);
                }

                return request;
            },
            Read = (status, body) => status == 200 && ResponseJson.HasCredential(body, "auth", "client_token")
                ? ExchangeOutcome.Of($"a client token for {ResponseJson.Text(body, "auth", "lease_duration")} seconds with policies {ResponseJson.Text(body, "auth", "policies")} (not shown)")
                : ExchangeOutcome.Rejected(product.Title, status, ResponseJson.Text(body, "errors") is { Length: > 0 } said ? said : null, known),
        };
    }
}
