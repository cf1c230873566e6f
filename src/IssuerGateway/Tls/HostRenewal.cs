using System.Globalization;
using IssuerGateway.Tls.Acme;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls;

/// <summary>What became of a renewal that an operator asked for.</summary>
internal sealed record RenewalAnswer(bool IsRenewed, string Message, string? Hint);

/// <summary>Keeps one host's certificate fresh. One failure, of whatever kind, never ends it; hosts do not wait for each other.</summary>
internal sealed class HostRenewal(
    AcmeSettings settings,
    string host,
    AcmeAccounts accounts,
    AcmeLedger ledger,
    IAcmeStore store,
    ServingCertificates certificates,
    CertificateIntake intake,
    AcmeMetrics metrics,
    TimeProvider time,
    ILoggerFactory loggers)
{
    /// <summary>The wall clock is looked at again at least so often: it may be set in the meantime.</summary>
    private static readonly TimeSpan longestSleep = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan clockTolerance = TimeSpan.FromMinutes(5);

    private readonly ILogger<HostRenewal> logger = loggers.CreateLogger<HostRenewal>();
    private readonly RenewalWindows windows = new(accounts, host, time, loggers.CreateLogger<RenewalWindows>());
    private readonly ReloadRequest asked = new(time);
    private TaskCompletionSource<RenewalAnswer>? answer;
    private DateTimeOffset? scheduled;

    public string Host => host;

    private string DirectoryUrl => settings.Directory.OriginalString;

    /// <summary>What is known of the host for this CA; another CA knows nothing of earlier failures.</summary>
    private HostState State => ledger.State.Host(host) is var state && state.Directory == DirectoryUrl
        ? state
        : new HostState { Directory = DirectoryUrl, Certificate = state.Certificate };

    /// <summary>An attempt now, whatever the schedule says. The task ends with the attempt.</summary>
    public Task<RenewalAnswer> RenewNowAsync()
    {
        TaskCompletionSource<RenewalAnswer> fresh = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource<RenewalAnswer>? running = Interlocked.CompareExchange(ref answer, fresh, null);
        if (running is null)
        {
            asked.Make();
        }

        return (running ?? fresh).Task;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Task requested = asked.Next();
        while (!cancellationToken.IsCancellationRequested)
        {
            bool isForced = requested.IsCompleted;
            requested = isForced ? asked.Next() : requested;
            TimeSpan wait = await GuardedStepAsync(isForced, cancellationToken);
            await asked.WaitAsync(wait, requested, cancellationToken);
        }

        Answer(new RenewalAnswer(false, $"{host}: this replica stopped leading", "ask the replica that leads now"));
    }

    /// <summary>Does what is due now; the result is the time until something may be due again.</summary>
    public async Task<TimeSpan> StepAsync(bool isForced, CancellationToken cancellationToken)
    {
        await AskForWindowAsync(cancellationToken);
        if (isForced || NextAttempt() <= time.GetUtcNow())
        {
            await AttemptAsync(isForced, cancellationToken);
        }

        DateTimeOffset next = NextAttempt();
        Tell(next);
        TimeSpan wait = next - time.GetUtcNow();
        return TimeSpan.FromTicks(Math.Clamp(wait.Ticks, TimeSpan.TicksPerSecond, longestSleep.Ticks));
    }

    /// <summary>When the next order is due by everything that is known.</summary>
    public DateTimeOffset NextAttempt()
    {
        HostState state = State;
        ServingCertificate? certificate = certificates.In(host);
        DateTimeOffset due = DateTimeOffset.MinValue;
        TimeSpan lifetime = TimeSpan.Zero;
        if (certificate is not null && state.Certificate?.Directory == DirectoryUrl)
        {
            lifetime = certificate.NotAfter - certificate.NotBefore;
            RenewalState? window = state.Renewal?.CertificateIdentifier == IdentifierOf(certificate) ? state.Renewal : null;
            due = RenewalSchedule.Due(certificate.NotBefore, certificate.NotAfter, window?.Chosen, Spread(certificate));
        }

        DateTimeOffset paused = state.NotBefore ?? DateTimeOffset.MinValue;
        DateTimeOffset breaker = RenewalSchedule.Breaker(state.Issued, lifetime) ?? DateTimeOffset.MinValue;
        return new[] { due, paused, breaker }.Max();
    }

    private async Task<TimeSpan> GuardedStepAsync(bool isForced, CancellationToken cancellationToken)
    {
        try
        {
            return await StepAsync(isForced, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return TimeSpan.Zero;
        }
        catch (Exception e)
        {
            // A bug must not end renewal for good, nor the process.
            logger.LogError(e, "Renewal for {Host} ended with an error that is none of its results", host);
            Answer(new RenewalAnswer(false, $"{host}: an error inside the gateway", "see its log"));
            return longestSleep;
        }
    }

    // RFC 9773 §4.3. A failure changes nothing: the window that is known, or the lifetime, decides.
    private async Task AskForWindowAsync(CancellationToken cancellationToken)
    {
        HostState state = State;
        ServingCertificate? certificate = certificates.In(host);
        if (certificate is null || state.Certificate?.Directory != DirectoryUrl || IdentifierOf(certificate) is not { } identifier)
        {
            return;
        }

        RenewalState? known = state.Renewal?.CertificateIdentifier == identifier ? state.Renewal : null;
        if (known?.NextPoll > time.GetUtcNow())
        {
            return;
        }

        RenewalState next = await windows.AskAsync(identifier, known, cancellationToken);
        await ledger.ChangeHostAsync(host, before => before with { Renewal = next }, cancellationToken);
    }

    private async Task AttemptAsync(bool isForced, CancellationToken cancellationToken)
    {
        HostState before = State;
        ServingCertificate? current = certificates.In(host);
        logger.LogInformation("Ordering a certificate for {Host} from {Directory}{Reason}", host, DirectoryUrl, isForced ? ", as asked by an operator" : "");
        string? unwritten = await ledger.ChangeHostAsync(host, _ => before, cancellationToken);
        if (unwritten is not null)
        {
            await FailAsync(AcmeProblem.Of(Issuance.StoreNotWritable, $"{store.Description}: {unwritten}"), cancellationToken);
            return;
        }

        Issuance issuance = new(new IssuanceContext(host, settings, ledger, store, time, loggers.CreateLogger<Issuance>()), accounts);
        AcmeResult<IssuedCertificate> result = await issuance.RunAsync(before.Certificate, current is null ? null : IdentifierOf(current), cancellationToken);
        CompareClocks(issuance.ClockAhead);
        if (!result.IsGood)
        {
            await FailAsync(result.Problem, cancellationToken);
            return;
        }

        await TakeAsync(result.Value, cancellationToken);
    }

    private async Task TakeAsync(IssuedCertificate issued, CancellationToken cancellationToken)
    {
        string? unwritten = await store.WriteCertificateAsync(host, issued.ChainPem, issued.KeyPem, cancellationToken);
        if (unwritten is not null)
        {
            // It serves from memory; the order stays, so that the next attempt fetches the same certificate and stores it.
            if (certificates.In(host)?.Thumbprint != issued.Certificate.Thumbprint)
            {
                certificates.Put(host, issued.Certificate);
            }

            await FailAsync(AcmeProblem.Of(Issuance.StoreNotWritable, $"{store.Description}: {unwritten}"), cancellationToken);
            return;
        }

        if (await store.ReadCertificateAsync(host, cancellationToken) is { Fault: null } stored)
        {
            intake.Consider(host, stored, fromCa: true);
        }

        DateTimeOffset now = time.GetUtcNow();
        await ledger.ChangeHostAsync(host, state => new HostState
        {
            Directory = DirectoryUrl,
            Issued = RenewalSchedule.Remember(state.Issued, now),
            LastChallenge = issued.Challenge ?? state.LastChallenge,
            Certificate = new IssuedState { Directory = DirectoryUrl, AccountUrl = issued.AccountUrl, Thumbprint = issued.Certificate.Thumbprint },
        }, cancellationToken);
        metrics.Succeeded(host);
        Answer(new RenewalAnswer(true, $"{host}: new certificate, valid until {issued.Certificate.NotAfter:u}", null));
    }

    private async Task FailAsync(AcmeProblem problem, CancellationToken cancellationToken)
    {
        string hint = AcmeHints.For(problem, host, settings);
        DateTimeOffset now = time.GetUtcNow();

        // The CA is at work: that is no failure, and the next look is not put off by back-off.
        bool isWaiting = problem.Type == AcmeProblemType.StillProcessing;
        int failures = State.Failures + (isWaiting ? 0 : 1);
        TimeSpan pause = isWaiting ? RenewalSchedule.Backoff(1, problem.RetryAfter, 1) : RenewalSchedule.Backoff(failures, problem.RetryAfter, Random.Shared.NextDouble());
        HostState state = State;
        await ledger.ChangeHostAsync(host, _ => state with { Failures = failures, NotBefore = now + pause, LastProblem = problem.ToString() }, cancellationToken);
        metrics.Failed(host, problem.Type);
        logger.LogWarning("No certificate for {Host} yet: {Problem}. hint: {Hint}. Next attempt at {Next:u}; {Meanwhile}", host, problem, hint, now + pause,
            certificates.In(host) is { } current ? $"the certificate valid until {current.NotAfter:u} keeps serving" : "TLS handshakes for the host fail until then");
        Answer(new RenewalAnswer(false, $"{host}: {problem}", hint));
    }

    private void CompareClocks(TimeSpan? ahead)
    {
        if (ahead is not { } by)
        {
            return;
        }

        metrics.ClockAhead(by);
        if (by.Duration() > clockTolerance)
        {
            logger.LogWarning("The clock of this machine is {Difference} {Direction} the CA's; certificates are judged and renewed by it. hint: synchronize it (NTP)",
                by.Duration().ToString("c", CultureInfo.InvariantCulture), by > TimeSpan.Zero ? "ahead of" : "behind");
        }
    }

    private void Tell(DateTimeOffset next)
    {
        DateTimeOffset shown = next > DateTimeOffset.UnixEpoch ? next : time.GetUtcNow();
        metrics.Scheduled(host, shown);
        if (scheduled != shown && State.Failures == 0)
        {
            logger.LogInformation("Next certificate for {Host} is due at {Next:u}", host, shown);
        }

        scheduled = shown;
    }

    private void Answer(RenewalAnswer given) => Interlocked.Exchange(ref answer, null)?.TrySetResult(given);

    private static string? IdentifierOf(ServingCertificate certificate) => CertificateIdentifier.Of(certificate.Chain[0]);

    // The same for one certificate each time it is asked, different between certificates.
    private static double Spread(ServingCertificate certificate) =>
        int.Parse(certificate.Thumbprint.AsSpan(0, 6), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / (double)0x1000000;
}
