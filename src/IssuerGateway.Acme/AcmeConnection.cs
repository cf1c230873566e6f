using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IssuerGateway.Acme.Signing;
using IssuerGateway.Base;

namespace IssuerGateway.Acme;

/// <summary>A successful response of a CA.</summary>
internal sealed record AcmeResponse(byte[] Body, string? ContentType, Uri? Location, IReadOnlyList<Uri> Alternates, TimeSpan? RetryAfter);

/// <summary>
/// Carries requests to a CA and makes a problem of everything that is not a response of it: nonces, bounded retries,
/// bounded bodies. Knows no object of the protocol but the problem document.
/// </summary>
internal sealed class AcmeConnection(HttpClient http, TimeProvider time)
{
    private const int MaxBody = 256 * 1024;

    /// <summary>Requests until a CA that rejects every nonce is given up (RFC 8555 §6.5).</summary>
    private const int NonceAttempts = 10;

    /// <summary>Requests until a CA that fails without saying why is given up: balancers in front of one have a bad server now and then.</summary>
    private const int ServerFaultAttempts = 3;

    private readonly ConcurrentStack<string> nonces = new();

    /// <summary>How far this machine's clock is ahead of the CA's (negative: behind), as of the last response.</summary>
    public TimeSpan? ClockAhead { get; private set; }

    public Task<AcmeResult<AcmeResponse>> GetAsync(Uri url, CancellationToken cancellationToken) =>
        RetryAsync(() => SendAsync(() => new HttpRequestMessage(HttpMethod.Get, url), cancellationToken), cancellationToken);

    /// <param name="sign">Makes the body from a nonce.</param>
    /// <param name="accept">The only media type that is of use, if there is one.</param>
    public Task<AcmeResult<AcmeResponse>> PostAsync(Uri url, Uri newNonce, Func<string, JwsMessage> sign, string? accept, CancellationToken cancellationToken) =>
        RetryAsync(
            async () =>
            {
                AcmeResult<string> nonce = await NonceAsync(newNonce, cancellationToken);
                if (!nonce.IsSuccess)
                {
                    return nonce.Problem;
                }

                byte[] body = JsonSerializer.SerializeToUtf8Bytes(sign(nonce.Value), AcmeJson.Default.JwsMessage);
                return await SendAsync(() => Post(url, body, accept), cancellationToken);
            },
            cancellationToken);

