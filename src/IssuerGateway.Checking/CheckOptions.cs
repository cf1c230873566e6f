using System.CommandLine;
using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>What <c>issuer-gateway check</c> is told on its command line, and what is wrong with it, all at once.</summary>
public sealed class CheckOptions
{
    private const int MaxTokenBytes = 2 * 1024 * 1024;

    private readonly Argument<string?> issuer = new("ISSUER-URL") { Description = "the issuer, exactly as tokens carry it; default: that of the configuration", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> token = new("--token") { Description = "file with a token to judge, - for standard input" };
    private readonly Option<string?> audience = new("--audience") { Description = "audience that the token must have; default: that of the profile" };
    private readonly Option<string?> subject = new("--subject") { Description = "subject that the token must have, system:serviceaccount:NAMESPACE:NAME" };
    private readonly Option<string[]> profile = new("--profile") { Description = $"relying party, repeatable: {string.Join(", ", RelyingPartyProfile.Names)}", DefaultValueFactory = _ => ["entra"] };
    private readonly Option<bool> upstream = new("--upstream") { Description = "compare with every API server: of the configuration, or of --kubeconfig" };
    private readonly Option<string?> kubeconfig = new("--kubeconfig") { Description = "kubeconfig of the cluster to compare with, for --upstream" };
    private readonly Option<string?> context = new("--context") { Description = "context of the kubeconfig, default its current one" };
    private readonly Option<string[]> resolve = new("--resolve") { Description = "HOST:PORT:ADDRESS to use in place of DNS, repeatable" };
    private readonly Option<string?> roots = new("--ca") { Description = "PEM file with the roots to trust in place of the system's" };
    private readonly Option<bool> allowPrivate = new("--allow-private") { Description = "request documents from private addresses when the discovery document or a redirect points to them" };
    private readonly Option<string?> proxy = new("--proxy") { Description = "HTTP proxy, http://HOST:PORT" };
    private readonly Option<string> timeout = new("--timeout") { Description = "for everything together", DefaultValueFactory = _ => "30s" };
    private readonly Option<string> output = new("--output", "-o") { Description = "text or json", DefaultValueFactory = _ => "text" };
    private readonly Option<bool> exchange = new("--exchange") { Description = "exchange the token at Entra, as OAuth2 Proxy would" };
    private readonly Option<string?> tenant = new("--tenant") { Description = "tenant id, for --exchange" };
    private readonly Option<string?> clientId = new("--client-id") { Description = "client id of the app registration, for --exchange" };
    private readonly Option<string?> endpoint = new("--login-endpoint") { Description = $"login endpoint of the cloud, for --exchange; default {ExchangeRequest.PublicCloud}" };

    public void AddTo(Command command)
    {
        command.Arguments.Add(issuer);
        foreach (Option option in (Option[])[token, audience, subject, profile, upstream, kubeconfig, context, resolve, roots, allowPrivate, proxy, timeout, output, exchange, tenant, clientId, endpoint])
        {
            command.Options.Add(option);
        }
    }

    public bool IsJson(ParseResult arguments) => arguments.GetValue(output) == "json";

    public bool ComparesUpstream(ParseResult arguments) => arguments.GetValue(upstream);

    /// <summary>The kubeconfig and its context to compare with.</summary>
    public (string File, string? Context)? Kubeconfig(ParseResult arguments) => arguments.GetValue(kubeconfig) is { } file ? (file, arguments.GetValue(context)) : null;

    /// <summary>Whether issuer or API servers are those of the configuration.</summary>
    public bool NeedsConfiguration(ParseResult arguments) =>
        (arguments.GetValue(upstream) && arguments.GetValue(kubeconfig) is null) || arguments.GetValue(issuer) is null;

    public CheckRequest ReadRequest(ParseResult arguments, IReadOnlyList<ConfiguredIssuer>? configured, List<(string Message, string Hint)> faults)
    {
        string? url = arguments.GetValue(issuer) ?? configured?.Select(each => each.Identifier).FirstOrDefault(value => value is not null);
        if (url is null && faults.Count == 0)
        {
            faults.Add(("ISSUER-URL: found nothing, expected the issuer", "issuer-gateway check https://oidc.example.com, or --config with Issuers:0:Identifier"));
        }

        RelyingPartyProfile?[] profiles = [.. arguments.GetValue(profile)!.Select(RelyingPartyProfile.Find)];
        if (profiles.Contains(null))
        {
            faults.Add(($"--profile: found \"{string.Join(", ", arguments.GetValue(profile)!)}\", expected {string.Join(", ", RelyingPartyProfile.Names)}", "name each relying party with a --profile of its own"));
        }

        if (!DurationText.TryParse(arguments.GetValue(timeout)!, out TimeSpan patience) || patience <= TimeSpan.Zero)
        {
            faults.Add(($"--timeout: found \"{arguments.GetValue(timeout)}\", expected a duration", "write for example --timeout 30s"));
        }

        if (arguments.GetValue(output) is not ("text" or "json"))
        {
            faults.Add(($"--output: found \"{arguments.GetValue(output)}\", expected text or json", "leave it out for text"));
        }

        return new CheckRequest
        {
            Issuer = url ?? "",
            Profiles = [.. profiles.OfType<RelyingPartyProfile>()],
            Token = ReadToken(arguments, faults),
            Audience = arguments.GetValue(audience),
            Subject = arguments.GetValue(subject),
            Overrides = ReadOverrides(arguments, faults),
            Proxy = ReadUrl(arguments, proxy, "http", faults),
            Timeout = patience,
        };
    }

    /// <summary>The exchange to rehearse, null when none is asked for.</summary>
    public ExchangeRequest? ReadExchange(ParseResult arguments, List<(string Message, string Hint)> faults)
    {
        if (!arguments.GetValue(exchange))
        {
            return null;
        }

        if (arguments.GetValue(tenant) is { } tenantId && arguments.GetValue(clientId) is { } client && arguments.GetValue(token) is not null)
        {
            return new ExchangeRequest { Tenant = tenantId, ClientId = client, Endpoint = ReadUrl(arguments, endpoint, "https", faults) ?? ExchangeRequest.PublicCloud };
        }

        faults.Add(("--exchange: expected --tenant, --client-id and --token with it", "issuer-gateway check ISSUER --token FILE --exchange --tenant TENANT --client-id CLIENT"));
        return null;
    }

    private string? ReadToken(ParseResult arguments, List<(string Message, string Hint)> faults)
    {
        if (arguments.GetValue(token) is not { } path)
        {
            return null;
        }

        try
        {
            return Encoding.UTF8.GetString(FileSet.Read(MaxTokenBytes, path == "-" ? "/dev/stdin" : path).Contents[0]).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(($"--token: {e.Message}", "name the file of the projected token, or - for standard input"));
            return null;
        }
    }

    private ConnectionOverrides ReadOverrides(ParseResult arguments, List<(string Message, string Hint)> faults)
    {
        List<SettingError> errors = [];
        ConnectionOverrides overrides = ConnectionOverrides.Parse(arguments.GetValue(resolve) ?? [], arguments.GetValue(roots), arguments.GetValue(allowPrivate), errors);
        faults.AddRange(errors.Select(error => (error.Message, error.Hint)));
        return overrides;
    }

    private static Uri? ReadUrl(ParseResult arguments, Option<string?> option, string scheme, List<(string Message, string Hint)> faults)
    {
        if (arguments.GetValue(option) is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme == scheme)
        {
            return url;
        }

        faults.Add(($"{option.Name}: found \"{text}\", expected an {scheme} URL", $"write it as {scheme}://HOST:PORT"));
        return null;
    }
}
