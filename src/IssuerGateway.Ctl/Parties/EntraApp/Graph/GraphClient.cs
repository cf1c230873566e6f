using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Polly.Timeout;

namespace IssuerGateway.Ctl.Parties.EntraApp.Graph;

/// <summary>
/// Reads, upserts and deletes in Microsoft Graph v1.0. Every write is addressed by an alternate key and sets values, so
/// that repeating it changes nothing more. A token travels to the given endpoint only.
/// </summary>
internal sealed class GraphClient(HttpClient http)
{
    /// <summary>Responses to these requests are a few kilobytes.</summary>
    public const int MaxResponseBytes = 4 * 1024 * 1024;

    /// <summary>With 999 entries each, more than a service principal may have assignments.</summary>
    private const int MaxPages = 100;

    private readonly GraphBodyReader reader = new();

    public Task<GraphResult<T>> GetAsync<T>(string address, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class => SendAsync(new HttpRequestMessage(HttpMethod.Get, address), type, cancellation);

    /// <summary>A whole list, page by page. A list without an end is a fault: half of it proves nothing.</summary>
    public async Task<GraphResult<IReadOnlyList<TItem>>> ListAsync<TPage, TItem>(string address, JsonTypeInfo<TPage> type, CancellationToken cancellation)
        where TPage : class, IGraphPage<TItem>
    {
        List<TItem> items = [];
        string? next = address;
        for (int page = 0; next is not null; page++)
        {
            GraphResult<TPage> response = page < MaxPages ? await GetAsync(next, type, cancellation) : new(null, Broken(address, $"more than {MaxPages} pages"));
            if (response.Value is null)
            {
                return new(null, response.Fault);
            }

            // OData JSON 4.01 §13: an empty list is an empty array; without one nobody knows what there is.
            if (response.Value.Value is not { } entries)
            {
                return new(null, Broken(address, "the body has no list"));
            }

            items.AddRange(entries);
            next = response.Value.NextLink;
            if (next is not null && !IsOwn(next))
            {
                return new(null, Broken(address, "the next page is at another address"));
            }
        }

        return new(items, null);
    }

    /// <summary>Creates or updates: 201 with a body, or 204 without; the caller reads it again.</summary>
    public async Task<GraphFault?> UpsertAsync<T>(string address, T body, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        ByteArrayContent content = new(JsonSerializer.SerializeToUtf8Bytes(body, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        HttpRequestMessage request = new(HttpMethod.Patch, address) { Content = content };

        // Without it Graph only updates and responds with 404 for what is not there.
        request.Headers.Add("Prefer", "create-if-missing");
        return (await SendAsync<object>(request, null, cancellation)).Fault;
    }

    /// <summary>Creates; the caller has looked before that it is not there.</summary>
    public async Task<GraphFault?> CreateAsync<T>(string address, T body, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        ByteArrayContent content = new(JsonSerializer.SerializeToUtf8Bytes(body, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        GraphFault? fault = (await SendAsync<object>(new HttpRequestMessage(HttpMethod.Post, address) { Content = content }, null, cancellation)).Fault;

        // A retry after a lost response finds its own work done.
        return fault is { Message: { } message } && message.Contains("already exists", StringComparison.OrdinalIgnoreCase) ? null : fault;
    }

    /// <summary>Updates what is there; never creates.</summary>
    public async Task<GraphFault?> UpdateAsync<T>(string address, T body, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        ByteArrayContent content = new(JsonSerializer.SerializeToUtf8Bytes(body, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return (await SendAsync<object>(new HttpRequestMessage(HttpMethod.Patch, address) { Content = content }, null, cancellation)).Fault;
    }

    /// <summary>Deletes; what is gone already counts as deleted.</summary>
    public async Task<GraphFault?> DeleteAsync(string address, CancellationToken cancellation)
    {
        GraphFault? fault = (await SendAsync<object>(new HttpRequestMessage(HttpMethod.Delete, address), null, cancellation)).Fault;
        return fault is { IsNotFound: true } ? null : fault;
    }

    private static GraphFault Broken(string address, string why) => new() { Request = $"GET {address.Split('?')[0]}", Status = System.Net.HttpStatusCode.OK, Message = why };

    /// <summary>Whether a link of a response stays at the endpoint that the token is meant for.</summary>
    private bool IsOwn(string link) => Uri.TryCreate(link, UriKind.Absolute, out Uri? uri) && http.BaseAddress!.IsBaseOf(uri);

    private async Task<GraphResult<T>> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T>? type, CancellationToken cancellation)
        where T : class
    {
        string name = $"{request.Method} {request.RequestUri!.OriginalString.Split('?')[0]}";
        try
        {
            using (request)
            {
                using HttpResponseMessage response = await http.SendAsync(request, cancellation);
                byte[] body = await response.Content.ReadAsByteArrayAsync(cancellation);
                return !response.IsSuccessStatusCode ? new(null, GraphFault.Of(name, response, body))
                    : type is null ? default
                    : Read(name, response, body, type);
            }
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutRejectedException)
        {
            return new(null, TlsFault.Of(e) is { } untrusted
                ? new GraphFault { Request = name, Message = untrusted, IsUntrusted = true }
                // .NET quotes the line of a response that it cannot parse.
                : new GraphFault { Request = name, Message = GraphFault.Without(e.InnerException is { } inner && e.Message.Contains("see inner exception", StringComparison.Ordinal) ? inner.Message : e.Message, request) });
        }
    }

    private GraphResult<T> Read<T>(string name, HttpResponseMessage response, byte[] body, JsonTypeInfo<T> type)
        where T : class =>
        reader.Read(body, type, response.RequestMessage?.Headers.Authorization?.Parameter) is { } value ? new(value, null)
            : new(null, new GraphFault { Request = name, Status = response.StatusCode, Message = "the body is not what Graph documents" });
}
