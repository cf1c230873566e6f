using IssuerGateway.Acme.Signing;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tls.Issuance.Orders;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving;
using IssuerGateway.Tls.Serving.Challenges;

namespace IssuerGateway.Fuzz.Targets;

/// <summary>Files of the state directory, which a crash, a full disk or another program may have damaged.</summary>
internal static class StateTargets
{
    private static readonly DateTimeOffset now = DateTimeOffset.UnixEpoch.AddYears(56);

    public static void LastKnownGood(byte[] bytes)
    {
        if (LastKnownGoodText.Read(bytes) is not { } stored)
        {
            return;
        }

        _ = stored.MaxAge;
        _ = CachePromise.Header(TimeSpan.FromDays(1), stored.MaxAge, TimeSpan.FromMinutes(5));
        IssuerTargets.Discovery(stored.Discovery);
        IssuerTargets.KeySet(stored.KeySet);
        LastKnownGood again = LastKnownGoodText.Read(LastKnownGoodText.Write(stored))!;
        BrokenPromiseException.Unless(again.IsIntact && again.Issuer == stored.Issuer && again.ConfirmedAt == stored.ConfirmedAt && again.MaxAgeSeconds.Equals(stored.MaxAgeSeconds)
            && again.Discovery.AsSpan().SequenceEqual(stored.Discovery) && again.KeySet.AsSpan().SequenceEqual(stored.KeySet), "what is written is read");
    }

    public static void KeyHistory(byte[] bytes)
    {
        if (KeyHistoryText.Read(bytes) is not var (issuer, history, _))
        {
            return;
        }

        foreach (KeyHistoryEntry entry in history.Entries.Values)
        {
            _ = entry.SafeToSignAt(TimeSpan.FromDays(1));
        }

        KeyHistory next = history.Observe(["a", "b"], now);
        BrokenPromiseException.Unless(next.Entries["a"].LastSeen == now, "a published key is seen");
        BrokenPromiseException.Unless(next.Entries.Count(entry => entry.Value.Removed is not null) <= Publishing.Keys.KeyHistory.MaxRemoved, "a bounded history");
        BrokenPromiseException.Unless(KeyHistoryText.Read(KeyHistoryText.Write(issuer, history)) is var (_, again, isIntact) && isIntact && again.HasSameKeys(history) && history.HasSameKeys(again), "what is written is read");
    }

    public static void KeyProvenance(byte[] bytes)
    {
        BrokenPromiseException.Unless(IssuerIdentifier.TryParse("https://issuer.example.test", out IssuerIdentifier issuer, out _), "a plain issuer");
        if (KeyProvenanceText.ReadFor(issuer, bytes) is not { } provenance)
        {
            return;
        }

        SteadyClock clock = new(TimeProvider.System);
        foreach (string identity in provenance.Keys.Keys)
        {
            BrokenPromiseException.Unless(
                provenance.SourcesOf(identity, clock, TimeSpan.FromMinutes(5)).Values.All(source => source.Since <= clock.Now && source.LastPublished <= clock.Now), "nothing comes from the future");
        }

        BrokenPromiseException.Unless(KeyProvenanceText.ReadFor(issuer, KeyProvenanceText.Write(provenance)) is { } again && again.Keys.Count == provenance.Keys.Count, "what is written is read");
    }

    public static void AcmeState(byte[] bytes)
    {
        if (AcmeStateText.Read(bytes).State is not { } state)
        {
            return;
        }

        using AcmeStateCache history = new([], new NoStore(), new ChallengeResponses(TimeProvider.System));
        history.Adopt(state);
        foreach ((string name, HostState host) in state.Hosts)
        {
            BrokenPromiseException.Unless(state.Host(name) == host, "each host by its name");
            _ = OrderSchedule.Remember(host.Issued, now);
            OrderDecision without = OrderSchedule.Next(Situation(host, served: null));
            BrokenPromiseException.Unless(without.At <= now + OrderSchedule.LongestWaitWithoutCertificate, "no stored time keeps a host without a certificate");
            CertificatePeriod served = new(now, now.AddDays(90), null);
            OrderDecision with = OrderSchedule.Next(Situation(host, served));
            BrokenPromiseException.Unless(with.At < served.NotAfter, "no stored time passes the end of the certificate");
            _ = OrderSchedule.PauseAfterFailure(now, served, host.Failures, retryAfter: null, random: 0.5);
            _ = host.Order is { } order && LeafKey.IsUsable(order.LeafKeyPem);
        }

        foreach (AccountState account in state.Accounts.Values)
        {
            AcmeAccountKey.FromPem(account.KeyPem)?.Dispose();
        }

        byte[] written = AcmeStateText.Write(state);
        BrokenPromiseException.Unless(AcmeStateText.Read(written).State is { } again && AcmeStateText.Write(again).AsSpan().SequenceEqual(written), "what is written is read");
    }

    private static OrderSituation Situation(HostState host, CertificatePeriod? served) => new()
    {
        Now = now,
        Served = served,
        IsFromThisCa = true,
        Chosen = host.Renewal?.Chosen,
        Spread = 0.5,
        PausedUntil = OrderSchedule.Clamped(host.NotBefore, now, served, isOfCa: true),
        Issued = host.Issued,
    };

    private sealed class NoStore : IAcmeStore
    {
        public string Description => "nothing";

        public TimeSpan PropagationDelay => TimeSpan.Zero;

        public Task<StoredState> LoadAsync(CancellationToken cancellationToken) => Task.FromResult(StoredState.Failed("nothing"));

        public Task<string?> SaveAsync(AcmeState state, CancellationToken cancellationToken) => Task.FromResult<string?>(null);

        public Task<string?> FindWriteFaultAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);

        public Task<CertificateCandidate?> ReadCertificateAsync(string host, CancellationToken cancellationToken) => Task.FromResult<CertificateCandidate?>(null);

        public Task<string?> WriteCertificateAsync(string host, string chainPem, string keyPem, CancellationToken cancellationToken) => Task.FromResult<string?>(null);
    }
}
