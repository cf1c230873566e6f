using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance;

/// <summary>What one attempt for one host works with.</summary>
internal sealed record IssuanceContext(string Host, AcmeSettings Settings, AcmeStateCache Ledger, IAcmeStore Store, TimeProvider Time, ILogger Logger)
{
    public OrderState? Order => Ledger.State.Host(Host).Order;

    /// <summary>Null when written, else the fault; either way the order is kept in memory and goes on.</summary>
    public async Task<string?> KeepAsync(OrderState? order, CancellationToken cancellationToken)
    {
        string? fault = await Ledger.ChangeHostAsync(Host, state => state with { Order = order }, cancellationToken);
        if (fault is not null)
        {
            Logger.LogWarning("State of the order for {Host} could not be stored in {Store}: {Fault}", Host, Store.Description, fault);
        }

        return fault;
    }
}
