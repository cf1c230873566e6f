using System.Net;
using System.Net.Sockets;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>What a request ended with.</summary>
internal sealed record Reply(Uri Url, HttpStatusCode Status, Uri? Location, string Body, IReadOnlyList<string> SetCookies)
{
    public bool IsSignInPage => Body.Contains(TenantStandIn.SignInPage, StringComparison.Ordinal);
}

/// <summary>A person's browser: follows redirects across hosts, keeps cookies, and types the name on Entra's page when it shows.</summary>
internal sealed class Browser : IDisposable
{
    private readonly HttpClient tenant;
    private readonly IReadOnlyDictionary<string, Front> fronts;
    private readonly Dictionary<IPAddress, HttpClient> clients = [];

    // The site whose page has started the navigation.
    private string? startedBy;

    /// <param name="tenant">The way to the stand-in, without redirects and cookies of its own.</param>
    /// <param name="fronts">Who responds for which host.</param>
    public Browser(HttpClient tenant, IReadOnlyDictionary<string, Front> fronts)
    {
        this.tenant = tenant;
        this.fronts = fronts;
    }

    public CookieJar Cookies { get; init; } = new();

    /// <summary>Who sits in front of it; null leaves Entra's page as it is.</summary>
    public string? Person { get; set; }

    /// <summary>Types an address, or follows a bookmark, and goes where it leads.</summary>
    public Task<Reply> OpenAsync(string url, params (string Name, string Value)[] headers)
    {
        startedBy = null;
        return FollowAsync(url, headers);
    }

    /// <summary>Follows redirects from here, in the navigation that has begun.</summary>
    public async Task<Reply> FollowAsync(string url, params (string Name, string Value)[] headers)
    {
        Reply reply = await SendAsync(url, headers);
        for (int hop = 0; hop < 20; hop++)
        {
            if (reply.IsSignInPage && Person is not null)
            {
                reply = await LogInAsync(reply.Url);
            }
            else if (reply.Location is { } location)
            {
                reply = await SendAsync(new Uri(reply.Url, location).ToString(), headers);
            }
            else
            {
                return reply;
            }
        }

        throw new InvalidOperationException($"redirected without end, at last to {reply.Url}");
    }

    /// <summary>One request, no redirect followed.</summary>
    public Task<Reply> SendAsync(string url, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, new Uri(url), null, headers);

    /// <summary>The same browser with a copy of these cookies, held by somebody else.</summary>
    public Browser Stolen() => new(tenant, fronts) { Cookies = Cookies.Copy() };

    public void Dispose()
    {
        foreach (HttpClient client in clients.Values)
        {
            client.Dispose();
        }
    }

    // What follows was started by a form on Entra's page, so cookies with SameSite=Strict are not sent (RFC 6265bis §5.2).
    private Task<Reply> LogInAsync(Uri page)
    {
        startedBy = page.Host;
        Uri form = new($"https://{page.Host}/{page.Segments[1]}login{page.Query}");
        return SendAsync(HttpMethod.Post, form, new FormUrlEncodedContent([KeyValuePair.Create("login", Person!)]), []);
    }

    private async Task<Reply> SendAsync(HttpMethod method, Uri url, HttpContent? content, (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(method, url) { Content = content };
        if (Cookies.HeaderFor(url, startedBy) is { Length: > 0 } cookies)
        {
            request.Headers.Add("Cookie", cookies);
        }

        HttpClient client = tenant;
        if (url.Host != TenantStandIn.Host)
        {
            foreach ((string name, string value) in headers)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            Front front = fronts.TryGetValue(url.Host, out Front? known) ? known : throw new InvalidOperationException($"no server for {url.Host}");
            front.Forward(request, url);
            client = ClientFrom(front.From);
        }

        using HttpResponseMessage response = await client.SendAsync(request);
        List<string> set = [.. response.Headers.TryGetValues("Set-Cookie", out IEnumerable<string>? values) ? values : []];
        Cookies.Store(url, set);
        return new Reply(url, response.StatusCode, (int)response.StatusCode is >= 300 and < 400 ? response.Headers.Location : null, await response.Content.ReadAsStringAsync(), set);
    }

    private HttpClient ClientFrom(IPAddress source)
    {
        if (!clients.TryGetValue(source, out HttpClient? client))
        {
            SocketsHttpHandler handler = new()
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
                ConnectCallback = async (context, cancellation) =>
                {
                    Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    socket.Bind(new IPEndPoint(source, 0));
                    await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            };
            clients[source] = client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(60) };
        }

        return client;
    }
}
