using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Fetching.Routing;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Exchange;

/// <summary>
/// The real thing: the client-credentials grant with the token as client assertion (RFC 7523 §2.2), as OAuth2 Proxy
/// authenticates itself. Prints Entra's own error, which OAuth2 Proxy hides; the access token is never shown.
/// </summary>
/// <param name="ofToken">What has been found of the token.</param>
internal sealed class ExchangeStep(CheckRequest request, ExchangeRequest exchange, TimeProvider time, IReadOnlyList<CheckFinding>? ofToken = null)
{
    /// <summary>With one of these the token is wrong, so that no credential is to be made like it.</summary>
    private static readonly string[] ofWrongTokens = ["token-foreign", "token-legacy", "token-issuer", "token-audience", "token-claim-missing", "token-subject"];

    /// <summary>RFC 6749 §5.1 and OIDC Core §3.1.3.3.</summary>
    private static readonly string[] ofResponse = ["access_token", "refresh_token", "id_token"];

    private const int MaxBytes = 64 * 1024;
    private const int MaxDescription = 2000;

    /// <summary>What is shorter is a word that a message may contain anyway.</summary>
    private const int MinSecret = 16;

    /// <summary>No access token is shorter, and who returns one calls it that.</summary>
    private const int MinOwn = 8;

    private readonly ConnectionOverrides overrides = request.Overrides with { Roots = exchange.Roots, RootsFile = null };
    private SslPolicyErrors distrust;

