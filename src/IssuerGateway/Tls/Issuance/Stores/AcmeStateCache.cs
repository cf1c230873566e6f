using IssuerGateway.Acme.Signing;
using IssuerGateway.Tls.Serving.Challenges;

namespace IssuerGateway.Tls.Issuance.Stores;

/// <summary>
/// The leader's copy of the state: every change is written to the store and its challenges are served here at once.
/// A change that could not be written is kept in memory and written again until it is stored.
/// </summary>
/// <param name="hosts">The hosts that get a certificate. Challenges of others are leftovers of an earlier configuration.</param>
/// <param name="sharedAccount">The directory of the CA whose account other replicas use too; null for a store of one process.</param>
internal sealed class AcmeStateCache(IReadOnlyList<string> hosts, IAcmeStore store, ChallengeResponses responses, string? sharedAccount = null) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1);
    private volatile AcmeState state = AcmeState.Empty;
    private volatile bool isUnsaved;
    private AcmeState? stored;
    private string? accountKey;

    public AcmeState Current => state;

    /// <summary>Takes over what the store holds; unless it is what this replica has changed since, and could not write.</summary>
    public void Adopt(AcmeState loaded)
    {
        if (isUnsaved && stored is { } before && AcmeStateText.AreEqual(loaded, before))
        {
            return;
        }

        (stored, isUnsaved) = (loaded, false);
        Use(loaded);
    }

    /// <summary>Null when written, else the store's fault.</summary>
    public Task<string?> ChangeHostAsync(string host, Func<HostState, HostState> change, CancellationToken cancellationToken) =>
        ChangeAsync(before => before with { Hosts = before.Hosts.SetItem(host, change(before.Host(host))) }, cancellationToken);

    public Task<string?> ChangeAccountAsync(string directory, AccountState account, CancellationToken cancellationToken) =>
        ChangeAsync(before => before with { Accounts = before.Accounts.SetItem(directory, account) }, cancellationToken);

    /// <summary>Ends orders of hosts that left the configuration: nobody would go on with them.</summary>
    public async Task DropLeftoversAsync(CancellationToken cancellationToken)
    {
        string[] leftovers = [.. state.Hosts.Where(each => each.Value.Order is not null && !hosts.Contains(each.Key)).Select(each => each.Key)];
        foreach (string host in leftovers)
        {
            await ChangeHostAsync(host, before => before with { Order = null }, cancellationToken);
        }
    }

    /// <summary>Writes what could not be written, or what somebody has removed or damaged since. Null when the store holds the state.</summary>
    public async Task<string?> RepairAsync(CancellationToken cancellationToken)
    {
        StoredState loaded = await store.LoadAsync(cancellationToken);
        if (loaded.Fault is { } fault)
        {
            return fault;
        }

        return !isUnsaved && loaded.State is { } held && AcmeStateText.AreEqual(held, state) ? null : await ChangeAsync(same => same, cancellationToken);
    }

    public void Dispose() => gate.Dispose();

    // A replica that cannot reach the store tells no other one its challenges, and the CA's validator comes to any of them. They
    // share the account, so each responds for all (HTTP-01 only).
    private void Use(AcmeState current)
    {
        if (sharedAccount is not null && current.Accounts.GetValueOrDefault(sharedAccount)?.KeyPem is { } key && key != accountKey)
        {
            using AcmeAccountKey? parsed = AcmeAccountKey.FromPem(key);
            accountKey = key;
            responses.RespondForAccount(parsed?.Thumbprint);
        }

        state = current;
        responses.Set([.. current.Challenges.Where(challenge => hosts.Contains(challenge.Host))]);
    }

    private async Task<string?> ChangeAsync(Func<AcmeState, AcmeState> change, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            Use(change(state));
            isUnsaved = true;
            string? fault = await store.SaveAsync(state, cancellationToken);
            if (fault is null)
            {
                (stored, isUnsaved) = (state, false);
            }

            return fault;
        }
        finally
        {
            gate.Release();
        }
    }
}
