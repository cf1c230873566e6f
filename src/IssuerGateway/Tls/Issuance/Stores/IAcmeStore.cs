using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tls.Issuance.Stores;

/// <summary>
/// Where account, orders and certificates outlive the process. Reading changes nothing. Every failure is a text for the
/// operator; damaged content is kept beside what replaces it.
/// </summary>
internal interface IAcmeStore
{
    /// <summary>How an operator calls it, with the key of its setting.</summary>
    string Description { get; }

    /// <summary>How long after a save another replica may still respond from what it read before.</summary>
    TimeSpan PropagationDelay { get; }

    Task<StoredState> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Null when written, else the fault. The state of a newer version is never overwritten.</summary>
    Task<string?> SaveAsync(AcmeState state, CancellationToken cancellationToken);

    /// <summary>Whether a change of the state would be taken; nothing is changed. Null when it would, or when nothing shows that it would not.</summary>
    Task<string?> FindWriteFaultAsync(CancellationToken cancellationToken);

    /// <summary>Null when there is none; an unreadable one is a candidate with a fault.</summary>
    Task<CertificateCandidate?> ReadCertificateAsync(string host, CancellationToken cancellationToken);

    /// <summary>Null when written, else the fault.</summary>
    Task<string?> WriteCertificateAsync(string host, string chainPem, string keyPem, CancellationToken cancellationToken);
}
