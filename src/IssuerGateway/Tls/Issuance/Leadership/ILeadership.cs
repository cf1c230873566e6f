namespace IssuerGateway.Tls.Issuance.Leadership;

/// <summary>Sees to it that of all replicas that share a store one at a time orders certificates.</summary>
internal interface ILeadership
{
    /// <summary>Who leads as far as this replica knows; null while nobody is known.</summary>
    string? Leader { get; }

    /// <summary>Why it cannot be found out who leads; null while it can.</summary>
    string? Fault { get; }

    /// <summary>Leads whenever it can until cancelled. The token of a turn ends when leadership is lost; the next turn starts after the last has ended.</summary>
    Task LeadAsync(Func<CancellationToken, Task> turn, CancellationToken cancellationToken);
}
