using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Serving;

/// <summary>
/// Puts what a polled source holds into force when it is new and can be served. A broken candidate never replaces a good
/// certificate; it is logged once for each change, and shown by a metric until it is corrected.
/// </summary>
internal sealed class CertificateUpdater(ServingCertificates certificates, TlsMetrics metrics, TimeProvider time, ILogger<CertificateUpdater> logger)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, string> acceptedHash = [];
    private readonly Dictionary<string, string> lastWarning = [];
    private volatile ImmutableSortedDictionary<string, CertificateRejection> rejected = ImmutableSortedDictionary.Create<string, CertificateRejection>(StringComparer.Ordinal);

    /// <summary>Why the newest certificate of a source cannot be read or served, by the source.</summary>
    public IReadOnlyDictionary<string, CertificateRejection> Rejected => rejected;

    /// <param name="fromCa">Ordered by the gateway itself: the slot is the host, and the newest counts, also when the clock here says that its time has not come.</param>
    public void TryUpdate(string slot, CertificateCandidate candidate, bool fromCa = false)
    {
        lock (gate)
        {
            ServingCertificate? current = certificates.In(slot);
            if (acceptedHash.GetValueOrDefault(slot) == candidate.Hash && current is not null)
            {
                // Also after an operator has put the old pair back.
                Accept(slot, candidate.Hash);
                return;
            }

            ServingCertificate? parsed = candidate.Parse(out string? fault);
            if (parsed is not null && current?.Thumbprint == parsed.Thumbprint)
            {
                Accept(slot, candidate.Hash);
                return;
            }

            fault ??= fromCa ? FaultOfOrdered(slot, parsed!, current) : FaultOfFound(parsed!, current);
            if (fault is not null)
            {
                Reject(slot, candidate, fault, current);
                return;
            }

            certificates.Put(slot, parsed!);
            Accept(slot, candidate.Hash);
            WarnOfValidity(slot, parsed!);
        }
    }

    // Without anything to keep, a certificate outside its time is served: relying parties then say what is wrong with it,
    // and a clock that is wrong at boot heals without a restart.
    private string? FaultOfFound(ServingCertificate found, ServingCertificate? current)
    {
        DateTimeOffset now = time.GetUtcNow();
        return found.IsValidAt(now) || current is null || !current.IsValidAt(now) ? null
            : now < found.NotBefore ? $"valid only from {found.NotBefore:u}"
            : $"expired at {found.NotAfter:u}";
    }

    // What somebody put in the place of a stored certificate: the leader writes the right one again.
    private string? FaultOfOrdered(string host, ServingCertificate found, ServingCertificate? current)
    {
        DateTimeOffset now = time.GetUtcNow();
        return !found.Names.Contains(host) ? $"it names {string.Join(", ", found.Names)}, not {host}"
            : current is not null && now < current.NotAfter && found.NotAfter <= now ? $"expired at {found.NotAfter:u}"
            : null;
    }

    private void WarnOfValidity(string slot, ServingCertificate certificate)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (!certificate.IsValidAt(now))
        {
            logger.LogWarning("The certificate of {Slot} is valid from {NotBefore:u} to {NotAfter:u}, and now is {Now:u}: relying parties reject it; renew it or correct the clock",
                slot, certificate.NotBefore, certificate.NotAfter, now);
        }
    }

    private void Accept(string slot, string hash)
    {
        acceptedHash[slot] = hash;
        lastWarning.Remove(slot);
        rejected = rejected.Remove(slot);
        metrics.Taken(slot);
    }

    private void Reject(string slot, CertificateCandidate candidate, string fault, ServingCertificate? current)
    {
        metrics.Rejected(slot);
        rejected = rejected.SetItem(slot, new CertificateRejection(fault, IsUnread: candidate.Fault is not null));
        if (lastWarning.GetValueOrDefault(slot) == candidate.Hash + fault)
        {
            return;
        }

        lastWarning[slot] = candidate.Hash + fault;
        logger.LogWarning("The certificate of {Slot} cannot be {Done}: {Fault}; {Consequence}",
            slot, candidate.Fault is null ? "served" : "read", fault, current is null ? "no certificate is served in its place" : $"the one valid until {current.NotAfter:u} stays in force");
    }
}
