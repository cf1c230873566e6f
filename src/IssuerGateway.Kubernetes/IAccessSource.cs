namespace IssuerGateway.Kubernetes;

/// <summary>Where an <see cref="ApiServerAccess"/> comes from: the pod, a kubeconfig, or stated by the operator.</summary>
public interface IAccessSource
{
    /// <summary>What an operator calls it in a log line.</summary>
    string Description { get; }

    /// <summary>Reads the files again; the same access as before while none of them changed.</summary>
    AccessReading Read();
}