    public static AcmeResult<T> Parse<T>(AcmeResponse response, Uri url, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(response.Body, type) is { } value ? value : AcmeProblem.Of(AcmeProblemType.NotAcme, $"{url} responded with null");
        }
        catch (JsonException)
        {
            // Never the parser's message: it may quote what it failed on.
            return AcmeProblem.Of(AcmeProblemType.NotAcme, $"{url} responded with something else than the expected JSON object");
        }
    }

    // Every retry has a fresh nonce: after badNonce that of the rejection itself (§6.5).
    private async Task<AcmeResult<AcmeResponse>> RetryAsync(Func<Task<AcmeResult<AcmeResponse>>> send, CancellationToken cancellationToken)
    {
        for (int nonceFaults = 0, serverFaults = 0; ;)
        {
            AcmeResult<AcmeResponse> response = await send();
            bool isRetried = response.Problem switch
            {
                { Type: AcmeProblemType.BadNonce } => ++nonceFaults < NonceAttempts,

                // With Retry-After the CA has said when; that is for the schedule to wait out.
                { Status: >= 500, RetryAfter: null } => ++serverFaults < ServerFaultAttempts,
                _ => false,
            };
            if (!isRetried)
            {
                return response;
            }

            if (response.Problem!.Status >= 500)
            {
                nonces.Clear();
                await Task.Delay(TimeSpan.FromSeconds(serverFaults), time, cancellationToken);
            }
        }
    }

    private static HttpRequestMessage Post(Uri url, byte[] body, string? accept)
    {
        ByteArrayContent content = new(body);

        // Exactly so (§6.2): with a charset it is 415.
        content.Headers.ContentType = new MediaTypeHeaderValue("application/jose+json");
        HttpRequestMessage request = new(HttpMethod.Post, url) { Content = content };
        if (accept is not null)
        {
            request.Headers.Accept.ParseAdd(accept);
        }

        return request;
    }

    private async Task<AcmeResult<string>> NonceAsync(Uri newNonce, CancellationToken cancellationToken)
    {
        if (nonces.TryPop(out string? kept))
        {
            return kept;
        }

        AcmeResult<AcmeResponse> response = await SendAsync(() => new HttpRequestMessage(HttpMethod.Head, newNonce), cancellationToken);
        if (!response.IsSuccess)
        {
            return response.Problem;
        }

        return nonces.TryPop(out string? fresh) ? fresh : AcmeProblem.Of(AcmeProblemType.NotAcme, $"{newNonce} responded without a usable Replay-Nonce");
    }

    private async Task<AcmeResult<AcmeResponse>> SendAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = make();
        Uri url = request.RequestUri!;
        try
        {
            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return await ReadAsync(url, response, cancellationToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return AcmeProblem.Of(AcmeProblemType.Unreachable, $"{url} did not respond within {http.Timeout.TotalSeconds:0} s");
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException)
        {
            return AcmeProblem.Of(AcmeProblemType.Untrusted, $"{url}: {e.InnerException.Message}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return AcmeProblem.Of(AcmeProblemType.Unreachable, $"{url}: {CauseOf(e)}");
        }
        finally
        {
            // What follows makes keys and writes files, after a fault too: not on the thread that waits for the sockets.
            await Task.Yield();
        }
    }

    // "An error occurred while sending the request" names no cause; what is inside does. The system's words for a name that
    // has no address are those of a busy resource.
    private static string CauseOf(Exception e) => e is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError }
        ? $"the host name cannot be resolved ({e.Message})"
        : e.GetBaseException().Message;

    private async Task<AcmeResult<AcmeResponse>> ReadAsync(Uri url, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        // §6.5.1: what is not base64url is ignored.
        if (response.Headers.TryGetValues("Replay-Nonce", out IEnumerable<string>? values) && values.First() is var nonce && IsNonce(nonce))
        {
            nonces.Push(nonce);
        }

        if (response.Headers.Date is { } date)
        {
            ClockAhead = time.GetUtcNow() - date;
        }

        TimeSpan? retryAfter = RetryAfter.Read(response.Headers, time);
        string? contentType = response.Content.Headers.ContentType?.MediaType;
        if (await BoundedReading.ReadAsync(response.Content, MaxBody, cancellationToken) is not { } body)
        {
            return AcmeProblem.Of(AcmeProblemType.NotAcme, $"{url} responded with more than {MaxBody} bytes");
        }

        Uri? location = response.Headers.Location is { } given ? CaUrl.Read(given.OriginalString, url) : null;
        AcmeResponse whole = new(body, contentType, location, Alternates(url, response.Headers), retryAfter);
        return response.IsSuccessStatusCode ? whole : ProblemOf(whole, url, response.StatusCode);
    }

    // RFC 8555 §6.7, known by its shape: some CAs and what stands in front of them send another media type. Anything else
    // comes from a proxy or is no CA.
    private static AcmeProblem ProblemOf(AcmeResponse response, Uri url, HttpStatusCode status)
    {
        AcmeResult<AcmeProblemDocument> document = Parse(response, url, AcmeJson.Default.AcmeProblemDocument);
        return document.IsSuccess && (document.Value.IsOfAcme || response.ContentType == "application/problem+json")
            ? AcmeProblem.Of(document.Value, (int)status, response.RetryAfter)
            : AcmeProblem.OfStatus(url, status, response.ContentType, response.RetryAfter);
    }

    private static bool IsNonce(string nonce) => nonce is { Length: > 0 and <= 1024 } && nonce.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    // RFC 8555 §7.4.2: Link: <…>;rel="alternate", several of them in one header or in many.
    private static IReadOnlyList<Uri> Alternates(Uri url, HttpResponseHeaders headers)
    {
        if (!headers.TryGetValues("Link", out IEnumerable<string>? values))
        {
            return [];
        }

        return [.. from value in values
                   from link in value.Split(',')
                   where link.Contains("rel=\"alternate\"", StringComparison.OrdinalIgnoreCase) || link.Contains("rel=alternate", StringComparison.OrdinalIgnoreCase)
                   let start = link.IndexOf('<', StringComparison.Ordinal)
                   let end = link.IndexOf('>', StringComparison.Ordinal)
                   where start >= 0 && end > start
                   let alternate = CaUrl.Read(link[(start + 1)..end], url)
                   where alternate is not null
                   select alternate];
    }
}
