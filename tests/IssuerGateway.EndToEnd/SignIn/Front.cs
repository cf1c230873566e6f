using System.Net;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>
/// Who stands between a browser and a port for one host: a Gateway that terminates TLS, runs the filters of an HTTPRoute and
/// adds the headers that an Envoy-based Gateway adds; or, with <see cref="IsGateway"/> false, nobody (another pod).
/// </summary>
internal sealed record Front(int Port)
{
    /// <summary>The address of the Gateway's pod, inside the trusted ranges as the tests map them.</summary>
    public static readonly IPAddress Trusted = IPAddress.Parse("127.42.0.7");

    public IPAddress From { get; init; } = Trusted;

    public bool IsGateway { get; init; } = true;

    /// <summary>Of the filters of the rendered HTTPRoute.</summary>
    public IReadOnlyList<string> RemovedHeaders { get; init; } = [];

    public void Forward(HttpRequestMessage request, Uri requested)
    {
        request.RequestUri = new UriBuilder(requested) { Scheme = Uri.UriSchemeHttp, Host = "127.0.0.1", Port = Port }.Uri;
        request.Headers.Host = requested.Host;
        foreach (string header in RemovedHeaders)
        {
            request.Headers.Remove(header);
        }

        if (IsGateway)
        {
            request.Headers.Remove("X-Forwarded-Proto");
            request.Headers.Add("X-Forwarded-Proto", requested.Scheme);
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", "198.51.100.7");
            request.Headers.Remove("X-Envoy-External-Address");
            request.Headers.Add("X-Envoy-External-Address", "198.51.100.7");
        }
    }
}
