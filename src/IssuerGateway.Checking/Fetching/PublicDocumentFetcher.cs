using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching.Routing;
using IssuerGateway.Checking.Handshakes;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Fetching;

/// <summary>
/// The one GET of everything that checks an issuer: a verified certificate, no redirects, no cookies, bounded in bytes
/// and time, and no connection that a document chose (<see cref="GuardedConnector"/>).
/// </summary>
public sealed class PublicDocumentFetcher : IDisposable
{
    // Go's net/http reads 10 MiB, of the other parties nothing is known.
    private const int MaxHeaderKilobytes = 128;

    private readonly HttpMessageInvoker http;
    private readonly ConnectionOverrides overrides;
    private readonly Uri? proxy;
    private readonly TimeProvider time;
    private readonly ConcurrentDictionary<string, bool> certified = new(StringComparer.OrdinalIgnoreCase);
    private bool isCertificateRequested;

    /// <param name="typed">The URL that a person typed; its origin alone is connected to wherever it resolves to.</param>
    public PublicDocumentFetcher(DocumentUrl typed, ConnectionOverrides overrides, Uri? proxy, TimeProvider time)
    {
        this.overrides = overrides;
        this.proxy = proxy;
        this.time = time;
        Connector = new GuardedConnector(overrides, typed);
        Curl = new CurlCommand(overrides, proxy);
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = proxy is not null,
            Proxy = OperatorProxy.Of(proxy),
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            MaxResponseHeadersLength = MaxHeaderKilobytes,
        };
        handler.SslOptions.CertificateChainPolicy = overrides.ChainPolicy();
        handler.SslOptions.CipherSuitesPolicy = RelyingPartyTls.Suites;
        handler.SslOptions.RemoteCertificateValidationCallback = Validate;

