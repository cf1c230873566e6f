using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;

namespace IssuerGateway.Checking;

/// <summary>Applies the rules of an issuer to what one API server returned.</summary>
public static class ResponseEvaluation
{
    public static EvaluatedResponse Evaluate(this UpstreamResponse response, Issuer issuer) => response switch
    {
        { Documents: { } documents } => EvaluatedResponse.Of(issuer, response.Server, documents.Discovery, documents.KeySet, documents.MaxAge),
        { Fault: { } fault } => EvaluatedResponse.Rejected(response.Server, [Finding.Error($"fetch-{fault.Code}", fault.Message, fault.Hint)]),
        _ => throw new ArgumentException("neither documents nor a fault", nameof(response)),
    };
}
