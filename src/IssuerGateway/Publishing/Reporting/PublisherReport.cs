using IssuerGateway.Base;
using IssuerGateway.Issuers;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Publishing.Reporting;

/// <summary>One log line for each change of state of one issuer, none while nothing changes, and of each kind no more than <see cref="LineBudget"/> allows.</summary>
internal sealed class PublisherReport(Issuer issuer, TimeProvider time, ILogger logger)
{
    private readonly LineBudget budget = new(time);
    private bool wasExpired;

    public void Changed(PublisherState previous, PublisherState next, bool isExpired)
    {
        foreach ((string kind, int leftOut) in budget.Settle())
        {
            logger.LogWarning("Lines left out: {LeftOut} of \"{Kind}\" within the hour, of issuer {Issuer}", leftOut, kind, issuer.Identifier.Value);
        }

        Keys(previous, next);
        Findings(previous, next);
        Staleness(previous, next, isExpired);
    }

    private void Keys(PublisherState previous, PublisherState next)
    {
        HashSet<string> before = Identities(previous);
        HashSet<string> after = Identities(next);
        string[] added = [.. after.Except(before)];
        string[] removed = [.. before.Except(after)];
        foreach (string kid in added.Where(kid => IsDue(Kind("Key added", kid, next))))
        {
            logger.LogInformation("Key added: issuer {Issuer} publishes kid {KeyId}", issuer.Identifier.Value, PrintableText.Of(kid));
        }

        foreach (string kid in removed.Where(kid => IsDue(Kind("Key removed", kid, previous))))
        {
            logger.LogInformation("Key removed: issuer {Issuer} no longer publishes kid {KeyId}", issuer.Identifier.Value, PrintableText.Of(kid));
        }
    }

    private void Findings(PublisherState previous, PublisherState next)
    {
        foreach (Finding finding in next.Findings.Except(previous.Findings).Where(finding => IsDue($"Finding {Kind(finding)}")))
        {
            logger.Log(finding.Severity == Severity.Error ? LogLevel.Error : LogLevel.Warning,
                "Finding {Rule} of issuer {Issuer}: {Message}; hint: {Hint}; more: {Link}", finding.Rule, issuer.Identifier.Value, finding.Message, finding.Hint, finding.Link);
        }

        foreach (Finding finding in previous.Findings.Except(next.Findings).Where(finding => IsDue($"Finding resolved {Kind(finding)}")))
        {
            logger.LogInformation("Finding {Rule} of issuer {Issuer} resolved: {Message}", finding.Rule, issuer.Identifier.Value, finding.Message);
        }
    }

    private bool IsDue(string kind)
    {
        bool isDue = budget.TryTake(kind, out bool isFirstLeftOut);
        if (isFirstLeftOut)
        {
            logger.LogWarning("Lines left out: more than {Lines} of \"{Kind}\" within an hour, of issuer {Issuer}. hint: what is so now stands in /status; find out what changes at each refresh",
                LineBudget.PerHour, kind, issuer.Identifier.Value);
        }

        return isDue;
    }

    // One server alone uses up its own lines, and none of keys that others publish too.
    private static string Kind(string change, string kid, PublisherState state) =>
        state.Union.Keys.FirstOrDefault(key => key.Identity == kid)?.Sources.Keys is { } servers && servers.Count() == 1 ? $"{change} by {servers.First()}" : change;

    private static string Kind(Finding finding) =>
        finding.Message.StartsWith("server ", StringComparison.Ordinal) && finding.Message.IndexOf(": ", StringComparison.Ordinal) is > 0 and < 100 and int end ? $"{finding.Rule} of {finding.Message[..end]}" : finding.Rule;

    private void Staleness(PublisherState previous, PublisherState next, bool isExpired)
    {
        if (next.HasRefreshed && !previous.HasRefreshed)
        {
            logger.LogInformation("Issuer accepted: {Issuer} is confirmed by its upstream", issuer.Identifier.Value);
        }
        else if (previous.Failures > 0 && next.Failures == 0)
        {
            logger.LogInformation("Stale ended: issuer {Issuer} is confirmed again after {Failures} failed refreshes", issuer.Identifier.Value, previous.Failures);
        }
        else if (next.Failures == 1 && previous.Failures == 0)
        {
            StaleBegan(next.Confirmed);
        }

        if (isExpired && !wasExpired)
        {
            logger.LogError("Issuer withdrawn: {Issuer} was last confirmed {ConfirmedAt}, longer ago than MaxStale; responding with 503", issuer.Identifier.Value, next.Confirmed?.At);
        }

        wasExpired = isExpired;
    }

    private void StaleBegan(Confirmation? confirmed)
    {
        if (confirmed is { } last)
        {
            logger.LogWarning("Stale began: no API server gave valid documents for {Issuer}; last confirmed {ConfirmedAt}", issuer.Identifier.Value, last.At);
        }
        else
        {
            logger.LogWarning("Stale began: no API server gave valid documents for {Issuer}. Nothing has been published yet", issuer.Identifier.Value);
        }
    }

    private static HashSet<string> Identities(PublisherState state) => [.. (state.Keys?.Keys ?? []).Select(key => key.Identity)];
}
