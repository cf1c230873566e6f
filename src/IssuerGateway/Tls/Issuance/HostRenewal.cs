using IssuerGateway.Acme;
using IssuerGateway.Tls.Issuance.Orders;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving;
using IssuerGateway.Tls.Sources;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance;

/// <summary>Keeps one host's certificate fresh and stored. No failure of any kind ends it; hosts do not wait for each other.</summary>
internal sealed class HostRenewal(IssuanceContext context, string host)
{
    /// <summary>How often store, memory and clock are looked at again.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan longestSleep = TimeSpan.FromMinutes(10);

    private readonly ILogger<HostRenewal> logger = context.Loggers.CreateLogger<HostRenewal>();
    private readonly RenewalPoll poll = new(context.Accounts, host, context.Time, context.Random, context.Loggers.CreateLogger<RenewalPoll>());
    private readonly StoredCertificate stored = new(context, host);
    private readonly RenewalReport report = new(context, host);
    private readonly RenewalRequest request = new(host, context.Time);
    private string? finishedOrder;

    // Kept beside the stored pause: that of another replica may take its place while both help themselves.
    private (long From, TimeSpan Length)? ownPause;

    public string Host => host;

    /// <summary>Whether this replica serves a certificate that it ordered and could not store yet.</summary>
    public bool IsUnstored => stored.IsUnstored;

    /// <summary>Whether the certificate has expired, is missing, or is so near its end that the leader ought to have replaced it long ago.</summary>
    public bool IsInDanger => Period() is not { } period || period.HasEnded(Now) || (period.ByThisClock(Now) is var (from, to) && Now >= OrderSchedule.HelpFrom(from, to));

    /// <summary>Whether the CA has issued a certificate that this replica only has to fetch: it was not stored, or a restart came between.</summary>
    public bool IsOrderFinished => State is { Order: not null, Certificate: { } issued } && issued.Thumbprint != Served?.Thumbprint;

    /// <summary>When the next attempt is, if orders have failed and it is the last one before the certificate ends; else null.</summary>
    public DateTimeOffset? LastAttempt => State.Failures > 0 && Period() is { } period && !period.HasEnded(Now)
        && period.ByThisClock(Now) is var (from, to) && Decide().At is var next && next >= OrderSchedule.LastChance(from, to) ? next : null;

    private HostState State => context.StateOf(host);

    private ServingCertificate? Served => context.Certificates.In(host);
    private DateTimeOffset Now => context.Time.GetUtcNow();

    /// <summary>An attempt now, whatever the schedule says. The task ends with the attempt.</summary>
    public Task<CommandResult> RenewNowAsync() => request.MakeAsync();

