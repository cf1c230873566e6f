using System.Net;
using System.Text;

namespace IssuerGateway.Tests.Ctl.Parties.Registering;

/// <summary>A registration API on loopback: every request is logged as "METHOD path body", every response comes from a function.</summary>
internal sealed class ApiStandIn : IDisposable
{
    private HttpListener listener = new();
    private readonly Func<HttpListenerRequest, string, (int Status, string Body)> respond;

    public ApiStandIn(Func<HttpListenerRequest, string, (int Status, string Body)> respond)
    {
        this.respond = respond;
        for (int port = 40000 + Random.Shared.Next(20000); ; port++)
        {
            listener.Prefixes.Clear();
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                listener.Start();
                Url = $"http://127.0.0.1:{port}";
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

    public List<string> Log { get; } = [];

    /// <summary>Given instead of the next responses, one each; a header Retry-After comes with 429 and 503.</summary>
    public Queue<(int Status, string Body)> Instead { get; } = [];

    public IEnumerable<string> Writes => Log.Where(entry => !entry.StartsWith("GET ", StringComparison.Ordinal));

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
            string body = await reader.ReadToEndAsync();
            Log.Add($"{context.Request.HttpMethod} {context.Request.Url!.PathAndQuery} {body}".TrimEnd());
            (int status, string text) = Instead.Count > 0 ? Instead.Dequeue() : respond(context.Request, body);
            context.Response.StatusCode = status;
            if (status is 429 or 503)
            {
                context.Response.Headers["Retry-After"] = "0";
            }

            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
            context.Response.Close();
        }
    }
}
