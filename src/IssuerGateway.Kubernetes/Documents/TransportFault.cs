using System.Security.Authentication;
using IssuerGateway.Base;
using IssuerGateway.Kubernetes.Trust;

namespace IssuerGateway.Kubernetes.Documents;

/// <summary>Names what went wrong between us and the server; an exception that is none of these is a bug and passes.</summary>
internal static class TransportFault
{
    public static FetchFault? Of(Exception exception, string subject, FetchLimits limits) => exception switch
    {
        TokenUnavailableException token => token.Fault.ToFetchFault(),

        // SocketsHttpHandler ends its own connect time-out as a cancellation with this inside.
        OperationCanceledException { InnerException: TimeoutException } => new FetchFault(FaultCode.Timeout,
            $"{subject}: no TLS connection within {DurationText.Show(limits.Connect)}",
            ReachHint.Of(
                limits.Kubeconfig is { } file ? $"check the route and the firewall between this machine and the API server, and server of its cluster in {file}" : "check the route and the firewall between the gateway and the API server", subject, limits.MayUseProxy, Environment.GetEnvironmentVariable)),
        OperationCanceledException => new FetchFault(FaultCode.Timeout,
            $"{subject}: no whole response within {DurationText.Show(limits.Attempt)}",
            "the API server accepts connections but responds too slowly: look at its load"),
        HttpRequestException request => OfRequest(request, subject, limits),
        HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } => Truncated(subject),
        HttpIOException => Invalid(subject),
        IOException => Truncated(subject),
        _ => null,
    };

    private static FetchFault OfRequest(HttpRequestException exception, string subject, FetchLimits limits)
    {
        for (Exception? inner = exception.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is ServerIdentityException identity)
            {
                return OfIdentity(identity, subject, limits.Kubeconfig);
            }
        }

        return exception.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => new FetchFault(FaultCode.ConnectFailed, $"{subject}: the host name cannot be resolved",
                limits.Kubeconfig is { } file ? $"correct server of the cluster in {file}, or the DNS servers of this machine" : "correct the host, or the DNS servers of this machine or pod"),
            HttpRequestError.SecureConnectionError => new FetchFault(FaultCode.TlsFailed, $"{subject}: the TLS handshake failed",
                "check that the port speaks TLS 1.2 or later, and that the API server's --client-ca-file knows the client certificate if one is used"),
            HttpRequestError.ResponseEnded => Truncated(subject),
            HttpRequestError.InvalidResponse => Invalid(subject),
            HttpRequestError.ConfigurationLimitExceeded => new FetchFault(FaultCode.Oversize, $"{subject}: larger headers than the 32 KiB allowed",
                "something else than an API server responds at this address: correct the address"),
            _ when exception.InnerException is AuthenticationException => new FetchFault(FaultCode.TlsFailed, $"{subject}: the TLS handshake failed",
                "check that the port speaks TLS 1.2 or later"),
            _ when exception.InnerException is IOException => Truncated(subject),
            _ => new FetchFault(FaultCode.ConnectFailed, $"{subject}: no connection",
                ReachHint.Of(
                    limits.Kubeconfig is { } kubeconfig ? $"check that the API server runs, server of its cluster in {kubeconfig}, and the firewall between this machine and it" : "check that the API server runs, the port, and the firewall between the gateway and it", subject, limits.MayUseProxy, Environment.GetEnvironmentVariable)),
        };
    }

    private static FetchFault OfIdentity(ServerIdentityException identity, string subject, string? kubeconfig) => identity.IsNameMismatch
        ? new FetchFault(FaultCode.TlsNameMismatch, $"{subject}: {identity.Message}",
            $"set {(kubeconfig is null ? "Upstream:ServerName (kubeconfig: tls-server-name)" : $"tls-server-name of the cluster in {kubeconfig}")} to a name in the certificate, or reach the server by one")
        : new FetchFault(FaultCode.TlsUntrusted, $"{subject}: {identity.Message}", identity.IsOutOfTime
            ? "correct the clock of this machine (NTP), or renew the API server's certificate (kubeadm certs check-expiration)"
            : $"give the CA of this cluster ({(kubeconfig is null ? "Upstream:CaFile, kubeconfig: certificate-authority" : $"certificate-authority in {kubeconfig}")}); behind a TLS-terminating proxy connect to the API server directly");

    private static FetchFault Truncated(string subject) => new(FaultCode.Truncated, $"{subject}: the connection ended within the response",
        "the API server or something before it restarts or cuts connections; if it stays so, look there");

    private static FetchFault Invalid(string subject) => new(FaultCode.InvalidResponse, $"{subject}: the response is not HTTP/1.1",
        "something else than an API server responds at this address: correct the address");
}
