using System.Net;

namespace IssuerGateway.Tests.Ctl.Parties.Registering;

/// <summary>A registration API on loopback: every request is logged as "METHOD path body", every response comes from a function.</summary>
internal sealed class ApiStandIn : IDisposable
{
    private readonly LoopbackApi api;

    public ApiStandIn(Func<HttpListenerRequest, string, (int Status, string Body)> respond) => api = new LoopbackApi((context, body) =>
    {
        Log.Add($"{context.Request.HttpMethod} {context.Request.Url!.PathAndQuery} {body}".TrimEnd());
        (int Status, string Body) response = Instead.Count > 0 ? Instead.Dequeue() : respond(context.Request, body);
        if (response.Status is 429 or 503)
        {
            context.Response.Headers["Retry-After"] = "0";
        }

        return response;
    });

    public string Url => api.Url;

    public List<string> Log { get; } = [];

    /// <summary>Given instead of the next responses, one each; a header Retry-After comes with 429 and 503.</summary>
    public Queue<(int Status, string Body)> Instead { get; } = [];

    public IEnumerable<string> Writes => Log.Where(entry => !entry.StartsWith("GET ", StringComparison.Ordinal));

    public void Dispose() => api.Dispose();
}
