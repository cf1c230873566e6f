using IssuerGateway.Publishing;
using Microsoft.AspNetCore.Http;
using Prometheus;

namespace IssuerGateway.Edge;

/// <summary>Counts answers by document and status; every child is made beforehand, so counting allocates nothing.</summary>
internal sealed class EdgeMetrics
{
    private static readonly int[] statuses =
    [
        StatusCodes.Status200OK,
        StatusCodes.Status304NotModified,
        StatusCodes.Status404NotFound,
        StatusCodes.Status405MethodNotAllowed,
        StatusCodes.Status413PayloadTooLarge,
        StatusCodes.Status503ServiceUnavailable,
    ];

    private readonly Counter.Child[] discovery;
    private readonly Counter.Child[] keySet;
    private readonly Counter.Child[] none;

    public EdgeMetrics(IMetricFactory factory)
    {
        Counter requests = factory.CreateCounter("issuer_gateway_requests_total",
            "Public requests by document (discovery, jwks, none for any other target) and status.", ["document", "status"]);
        discovery = Children("discovery");
        keySet = Children("jwks");
        none = Children("none");

        Counter.Child[] Children(string document) => [.. statuses.Select(status => requests.WithLabels(document, status.ToString()))];
    }

    public void Answered(DocumentKind? document, int status)
    {
        Counter.Child[] children = document switch
        {
            DocumentKind.Discovery => discovery,
            DocumentKind.KeySet => keySet,
            _ => none,
        };
        children[Array.IndexOf(statuses, status)].Inc();
    }
}
