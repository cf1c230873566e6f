using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tls.Issuance;

/// <summary>
/// The leader's copy of the state: every change is written to the store and its challenges are answered here at once.
/// A change that could not be written is kept in memory and written with the next one.
/// </summary>
internal sealed class AcmeStateCache(IAcmeStore store, ChallengeResponses responses) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1);
    private volatile AcmeState state = AcmeState.Empty;

    public AcmeState State => state;

    public void Adopt(AcmeState loaded)
    {
        state = loaded;
        responses.Set(loaded.Challenges);
    }

    /// <summary>Null when written, else the store's fault.</summary>
    public Task<string?> ChangeHostAsync(string host, Func<HostState, HostState> change, CancellationToken cancellationToken) =>
        ChangeAsync(before => before with { Hosts = before.Hosts.SetItem(host, change(before.Host(host))) }, cancellationToken);

    public Task<string?> ChangeAccountAsync(string directory, AccountState account, CancellationToken cancellationToken) =>
        ChangeAsync(before => before with { Accounts = before.Accounts.SetItem(directory, account) }, cancellationToken);

    public void Dispose() => gate.Dispose();

    private async Task<string?> ChangeAsync(Func<AcmeState, AcmeState> change, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            Adopt(change(state));
            return await store.SaveAsync(state, cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }
}
