using System.Net;
using System.Security.Authentication;
using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary>
/// The <c>/status</c> of the gateway, from a file or from its operations listener. What is fetched decides whether a roll
/// counts as done, so it is taken only from where nobody on the way can change it, and only as a gateway sends it.
/// </summary>
internal static class GatewayStatusInput
{
    public const int MaxBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan timeout = TimeSpan.FromSeconds(10);

    public static bool IsUrl(string text) => text.Contains("://", StringComparison.Ordinal);

    /// <summary>The URL to fetch; null with what is wrong with it.</summary>
    public static Uri? Parse(string text, out (string Message, string Hint) fault)
    {
        const string hint = "kubectl port-forward -n issuer-gateway deployment/gateway-issuer-gateway 9090:9090, then --gateway-status http://127.0.0.1:9090/status";
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0 || url.AbsolutePath is not ("/" or "/status"))
        {
            fault = ("is not the URL of a gateway's /status (http or https, no user, query or fragment)", hint);
            return null;
        }

        if (url.Scheme == "http" && !url.IsLoopback && !HostScope.IsPrivate(url.IdnHost))
        {
            fault = ("is plain http to a public host: anybody on the way could change the response", hint);
            return null;
        }

        fault = default;
        return new Uri(url, "/status");
    }

    /// <summary>The body; null with the reason.</summary>
    public static async Task<(string? Body, string? Problem, string Hint)> FetchAsync(Uri url, CancellationToken cancellationToken)
    {
        const string hint = "is the gateway running, and is this the address of its operations listener (Operations:Port, 9090 by default)?";
        using SocketsHttpHandler handler = new() { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = timeout, MaxResponseHeadersLength = 16 };
        handler.SslOptions.CertificateChainPolicy = new ConnectionOverrides().ChainPolicy();
        using HttpClient client = new(handler) { Timeout = timeout, MaxResponseContentBufferSize = MaxBytes };
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Get, url) { Headers = { { "Accept", "application/json" } } };
            using HttpResponseMessage response = await client.SendAsync(request, cancellationToken);
            string? type = response.Content.Headers.ContentType?.MediaType;
            return (response.StatusCode, type) switch
            {
                (HttpStatusCode.OK, "application/json") => (Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancellationToken)), null, ""),
                (HttpStatusCode.OK, _) => (null, $"the response is {(type is null ? "of no type" : PrintableText.Quote(type))}, not application/json", hint),
                ({ } status and >= HttpStatusCode.Ambiguous and < HttpStatusCode.BadRequest, _) => (null, $"status {(int)status}; a redirect is not followed", hint),
                (HttpStatusCode.MisdirectedRequest or HttpStatusCode.Forbidden, _) => (null, $"status {(int)response.StatusCode}: the gateway rejects this host name", "use its address, or add the name to Operations:AllowedHosts"),
                ({ } status, _) => (null, $"status {(int)status}", hint),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"no response within {timeout.TotalSeconds:0} s", hint);
        }
        catch (HttpRequestException exception) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, exception switch
            {
                { InnerException: AuthenticationException identity } => PrintableText.Of(identity.InnerException?.Message ?? identity.Message),
                { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => $"the response is larger than {MaxBytes / 1024 / 1024} MiB",
                { HttpRequestError: HttpRequestError.NameResolutionError } => "the name could not be resolved",
                { HttpRequestError: HttpRequestError.ConnectionError } => "the connection failed",
                _ => "the response is not HTTP as a gateway sends it, or ended early",
            }, hint);
        }
    }
}
