using System.Net;
using System.Text;

namespace IssuerGateway.Tests.Ctl.Parties;

/// <summary>An HTTP server on a free port of loopback, one request at a time; what it responds with is the caller's.</summary>
internal sealed class LoopbackApi : IDisposable
{
    private readonly Func<HttpListenerContext, string, (int Status, string Body)?> respond;
    private HttpListener listener = new();

    /// <param name="respond">From the request and its body; null leaves the client waiting.</param>
    public LoopbackApi(Func<HttpListenerContext, string, (int Status, string Body)?> respond)
    {
        this.respond = respond;
        for (int port = 20000 + Random.Shared.Next(40000); ; port++)
        {
            Url = $"http://127.0.0.1:{port}";
            listener.Prefixes.Clear();
            listener.Prefixes.Add($"{Url}/");
            try
            {
                listener.Start();
                break;
            }
            catch (HttpListenerException)
            {
                // The port is taken: the next one, and a new listener, because a failed start ends it.
                listener = new HttpListener();
            }
        }

        _ = ServeAsync();
    }

    public string Url { get; }

    public void Dispose() => listener.Close();

    private async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using StreamReader reader = new(context.Request.InputStream);
            if (respond(context, await reader.ReadToEndAsync()) is not (int status, string body))
            {
                continue;
            }

            context.Response.StatusCode = status;
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
            context.Response.Close();
        }
    }
}
