namespace IssuerGateway.Fuzz.Targets;

/// <summary>Responds at once, and only what a real handler of the gateway would send: absolute https requests.</summary>
internal sealed class StandInHandler(Func<HttpRequestMessage, HttpResponseMessage> response) : HttpMessageHandler
{
    public int Requests { get; private set; }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests++;
        BrokenPromiseException.Unless(request.RequestUri is { IsAbsoluteUri: true, Scheme: "https" }, "RFC 8555 §6.1: only https is asked");
        return Task.FromResult(response(request));
    }
}
