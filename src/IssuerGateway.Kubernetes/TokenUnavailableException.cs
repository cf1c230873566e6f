namespace IssuerGateway.Kubernetes;

/// <summary>Carries the fault of a missing token through an HTTP handler, which can only respond or throw.</summary>
public sealed class TokenUnavailableException(AccessFault fault) : Exception(fault.Message)
{
    public AccessFault Fault => fault;
}
