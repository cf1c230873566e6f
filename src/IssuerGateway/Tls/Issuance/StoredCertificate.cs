using IssuerGateway.Tls.Issuance.Orders;
using IssuerGateway.Tls.Serving;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance;

/// <summary>
/// Keeps the stored certificate of one host equal to the one in force: what was ordered is stored until it is stored,
/// and what is missing or damaged in the store is written again.
/// </summary>
internal sealed class StoredCertificate(IssuanceContext context, string host)
{
    private static readonly TimeSpan firstPause = TimeSpan.FromSeconds(5);

    /// <summary>A twenty-fourth of a short lifetime: other replicas wait for what is stored.</summary>
    private TimeSpan LongestPause => context.Certificates.In(host) is { } served && (served.NotAfter - served.NotBefore) / 24 is var scaled && scaled < TimeSpan.FromMinutes(5)
        ? scaled
        : TimeSpan.FromMinutes(5);

    private readonly ILogger<StoredCertificate> logger = context.Loggers.CreateLogger<StoredCertificate>();
    private string? storedHash;
    private readonly LoggedFault lastFault = new();
    private int failures;
    private long failedAt;

    /// <summary>Whether this replica serves a certificate that it ordered and could not store yet.</summary>
    public bool IsUnstored { get; private set; }

    /// <summary>The time until the next try after a failure; zero when there was none.</summary>
    private TimeSpan Pause => failures == 0 ? TimeSpan.Zero : firstPause * Math.Pow(2, Math.Min(failures - 1, 6)) is var pause && pause < LongestPause ? pause : LongestPause;

    /// <summary>Takes a certificate that this replica has just ordered: served at once, then stored. Null when stored, else the fault.</summary>
    public async Task<string?> TakeAsync(ServingCertificate issued, CancellationToken cancellationToken)
    {
        if (context.Certificates.In(host)?.Thumbprint != issued.Thumbprint)
        {
            context.Certificates.Put(host, issued);
        }

        (IsUnstored, failures) = (true, 0);
        return await StoreAsync(issued, "", cancellationToken);
    }

    /// <summary>Compares store and memory. Also a replica that no longer leads stores what it ordered.</summary>
    public async Task SynchronizeAsync(bool isLeading, CancellationToken cancellationToken)
    {
        if ((!isLeading && !IsUnstored) || context.Time.GetElapsedTime(failedAt) < Pause)
        {
            return;
        }

        CertificateCandidate? stored = await context.Store.ReadCertificateAsync(host, cancellationToken);
        if (stored is { Fault: null } && stored.Hash == storedHash)
        {
            return;
        }

        if (context.Certificates.In(host) is not { } served)
        {
            if (stored is not null)
            {
                context.Updater.TryUpdate(host, stored, fromCa: true);
            }

            return;
        }

        ServingCertificate? known = stored?.Parse(out _);
        if (known?.Thumbprint == served.Thumbprint)
        {
            Succeeded(stored!.Hash);
        }
        else if (known is not null && known.NotBefore > served.NotBefore && known.Names.Contains(host) && known.IsValidAt(context.Time.GetUtcNow()))
        {
            // Another replica was faster, or an operator has put a newer one there.
            context.Updater.TryUpdate(host, stored!, fromCa: true);
            Succeeded(stored!.Hash);
        }
        else
        {
            await StoreAsync(served, IsUnstored ? "" : stored is null ? "was missing" : known is null ? "was damaged" : "was replaced by another one", cancellationToken);
        }
    }

    private async Task<string?> StoreAsync(ServingCertificate served, string repaired, CancellationToken cancellationToken)
    {
        string? fault = await context.Store.WriteCertificateAsync(host, served.ChainPem, served.KeyPem, cancellationToken);
        if (fault is not null)
        {
            Failed(fault, served);
            return fault;
        }

        if (repaired.Length > 0)
        {
            logger.LogWarning("The stored certificate of {Host} {What}; the one in force, valid until {NotAfter:u}, is stored in {Store} again", host, repaired, served.NotAfter, context.Store.Description);
        }
        else if (failures > 0)
        {
            logger.LogInformation("The certificate of {Host} is stored in {Store} now", host, context.Store.Description);
        }

        // Read back at the next look: a store may write it differently.
        Succeeded(null);
        return null;
    }

    private void Succeeded(string? hash)
    {
        (IsUnstored, failures, storedHash) = (false, 0, hash);
        lastFault.Set(null, _ => { });
        context.Metrics.Stored(host, isStored: true);
    }

    private void Failed(string fault, ServingCertificate served)
    {
        (failures, failedAt, storedHash) = (failures + 1, context.Time.GetTimestamp(), null);
        context.Metrics.Stored(host, isStored: false);
        lastFault.Set(fault, begun =>
            logger.LogWarning("The certificate of {Host} could not be stored in {Store}: {Fault}. It is served, valid until {NotAfter:u}, and stored as soon as the store accepts it. hint: {Hint}",
                host, context.Store.Description, begun, served.NotAfter, AcmeHints.StoreHint));
    }
}
