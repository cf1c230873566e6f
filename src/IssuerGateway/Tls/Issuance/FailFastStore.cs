using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tls.Issuance;

/// <summary>
/// A store that hangs costs its time limit once, and not at each step of an order: after an operation that failed late,
/// the others fail at once with its fault, for a while. The state is always requested, so that a store that works again
/// is used again at the next look.
/// </summary>
internal sealed class FailFastStore(IAcmeStore store, TimeProvider time) : IAcmeStore
{
    /// <summary>Longer than the looks at the store that follow each other (<see cref="SecretAcmeStore.FollowInterval"/> and one time limit).</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>A store that rejects does so at once; one that is late is given up by its client after 5 s.</summary>
    private static readonly TimeSpan late = TimeSpan.FromSeconds(2);

    private volatile Hang? hang;

    public string Description => store.Description;

    public TimeSpan PropagationDelay => store.PropagationDelay;

    public async Task<StoredState> LoadAsync(CancellationToken cancellationToken)
    {
        long startedAt = time.GetTimestamp();
        return Observed(await store.LoadAsync(cancellationToken), state => state.Fault, startedAt);
    }

    public async Task<string?> SaveAsync(AcmeState state, CancellationToken cancellationToken)
    {
        long startedAt = time.GetTimestamp();
        return Hanging() ?? Observed(await store.SaveAsync(state, cancellationToken), fault => fault, startedAt);
    }

    public async Task<string?> FindWriteFaultAsync(CancellationToken cancellationToken)
    {
        long startedAt = time.GetTimestamp();
        return Hanging() ?? Observed(await store.FindWriteFaultAsync(cancellationToken), fault => fault, startedAt);
    }

    public async Task<CertificateCandidate?> ReadCertificateAsync(string host, CancellationToken cancellationToken)
    {
        long startedAt = time.GetTimestamp();
        return Hanging() is { } fault
            ? CertificateCandidate.Unreadable(fault)
            : Observed(await store.ReadCertificateAsync(host, cancellationToken), candidate => candidate?.Fault, startedAt);
    }

    public async Task<string?> WriteCertificateAsync(string host, string chainPem, string keyPem, CancellationToken cancellationToken)
    {
        long startedAt = time.GetTimestamp();
        return Hanging() ?? Observed(await store.WriteCertificateAsync(host, chainPem, keyPem, cancellationToken), fault => fault, startedAt);
    }

    private string? Hanging() => hang is { } last && time.GetElapsedTime(last.At) < Pause ? last.Fault : null;

    private T Observed<T>(T result, Func<T, string?> faultOf, long startedAt)
    {
        hang = faultOf(result) is not { } fault ? null
            : time.GetElapsedTime(startedAt) >= late ? new Hang(fault, time.GetTimestamp())
            : hang;
        return result;
    }

    private sealed record Hang(string Fault, long At);
}
