using IssuerGateway.Publishing;
using IssuerGateway.Transport;
using Microsoft.AspNetCore.Http;
using Prometheus;

namespace IssuerGateway.Edge;

/// <summary>Counts responses by document and status, and connections; every child is made beforehand, so counting allocates nothing.</summary>
internal sealed class EdgeMetrics
{
    private static readonly int[] statuses =
    [
        StatusCodes.Status200OK,
        StatusCodes.Status304NotModified,
        StatusCodes.Status404NotFound,
        StatusCodes.Status405MethodNotAllowed,
        StatusCodes.Status413PayloadTooLarge,
        StatusCodes.Status421MisdirectedRequest,
        StatusCodes.Status503ServiceUnavailable,
    ];

    private readonly Counter.Child[] discovery;
    private readonly Counter.Child[] keySet;
    private readonly Counter.Child[] none;
    private readonly Counter.Child[] rejected;
    private readonly Gauge connections;

    public EdgeMetrics(IMetricFactory factory)
    {
        Counter requests = factory.CreateCounter("issuer_gateway_requests_total",
            "Public requests by document (discovery, jwks, none for any other target) and status.", ["document", "status"]);
        discovery = Children("discovery");
        keySet = Children("jwks");
        none = Children("none");
        connections = factory.CreateGauge("issuer_gateway_connections", "Public connections that are open.");
        Counter rejections = factory.CreateCounter("issuer_gateway_connections_refused_total",
            "Public connections that the gateway closed because of a limit, by reason.", ["reason"]);
        rejected = [.. Enum.GetValues<RejectionReason>().Select(reason => rejections.WithLabels(NameOf(reason)))];

        Counter.Child[] Children(string document) => [.. statuses.Select(status => requests.WithLabels(document, status.ToString()))];
    }

    public void Responded(DocumentKind? document, int status)
    {
        Counter.Child[] children = document switch
        {
            DocumentKind.Discovery => discovery,
            DocumentKind.KeySet => keySet,
            _ => none,
        };
        children[Array.IndexOf(statuses, status)].Inc();
    }

    public void Connected(int count) => connections.Set(count);

    public void Rejected(RejectionReason reason) => rejected[(int)reason].Inc();

    private static string NameOf(RejectionReason reason) => reason switch
    {
        RejectionReason.Total => "total",
        RejectionReason.Replaced => "replaced",
        RejectionReason.Address => "address",
        RejectionReason.HandshakeRate => "handshakes",
        RejectionReason.ProxyHeaderMissing => "proxy-missing",
        RejectionReason.ProxyHeaderMalformed => "proxy-malformed",
        _ => "proxy-untrusted",
    };
}
