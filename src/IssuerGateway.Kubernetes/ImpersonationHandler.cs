namespace IssuerGateway.Kubernetes;

/// <summary>Makes each request as somebody else.</summary>
internal sealed class ImpersonationHandler(Impersonation impersonation) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        foreach ((string name, IReadOnlyList<string> values) in impersonation.Headers())
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, RepeatedHeaderStream.Join(name, values));
        }

        return base.SendAsync(request, cancellationToken);
    }
}
