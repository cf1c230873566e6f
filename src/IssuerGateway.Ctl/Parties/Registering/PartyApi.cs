using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IssuerGateway.Ctl.Parties.Registering;

/// <summary>
/// JSON requests to the registration API of a party, one at a time. What is likely to pass (429, 503, a concurrent write,
/// and what a proxy responds in place of the party) is repeated after the time that the response names; bodies are bounded
/// and redirects are not followed.
/// </summary>
/// <param name="progress">Says why the command waits, also in the log of a pipeline, where a minute of nothing looks like a hang.</param>
internal sealed class PartyApi(HttpMessageInvoker http, PartyRegistrar party, Action<string> progress, TimeProvider time, TimeProvider networkTime)
{
    private const int MaxBytes = 4 * 1024 * 1024;
    private const int Attempts = 6;
    private static readonly TimeSpan attemptTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan maxWait = TimeSpan.FromMinutes(2);

    private readonly HashSet<string> credentials = [];

    /// <summary>A text of the party without the credentials of the requests.</summary>
    public string WithoutCredentials(string text) => CredentialRedaction.Without(text, credentials);

    /// <exception cref="HttpRequestException">The party cannot be reached.</exception>
    public async Task<PartyResponse> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            PartyResponse response = await SendOnceAsync(method, path, body, cancellationToken);

            // RFC 9110 §9.2.2: after 502 and 504 a POST may have been carried out.
            bool isRepeated = response.Status is 429 or 503 || (response.Status is 502 or 504 && method != HttpMethod.Post) || party.IsPassing(response);
            TimeSpan wait = response.RetryAfter ?? TimeSpan.FromSeconds(Math.Pow(2, attempt));
            if (!isRepeated || attempt == Attempts || wait > maxWait)
            {
                return response;
            }

            progress($"{party.Endpoint} responded with {response.Status}; retrying in {Math.Ceiling(wait.TotalSeconds)} s");
            await Task.Delay(wait, time, cancellationToken);
        }
    }

    private async Task<PartyResponse> SendOnceAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(method, party.Endpoint + path);

        // Signing in has a limit of its own, and its failure is none of the party's.
        credentials.Add(await party.AuthorizeAsync(request, cancellationToken));
        using CancellationTokenSource limit = new(attemptTimeout, networkTime);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await SendOnceAsync(request, body, either);
        }
        catch (Exception e) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested && e is OperationCanceledException or HttpRequestException or IOException)
        {
            throw new HttpRequestException($"no complete response within {attemptTimeout.TotalSeconds:0} s");
        }
    }

    private async Task<PartyResponse> SendOnceAsync(HttpRequestMessage request, JsonObject? body, CancellationTokenSource either)
    {
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        using HttpResponseMessage response = await http.SendAsync(request, either.Token);
        await using Stream stream = await response.Content.ReadAsStreamAsync(either.Token);
        using MemoryStream content = new();
        byte[] buffer = new byte[16 * 1024];
        for (int read; content.Length <= MaxBytes && (read = await stream.ReadAsync(buffer, either.Token)) > 0;)
        {
            content.Write(buffer, 0, read);
        }

        TimeSpan? retryAfter = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => null,
        };
        return new PartyResponse((int)response.StatusCode, content.Length > MaxBytes ? null : Parse(content.ToArray()), retryAfter < TimeSpan.Zero ? TimeSpan.Zero : retryAfter)
        {
            Location = response.Headers.Location?.OriginalString,
        };
    }

    private static JsonNode? Parse(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Status and body of a response; a body that is no JSON is absent.</summary>
internal sealed record PartyResponse(int Status, JsonNode? Body, TimeSpan? RetryAfter)
{
    /// <summary>Where a redirect leads, which is shown and not followed.</summary>
    public string? Location { get; init; }

    public bool IsSuccess => Status is >= (int)HttpStatusCode.OK and < 300;

    /// <summary>A text at a path, or absent.</summary>
    public string? Text(params string[] path)
    {
        JsonNode? node = Body;
        foreach (string name in path)
        {
            node = (node as JsonObject)?[name];
        }

        return node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
    }
}
