using System.Globalization;
using IssuerGateway.Tls.Acme;
using IssuerGateway.Tls.Serving;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance;

/// <summary>One attempt for one host and what is remembered of it: the certificate served and stored, or the reason and the pause.</summary>
internal sealed class RenewalAttempt(RenewalServices services, string host)
{
    private static readonly TimeSpan clockTolerance = TimeSpan.FromMinutes(5);

    private readonly ILogger<RenewalAttempt> logger = services.Loggers.CreateLogger<RenewalAttempt>();

    public async Task<RenewalAnswer> RunAsync(bool isForced, CancellationToken cancellationToken)
    {
        HostState before = services.StateOf(host);
        ServingCertificate? current = services.Certificates.In(host);
        logger.LogInformation("Ordering a certificate for {Host} from {Directory}, asked for by {By}", host, services.DirectoryUrl, isForced ? "an operator" : "the schedule");
        string? unwritten = await services.Ledger.ChangeHostAsync(host, _ => before, cancellationToken);
        if (unwritten is not null)
        {
            return await FailAsync(AcmeProblem.Of(IssuanceAttempt.StoreNotWritable, $"{services.Store.Description}: {unwritten}"), cancellationToken);
        }

        IssuanceAttempt issuance = new(new IssuanceContext(host, services.Settings, services.Ledger, services.Store, services.Time, services.Loggers.CreateLogger<IssuanceAttempt>()), services.Accounts);
        AcmeResult<IssuedCertificate> result = await issuance.RunAsync(before.Certificate, current is null ? null : CertificateIdentifier.Of(current.Chain[0]), cancellationToken);
        CompareClocks(issuance.ClockAhead);
        return result.IsGood ? await TakeAsync(result.Value, cancellationToken) : await FailAsync(result.Problem, cancellationToken);
    }

    private async Task<RenewalAnswer> TakeAsync(IssuedCertificate issued, CancellationToken cancellationToken)
    {
        string? unwritten = await services.Store.WriteCertificateAsync(host, issued.ChainPem, issued.KeyPem, cancellationToken);
        if (unwritten is not null)
        {
            // It serves from memory; the order stays, so that the next attempt fetches the same certificate and stores it.
            if (services.Certificates.In(host)?.Thumbprint != issued.Certificate.Thumbprint)
            {
                services.Certificates.Put(host, issued.Certificate);
            }

            return await FailAsync(AcmeProblem.Of(IssuanceAttempt.StoreNotWritable, $"{services.Store.Description}: {unwritten}"), cancellationToken);
        }

        if (await services.Store.ReadCertificateAsync(host, cancellationToken) is { Fault: null } stored)
        {
            services.Intake.TryUpdate(host, stored, fromCa: true);
        }

        DateTimeOffset now = services.Time.GetUtcNow();
        await services.Ledger.ChangeHostAsync(host, state => new HostState
        {
            Directory = services.DirectoryUrl,
            Issued = RenewalSchedule.Remember(state.Issued, now),
            LastChallenge = issued.Challenge ?? state.LastChallenge,
            Certificate = new IssuedState { Directory = services.DirectoryUrl, AccountUrl = issued.AccountUrl, Thumbprint = issued.Certificate.Thumbprint },
        }, cancellationToken);
        services.Metrics.Succeeded(host);
        return new RenewalAnswer(true, $"{host}: new certificate, valid until {issued.Certificate.NotAfter:u}", null);
    }

    private async Task<RenewalAnswer> FailAsync(AcmeProblem problem, CancellationToken cancellationToken)
    {
        string hint = AcmeHints.For(problem, host, services.Settings);
        DateTimeOffset now = services.Time.GetUtcNow();

        // The CA is at work: that is no failure, and the next look is not put off by back-off.
        bool isWaiting = problem.Type == AcmeProblemType.StillProcessing;
        HostState state = services.StateOf(host);
        int failures = state.Failures + (isWaiting ? 0 : 1);
        TimeSpan pause = isWaiting ? RenewalSchedule.Backoff(1, problem.RetryAfter, 1) : RenewalSchedule.Backoff(failures, problem.RetryAfter, Random.Shared.NextDouble());
        services.Metrics.Failed(host, problem.Type);
        await services.Ledger.ChangeHostAsync(host, _ => state with { Failures = failures, NotBefore = now + pause, LastProblem = problem.ToString() }, cancellationToken);
        logger.LogWarning("No certificate for {Host} yet: {Problem}. hint: {Hint}. Next attempt at {Next:u}; {Meanwhile}", host, problem, hint, now + pause,
            services.Certificates.In(host) is { } current ? $"the certificate valid until {current.NotAfter:u} keeps serving" : "TLS handshakes for the host fail until then");
        return new RenewalAnswer(false, $"{host}: {problem}", hint);
    }

    private void CompareClocks(TimeSpan? ahead)
    {
        if (ahead is not { } by)
        {
            return;
        }

        services.Metrics.ClockAhead(by);
        if (by.Duration() > clockTolerance)
        {
            logger.LogWarning("The clock of this machine is {Difference} {Direction} the CA's; certificates are judged and renewed by it. hint: synchronize it (NTP)",
                by.Duration().ToString("c", CultureInfo.InvariantCulture), by > TimeSpan.Zero ? "ahead of" : "behind");
        }
    }
}