    /// <summary>Runs while this replica leads.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        request.Open();
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                Task requested = request.Next();
                TimeSpan wait = await GuardedStepAsync(request.IsPending, cancellationToken);
                await request.WaitAsync(wait < LookInterval ? wait : LookInterval, requested, cancellationToken);
            }
        }
        finally
        {
            request.Close();
        }
    }

    /// <summary>Does what is due now; the result is the time until something may be due again.</summary>
    public async Task<TimeSpan> StepAsync(bool isForced, CancellationToken cancellationToken)
    {
        // 1. What is stored is what is served.
        await stored.SynchronizeAsync(isLeading: true, cancellationToken);
        await ForgetStoredOrderAsync(cancellationToken);

        // 2. Stored times are of this clock or bounded by it; no pause passes the end of what is served now.
        await ClampTimesAsync(cancellationToken);

        // 3. When the CA wants the certificate renewed (RFC 9773 §4.3).
        await AskForWindowAsync(cancellationToken);

        // 4. The order, if it is due.
        OrderDecision decision = Decide();
        if (isForced || decision.At <= Now)
        {
            request.Begin();
            request.Complete(await OrderAsync(isForced, cancellationToken));
            decision = Decide();
        }

        // 5. What operators see of the next one.
        report.Scheduled(decision, hasFailed: State.Failures > 0, isPaused: PausedUntil() >= decision.At);
        return TimeSpan.FromTicks(Math.Clamp((decision.At - Now).Ticks, TimeSpan.TicksPerSecond, longestSleep.Ticks));
    }

    /// <summary>For a replica that does not lead: stores what it ordered while it did.</summary>
    public Task StoreOwnAsync(CancellationToken cancellationToken) => stored.SynchronizeAsync(isLeading: false, cancellationToken);

    /// <summary>When the next order starts by everything that is known.</summary>
    public OrderDecision Decide() => OrderSchedule.Next(new OrderSituation
    {
        Now = Now,
        Served = Period(),
        LastLifetime = State.Certificate?.Lifetime,
        IsOrderFinished = IsOrderFinished,
        IsFromThisCa = State.Certificate?.Directory == context.DirectoryUrl,
        Chosen = Served is { } served && State.Renewal is { } known && known.CertificateIdentifier == IdentifierOf(served) ? known.Chosen : null,
        Spread = Served is { } certificate ? context.Spread(certificate) : 0,
        PausedUntil = PausedUntil(),
        Issued = State.Issued,
    });

    private DateTimeOffset? PausedUntil() => Clamped(OwnPause()) is { } own && own > (StoredPause() ?? DateTimeOffset.MinValue) ? own : StoredPause();

    private DateTimeOffset? OwnPause() => ownPause is var (from, length) && length - context.Time.GetElapsedTime(from) is var left && left > TimeSpan.Zero ? Now + left : null;

    private DateTimeOffset? StoredPause() => Clamped(State.NotBefore);

    private DateTimeOffset? Clamped(DateTimeOffset? pausedUntil) =>
        OrderSchedule.Clamped(pausedUntil, Now, Period(), isOfCa: State.LastProblem?.StartsWith($"{AcmeProblemType.RateLimited}:", StringComparison.Ordinal) == true);

    private CertificatePeriod? Period() => Served is { } served
        ? new CertificatePeriod(served.NotBefore, served.NotAfter, served.Thumbprint == State.Certificate?.Thumbprint && State.Issued is [var newest, ..] ? newest : null)
        : null;

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
            logger.LogError(e, "Renewal for {Host} failed with an unexpected error", host);
            request.Fail(new CommandResult(false, $"{host}: an error inside the gateway", "see its log"));
            return LookInterval;
        }
    }

    // The order of a certificate is kept until the certificate is stored.
    private async Task ForgetStoredOrderAsync(CancellationToken cancellationToken)
    {
        if (!stored.IsUnstored && finishedOrder is { } url)
        {
            finishedOrder = null;
            await context.State.ChangeHostAsync(host, state => state.Order?.Url == url ? state with { Order = null } : state, cancellationToken);
        }
    }

    private async Task ClampTimesAsync(CancellationToken cancellationToken)
    {
        ownPause = Clamped(OwnPause()) is { } until ? (context.Time.GetTimestamp(), until - Now) : null;
        HostState state = State;
        DateTimeOffset? clamped = StoredPause();
        bool isAhead = state.Issued.Any(time => time > Now);
        if (clamped != state.NotBefore || isAhead)
        {
            await context.State.ChangeHostAsync(host, _ => state with { NotBefore = clamped, Issued = OrderSchedule.Newest(state.Issued, Now, Served?.NotBefore) }, cancellationToken);
        }
    }

    private async Task AskForWindowAsync(CancellationToken cancellationToken)
    {
        if (Served is not { } served || State.Certificate?.Directory != context.DirectoryUrl || IdentifierOf(served) is not { } identifier)
        {
            return;
        }

        RenewalState? known = State.Renewal?.CertificateIdentifier == identifier ? State.Renewal : null;
        if (RenewalPoll.IsPollDue(known, Now))
        {
            RenewalState next = await poll.QueryAsync(identifier, known, cancellationToken);
            await context.State.ChangeHostAsync(host, before => before with { Renewal = next }, cancellationToken);
        }
    }

    private async Task<CommandResult> OrderAsync(bool isForced, CancellationToken cancellationToken)
    {
        HostState before = State;
        report.Ordering(isForced);

        // With a store that takes nothing every restart would leave an order behind. A certificate in memory alone is
        // still better than an expired one, and after a few minutes better than none.
        if (await context.State.ChangeHostAsync(host, _ => before, cancellationToken) is { } fault && !(IsInDanger && (Served is not null || before.Failures >= 3)))
        {
            return await FailAsync(AcmeProblem.Of(IssuanceProblem.StoreNotWritable, $"{context.Store.Description}: {fault}"), cancellationToken);
        }

        OrderFlow flow = new(context, host);
        AcmeResult<IssuedCertificate> result = await flow.RunAsync(Served, cancellationToken);
        report.ClockCompared(flow.ClockAhead);
        return result.IsSuccess ? await TakeAsync(result.Value, cancellationToken) : await FailAsync(result.Problem, cancellationToken);
    }

    private async Task<CommandResult> TakeAsync(IssuedCertificate issued, CancellationToken cancellationToken)
    {
        DateTimeOffset now = Now;
        ownPause = null;
        OrderState? order = State.Order;
        await context.State.ChangeHostAsync(host, state => new HostState
        {
            Directory = context.DirectoryUrl,
            Issued = OrderSchedule.Remember(state.Issued, now),
            LastChallenge = issued.Challenge ?? state.LastChallenge,
            Certificate = new IssuedState
            {
                Directory = context.DirectoryUrl,
                AccountUrl = issued.AccountUrl,
                Thumbprint = issued.Certificate.Thumbprint,
                Lifetime = issued.Certificate.NotAfter - issued.Certificate.NotBefore,
            },

            // Kept until the certificate is stored: after a crash the next leader fetches the same one.
            Order = order is null ? null : order with { Challenge = null },
        }, cancellationToken);
        context.Metrics.Succeeded(host);
        string? unstored = await stored.TakeAsync(issued.Certificate, cancellationToken);
        finishedOrder = order?.Url;
        await ForgetStoredOrderAsync(cancellationToken);

        return new CommandResult(true, $"{host}: new certificate, valid until {issued.Certificate.NotAfter:u}",
            unstored is null ? null : $"it is served and will be stored later: {unstored}") { IsOrder = true };
    }

    private async Task<CommandResult> FailAsync(AcmeProblem problem, CancellationToken cancellationToken)
    {
        string hint = AcmeHints.For(problem, host, context.Settings);
        HostState state = State;

        // The CA is at work: that is no failure, and the next look is not put off by back-off.
        bool isWaiting = problem.Type == IssuanceProblem.StillProcessing;
        int failures = state.Failures + (isWaiting ? 0 : 1);
        OrderPause pause = OrderSchedule.PauseAfterFailure(Now, Period(), isWaiting ? 1 : failures, problem.RetryAfter, isWaiting ? 1 : context.Random.NextDouble());
        ownPause = (context.Time.GetTimestamp(), pause.Until - Now);
        await context.State.ChangeHostAsync(host, _ => state with { Failures = failures, NotBefore = pause.Until, LastProblem = problem.ToString() }, cancellationToken);
        report.Failed(problem, hint, pause, Served);
        return new CommandResult(false, $"{host}: {problem}", hint)
        {
            IsOrder = problem.Type is not (IssuanceProblem.StoreNotWritable or IssuanceProblem.Settings or AcmeProblemType.Unreachable),
        };
    }

    private static string? IdentifierOf(ServingCertificate certificate) => CertificateIdentifier.Of(certificate.Chain[0]);
}
