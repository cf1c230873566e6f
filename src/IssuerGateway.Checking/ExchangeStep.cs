using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking;

/// <summary>Where and as whom to exchange the token.</summary>
public sealed record ExchangeRequest
{
    public static Uri PublicCloud { get; } = new("https://login.microsoftonline.com");

    public required string Tenant { get; init; }

    public required string ClientId { get; init; }

    /// <summary>The login endpoint; another one for a sovereign cloud.</summary>
    public Uri Endpoint { get; init; } = PublicCloud;

    public string Scope { get; init; } = "https://graph.microsoft.com/.default";
}

/// <summary>
/// The real thing: the client-credentials grant with the token as client assertion (RFC 7523 §2.2), as OAuth2 Proxy
/// authenticates itself. Prints Entra's own error, which OAuth2 Proxy hides; the access token is never shown.
/// </summary>
public sealed class ExchangeStep(CheckRequest request, ExchangeRequest exchange, TimeProvider time)
{
    private const int MaxBytes = 64 * 1024;

    public async Task<StepReport> RunAsync(CancellationToken cancellationToken)
    {
        StepBuilder step = new("exchange", request.Profiles, time);
        Uri uri = new(exchange.Endpoint, $"/{Uri.EscapeDataString(exchange.Tenant)}/oauth2/v2.0/token");
        try
        {
            using HttpMessageInvoker http = new(Handler());
            using HttpRequestMessage post = new(HttpMethod.Post, uri) { Content = Form(request.Token ?? "") };
            using HttpResponseMessage answer = await http.SendAsync(post, cancellationToken);
            byte[] body = await ReadBoundedAsync(answer.Content, cancellationToken);
            Judge(step, answer.StatusCode, body);
            return step.Done($"POST {uri}: status {(int)answer.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or AuthenticationException or OperationCanceledException)
        {
            step.Error("exchange-failed", $"{uri}: {NetworkSteps.Reason(e is HttpRequestException { InnerException: { } inner } ? inner : e)}",
                "allow egress to the login endpoint, or give --proxy");
            return step.Done("no answer");
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

    // Unlike the other steps this one sends a credential, so trust is strict.
    private SocketsHttpHandler Handler()
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = request.Proxy is not null,
            Proxy = request.Proxy is { } proxy ? new WebProxy(proxy) : null,
        };
        handler.SslOptions.CertificateChainPolicy = request.Overrides.ChainPolicy();
        return handler;
    }

    private static void Judge(StepBuilder step, HttpStatusCode status, byte[] body)
    {
        using JsonDocument? json = StrictJson.ParseObject(body, out _);
        if (status == HttpStatusCode.OK && json is not null && StrictJson.TextOf(json.RootElement, "access_token") is not null)
        {
            return;
        }

        string description = json is null ? "no JSON" : StrictJson.TextOf(json.RootElement, "error_description") ?? StrictJson.TextOf(json.RootElement, "error") ?? "no error_description";
        (string Code, string Meaning, string Fix)? explained = EntraErrors.Explain(description);
        step.Error("exchange-refused", $"{EntraErrors.Printable(description)}{(explained is { } found ? $" ({found.Code}: {found.Meaning})" : "")}",
            explained?.Fix ?? "is the endpoint that of an Entra tenant?");
    }

    private static async Task<byte[]> ReadBoundedAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using Stream stream = await content.ReadAsStreamAsync(cancellationToken);
        byte[] buffer = new byte[MaxBytes];
        int length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return buffer[..length];
    }
}
