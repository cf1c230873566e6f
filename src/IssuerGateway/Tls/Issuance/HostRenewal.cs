using System.Globalization;
using IssuerGateway.Tls.Acme;
using IssuerGateway.Tls.Serving;
using IssuerGateway.Tls.Sources;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance;

/// <summary>What became of a renewal that an operator asked for.</summary>
internal sealed record RenewalAnswer(bool IsRenewed, string Message, string? Hint);

/// <summary>Keeps one host's certificate fresh. One failure, of whatever kind, never ends it; hosts do not wait for each other.</summary>
internal sealed class HostRenewal(RenewalServices services, string host)
{
    /// <summary>The wall clock is looked at again at least so often: it may be set in the meantime.</summary>
    private static readonly TimeSpan longestSleep = TimeSpan.FromMinutes(10);

    private readonly ILogger<HostRenewal> logger = services.Loggers.CreateLogger<HostRenewal>();
    private readonly RenewalWindows windows = new(services.Accounts, host, services.Time, services.Loggers.CreateLogger<RenewalWindows>());
    private readonly ReloadRequest asked = new(services.Time);
    private TaskCompletionSource<RenewalAnswer>? answer;
    private DateTimeOffset? scheduled;

    public string Host => host;

    private HostState State => services.StateOf(host);

    private ServingCertificate? Served => services.Certificates.In(host);

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
        while (!cancellationToken.IsCancellationRequested)
        {
            Task requested = asked.Next();
            TimeSpan wait = await GuardedStepAsync(isForced: Volatile.Read(ref answer) is not null, cancellationToken);
            await asked.WaitAsync(wait, requested, cancellationToken);
        }

        Answer(new RenewalAnswer(false, $"{host}: this replica stopped leading", "ask the replica that leads now"));
    }

    /// <summary>Does what is due now; the result is the time until something may be due again.</summary>
    public async Task<TimeSpan> StepAsync(bool isForced, CancellationToken cancellationToken)
    {
        await AskForWindowAsync(cancellationToken);
        if (isForced || NextAttempt() <= services.Time.GetUtcNow())
        {
            Answer(await new RenewalAttempt(services, host).RunAsync(isForced, cancellationToken));
        }

        DateTimeOffset next = NextAttempt();
        Tell(next);
        TimeSpan wait = next - services.Time.GetUtcNow();
        return TimeSpan.FromTicks(Math.Clamp(wait.Ticks, TimeSpan.TicksPerSecond, longestSleep.Ticks));
    }

    /// <summary>When the next order is due by everything that is known.</summary>
    public DateTimeOffset NextAttempt()
    {
        HostState state = State;
        ServingCertificate? certificate = Served;
        DateTimeOffset due = DateTimeOffset.MinValue;
        TimeSpan lifetime = TimeSpan.Zero;
        if (certificate is not null && state.Certificate?.Directory == services.DirectoryUrl)
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
        ServingCertificate? certificate = Served;
        if (certificate is null || state.Certificate?.Directory != services.DirectoryUrl || IdentifierOf(certificate) is not { } identifier)
        {
            return;
        }

        RenewalState? known = state.Renewal?.CertificateIdentifier == identifier ? state.Renewal : null;
        if (known?.NextPoll > services.Time.GetUtcNow())
        {
            return;
        }

        RenewalState next = await windows.AskAsync(identifier, known, cancellationToken);
        await services.Ledger.ChangeHostAsync(host, before => before with { Renewal = next }, cancellationToken);
    }

    private void Tell(DateTimeOffset next)
    {
        DateTimeOffset shown = next > DateTimeOffset.UnixEpoch ? next : services.Time.GetUtcNow();
        services.Metrics.Scheduled(host, shown);
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
