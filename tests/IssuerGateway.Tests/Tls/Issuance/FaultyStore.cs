using IssuerGateway.Demo.StandIn;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tests.Tls.Issuance;

/// <summary>A store that fails on command, and can end its process at any write.</summary>
internal sealed class FaultyStore(IAcmeStore inner) : IAcmeStore
{
    public string? Fault { get; set; }

    public string? CertificateFault { get; set; }

    /// <summary>Called before and after each write reaches the store.</summary>
    public Action OnWrite { get; set; } = () => { };

    public string Description => "the faulty store";

    public TimeSpan PropagationDelay => inner.PropagationDelay;

    public Task<StoredState> LoadAsync(CancellationToken cancellationToken) => inner.LoadAsync(cancellationToken);

    public async Task<string?> SaveAsync(AcmeState state, CancellationToken cancellationToken)
    {
        OnWrite();
        cancellationToken.ThrowIfCancellationRequested();
        string? fault = Fault ?? await inner.SaveAsync(state, cancellationToken);
        OnWrite();
        cancellationToken.ThrowIfCancellationRequested();
        return fault;
    }

    public async Task<string?> FindWriteFaultAsync(CancellationToken cancellationToken) => Fault ?? await inner.FindWriteFaultAsync(cancellationToken);

    public Task<CertificateCandidate?> ReadCertificateAsync(string host, CancellationToken cancellationToken) => inner.ReadCertificateAsync(host, cancellationToken);

    public async Task<string?> WriteCertificateAsync(string host, string chainPem, string keyPem, CancellationToken cancellationToken)
    {
        OnWrite();
        cancellationToken.ThrowIfCancellationRequested();
        string? fault = Fault ?? CertificateFault ?? await inner.WriteCertificateAsync(host, chainPem, keyPem, cancellationToken);
        OnWrite();
        cancellationToken.ThrowIfCancellationRequested();
        return fault;
    }
}
