using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Serving;

/// <summary>
/// Takes over what a polled source offers when it is new and can be served. A broken offer never replaces a good
/// certificate; it is told once for each change, and shown by a metric until it is mended.
/// </summary>
internal sealed class CertificateUpdater(ServingCertificates certificates, TlsMetrics metrics, TimeProvider time, ILogger<CertificateUpdater> logger)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, string> taken = [];
    private readonly Dictionary<string, string> told = [];

    /// <param name="fromCa">Ordered by the gateway itself: the newest counts, also when the clock here says that its time has not come.</param>
    public void TryUpdate(string slot, CertificateCandidate offer, bool fromCa = false)
    {
        lock (gate)
        {
            Validate(slot, offer, fromCa);
        }
    }

    public void Forget(string slot)
    {
        lock (gate)
        {
            certificates.Remove(slot);
            metrics.Forgotten(slot);
            taken.Remove(slot);
            told.Remove(slot);
        }
    }

    private void Validate(string slot, CertificateCandidate offer, bool fromCa)
    {
        if (taken.GetValueOrDefault(slot) == offer.Hash)
        {
            // Also after an operator has put the old pair back.
            metrics.Taken(slot);
            told.Remove(slot);
            return;
        }

        ServingCertificate? offered = offer.Parse(out string? fault);
        ServingCertificate? current = certificates.In(slot);
        if (offered is not null && !fromCa && !IsBetter(offered, current))
        {
            fault = time.GetUtcNow() < offered.NotBefore ? $"valid only from {offered.NotBefore:u}" : $"expired at {offered.NotAfter:u}";
        }

        if (fault is not null)
        {
            Refuse(slot, offer.Hash, fault, current);
            return;
        }

        certificates.Put(slot, offered!);
        taken[slot] = offer.Hash;
        told.Remove(slot);
        metrics.Taken(slot);
        WarnOfValidity(slot, offered!);
    }

    // Without anything to keep, a certificate outside its time is served: relying parties then say what is wrong with it,
    // and a clock that is wrong at boot heals without a restart.
    private bool IsBetter(ServingCertificate offered, ServingCertificate? current)
    {
        DateTimeOffset now = time.GetUtcNow();
        return offered.IsValidAt(now) || current is null || !current.IsValidAt(now);
    }

    private void Refuse(string slot, string hash, string fault, ServingCertificate? current)
    {
        metrics.Refused(slot);
        if (told.GetValueOrDefault(slot) == hash + fault)
        {
            return;
        }

        told[slot] = hash + fault;
        logger.LogWarning("The certificate of {Slot} cannot be served: {Fault}; {Consequence}",
            slot, fault, current is null ? "no certificate is served in its place" : $"the one valid until {current.NotAfter:u} stays in force");
    }

    private void WarnOfValidity(string slot, ServingCertificate certificate)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (!certificate.IsValidAt(now))
        {
            logger.LogWarning("The certificate of {Slot} is valid from {NotBefore:u} to {NotAfter:u}, and now is {Now:u}: relying parties refuse it; renew it or correct the clock",
                slot, certificate.NotBefore, certificate.NotAfter, now);
        }
    }
}
