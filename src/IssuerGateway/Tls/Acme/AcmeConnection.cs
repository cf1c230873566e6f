using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace IssuerGateway.Tls.Acme;

/// <summary>A successful answer of a CA.</summary>
internal sealed record AcmeAnswer(byte[] Body, Uri? Location, IReadOnlyList<Uri> Alternates, TimeSpan? RetryAfter);

/// <summary>
/// Carries requests to a CA and makes a problem of everything that is not an answer: nonces, bounded repetition on
/// badNonce, bounded bodies. Knows no object of the protocol.
/// </summary>
internal sealed class AcmeConnection(HttpClient http, TimeProvider time)
{
    private const int MaxBody = 256 * 1024;

    /// <summary>Requests until a CA that refuses every nonce is given up (RFC 8555 §6.5).</summary>
    private const int NonceAttempts = 10;

    private readonly ConcurrentStack<string> nonces = new();

    /// <summary>How far this machine's clock is ahead of the CA's (negative: behind), as of the last answer.</summary>
    public TimeSpan? ClockAhead { get; private set; }

    public Task<AcmeResult<AcmeAnswer>> GetAsync(Uri url, CancellationToken cancellationToken) =>
        SendAsync(() => new HttpRequestMessage(HttpMethod.Get, url), cancellationToken);

    /// <param name="sign">Makes the body from a nonce.</param>
    public async Task<AcmeResult<AcmeAnswer>> PostAsync(Uri url, Uri newNonce, Func<string, JwsMessage> sign, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeAnswer> answer = default;
        for (int attempt = 0; attempt < NonceAttempts; attempt++)
        {
            AcmeResult<string> nonce = await NonceAsync(newNonce, cancellationToken);
            if (!nonce.IsGood)
            {
                return nonce.Problem;
            }

            byte[] body = JsonSerializer.SerializeToUtf8Bytes(sign(nonce.Value), AcmeJson.Default.JwsMessage);
            answer = await SendAsync(() => Post(url, body), cancellationToken);

            // §6.5: the refusal itself carries a fresh nonce, which NonceAsync takes next.
            if (answer.Problem?.Type != AcmeProblemType.BadNonce)
            {
                break;
            }
        }

        return answer;
    }

    public static AcmeResult<T> Parse<T>(AcmeAnswer answer, Uri url, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(answer.Body, type) is { } value ? value : AcmeProblem.Of(AcmeProblemType.NotAcme, $"{url} answered null");
        }
        catch (JsonException)
        {
            // Never the parser's message: it may quote what it failed on.
            return AcmeProblem.Of(AcmeProblemType.NotAcme, $"{url} answered something else than the expected JSON object");
        }
    }

    private static HttpRequestMessage Post(Uri url, byte[] body)
    {
        ByteArrayContent content = new(body);
        // Exactly so (§6.2): with a charset it is 415.
        content.Headers.ContentType = new MediaTypeHeaderValue("application/jose+json");
        return new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
    }

    private async Task<AcmeResult<string>> NonceAsync(Uri newNonce, CancellationToken cancellationToken)
    {
        if (nonces.TryPop(out string? kept))
        {
            return kept;
        }

        AcmeResult<AcmeAnswer> answer = await SendAsync(() => new HttpRequestMessage(HttpMethod.Head, newNonce), cancellationToken);
        if (!answer.IsGood)
        {
            return answer.Problem;
        }

        return nonces.TryPop(out string? fresh) ? fresh : AcmeProblem.Of(AcmeProblemType.NotAcme, $"{newNonce} answered without a Replay-Nonce");
    }

    private async Task<AcmeResult<AcmeAnswer>> SendAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
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
            return AcmeProblem.Of(AcmeProblemType.Unreachable, $"{url} did not answer within {http.Timeout.TotalSeconds:0} s");
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException)
        {
            return AcmeProblem.Of(AcmeProblemType.Untrusted, $"{url}: {e.InnerException.Message}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return AcmeProblem.Of(AcmeProblemType.Unreachable, $"{url}: {e.Message}");
        }
        finally
        {
            // What follows makes keys and writes files, after a fault too: not on the thread that waits for the sockets.
            await Task.Yield();
        }
    }

    private async Task<AcmeResult<AcmeAnswer>> ReadAsync(Uri url, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Headers.TryGetValues("Replay-Nonce", out IEnumerable<string>? values))
        {
            nonces.Push(values.First());
        }

        if (response.Headers.Date is { } date)
        {
            ClockAhead = time.GetUtcNow() - date;
        }

        TimeSpan? retryAfter = RetryAfter.Read(response.Headers, time);
        string? contentType = response.Content.Headers.ContentType?.MediaType;
        if (await ReadBodyAsync(response.Content, cancellationToken) is not { } body)
        {
            return AcmeProblem.Of(AcmeProblemType.NotAcme, $"{url} answered more than {MaxBody} bytes");
        }

        if (response.IsSuccessStatusCode)
        {
            return new AcmeAnswer(body, response.Headers.Location is { } location ? CaUrl.Read(location.OriginalString, url) : null, Alternates(url, response.Headers), retryAfter);
        }

        // RFC 8555 §6.7. Anything else comes from what stands in front of the CA, or is no CA.
        AcmeResult<AcmeProblemDocument> document = contentType == "application/problem+json"
            ? Parse(new AcmeAnswer(body, null, [], null), url, AcmeJson.Default.AcmeProblemDocument)
            : AcmeProblem.OfStatus(url, response.StatusCode, contentType, retryAfter);
        return document.IsGood ? AcmeProblem.Of(document.Value, (int)response.StatusCode, retryAfter) : document.Problem;
    }

    private static async Task<byte[]?> ReadBodyAsync(HttpContent content, CancellationToken cancellationToken)
    {
        using Stream stream = await content.ReadAsStreamAsync(cancellationToken);
        using MemoryStream body = new();
        byte[] buffer = new byte[8192];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (body.Length + read > MaxBody)
            {
                return null;
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

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