    public async Task<StepReport> RunAsync(CancellationToken cancellationToken)
    {
        StepBuilder step = new("exchange", [RelyingParty.Find("entra")!], time);
        Uri uri = new(exchange.Endpoint, $"/{Uri.EscapeDataString(exchange.Tenant)}/oauth2/v2.0/token");
        DocumentUrl url = DocumentUrl.TryParse(uri.AbsoluteUri, out DocumentUrl? parsed) ? parsed : throw new InvalidOperationException("a login endpoint that is no URL");
        string curl = new CurlCommand(overrides, request.Proxy).Verbose(url);

        // Where an option leads elsewhere, neither the network nor the endpoint is to blame first.
        ConnectionTarget target = overrides.TargetOf(url.Endpoint.DnsHost, url.Endpoint.Port);
        string? elsewhere = request.Proxy is null && target.Options is { } options ? $"correct {options}, which {(target is { Route: not null, Entry: not null } ? "lead" : "leads")} this request to {target.Address}, or leave it out" : null;
        try
        {
            using HttpMessageInvoker http = new(Handler(url));
            using HttpRequestMessage post = new(HttpMethod.Post, uri) { Content = Form(request.Tokens is [var token, ..] ? token.Text : "") };
            using HttpResponseMessage response = await http.SendAsync(post, cancellationToken);
            byte[] body = await BoundedReading.ReadAsync(response.Content, MaxBytes, cancellationToken) ?? [];
            Evaluate(step, response.StatusCode, body);
            return step.Done($"POST {uri}: status {(int)response.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or AuthenticationException or OperationCanceledException)
        {
            if (distrust != SslPolicyErrors.None)
            {
                bool isOfOther = distrust.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch);
                step.Report("exchange-untrusted", $"{uri}: the certificate {(isOfOther ? "is for another host" : "was not accepted")}, and the token was not sent",
                    $"{elsewhere ?? (isOfOther ? "find out who responds in place of the login endpoint" : "correct the clock of this machine if it is wrong; if a proxy of your network inspects TLS, add its root to the trusted roots of this machine, because --ca is not used here")}; see whose certificate it is: {curl}");
                return step.Done("the certificate is not trusted");
            }

            step.Report("exchange-failed", $"{uri}: {Reason(e is HttpRequestException { InnerException: { } inner } ? inner : e)}", $"{elsewhere ?? $"allow egress to the login endpoint{(request.Proxy is null ? ", or use --proxy" : " through --proxy")}"}; to investigate: {curl}");
            return step.Done("no response");
        }
    }

    private FormUrlEncodedContent Form(string token) => new(
    [
        new("grant_type", "client_credentials"),
        new("client_id", exchange.ClientId),
        new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        new("client_assertion", token),
        new("scope", exchange.Scope),
    ]);

    // Unlike the other steps this one sends a credential: a root that was stated for the issuer says nothing about the login endpoint.
    private SocketsHttpHandler Handler(DocumentUrl url)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = request.Proxy is not null,
            Proxy = OperatorProxy.Of(request.Proxy),
        };
        handler.SslOptions.CertificateChainPolicy = overrides.ChainPolicy();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, errors) => (distrust = errors) == SslPolicyErrors.None;
        if (request.Proxy is null)
        {
            GuardedConnector connector = new(overrides, url);
            handler.ConnectCallback = (context, cancellationToken) => connector.ConnectAsync(context.DnsEndPoint, cancellationToken);
        }

        return handler;
    }

    private void Evaluate(StepBuilder step, HttpStatusCode status, byte[] body)
    {
        using JsonDocument? json = StrictJson.ParseObject(body, out _);
        if (status == HttpStatusCode.OK && json is not null && StrictJson.TextOf(json.RootElement, "access_token") is { Length: > 0 })
        {
            return;
        }

        // RFC 6749 §5.2: a rejection has an error. What is throttled, out of order or from something in between is none.
        if (json is null || StrictJson.TextOf(json.RootElement, "error") is not { } error || (int)status is < 400 or >= 500 or 407 or 408 or 429)
        {
            step.Report("exchange-failed", string.Create(CultureInfo.InvariantCulture, $"status {(int)status}{(json is null ? ", and no JSON" : "")}"),
                (int)status is 429 or >= 500 ? "try again in a few minutes" : "check that the endpoint is that of an Entra tenant, and that nothing in between responds in its place");
            return;
        }

        string description = StrictJson.TextOf(json.RootElement, "error_description") ?? error;
        description = WithoutTokens(description, json.RootElement);
        (string Code, string Meaning, string Fix)? explained = EntraErrors.Explain(description);

        // Support requests the trace id, the correlation id and the time, which are at the end.
        string said = description.Length > MaxDescription ? EntraErrors.Printable(description) : PrintableText.Of(description, MaxDescription);
        step.Report("exchange-refused", $"{said}{(explained is { } found ? $" ({found.Code}: {found.Meaning}{(EntraErrors.LinkOf(found.Code) is { } link ? $"; {link}" : "")})" : "")}",
            explained is { Code: { } code } && EntraErrors.IsAboutTheCredential(code) ? CredentialFix(code) : explained?.Fix ?? "check that the endpoint is that of an Entra tenant");
    }

    // An endpoint may return what it was sent, in whole or in part, and a token of its own beside an error.
    private string WithoutTokens(string text, JsonElement response) =>
        ReturnedText.Without(SecretText.Hide(text),
        [
            .. request.Tokens.Take(1).Select(token => token.Text).Where(sent => sent.Length >= MinSecret),
            .. ofResponse.Select(member => StrictJson.TextOf(response, member)).OfType<string>().Where(own => own.Length >= MinOwn),
        ], "[token]");

    // The token has been validated by the steps before. If nothing was found, what differs is the credential, and here is what it has to say.
    private string CredentialFix(string code)
    {
        string[] wrong = [.. (ofToken ?? []).Where(finding => ofWrongTokens.Contains(finding.Id) && finding.Responses.Any(entry => entry is { Party: "entra", Severity: Severity.Error })).Select(finding => finding.Id)];
        if (wrong.Length > 0)
        {
            return $"correct the token first, as {string.Join(" and ", wrong)} says, and exchange the new one";
        }

        CompactToken? token = request.Tokens is [{ } input, ..] ? CompactToken.Parse(input.Text) : null;
        string wanted = token is null ? "" : $" issuer {ShellText.Quote(token.Issuer ?? "")}, subject {ShellText.Quote(token.Subject ?? "")}, audience {ShellText.Quote(token.Audiences is [var audience, ..] ? audience : "")}";
        string app = ShellText.Quote(exchange.ClientId);
        return code == "AADSTS70025"
            ? $"create a federated credential of app {app}:{wanted}. How: issuerctl trust apply entra-app --help"
            : $"correct the federated credential of app {app}, character for character:{wanted}; after a change wait some minutes ({code} may flap). Compare: az ad app federated-credential list --id {app}";
    }

    private static string Reason(Exception e) => e is AuthenticationException ? "the TLS handshake did not complete, and the token was not sent" : NetworkFault.Reason(e);
}
