using System.Collections.Immutable;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Issuers;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace IssuerGateway.Cli;

/// <summary>What the last look at one issuer from outside found.</summary>
internal sealed record OutsideInResult(string Issuer, DateTimeOffset At, ImmutableArray<CheckFinding> Findings);

/// <summary>
/// Runs the check against the gateway's own public URLs. It reports what it finds and decides nothing: an outside that is
/// broken is no reason to stop serving.
/// </summary>
internal sealed class ExternalSelfCheck(
    OutsideInSettings settings, IReadOnlyList<Issuer> issuers, IMetricFactory factory, TimeProvider time, ILogger<ExternalSelfCheck> logger) : BackgroundService
{
    private readonly Gauge findings = factory.CreateGauge("issuer_gateway_outside_in_findings",
        "Findings of the last check of the public URL of the issuer (OutsideIn), by severity.", ["issuer", "severity"]);

    private readonly Gauge lastRun = factory.CreateGauge("issuer_gateway_outside_in_timestamp_seconds",
        "Unix time of the last check of the public URL of the issuer.", ["issuer"]);

    private ImmutableDictionary<string, OutsideInResult> results = ImmutableDictionary.Create<string, OutsideInResult>(StringComparer.Ordinal);

    /// <summary>Roots and addresses as a test needs them; the gateway itself sees what everyone sees.</summary>
    public ConnectionOverrides Overrides { get; init; } = ConnectionOverrides.None;

    /// <summary>What makes a host's certificate trusted where the operator has chosen a CA that is not public, else null.</summary>
    public Func<string, ConnectionOverrides?> ChosenRoots { get; init; } = _ => null;

    public IReadOnlyCollection<OutsideInResult> Results => [.. Volatile.Read(ref results).Values];

    public async Task LookAsync(IssuerIdentifier identifier, CancellationToken cancellationToken)
    {
        // The operator has allowed a private host in the configuration; that needs no warning.
        CheckRequest request = new() { Issuer = identifier, Parties = settings.Parties, Overrides = Overrides, AllowsPrivateIssuer = identifier.IsPrivateHost };
        CheckReport report = await new IssuerCheck(request, upstream: null, exchange: null, time).RunAsync(cancellationToken);
        if (report.Findings.Any(finding => finding.Id == "tls-untrusted") && ChosenRoots(identifier.Host.Trim('[', ']')) is { } chosen)
        {
            // That the internet does not trust it was chosen; what comes behind it is still to be looked at. Not the first attempt: a proxy in front may have a public one.
            report = await new IssuerCheck(request with { Overrides = request.Overrides with { Roots = chosen.Roots ?? request.Overrides.Roots, PinnedLeaf = chosen.PinnedLeaf } }, upstream: null, exchange: null, time).RunAsync(cancellationToken);
        }

        OutsideInResult result = new(identifier.Value, time.GetUtcNow(), [.. report.Findings.Where(finding => !IsConfigured(finding))]);
        Tell(results.GetValueOrDefault(identifier.Value), result);
        Volatile.Write(ref results, results.SetItem(identifier.Value, result));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (settings.Interval > TimeSpan.Zero && !stoppingToken.IsCancellationRequested)
        {
            // The wait comes first: the gateway cannot be reached before it has started.
            await Task.Delay(settings.Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (IssuerIdentifier identifier in Checked().TakeWhile(_ => !stoppingToken.IsCancellationRequested))
            {
                await LookAsync(identifier, stoppingToken);
            }
        }
    }

    // A previous identifier is known without being served outside: https://kubernetes.default.svc.cluster.local is the usual one.
    private IEnumerable<IssuerIdentifier> Checked() =>
        issuers.SelectMany(issuer => (IssuerIdentifier[])[issuer.Identifier, .. issuer.PreviousIdentifiers.Where(previous => !previous.IsPrivateHost)]);

    // Identifier and ClientMaxAge are what the operator has configured. What a party rejects in an Identifier, the issuer's own findings say from the start (FidelityRules).
    private static bool IsConfigured(CheckFinding finding) => finding.Rule.Step == "url" || (finding.Id == "cache-long" && finding.Severity == Severity.Warning);

    private void Tell(OutsideInResult? before, OutsideInResult now)
    {
        findings.WithLabels(now.Issuer, "error").Set(now.Findings.Count(finding => finding.Severity == Severity.Error));
        findings.WithLabels(now.Issuer, "warning").Set(now.Findings.Count(finding => finding.Severity == Severity.Warning));
        lastRun.WithLabels(now.Issuer).Set(now.At.ToUnixTimeSeconds());
        HashSet<string> known = [.. (before?.Findings ?? []).Select(finding => finding.Id)];
        foreach (CheckFinding finding in now.Findings.Where(finding => !known.Contains(finding.Id)))
        {
            logger.LogWarning("External check of {Issuer}: {Rule}: {Found}; fix: {Fix}", now.Issuer, finding.Id, finding.Found, finding.Fix);
        }

        foreach (string gone in known.Except(now.Findings.Select(finding => finding.Id)))
        {
            logger.LogInformation("External check of {Issuer}: {Rule} resolved", now.Issuer, gone);
        }
    }
}
