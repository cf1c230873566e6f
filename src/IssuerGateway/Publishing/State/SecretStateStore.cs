using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Publishing.Keys;
using k8s.Models;

namespace IssuerGateway.Publishing.State;

/// <summary>
/// Keeps the state of each issuer in one Secret that all replicas share and a new pod reads. It is only ever updated: the
/// chart creates it. A write counts only if nobody has written since it was read; else it is merged again.
/// </summary>
internal sealed class SecretStateStore(ClusterObjects objects, string prefix)
{
    /// <summary>How old what is stored may be while nothing changes.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private const int MaxTries = 4;

    public string NameOf(IssuerIdentifier issuer) => $"{prefix}-{StateFile.KeyOf(issuer)}";

    /// <summary>What is stored, or the fault for which nothing could be read.</summary>
    public async Task<RestoredState> ReadAsync(IssuerIdentifier issuer, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ClusterResponse<V1Secret> response = await objects.ReadSecretAsync(NameOf(issuer), cancellationToken);
        return response.Value is { } secret
            ? SecretContent.Read(issuer, secret.Data, PlaceOf(issuer), now)
            : new RestoredState(Documents: null, KeyHistory.StartedAt(now), Provenance: null, [Unavailable(issuer, response.Fault!)]);
    }

    /// <summary>Merges this replica's state into the Secret.</summary>
    /// <returns>The history as it is stored now, the fault if the state is not, and what was damaged and is replaced.</returns>
    public async Task<(KeyHistory? History, Finding? Fault, Finding? Replaced)> WriteAsync(Issuer issuer, SharedState own, SteadyClock clock, PublishingSettings settings, DateTimeOffset now, CancellationToken cancellationToken)
    {
        IssuerIdentifier identifier = issuer.Identifier;
        ClusterFault? conflict = null;
        for (int tried = 0; tried < MaxTries; tried++)
        {
            ClusterResponse<V1Secret> read = await objects.ReadSecretAsync(NameOf(identifier), cancellationToken);
            if (read.Value is not { } secret)
            {
                return (null, Unavailable(identifier, read.Fault!), null);
            }

            RestoredState stored = SecretContent.Read(identifier, secret.Data, PlaceOf(identifier), now);
            if (stored.Faults.FirstOrDefault(fault => fault.Rule == LastKnownGoodStore.NewerRule) is { } newer)
            {
                return (null, newer, null);
            }

            SharedState merged = own.Merge(issuer, stored, clock, settings.KeyRetention);
            if (stored.Faults.IsEmpty && merged.IsStored(stored, now, Interval))
            {
                return (merged.History, null, null);
            }

            LastKnownGood documents = LastKnownGood.Of(identifier, merged.Discovery, merged.Keys, merged.MaxAge, merged.ConfirmedAt);
            secret.Data = SecretContent.Write(secret.Data, documents, merged.History, KeyProvenance.Of(identifier, merged.Union, clock));
            ClusterResponse<V1Secret> written = await objects.WriteSecretAsync(secret, cancellationToken);
            if (written.Fault is not { IsConflict: true })
            {
                return written.Fault is { } fault ? (merged.History, Unavailable(identifier, fault), null) : (merged.History, null, stored.Faults.FirstOrDefault());
            }

            conflict = written.Fault;
        }

        return (null, Unavailable(identifier, conflict!), null);
    }

    private string PlaceOf(IssuerIdentifier issuer) => $"Secret {objects.Namespace}/{NameOf(issuer)}";

    private static Finding Unavailable(IssuerIdentifier issuer, ClusterFault fault) =>
        Finding.Warning("state-secret", $"state of issuer \"{issuer}\": {fault.Message}",
            fault.IsNotFound
                ? "create the Secret without data, as the chart does; the gateway may only update it"
                : "let the gateway get and update this Secret; until then pods that are recreated during an outage start without the last good documents");
}