        // Called once more, with the certificate of the server, when the server requests one of the client.
        handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, remote, _) =>
        {
            isCertificateRequested |= remote is not null;
            return null!;
        };

        if (proxy is null)
        {
            handler.ConnectCallback = (context, cancellationToken) => Connector.ConnectAsync(context.DnsEndPoint, cancellationToken);
        }

        http = new HttpMessageInvoker(handler);
    }

    internal GuardedConnector Connector { get; }

    internal CurlCommand Curl { get; }

    public async Task<FetchResult> GetAsync(DocumentUrl url, CancellationToken cancellationToken)
    {
        // Where a proxy connects to cannot be seen from here, so it could not be rejected.
        if (proxy is not null && !Connector.IsTyped(url) && !overrides.AllowPrivate)
        {
            return Failed(url, "address-unseen", "is on another host, and a proxy would hide whether that is private", "run the check without --proxy, or add --allow-private if you trust the document");
        }

        FetchResult result = await RequestAsync(url, cancellationToken);

        // HTTP/2 itself is not spoken: a server could flood it with frames that have to be acknowledged.
        return result.Fault is { IsOtherProtocol: true } && proxy is null && !url.IsPlain && await Http2Probe.IsChosenAsync(Connector, url, cancellationToken)
            ? Failed(url, "http-version", "no response to HTTP/1.1, and the server chooses HTTP/2 where it is offered", $"let what terminates TLS offer HTTP/1.1 too, until this works: {Curl.Http11(url)}")
            : result;
    }

    private async Task<FetchResult> RequestAsync(DocumentUrl url, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Get, url.Uri);
            using HttpResponseMessage response = await http.SendAsync(request, cancellationToken);
            if (HasAmbiguousLength(response.Content.Headers))
            {
                return Failed(url, "http-failed", "the Content-Length is not one number", $"to investigate: {Curl.Verbose(url)}");
            }

            byte[]? body = await BoundedReading.ReadAsync(response.Content, StrictJson.MaxBytes, cancellationToken);
            return new FetchResult(
                new FetchedDocument
                {
                    Status = response.StatusCode,
                    ContentType = response.Content.Headers.ContentType?.MediaType
                        ?? (response.Content.Headers.NonValidated.TryGetValues("Content-Type", out HeaderStringValues type) ? type.ToString() : null),
                    HasContentLength = response.Content.Headers.NonValidated.Contains("Content-Length"),
                    ContentEncoding = response.Content.Headers.NonValidated.TryGetValues("Content-Encoding", out HeaderStringValues encoding) ? encoding.ToString() : null,
                    MaxAge = MaxAgeOf(response),
                    Location = response.Headers.NonValidated.TryGetValues("Location", out HeaderStringValues location) ? location.First() : null,
                    Date = response.Headers.Date,
                    HeaderLength = response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated).Sum(header => header.Value.Sum(value => header.Key.Length + value.Length + 4)),
                    Body = body,
                    Elapsed = time.GetElapsedTime(started),
                },
                null);
        }
        catch (OperationCanceledException)
        {
            TimeSpan elapsed = time.GetElapsedTime(started);
            if (IsOfProxy(url))
            {
                return OfProxy(string.Create(CultureInfo.InvariantCulture, $"no response within {elapsed.TotalSeconds:0.0} s"));
            }

            FetchResult failed = Failed(url, "http-timeout", string.Create(CultureInfo.InvariantCulture, $"no whole response after {elapsed.TotalSeconds:0.0} s"), $"find out what is slow: {Curl.Verbose(url)}");
            return failed with { Fault = failed.Fault! with { Elapsed = elapsed } };
        }
        catch (HttpRequestException e) when (e.InnerException is PrivateAddressException or AuthenticationException || e.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            return e.InnerException is PrivateAddressException { Address: { } address }
                ? Failed(url, "address-foreign", $"{(url.Endpoint.DnsHost == address.ToString() ? $"{address} is a private address" : $"the host resolves to {address}, a private address")}, and was not contacted",
                    "publish the document on a public address; add --allow-private to request it from here all the same")
                : certified.ContainsKey(url.Uri.IdnHost) ? Failed(url, "tls-untrusted", "the certificate was not accepted, so nothing was requested", Handshake(url))
                : Failed(url, "tls-failed", "the TLS handshake did not complete, so nothing was requested", Handshake(url));
        }
        catch (HttpRequestException e) when (proxy is not null && (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.ProxyTunnelError || IsOfProxy(url)))
        {
            return e.StatusCode is HttpStatusCode.ProxyAuthenticationRequired ? OfProxy("it requires a user and a password", "give them in the URL of --proxy, before the host: USER:PASSWORD@HOST:PORT")
                : OfProxy(e.StatusCode is { } status ? string.Create(CultureInfo.InvariantCulture, $"it responded with status {(int)status}") : Reason(e));
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return Failed(url, "http-headers-large", $"more than {MaxHeaderKilobytes} KiB of headers", $"find out what adds them: {Curl.Headers(url)}");
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException fault && (NetworkFault.IsOfNameServer(fault) || NetworkFault.IsWithoutRoute(fault)))
        {
            return NetworkFault.IsOfNameServer(fault)
                ? Failed(url, "dns-no-response", NetworkFault.Reason(fault), $"run the check again; see what the name servers of this machine say: dig {ShellText.Quote(url.Endpoint.DnsHost)}; or state the address: --resolve {ShellText.Quote(url.Endpoint.HostAndPort)}:ADDRESS")
                : Failed(url, "tcp-no-route", NetworkFault.Reason(fault), "run the check on a machine that reaches the internet, for an IPv6 address over IPv6");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or AuthenticationException)
        {
            string reason = Reason(e);
            FetchResult failed = Failed(url, "http-failed", reason == Unconnected && e.InnerException is SocketException socket ? $"the server {NetworkFault.Reason(socket)}" : reason, reason switch
            {
                Unresolved => $"publish an A or AAAA record, then: dig +short {ShellText.Quote(url.Endpoint.DnsHost)}",
                ClientCertificate => FailedHandshake.RequireNoClientCertificate,
                Unconnected => $"open port {url.Endpoint.Port} of {PrintableText.Of(url.Endpoint.DnsHost)} in the firewall",
                _ => $"to investigate: {Curl.Verbose(url)}",
            });
            return failed with { Fault = failed.Fault! with { IsOtherProtocol = reason is CutOff or NotHttp } };
        }
    }

    public void Dispose() => http.Dispose();

    // Whether a certificate came at all tells a handshake that failed from one that was rejected here.
    private bool Validate(object tls, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        certified[((SslStream)tls).TargetHostName] = true;
        return errors == SslPolicyErrors.None || overrides.IsPinned(certificate) || (errors == SslPolicyErrors.RemoteCertificateChainErrors && ServerUsage.IsForAny(chain!));
    }

    // RFC 9111 §1.2.2: a number that is too large is 2^31 seconds; .NET drops the whole header.
    private static TimeSpan? MaxAgeOf(HttpResponseMessage response) => response.Headers.CacheControl?.MaxAge
        ?? (response.Headers.NonValidated.TryGetValues("Cache-Control", out HeaderStringValues values)
            && values.SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries)).Select(directive => directive.Split('=', 2)).FirstOrDefault(parts => parts is [var name, [_, ..]] && name.Equals("max-age", StringComparison.OrdinalIgnoreCase) && parts[1].All(char.IsAsciiDigit)) is { } directive
            ? TimeSpan.FromSeconds(long.TryParse(directive[1], NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) ? Math.Min(seconds, 1L << 31) : 1L << 31)
            : null);

    // RFC 9112 §6.3: such a response is to be discarded, unless all of them are the same (RFC 9110 §8.6); .NET reads on.
    private static bool HasAmbiguousLength(HttpContentHeaders headers) =>
        headers.NonValidated.TryGetValues("Content-Length", out HeaderStringValues values) && (values.Distinct().ToArray() is not [var length] || !long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out _));

    // Until a certificate of the host came through the tunnel, nothing has been heard of the host.
    private bool IsOfProxy(DocumentUrl url) => proxy is not null && !url.IsPlain && !certified.ContainsKey(url.Uri.IdnHost);

    private FetchResult OfProxy(string response, string fix = "correct --proxy, or let the proxy pass connections to the issuer; without --proxy the check connects itself") =>
        new(null, new DocumentFault("proxy-failed", $"{OperatorProxy.HostAndPort(proxy!)}: {response}", fix));

    private string Handshake(DocumentUrl url) =>
        $"see who responds: openssl s_client {(proxy is null ? "" : $"-proxy {ShellText.Quote(OperatorProxy.HostAndPort(proxy))} ")}-connect {ShellText.Quote(proxy is null ? overrides.TargetOf(url.Endpoint.DnsHost, url.Endpoint.Port).Address : url.Endpoint.HostAndPort)} -servername {ShellText.Quote(url.Endpoint.DnsHost)}";

    private static FetchResult Failed(DocumentUrl url, string rule, string found, string fix) => new(null, new DocumentFault(rule, $"{ShownText.Of(url.Value)}: {found}", fix));

    private static IEnumerable<Exception> Causes(Exception e)
    {
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }

    private const string Unresolved = "the name does not resolve";
    private const string Unconnected = "no connection";
    private const string CutOff = "the response was cut off";
    private const string NotHttp = "the response is not valid HTTP";

    private const string ClientCertificate = "the server requires a client certificate";

    private string Reason(Exception e) => e switch
    {
        // RFC 8446 §4.4.2.4: in TLS 1.3 the alert comes after the handshake. Only OpenSSL's text names it.
        _ when Causes(e).Any(cause => cause.Message.Contains("alert certificate required", StringComparison.Ordinal)) => ClientCertificate,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => Unresolved,
        HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } } => Unresolved,
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => Unconnected,
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } or HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } => CutOff,
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } or HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse } => NotHttp,
        _ when isCertificateRequested => ClientCertificate,
        _ => "the connection broke",
    };
}
