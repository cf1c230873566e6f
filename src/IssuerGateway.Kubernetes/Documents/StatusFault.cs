using System.Net;

namespace IssuerGateway.Kubernetes.Documents;

/// <summary>What each status that is not 200 means at an API server, and what the operator does about it.</summary>
internal static class StatusFault
{
    public static FetchFault Of(HttpStatusCode status, string subject)
    {
        (string code, string hint) = (int)status switch
        {
            401 => (FaultCode.Unauthorized,
                "the API server does not know the token or client certificate: check that it is for this cluster, not expired, and that the token file is re-mounted (a subPath mount is never updated)"),
            403 => (FaultCode.Forbidden,
                "bind the ClusterRole system:service-account-issuer-discovery to the ServiceAccount or user of the gateway"),
            404 => (FaultCode.NotFound,
                "the API server publishes nothing: its first --service-account-issuer must be an https URL without query and fragment"),
            406 => (FaultCode.NotAcceptable,
                "an intermediary changes the Accept header: connect to the API server directly"),
            429 => (FaultCode.TooManyRequests,
                "the API server sheds load: look at its priority and fairness metrics; the gateway retries with growing pauses"),
            >= 500 => (FaultCode.ServerError,
                "look at the log of the API server and of its etcd"),
            >= 300 and < 400 => (FaultCode.Redirect,
                "redirects are never followed: give the address of the API server itself"),
            _ => (FaultCode.UnexpectedStatus,
                "something else than an API server may respond at this address: correct the address"),
        };
        return new FetchFault(code, $"{subject}: responded with {(int)status}, expected 200", hint);
    }
}
